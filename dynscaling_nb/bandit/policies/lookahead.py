"""The value of several more votes, divided by their number."""

from functools import lru_cache

import numpy as np

from dynscaling_nb.answers.posterior import flip_probability, log_factorials
from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.bandit.policies.base import Policy
from dynscaling_nb.errors import InputError

STEPS = (1, 2, 4, 8, 16)  # numbers of votes to look ahead
TABLE = 256  # votes below which the gain is exact


class Lookahead(Policy):
    """Knowledge gradient over several steps (docs/allocation.md has the derivation).

    V(a, b) is the posterior probability that the better of two answers is reported. It has a leader
    votes, b runner-up votes and a uniform prior on the shares. Score of a query: the largest of
    (E[V after m votes] - V) / m over m = 1, 2, 4, 8, 16, times ((1 + a + b) / (1 + n))^`relevance`.
    The last factor discounts the other ones of n responses: only votes for the two leading answers
    count. Pulls in flight count as votes for the leader in V.
    """

    name = "lookahead"
    local = True

    def __init__(self, relevance: float = 1.5) -> None:
        if not relevance >= 0:
            raise InputError(
                f"relevance must be zero or a positive number, got {relevance}", relevance
            )
        self.relevance = relevance

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        a, b = arms.leader + arms.pending, arms.runner_up
        over = np.maximum(a - (TABLE - 1), 0)  # beyond the table only the margin a - b counts
        table = _gains(min(int(a.max(initial=0)), TABLE - 1).bit_length())
        gain = table[a - over, np.maximum(b - over, 0)]
        relevant = (1.0 + arms.leader + b) / (1 + arms.pulls - arms.pending)
        scores: Floats = gain * relevant**self.relevance
        return scores


@lru_cache
def _gains(bits: int) -> Floats:
    """The best gain per vote, shape (2**bits, 2**bits), by leader and runner-up votes."""
    size = 1 << bits
    a, b = np.indices((size, size))
    flips = flip_probability(*np.indices((size + STEPS[-1],) * 2))
    value = np.maximum(flips, 1 - flips)
    log_factorial = log_factorials(2 * (size + STEPS[-1]))
    gains = np.zeros((size, size))
    for m in STEPS:
        expected = np.zeros((size, size))
        for k in range(m + 1):  # k of m votes go to the leader: beta-binomial
            log_p = (
                log_factorial[m]
                - log_factorial[k]
                - log_factorial[m - k]
                + log_factorial[a + k]
                + log_factorial[b + m - k]
            )
            log_p += (
                log_factorial[a + b + 1]
                - log_factorial[a]
                - log_factorial[b]
                - log_factorial[a + b + m + 1]
            )
            expected += np.exp(log_p) * value[a + k, b + m - k]
        gains = np.maximum(gains, (expected - value[:size, :size]) / m)
    return gains
