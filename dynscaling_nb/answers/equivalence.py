"""Answers that mean the same count as one: `\\frac{1}{2}` and `0.5`, or whatever a function of the user's says.

Each query keeps the spellings that it has seen; a new answer that equals one of them votes for that one. A gold answer is the first spelling
that a query has seen, so that right answers are spelled as it is.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import named

Equivalence = Callable[[str, str], bool]
LONGEST = 200  # characters of an answer that is still parsed
SECONDS = 2  # that parsing or comparing may take


def exact(first: str, second: str) -> bool:
    """The same characters."""
    return first == second


def words(first: str, second: str) -> bool:
    """The same words, in whatever case and spacing."""
    return first.casefold().split() == second.casefold().split()


@lru_cache(maxsize=65536)
def latex(first: str, second: str) -> bool:
    """The same mathematical value, by the library math-verify; what it cannot read, or not within two seconds, is compared as text.

    Its limits of time need the main thread; in another one answers are compared as text. Raises `InputError` where it is not installed.
    """
    try:
        from math_verify import parse, verify
    except ImportError:
        raise InputError(
            "LaTeX answers need math-verify: pip install 'dynscaling_nb[latex]'", "latex"
        ) from None
    if (
        first == second
        or max(len(first), len(second)) > LONGEST
        or threading.current_thread() is not threading.main_thread()
    ):
        return first == second
    read = [parse(f"${text}$", parsing_timeout=SECONDS) for text in (first, second)]
    return bool(all(read) and verify(*read, timeout_seconds=SECONDS))


EQUIVALENCES: Mapping[str, Equivalence] = {"exact": exact, "latex": latex, "words": words}


def equivalence_by(how: str | Equivalence) -> Equivalence:
    """The comparison of that name, or the function itself. Raises `UnknownName`, and `InputError` where it needs what is not installed."""
    same = named("comparison of answers", how, EQUIVALENCES)
    if isinstance(how, str):
        same("1", "1")  # raises where it needs what is not installed
    return same


class Spellings:
    """What one query's answers are spelled as; `seen` are the spellings so far."""

    def __init__(self, same: Equivalence, known: Iterable[str]) -> None:
        self._same = same
        self.seen = list(dict.fromkeys(known))

    def find(self, answer: str) -> str | None:
        """The first spelling seen that means the same."""
        if answer in self.seen:
            return answer
        return (
            None
            if self._same is exact
            else next((seen for seen in self.seen if self._same(answer, seen)), None)
        )

    def of(self, answer: str) -> str:
        """The first spelling seen that means the same, or the answer itself, which is then one of them."""
        found = self.find(answer)
        if found is None:
            self.seen.append(answer)
        return found or answer
