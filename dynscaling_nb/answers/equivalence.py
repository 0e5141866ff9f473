r"""Which answers count as one: `\frac{1}{2}` and `0.5`, or any pair that a user's function joins.

Each query keeps the spellings of its answers. A new answer that equals one of them votes for it.
The gold answer counts as the first spelling, so equivalent answers take its spelling.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from dynscaling_nb.errors import InputError, lookup

Equivalence = Callable[[str, str], bool]
LONGEST_PARSED = 200  # characters; a longer answer is compared as text
SECONDS = 2  # for parsing one answer, and for comparing two


def exact(first: str, second: str) -> bool:
    """Whether both answers have the same characters."""
    return first == second


def words(first: str, second: str) -> bool:
    """Whether both answers have the same words; case and spacing do not matter."""
    return first.casefold().split() == second.casefold().split()


@lru_cache(maxsize=65536)
def latex(first: str, second: str) -> bool:
    """Whether both answers have the same mathematical value, by the library math-verify.

    An answer that the library cannot read within two seconds is compared as text. So is every
    answer outside the main thread, since the library's time limits are signals and only the main
    thread receives them. Raises `InputError` if the library is not installed.
    """
    try:
        from math_verify import parse, verify
    except ImportError:
        raise InputError(
            "LaTeX answers need math-verify: pip install 'dynscaling_nb[latex]'", "latex"
        ) from None
    if (
        first == second
        or max(len(first), len(second)) > LONGEST_PARSED
        or threading.current_thread() is not threading.main_thread()
    ):
        return first == second
    values = [parse(f"${text}$", parsing_timeout=SECONDS) for text in (first, second)]
    return bool(all(values) and verify(*values, timeout_seconds=SECONDS))


EQUIVALENCES: Mapping[str, Equivalence] = {"exact": exact, "latex": latex, "words": words}


def equivalence_by(how: str | Equivalence) -> Equivalence:
    """The equivalence of that name, or the function itself.

    Raises `UnknownName`, and `InputError` if its library is not installed.
    """
    equivalence = lookup("equivalence", how, EQUIVALENCES)
    if isinstance(how, str):
        equivalence("1", "1")  # fails now, not in the middle of a run, if a library is missing
    return equivalence


class Spellings:
    """The spellings of one query's answers: `seen`, in the order in which they came."""

    def __init__(self, equivalence: Equivalence, spellings: Iterable[str]) -> None:
        self._equivalence = equivalence
        self.seen = list(dict.fromkeys(spellings))

    def find(self, answer: str) -> str | None:
        """The first spelling that is equivalent to the answer, or None."""
        if answer in self.seen:
            return answer
        if self._equivalence is exact:  # no need to look at all spellings again
            return None
        return next((seen for seen in self.seen if self._equivalence(answer, seen)), None)

    def of(self, answer: str) -> str:
        """The spelling of the answer; one without an equivalent becomes a new spelling."""
        spelling = self.find(answer)
        if spelling is None:
            self.seen.append(answer)
            return answer
        return spelling
