"""A claim as items: its numbers with their units, and the words that say how they belong. Pure.

What looks like a number and is none stays an item, so that nobody takes its parts for numbers.
"""

from fractions import Fraction
from typing import Literal, NamedTuple

from dynscaling_nb.answers.numerals import DecimalMark, shown_mark
from dynscaling_nb.answers.quantities import (
    CLOSING,
    MATHEMATICS,
    NEAR,
    OPENING,
    has_variable,
    quantity,
)
from dynscaling_nb.answers.terms import END, SIGNS, Form, Token, number_at, value
from dynscaling_nb.answers.units import MONTHS, NO_NOUNS, words_of

Kind = Literal["value", "equals", "verb", "join", "stop", "reason", "so", "word"]

VERBS = words_of(
    "is are was were be equals equal has have had costs cost gets get makes make needs need takes "
    "take totals contains contain weighs earns pays paid spent gives leaves leaving left being "
    "becomes become remain remains"
)
JOINS = words_of(", ; & and or but nor oder und et ou y o 或 和")
REASONS = words_of(
    "because since which where when while if given assuming after who whose not rather instead"
)
CONCLUSIONS = words_of("so hence therefore thus")
EQUALS = words_of("= ≈ →")
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(VERBS, "verb"),
    **dict.fromkeys(JOINS, "join"),
    **dict.fromkeys(REASONS, "reason"),
    **dict.fromkeys(CONCLUSIONS, "so"),
    **dict.fromkeys(EQUALS, "equals"),
    **dict.fromkeys("!?", "stop"),
}


class Item(NamedTuple):
    """A number, or a word between numbers.

    `start`, `end`: its first token and the one after its last, with the unit; `core`: the token
    after the number itself. `depth`: of brackets around it. Only a value of the form "number" or
    "arithmetic" has a `number`.
    """

    kind: Kind
    start: int
    end: int
    depth: int = 0
    word: str = ""
    form: Form = "none"
    number: Fraction | None = None
    core: int = 0


def items(words: list[Token], mark: DecimalMark | None) -> list[Item]:
    """The items of a claim, in order."""
    return _Reading(words, mark).items()


