"""From votes to posterior probabilities: is the leader the model's most frequent answer? Pure.

Every function answers this from counts of votes. With two answers the leader's share is Beta; with
more answers the shares are Dirichlet. SciPy has these integrals. They are written out here because
the package needs nothing else from it.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import erfc, lgamma, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRID = 1001  # points of a numerical integral
SHAPES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05)  # of the prior, tried for a batch
DOUBT = 2.0  # penalty on ln(shape)**2: a few queries do not move the prior from uniform
TABLED = 1000  # votes up to which flip probabilities are exact

_log_gamma = np.vectorize(lgamma, otypes=[np.float64])


def flip_probability(
    leader: NDArray[np.int64] | int, runner_up: NDArray[np.int64] | int
) -> NDArray[np.float64]:
    """P(runner-up is truly ahead) = P(share < 1/2), share ~ Beta(1 + leader, 1 + runner-up).

    Shapes broadcast. For a votes and b votes it is the chance that fair tosses show a + 1 heads
    before b + 1 tails. From 1,000 votes on it is the normal approximation.
    """
    a, b = np.asarray(leader), np.asarray(runner_up)
    largest = int(max(a.max(initial=0), b.max(initial=0)))
    if largest < TABLED:
        flips: NDArray[np.float64] = _flips(largest.bit_length())[a, b]
        return flips
    a, b = np.broadcast_arrays(a, b)
    margins = (a - b) / np.sqrt(2.0 * (a + b + 2))
    return np.array([erfc(m) / 2 for m in margins.ravel()], dtype=np.float64).reshape(a.shape)


@lru_cache
def _flips(bits: int) -> NDArray[np.float64]:
    """Flip probabilities of all votes below 2**bits, shape (leader, runner-up).

    A race of fair tosses: each cell is the mean of the two cells that one toss leads to. A table
    is doubled rather than fitted to the votes, so that a growing run builds few of them.
    """
    size = 1 << bits
    table = np.empty((size + 1, size + 1))
    table[0, :], table[:, 0] = 1.0, 0.0  # one side has won the race, or the other has
    for diagonal in range(2, 2 * size + 1):
        i = np.arange(max(1, diagonal - size), min(size, diagonal - 1) + 1)
        j = diagonal - i
        table[i, j] = (table[i - 1, j] + table[i, j - 1]) / 2
    return table[1:, 1:]


def confidence(leader: int, runner_up: int) -> float:
    """Posterior probability that the leader is more frequent than its runner-up; 0 without votes.

    The prior is uniform.
    """
    return 1.0 - float(flip_probability(leader, runner_up)) if leader else 0.0


def confidences(leader: NDArray[np.int64], runner_up: NDArray[np.int64]) -> NDArray[np.float64]:
    """As `confidence` for each query of a batch, with a prior learned from the batch.

    Shapes (queries,). The leader's share of the two answers has the prior Beta(s, s). s = 1 is
    uniform; a smaller s expects clear leads. From a few values up to 1 the likeliest is taken,
    given the votes of all queries and a mild belief in 1 (empirical Bayes). A lone query
    therefore keeps the uniform prior. The number of votes may depend on earlier votes; that does
    not bias s.
    """
    a, b = np.asarray(leader, np.float64), np.asarray(runner_up, np.float64)
    likelihoods = [
        float((_log_beta(a + s, b + s) - _log_beta(s, s)).sum()) - DOUBT * log(s) ** 2
        for s in SHAPES
    ]
    shape = SHAPES[int(np.argmax(likelihoods))]
    probabilities = np.zeros(len(a))
    for first, second in set(zip(a.tolist(), b.tolist(), strict=True)):  # few differ in a batch
        if first:
            probabilities[(a == first) & (b == second)] = lead_probability(first, second, shape)
    return probabilities


@lru_cache(maxsize=4096)
def lead_probability(leader: float, runner_up: float, shape: float) -> float:
    """P(share > 1/2) for a share that is Beta(leader + shape, runner_up + shape); leader >= 1.

    The incomplete beta function has a closed form for whole numbers only, so the integral is a sum
    on a grid. The grid covers the half below 1/2, where the density is finite: with leader >= 1
    its one pole lies at 1. The sum is accurate to about 2e-3.
    """
    if shape == 1:
        return 1.0 - float(flip_probability(int(leader), int(runner_up)))
    x = (np.arange(GRID) + 0.5) / (2 * GRID)  # midpoints of (0, 1/2)
    a, b = leader + shape, runner_up + shape
    density = np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - _log_beta(a, b))
    return 1.0 - float(density.sum()) / (2 * GRID)


def _log_beta(x: Any, y: Any) -> Any:
    return _log_gamma(x) + _log_gamma(y) - _log_gamma(np.add(x, y))


def mode_probability(counts: Sequence[int]) -> float:
    """Posterior probability that the answer with the most votes is the model's most frequent one.

    The shares are Dirichlet(1 + counts). With one count the probability is 1. Independent gamma
    variables stand in for the shares. The integrand is the leader's density times the distribution
    functions of the others. A sum over a fixed grid is accurate to about 1e-4.
    """
    return _mode_probability(tuple(sorted(counts, reverse=True)))


@lru_cache(maxsize=4096)
def _mode_probability(counts: tuple[int, ...]) -> float:
    shape = counts[0] + 1
    x = np.linspace(1e-9, shape + 9 * np.sqrt(shape) + 12, GRID)  # past any mass of a gamma
    powers = np.arange(shape)[:, None]
    terms = np.exp(powers * np.log(x) - x - log_factorials(shape)[powers])  # (shape, grid): Poisson
    below = 1 - np.cumsum(terms, axis=0)  # row k: a gamma of shape k + 1 lies below x
    density = terms[-1]
    for count in counts[1:]:
        density = density * below[count]
    return min(float(density.sum() / terms[-1].sum()), 1.0)


def log_factorials(largest: int) -> NDArray[np.float64]:
    """The logarithms of 0!, 1!, ... up to at least `largest`!."""
    return _log_factorials(largest.bit_length())


@lru_cache
def _log_factorials(bits: int) -> NDArray[np.float64]:
    table: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, 1 << bits)))])
    return table
