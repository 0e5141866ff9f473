"""From the text of a response to a canonical answer, and from answers to votes. Pure.

Two spellings of one value are one vote: `1,200`, `$1200.00` and `\\boxed{1200}` all read as `1200`. A reader is any function
from text to an answer or None; None is a response that casts no vote.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import erfc, log

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.errors import UnknownName

Reader = Callable[[str], str | None]

GRID = 801  # points of a numerical integral
TABLED = 1000  # votes up to which flip probabilities are exact
LONGEST_NUMBER = 200  # characters; anything longer is no number
SHORT = 60  # a text of one line up to this many characters is taken for an answer itself

_STATED = re.compile(
    r"(?:answer|result|solution)\**\s*(?:is|=|:|\bequals\b)\**\s*:?\s*(?P<answer>[^\n]+)|^####\s*(?P<hash>[^\n]+)",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-+]?\.\d+"
_CURRENCY = r"(?:US|A|C)?[$€£¥₹]|(?:USD|EUR|GBP|CHF)\b"
_PLAIN = re.compile(
    rf"(?P<sign>[-+])?\s*(?:{_CURRENCY})?\s*(?P<number>{_NUMBER})\s*"
    rf"(?:(?:[eE]|\s*[x×*]\s*10\s*\^)\s*[{{(]?(?P<power>[-+]?\d{{1,3}})[}})]?)?"  # noqa: RUF001
    rf"(?:\s+(?P<numerator>\d+)\s*/\s*(?P<denominator>\d+)|\s*/\s*(?P<over>\d+(?:\.\d+)?))?"
    r"(?P<unit>\s*(?:%|°|[A-Za-zµ€$£¥₹²³][\w%°²³./^-]*)?(?:\s+[A-Za-z][\w²³./^-]*){0,3})"
)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{?\s*([-+]?[\d.,]+)\s*\}?\s*\{?\s*([\d.,]+)\s*\}?")
_LETTER = re.compile(r"(?:option|choice)?\s*[(\[]?([A-Ja-j])[)\].:]?(?:(?<=[)\].:])\s.*)?", re.IGNORECASE)
_LONE_LETTER = re.compile(r"\(([A-J])\)|\b([B-HJ])\b(?![''’])")  # noqa: RUF001


def stated(text: str) -> str | None:
    """What a response states as its final answer: the last `\\boxed{}`, or what follows the last `answer is`, `Answer:` or
    `####`; a text of one short line is the answer itself. None where there is no such thing.
    """
    boxed = _boxed(text)
    if boxed is not None:
        return boxed
    found = [m["answer"] or m["hash"] for m in _STATED.finditer(text)]
    if found:
        return str(found[-1]).strip()
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[0].strip() if len(lines) == 1 and len(lines[0]) <= SHORT else None


def _boxed(text: str) -> str | None:
    start = max(text.rfind("\\boxed{"), text.rfind("\\fbox{"))
    if start < 0:
        return None
    start = text.index("{", start) + 1
    depth = 1
    for i in range(start, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[start:i].strip()
    return None


def number(text: str) -> str | None:
    """Reads a number: the one stated as the answer or, failing that, the last one in the text.

    Signs, thousands separators, decimals, fractions, powers of ten, currency and units are understood. The canonical form
    is an integer, a finite decimal or a reduced fraction: `1,200 km` is `1200`, `0.50` and `1/2` are `0.5`, `2/6` is `1/3`.
    """
    claim = stated(text)
    if claim is not None:
        value = _value(claim)
        if value is not None:
            return value
    found = re.findall(rf"(?:(?<![\w.,])|(?<=[$€£]))(?:{_NUMBER})", _plain(claim or text))
    return _value(found[-1]) if found else None


def _value(text: str) -> str | None:
    """The canonical number that the whole text writes, units aside, or None."""
    if len(text) > LONGEST_NUMBER:
        return None
    text = _FRACTION.sub(r"\1/\2", _plain(text))
    text = re.sub(r"^(?:[A-Za-z]\w{0,2}\s*)?(?:=|≈|~|approximately\b|about\b)\s*", "", text)
    match = _PLAIN.fullmatch(re.split(r",?\s+(?:because|since|as)\b", text)[0].rstrip(" .,;!"))
    if match is None:
        return None
    try:
        value = Fraction(match["number"].replace(",", ""))
        if match["power"]:
            value *= Fraction(10) ** int(match["power"])
        if match["numerator"]:
            part = Fraction(int(match["numerator"]), int(match["denominator"]))
            value += -part if value < 0 else part
        if match["over"]:
            value /= Fraction(match["over"])
    except ZeroDivisionError:
        return None
    return _shown(-value if match["sign"] == "-" else value)


def _shown(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    twos_and_fives = value.denominator
    for prime in (2, 5):
        while twos_and_fives % prime == 0:
            twos_and_fives //= prime
    if twos_and_fives != 1:
        return f"{value.numerator}/{value.denominator}"
    places = 0
    while value.denominator != 1:
        value *= 10
        places += 1
    digits = str(abs(value.numerator)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def choice(text: str) -> str | None:
    """Reads the letter of a multiple choice, A to J: the one stated or, failing that, the last one that stands alone."""
    claim = stated(text)
    if claim is not None:
        match = _LETTER.fullmatch(_plain(claim).rstrip(" ."))
        if match:
            return match[1].upper()
    found = _LONE_LETTER.findall(_plain(claim or text))
    return (found[-1][0] or found[-1][1]) if found else None


def short(text: str) -> str | None:
    """Reads a short text, without regard to case, punctuation around it, articles or spacing."""
    claim = stated(text)
    if claim is None:
        return None
    words = _plain(claim).strip(" .,;:!?'\"*_").casefold().split()
    if len(words) > 1 and words[0] in ("a", "an", "the"):
        words = words[1:]
    return " ".join(words) or None


def auto(text: str) -> str | None:
    """Reads whatever is stated: a number where it is one, else the letter of a choice, else a short text."""
    claim = stated(text)
    if claim is None:
        return None
    value = _value(claim)
    if value is not None:
        return value
    letter = _LETTER.fullmatch(_plain(claim).rstrip(" ."))
    return letter[1].upper() if letter else short(text)


def latex(text: str) -> str | None:
    """Reads mathematics as it is written, in LaTeX or not; a plain number in its canonical form."""
    claim = stated(text)
    if claim is None:
        return None
    return _value(claim) or claim.strip().removesuffix(".").strip("$").strip() or None


READERS: Mapping[str, Reader] = {"auto": auto, "number": number, "choice": choice, "text": short, "latex": latex}


def reader(how: str | Reader) -> Reader:
    """The reader of that name, or the function itself. Raises `UnknownName`."""
    if callable(how):
        return how
    if how not in READERS:
        raise UnknownName("answer reader", how, READERS)
    return READERS[how]


def gold_answer(gold: str, read: Reader) -> str:
    """A gold answer in canonical form, read as a response would be."""
    return read(f"The answer is {gold}.") or read(gold) or gold.strip()


def _plain(text: str) -> str:
    """Without Markdown, LaTeX wrapping and unusual characters."""
    text = text.replace("−", "-").replace("–", "-").replace("\u202f", "").replace("\u00a0", " ")  # noqa: RUF001
    text = re.sub(r"\\(?:text|mathrm|mathbf|textbf|operatorname)\s*\{([^{}]*)\}", r" \1 ", text)
    text = re.sub(r"\^\s*\{?\\(?:circ|degree)\}?", "°", text)
    text = re.sub(r"\\(?:left|right|!|,|;|:|quad|displaystyle)", "", text)
    text = text.replace("{,}", ",").replace("\\times", "×").replace("\\cdot", "×").replace("\\approx", "≈")  # noqa: RUF001
    text = re.sub(r"\\[()\[\]]|\\(?=[$%])|\*\*|(?<!\\)\$(?!\s*\d)|`", "", text)
    text = re.sub(r"^\$(?=[^$]*\$)", "", text)
    return text.strip().rstrip("$")


class Votes:
    """The votes of one query, counted as they come. `streak` is how many equal ones came last, `unread` how many responses cast none."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.chained: dict[str, int] = {}
        self.reached: dict[str, int] = {}
        self.cast = 0
        self.unread = 0
        self.streak = 0
        self._last: str | None = None

    def add(self, answer: str, *, chained: int = 0) -> None:
        """Count one vote; `chained` is 1 for a vote from a synthetic chain."""
        self.cast += 1
        self.streak = self.streak + 1 if answer == self._last else 1
        self._last = answer
        self.counts[answer] = self.counts.get(answer, 0) + 1
        self.chained[answer] = self.chained.get(answer, 0) + chained
        self.reached[answer] = self.cast

    def skip(self) -> None:
        """Count a response that casts no vote."""
        self.unread += 1
        self.streak, self._last = 0, None

    @property
    def leader(self) -> str | None:
        """Most votes; a tie goes to more chained votes, then to the answer that reached the count first."""
        if not self.counts:
            return None
        return max(self.counts, key=lambda a: (self.counts[a], self.chained[a], -self.reached[a]))

    @property
    def top_two(self) -> tuple[int, int]:
        """Votes of the leader and of the runner-up."""
        first, second, *_ = [*sorted(self.counts.values(), reverse=True), 0, 0]
        return first, second

    @property
    def entropy(self) -> float:
        """Normalised entropy of the votes, in [0, 1]: over ln of the votes cast, its largest value."""
        if self.cast < 2 or len(self.counts) < 2:  # noqa: PLR2004
            return 0.0
        shares = [count / self.cast for count in self.counts.values()]
        return -sum(s * log(s) for s in shares) / log(self.cast)