class _Reading:
    """One pass over the tokens of a claim."""

    def __init__(self, words: list[Token], mark: DecimalMark | None) -> None:
        self._words = words
        self._mark = mark
        self._depth = 0

    def items(self) -> list[Item]:
        items: list[Item] = []
        at = 0
        while at < len(self._words):
            if items and "\n" in self._words[at].space:
                items.append(Item("stop", at, at, self._depth))
            item = self._value(at) if self._may_begin(at) else self._script(at)
            if item is None:
                item = self._between(at)
            items.append(item)
            at = max(item.end, at + 1)
        return items

    def _script(self, at: int) -> Item | None:
        """The "_(10)" or "^(2)" of a variable, whose numbers are not the claim's."""
        sign = self._words[at].symbol
        if sign not in ("_", "^") or self._at(at + 1).symbol != "(":
            return None
        near = range(at, min(at + NEAR, len(self._words)))
        end = next((i for i in near if self._words[i].symbol == ")"), at) + 1
        if sign == "_":
            return Item("word", at, end, self._depth)
        return Item("value", at, end, self._depth, form="variable")

    def _at(self, at: int) -> Token:
        return self._words[at] if 0 <= at < len(self._words) else END

    def _between(self, at: int) -> Item:
        """The item of a token that is no number."""
        token = self._words[at]
        word = token.word.lower() or token.symbol
        kind: Kind = _KINDS.get(word, "word")
        if token.symbol in OPENING:
            self._depth += 1
        elif token.symbol in CLOSING:
            self._depth = max(self._depth - 1, 0)
        elif self._is_stop(at):
            kind = "stop"
        elif word == ":" and len(self._at(at - 1).word) > 1:  # "total: 42"
            kind = "equals"
        return Item(kind, at, at + 1, self._depth, word)

    def _is_stop(self, at: int) -> bool:
        """Whether a sentence ends here: "42. There are 6 rows", "42 - there are 6 rows"."""
        token, after = self._words[at], self._at(at + 1)
        dash = token.symbol == "-" and bool(token.space) and bool(after.word)
        return bool(after.space) and (token.symbol == "." or dash)

    def _may_begin(self, at: int) -> bool:
        """Whether a number may begin here: not the 2 of "CO2", nor the dash of "total - 5"."""
        token, before = self._words[at], self._at(at - 1)
        if token.symbol == "(":
            return self._is_arithmetic(at)
        if not number_at(self._words, at):
            return False
        if before.word and not token.space and before.word.isascii():
            return False
        if token.symbol in SIGNS:
            operator = before.word and not (token.space and not self._at(at + 1).space)
            return not operator and before.symbol not in CLOSING
        covid = before.symbol in SIGNS and not before.space and len(self._at(at - 2).word) > 1
        return not covid  # the 19 of "Covid-19"

    def _is_arithmetic(self, at: int) -> bool:
        """Whether a bracket begins arithmetic, as in "(3 + 4) * 2"."""
        function = self._at(at - 1).word and not self._words[at].space
        if function or not number_at(self._words, at + 1):
            return self._at(at + 1).symbol == "(" and not function
        near = range(at, min(at + NEAR, len(self._words)))
        end = next((i for i in near if self._words[i].symbol == ")"), at)
        return self._at(end + 1).symbol in ("^", "*", "/", "×", "÷")

    def _value(self, at: int) -> Item | None:
        """The number at this token with its unit; of another form if it is none."""
        result = value(self._words, at, self._mark)
        if result is None:
            return None
        form, number, core = result
        if number is not None:
            before = "none" if self._is_pair(at, core) else self._form_before(at)
            if before == "number":
                after = quantity(self._words, core, number)
                if after.form == "number":
                    return Item("value", at, after.end, self._depth, "", form, after.number, core)
                return Item("value", at, after.end, self._depth, "", after.form, None, core)
            form = before
        return Item("value", at, core, self._depth, "", form, None, core)

    def _is_pair(self, at: int, core: int) -> bool:
        """Whether this is a pair such as "(3,4)", no decimal with a comma."""
        return (
            self._at(at - 1).symbol in OPENING
            and self._at(core).symbol in CLOSING
            and any(shown_mark(token.number) == "," for token in self._words[at:core])
        )

    def _form_before(self, at: int) -> Form:
        """What the tokens before a number make of it: a part of `x + 5`, a bound, a date."""
        before, earlier = self._at(at - 1), self._at(at - 2)
        word = before.word.lower()
        if word:
            month = word in MONTHS and (word != "may" or before.word == "May")
            return "none" if month or word in NO_NOUNS or word == "than" else "number"
        if before.symbol in OPENING:
            function = not before.space and (earlier.word or earlier.symbol in ("_", "}"))
            return "none" if function or earlier.symbol in MATHEMATICS else "number"
        if before.symbol == "_" or (before.symbol == "|" and not self._words[at].space):
            return "none"
        if before.symbol in MATHEMATICS or before.symbol == "-":
            if len(earlier.word) == 1 or earlier.symbol == "\\" or self._is_unknown(at - 2):
                return "variable"
            dash = (before.symbol == "-" and earlier.symbol not in CLOSING) or (
                before.symbol == "*" and at == 1
            )
            return "number" if dash else "none"
        return "number"

    def _is_unknown(self, at: int) -> bool:
        """Whether a bracket with a variable ends here: the "(x + 1)" of "(x + 1) - 5"."""
        if self._at(at).symbol != ")":
            return False
        near = range(at, max(at - NEAR, -1), -1)
        start = next((i for i in near if self._words[i].symbol == "("), at)
        return has_variable(self._words[start : at + 1])
