r"""Which answers count as one: `\frac{1}{2}` and `0.5`, or any pair that a user's function joins.

Each query keeps the spellings of its answers. A new answer that equals one of them votes for it.
The gold answer counts as the first spelling, so equivalent answers take its spelling.
"""

import asyncio
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec

from dynscaling_nb.answers.agreement import RULES, Rule, Verdict, agrees
from dynscaling_nb.answers.comparer import COMPARER, SECONDS, Comparison, Outcome
from dynscaling_nb.answers.mathematics import canonical
from dynscaling_nb.errors import InputError, lookup

Equivalence = Callable[[str, str], bool]
SECONDS_A_QUERY = 10.0  # for all comparisons of one query's answers


def exact(first: str, second: str) -> bool:
    """Whether both answers have the same characters."""
    return first == second


def words(first: str, second: str) -> bool:
    """Whether both answers have the same words; case and spacing do not matter."""
    return first.casefold().split() == second.casefold().split()


def latex(gold: str, answer: str) -> bool:
    """Whether an answer has the mathematical value of the gold answer.

    Numbers are compared exactly. The library math-verify compares expressions, in a process of its
    own. An answer without a verdict after two seconds of work is another answer.
    """
    gold, answer = _form(gold), _form(answer)
    verdict = agrees(gold, answer)
    if verdict is None:
        verdict = COMPARER.compare(Comparison("agrees", gold, answer)).verdict
    return bool(verdict)


def auto(first: str, second: str) -> bool:
    """Whether both answers have the same characters or, as mathematics, the same value."""
    return first == second or latex(first, second)


EQUIVALENCES: Mapping[str, Equivalence] = {
    "auto": auto,
    "exact": exact,
    "latex": latex,
    "words": words,
}


def equivalence_by(how: str | Equivalence) -> Equivalence:
    """The equivalence of that name, or the function itself.

    Raises `UnknownName`, and `InputError` if its library is not installed.
    """
    equivalence = lookup("equivalence", how, EQUIVALENCES)
    if equivalence is latex and not _knows_algebra():
        raise InputError(
            "to compare LaTeX answers, pip install 'dynscaling_nb[latex]'; or pass "
            "equivalence='exact'",
            "latex",
        )
    return equivalence


def for_kind(equivalence: Equivalence, kind: str | None) -> Equivalence:
    """The equivalence of answers of one kind: `auto` compares mathematics by value alone."""
    if equivalence is not auto:
        return equivalence
    return latex if kind == "mathematics" else exact


def _knows_algebra() -> bool:
    """Whether the library that compares expressions is installed."""
    return bool(find_spec("math_verify") and find_spec("antlr4"))


@contextmanager
def at_hand(equivalence: Equivalence) -> Iterator[None]:
    """Keep what the equivalence needs for the length of a run: the process that compares."""
    if equivalence not in (auto, latex):
        yield
        return
    with COMPARER.lease():
        yield


class Spellings:
    """The spellings of one query's answers: `seen`, in the order in which they came.

    The `golds`, answers that are all right, are the first spellings. Two other answers are equal
    under `latex` if each would be right where the other is gold.

    `seconds` is the limit for all comparisons that another process makes. Later ones are of texts.
    `undecided`: answers that became new spellings since their comparison took too long.
    """

    def __init__(
        self,
        equivalence: Equivalence,
        spellings: Iterable[str] = (),
        golds: Sequence[str] = (),
        seconds: float = SECONDS_A_QUERY,
    ) -> None:
        self._equivalence = equivalence
        self._golds = golds
        self.seen = list(dict.fromkeys([*golds, *spellings]))
        self.undecided = 0
        self._seconds = seconds  # left
        self._searching = asyncio.Lock()

    def find(self, answer: str) -> str | None:
        """The first spelling that is equivalent to the answer, or None."""
        search = self._search(answer)
        try:
            question = next(search)
            while True:
                question = search.send(COMPARER.compare(question, self._limit))
        except StopIteration as end:
            spelling: str | None = end.value
            return spelling

    def of(self, answer: str) -> str:
        """The spelling of the answer; one without an equivalent becomes a new spelling."""
        return self._noted(answer, self.find(answer))

    async def spell(self, answer: str) -> str:
        """As `of`, while the event loop goes on.

        A query's answers are compared one after the other. Two at once could otherwise both become
        spellings, though they are equal.
        """
        async with self._searching:
            search = self._search(answer)
            try:
                question = next(search)
                while True:
                    question = search.send(await COMPARER.verdict(question, self._limit))
            except StopIteration as end:
                return self._noted(answer, end.value)

    @property
    def _limit(self) -> float:
        return min(SECONDS, self._seconds)

    def _noted(self, answer: str, spelling: str | None) -> str:
        if spelling is None:
            self.seen.append(answer)
            return answer
        return spelling

    def _search(self, answer: str) -> Generator[Comparison, Outcome, str | None]:
        """Look for the spelling of an answer. It yields what another process must compare."""
        if answer in self.seen:
            return answer
        if self._equivalence is exact:  # no need to look at all spellings again
            return None
        verdicts: set[Verdict] = set()
        for spelling in tuple(self.seen):
            if self._equivalence is latex:
                verdict = yield from self._compare(spelling, answer)
            else:
                verdict = self._equivalence(spelling, answer)
            if verdict:
                return spelling
            verdicts.add(verdict)
        self.undecided += None in verdicts
        return None

    def _compare(self, spelling: str, answer: str) -> Generator[Comparison, Outcome, Verdict]:
        rule: Rule = "agrees" if spelling in self._golds else "same"
        comparison = Comparison(rule, _form(spelling), _form(answer))
        verdict = RULES[rule](comparison.gold, comparison.answer)
        if verdict is None and self._seconds > 0 and _knows_algebra():
            outcome = yield comparison
            self._seconds -= outcome.seconds
            verdict = outcome.verdict
        return verdict


@lru_cache(maxsize=4096)
def _form(text: str) -> str:
    return canonical(text) or text