def flip_probability(leader: NDArray[np.int64] | int, runner_up: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """P(runner-up is truly ahead): that a Beta(1 + leader, 1 + runner-up) share lies below 1/2. Shapes broadcast.

    For whole numbers a, b that is the chance to toss b + 1 tails before, or as soon as, a + 1 heads are out of reach; beyond
    1,000 votes it is the normal approximation.
    """
    a, b = np.asarray(leader), np.asarray(runner_up)
    most = int(max(a.max(initial=0), b.max(initial=0)))
    if most < TABLED:
        flips: NDArray[np.float64] = _flips(most.bit_length())[a, b]
        return flips
    a, b = np.broadcast_arrays(a, b)
    margins = (a - b) / np.sqrt(2.0 * (a + b + 2))
    return np.array([erfc(m) / 2 for m in margins.ravel()], dtype=np.float64).reshape(a.shape)


@lru_cache
def _flips(bits: int) -> NDArray[np.float64]:
    """Flip probabilities of all votes below 2**bits, (leader, runner-up): a race of fair tosses, one step of it a sum."""
    size = 1 << bits
    table = np.empty((size + 1, size + 1))
    table[0, :], table[:, 0] = 1.0, 0.0  # a race that the one side, or the other, has won
    for diagonal in range(2, 2 * size + 1):
        i = np.arange(max(1, diagonal - size), min(size, diagonal - 1) + 1)
        j = diagonal - i
        table[i, j] = (table[i - 1, j] + table[i, j - 1]) / 2
    return table[1:, 1:]


def confidence(leader: int, runner_up: int) -> float:
    """Posterior probability that the leader is the model's most frequent answer, against its runner-up; 0 without votes."""
    return 1.0 - float(flip_probability(leader, runner_up)) if leader else 0.0


def mode_probability(counts: Sequence[int]) -> float:
    """Posterior probability that the most counted answer is the most frequent one, under Dirichlet(1 + counts); 1 for one count alone.

    With independent gammas of these shapes in place of the shares, it is the integral of the leader's density times the distribution
    functions of the others: here a sum over a fixed grid, right to about 1e-4.
    """
    return _mode_probability(tuple(sorted(counts, reverse=True)))


@lru_cache(maxsize=4096)
def _mode_probability(counts: tuple[int, ...]) -> float:
    shape = counts[0] + 1
    x = np.linspace(1e-9, shape + 9 * np.sqrt(shape) + 12, GRID)
    powers = np.arange(shape)[:, None]
    terms = np.exp(powers * np.log(x) - x - log_factorials(shape)[powers])  # (shape, grid), of a Poisson
    below = 1 - np.cumsum(terms, axis=0)  # row k: a gamma of shape k + 1 lies below x
    density = terms[-1]
    for count in counts[1:]:
        density = density * below[count]
    return min(float(density.sum() / terms[-1].sum()), 1.0)


def log_factorials(most: int) -> NDArray[np.float64]:
    """ln 0!, ln 1!, ... up to at least ln most!."""
    return _log_factorials(most.bit_length())


@lru_cache
def _log_factorials(bits: int) -> NDArray[np.float64]:
    table: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, 1 << bits)))])
    return table
