"""From answers to votes, and from votes to what is known: who leads, how uncertain that is, and how sure one may be. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import erfc, lgamma, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRID = 1001  # points of a numerical integral
SHAPES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05)  # of a prior that a batch shows
DOUBT = 2.0  # that it is not uniform
TABLED = 1000  # votes up to which flip probabilities are exact

_log_gamma = np.vectorize(lgamma, otypes=[np.float64])


class Votes:
    """The votes of one query, counted as they come. `streak` is how many equal ones came last, `unread` how many responses cast none.

    `prior` holds votes that count as cast before any response was drawn: what the user believes already.
    """

    def __init__(self, prior: Mapping[str, int] | None = None) -> None:
        self.counts: dict[str, int] = {}
        self.weights: dict[str, float] = {}
        self.chained: Counter[str] = Counter()
        self.by_depth: dict[int, Counter[str]] = {}
        self.reached: dict[str, int] = {}
        self.cast = 0
        self.unread = 0
        self.streak = 0
        self._last: str | None = None
        for answer, count in (prior or {}).items():
            self.cast += count
            self.counts[answer] = self.weights[answer] = count
            self.reached[answer] = self.cast

    def add(self, answer: str, *, depth: int = 0, weight: float = 1.0) -> None:
        """Count one vote of this weight, of a response that saw `depth` earlier ones: 0 for an independent one."""
        self.cast += 1
        self.streak = self.streak + 1 if answer == self._last else 1
        self._last = answer
        self.counts[answer] = self.counts.get(answer, 0) + 1
        self.weights[answer] = self.weights.get(answer, 0) + weight
        if depth:
            self.chained[answer] += 1
        if depth not in self.by_depth:
            self.by_depth[depth] = Counter()
        self.by_depth[depth][answer] += 1
        self.reached[answer] = self.cast

    def skip(self) -> None:
        """Count a response that casts no vote."""
        self.unread += 1
        self.streak, self._last = 0, None

    @property
    def leader(self) -> str | None:
        """The most votes by weight; a tie goes to more chained votes, then to the answer that reached the count first."""
        if not self.counts:
            return None
        return max(self.counts, key=lambda a: (self.weights[a], self.chained[a], -self.reached[a]))

    @property
    def top_two(self) -> tuple[int, int]:
        """Votes of the leader, and the most that another answer has: fewer, unless weights decided."""
        leader = self.leader
        if leader is None:
            return 0, 0
        return self.counts[leader], max(
            (count for answer, count in self.counts.items() if answer != leader), default=0
        )

    @property
    def entropy(self) -> float:
        """Normalised entropy of the votes, in [0, 1]: over ln of the votes cast, its largest value."""
        if self.cast < 2 or len(self.counts) < 2:
            return 0.0
        shares = [count / self.cast for count in self.counts.values()]
        return -sum(s * log(s) for s in shares) / log(self.cast)


def flip_probability(
    leader: NDArray[np.int64] | int, runner_up: NDArray[np.int64] | int
) -> NDArray[np.float64]:
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


def confidences(leader: NDArray[np.int64], runner_up: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each query of a batch, the posterior probability that its leader is the model's most frequent answer, against its runner-up, with
    a prior that the batch itself shows; 0 without votes. Shapes (queries,).

    The leader's share of the two has the prior Beta(s, s): s = 1 is uniform, a smaller one expects clear leads. Of a few values up to 1
    the likeliest one is taken, given the votes of all queries and a mild belief in 1: a lone query keeps the uniform prior (empirical
    Bayes; which query was asked more often does not matter, since votes alone decided that).
    """
    a, b = np.asarray(leader, np.float64), np.asarray(runner_up, np.float64)
    likelihoods = [
        float((_log_beta(a + s, b + s) - _log_beta(s, s)).sum()) - DOUBT * log(s) ** 2
        for s in SHAPES
    ]
    shape = SHAPES[int(np.argmax(likelihoods))]
    found = np.zeros(len(a))
    for votes in set(zip(a.tolist(), b.tolist(), strict=True)):
        found[(a == votes[0]) & (b == votes[1])] = _lead(*votes, shape) if votes[0] else 0.0
    return found


@lru_cache(maxsize=4096)
def _lead(a: float, b: float, shape: float) -> float:
    """P(share > 1/2) for a share that is Beta(a + shape, b + shape), with a at least 1."""
    if shape == 1:
        return 1.0 - float(flip_probability(int(a), int(b)))
    x = (np.arange(GRID) + 0.5) / (2 * GRID)
    density = np.exp(
        (a + shape - 1) * np.log(x)
        + (b + shape - 1) * np.log1p(-x)
        - _log_beta(a + shape, b + shape)
    )
    return 1.0 - float(density.sum()) / (2 * GRID)


def _log_beta(x: Any, y: Any) -> Any:
    return _log_gamma(x) + _log_gamma(y) - _log_gamma(np.add(x, y))


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
    terms = np.exp(
        powers * np.log(x) - x - log_factorials(shape)[powers]
    )  # (shape, grid), of a Poisson
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
