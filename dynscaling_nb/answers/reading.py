"""How the answers to one question are read: as numbers, letters, formulas or words. Pure.

The reading is one question's, not one response's. So `42`, `42, altogether` and `Ann has 42` are
one vote where numbers are voted on. See `by_question` and `by_responses` for how it is found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from dynscaling_nb.answers.choices import (
    ANY_LETTER,
    first_letter,
    is_of_several,
    last_letter,
    letter,
    options_in,
)
from dynscaling_nb.answers.claim import Claim, claims
from dynscaling_nb.answers.mathematics import canonical, is_formula
from dynscaling_nb.answers.numbers import decimal_mark, last_number, number, plain_number
from dynscaling_nb.answers.numerals import DecimalMark
from dynscaling_nb.answers.silence import says_nothing
from dynscaling_nb.answers.words import words
from dynscaling_nb.boxes import marked_answer
from dynscaling_nb.records import Completion, Query

Kind = Literal["numbers", "letters", "words", "mathematics"]
LONGEST_NUMBER = 500  # characters; a longer claim is no number
CLAIMS = 4  # of one response, the best ones
EVIDENCE = 8  # responses to a question that may change how it is read
TAIL = 1000  # characters at the end of a text in which an answer may stand without a statement
UNREAD = (  # how a completion without an answer ends
    "refusal",
    "content_filter",
    "tool_calls",
    "function_call",
)


# of kinds that are equally frequent, the first counts
ORDER: tuple[Kind, ...] = ("numbers", "letters", "mathematics", "words")


class Statement(NamedTuple):
    """What a response states: its claims, best first, and the end of its text."""

    claims: tuple[Claim, ...] = ()
    tail: str = ""


def statement_of(completion: Completion) -> Statement:
    """What a completion states.

    A refusal, a filtered text and a tool call state nothing. A completion that was truncated at
    its token limit loses its last, unfinished line; the rest must then state the answer.
    """
    text = read_part(completion)
    stated = claims(text)
    telling = [claim for claim in stated if not says_nothing(claim.text)]
    strong = [claim for claim in telling if not claim.weak]
    if completion.finish == "length":
        return Statement(tuple(strong[:CLAIMS]))
    is_silent = bool(stated) and not telling  # a refusal, whatever else its end holds
    return Statement(tuple(telling[:CLAIMS]), "" if strong or is_silent else text[-TAIL:])


def read_part(completion: Completion) -> str:
    """The part of a text that may hold its answer; empty for a refusal or a tool call."""
    if completion.finish in UNREAD:
        return ""
    text = completion.text
    return text.rpartition("\n")[0] if completion.finish == "length" else text


@dataclass(frozen=True)
class Reading:
    """How answers are read: their kind, the options of a choice, the decimal mark of numbers.

    `mark` is None as long as no answer shows it.
    """

    kind: Kind
    options: Mapping[str, str] = field(default_factory=lambda: ANY_LETTER, hash=False)
    mark: DecimalMark | None = None

    def value(self, claim: str) -> str | None:
        """The canonical form of one claim; None if it is no answer of this kind."""
        match self.kind:
            case "numbers":
                return number(claim, self.mark) if len(claim) <= LONGEST_NUMBER else None
            case "letters":
                return letter(claim, self.options)
            case "words":
                return words(claim)
            case "mathematics":
                return canonical(claim)

    def answer(self, statement: Statement) -> str | None:
        """The answer of a statement: its first claim with a value, else what its end shows."""
        for claim in statement.claims:
            value = self.value(claim.text)
            if value is not None:
                return value
            if self.kind == "letters" and not claim.weak and is_of_several(claim.text):
                return None  # rather than what an earlier claim says
        if any(not claim.weak for claim in statement.claims):
            return None
        match self.kind:
            case "numbers":
                return last_number(statement.tail, self.mark)
            case "letters":
                return last_letter(statement.tail, self.options)
            case _:
                return None


@lru_cache(maxsize=1024)  # many responses make one claim
def look(claim: str) -> Kind:
    """What a claim looks like on its own: a letter, a number, a formula, or else words."""
    if first_letter(claim) is not None:
        return "letters"
    if plain_number(claim) is not None:
        return "numbers"
    return "mathematics" if is_formula(claim) else "words"


def by_question(query: Query) -> Reading | None:
    """The reading that a question itself decides; None if its responses have to.

    Options make it letters. Without them gold answers decide, and without those the answers of a
    prior. Options whose letters and words the gold answer does not name are no choice.
    """
    known = _known(query.golds) or tuple(query.prior)
    options = query.options or options_in(query.text)
    if options and all(letter(answer, options) for answer in known):
        return Reading("letters", options)
    if not known:
        return None
    kinds = {look(answer) for answer in known}
    if kinds == {"numbers", "mathematics"}:
        return Reading("mathematics")
    return Reading(kinds.pop() if len(kinds) == 1 else "words")


def by_responses(statements: Iterable[Statement]) -> Reading:
    """The reading that most responses look like.

    Each response counts once, by its best claim; claims that are marked as the answer outrank the
    others. Of equal numbers, numbers come first, then letters, mathematics and words.
    """
    best = [statement.claims[0] for statement in statements if statement.claims]
    counted = [claim for claim in best if not claim.weak] or best
    kinds = [look(claim.text) for claim in counted]
    return _usual(max(ORDER, key=kinds.count) if kinds else "words")


@lru_cache(maxsize=4)
def _usual(kind: Kind) -> Reading:
    """The reading of a kind where no question says more."""
    return Reading(kind)


class QuestionReading:
    """The reading of one question, while its responses come in.

    The first responses may change it: then those before are read again. `kind` is None for a kind
    that the question decides.
    """

    def __init__(self, query: Query, kind: Kind | None) -> None:
        self._kind = kind
        self._known = _known((*query.golds, *query.prior))
        self._decided = by_question(query)
        if kind is not None:
            self._decided = _of_kind(kind, self._decided)
        self._statements: dict[int, Statement] = {}
        self.reading = self._current()

    @property
    def name(self) -> str | None:
        """The kind of the answers, for people; None while nothing has decided it."""
        undecided = self._decided is None and not self._statements
        return None if undecided else self.reading.kind

    def value(self, answer: str) -> str:
        """An answer of the user in canonical form, as a response's answer would read."""
        (answer,) = _known([answer])
        return self.reading.value(answer) or answer.strip()

    def read(self, index: int, completion: Completion) -> dict[int, str | None]:
        """The answer of response `index`; of the earlier ones too if the reading has changed.

        Only the first responses are kept for that; the reading then stays as it is.
        """
        statement = statement_of(completion)
        if not self._open or len(self._statements) >= EVIDENCE:
            return {index: self.reading.answer(statement)}
        self._statements[index] = statement
        reading = self._current()
        if reading == self.reading:
            return {index: reading.answer(statement)}
        self.reading = reading
        return {place: reading.answer(earlier) for place, earlier in self._statements.items()}

    @property
    def _open(self) -> bool:
        """Whether further responses may still change the reading."""
        return self._decided is None or self._decided.kind == "numbers"

    def _current(self) -> Reading:
        """The reading by what is known, and by the responses so far."""
        statements = list(self._statements.values())
        return _with_mark(self._decided or by_responses(statements), statements, self._known)


def read_alone(text: str, kind: Kind | None) -> str | None:
    """The answer of a text whose question is not known: the text itself decides its kind."""
    statement = statement_of(Completion(text))
    if kind is None:
        kind = look(statement.claims[0].text) if statement.claims else "words"
    reading = _usual(kind)
    return _with_mark(reading, [statement]).answer(statement)


def _with_mark(
    reading: Reading, statements: Sequence[Statement], known: Sequence[str] = ()
) -> Reading:
    """A reading of numbers with the decimal mark that answers show; another one as it is."""
    if reading.kind != "numbers":
        return reading
    mark = decimal_mark([*known, *(each.claims[0].text for each in statements if each.claims)])
    return reading if mark == reading.mark else replace(reading, mark=mark)


def _known(answers: Iterable[str]) -> tuple[str, ...]:
    """Answers of the user; of a worked solution the answer that it marks."""
    return tuple(marked_answer(answer) or answer for answer in answers)


def _of_kind(kind: Kind, decided: Reading | None) -> Reading:
    """A reading of a kind that the user set; a choice has the question's own options."""
    if decided is not None and decided.kind == kind:
        return decided
    return Reading(kind)
