"""Who is pulled next. A policy scores every query; the ledger pulls the highest score.

Pure: a policy holds its constants and nothing else, and is handed the arms and a random generator. Pulls in flight
count as pulled, so that many run at once without all going to one arm.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import lru_cache
from inspect import signature
from typing import Any, Literal

import numpy as np

from dynscaling_nb.answers.posterior import flip_probability, log_factorials
from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.errors import InputError, UnknownName

AHEAD = (1, 2, 4, 8, 16)  # votes that `Lookahead` looks ahead
MOST_AHEAD = 256  # votes up to which it is exact


class Policy(ABC):
    """Who is pulled next. A subclass has `scores`; everything else has a default that works.

    `name` is what people are shown, the name of the class by default. `unit` is how many responses one pull draws. `local = True` says that each score depends on its own arm alone; then only queries that
    changed are scored again.
    """

    name: str
    unit: int = 1
    local: bool = False

    def __init_subclass__(cls) -> None:
        if "name" not in cls.__dict__:
            cls.name = cls.__name__

    @abstractmethod
    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        """The score of every query, shape (queries,); the highest is pulled next."""

    def terms(self, arms: Arms) -> tuple[Floats, Floats] | None:
        """Exploitation and exploration, where the score is their sum; else None."""
        return None


class Uniform(Policy):
    """Everyone in turn: the query with the fewest pulls."""

    name = "uniform"
    local = True

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        return -arms.pulls.astype(np.float64)


class UCB(Policy):
    """Upper confidence bound on answer uncertainty (Auer et al. 2002; DynScaling, arXiv 2506.16043).

    Score of query i: u_i + c * sqrt(ln N / n_i), with pulls in flight counted in N and n_i. `signal` names u_i: the paper's
    1 - leader share (`uncertainty`) or normalised `entropy`.
    """

    def __init__(
        self,
        c: float = 0.3,
        signal: Literal["uncertainty", "entropy"] = "uncertainty",
        unit: int = 1,
    ) -> None:
        if not c >= 0:
            raise InputError(f"c must be zero or a positive number, got {c}", c)
        self.c = c
        self.signal = signal
        self.unit = unit
        self.name = "paper" if unit > 1 else "ucb-entropy" if signal == "entropy" else "ucb"

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        exploit, explore = self.terms(arms)
        return exploit + explore

    def terms(self, arms: Arms) -> tuple[Floats, Floats]:
        """Exploitation and exploration, the two terms of the score."""
        signal: Floats = arms.entropy if self.signal == "entropy" else arms.uncertainty
        pulls = np.maximum(arms.pulls, 1)
        return signal, self.c * np.sqrt(np.log(pulls.sum() + arms.elsewhere) / pulls)


class Thompson(Policy):
    """Thompson sampling on answer uncertainty (Thompson 1933): the score is a draw from its posterior,
    Beta(1 + votes against the leader, 1 + leader votes), pulls in flight believed to repeat the leader.
    """

    name = "thompson"

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        return rng.beta(1 + arms.votes - arms.leader, 1 + arms.leader + arms.pending)


class ValueOfInformation(Policy):
    """Chance that the next vote turns the answer, in the normal approximation.

    Score exp(-(a - b)^2 / (2 (a + b + 2))) / sqrt(a + b + 2) for leader votes a and runner-up votes b, times the share of
    readable responses; pulls in flight are believed to repeat the leader.
    """

    name = "voi"
    local = True

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        lead = arms.leader + arms.pending - arms.runner_up
        size = arms.leader + arms.pending + arms.runner_up + 2
        gain: Floats = np.exp(-(lead**2) / (2 * size)) / np.sqrt(size) * arms.readable
        return gain


class KnowledgeGradient(Policy):
    """Optimistic knowledge gradient (Chen, Lin, Zhou 2013; as PETS uses it to allocate samples).

    Score: the best gain that one more vote can bring in P(the leader is the mode), with shares Beta(1 + a, 1 + b) for leader
    votes a and runner-up votes b. That gain is C(n + 1, a + 1) / 2^(n + 2) with n = a + b, times the share of readable responses;
    pulls in flight are believed to repeat the leader. The score is its logarithm, so that far-off queries stay in order.
    """

    name = "okg"
    local = True

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        a, b = arms.leader + arms.pending, arms.runner_up
        n = a + b
        log_factorial = log_factorials(int(n.max(initial=0)) + 1)
        log_choose = log_factorial[n + 1] - log_factorial[a + 1] - log_factorial[b]
        gain: Floats = log_choose - (n + 2) * np.log(2) + np.log(arms.readable)
        return gain


class FlipProbability(Policy):
    """Chance that the answer is the wrong one to report, discounted by what was already tried.

    Score P(runner-up is truly ahead of the leader) / sqrt(n_i): posterior uncertainty about the *order* of the answers, which, unlike
    1 - leader share, vanishes with more responses; the root keeps a query without a majority from taking all. Pulls in
    flight are believed to repeat the leader and count in n_i.
    """

    name = "flip"
    local = True

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        flips = flip_probability(arms.leader + arms.pending, arms.runner_up)
        return flips / np.sqrt(np.maximum(arms.pulls, 1))


class BlendASC(Policy):
    """Blend of two rankings of the queries (Blend-ASC: Feng, Alonso, Odonnat 2025, arXiv 2511.12309).

    By Adaptive-Consistency's Beta posterior, P(runner-up is truly ahead), and by the prior-posterior ratio of PPR-1v1, the posterior
    density of equal shares; the weight moves from the first to the second as the budget is spent. The paper's text could not be had: the
    linear weight is ours.
    """

    name = "blend-asc"

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        a, b = arms.leader + arms.pending, arms.runner_up
        log_factorial = log_factorials(int((a + b).max(initial=0)) + 1)
        log_density = (
            log_factorial[a + b + 1] - log_factorial[a] - log_factorial[b] - (a + b) * np.log(2)
        )
        spent = min(arms.pulls.sum() / max(arms.budget, 1), 1.0)
        ranks: Floats = (1 - spent) * _ranks(flip_probability(a, b)) + spent * _ranks(log_density)
        return ranks


class Lookahead(Policy):
    """What the next few votes can bring, a vote: knowledge gradient over several steps (docs/allocation.md has the derivation).

    V(a, b) is the posterior probability that the better of two answers is reported, with leader votes a, runner-up votes b and a
    uniform prior on their shares. Score of a query: the largest of (E[V after m votes] - V) / m over m = 1, 2, 4, 8, 16, times
    ((1 + a + b) / (1 + n)) ** `relevance`: of n responses only those for the two leading answers count. Pulls in flight are believed to
    repeat the leader.
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
        over = np.maximum(a - (MOST_AHEAD - 1), 0)  # beyond the table the margin alone is kept
        gain = _gains(min(int(a.max(initial=0)), MOST_AHEAD - 1).bit_length())[
            a - over, np.maximum(b - over, 0)
        ]
        scores: Floats = (
            gain * ((1.0 + arms.leader + b) / (1 + arms.pulls - arms.pending)) ** self.relevance
        )
        return scores


def _ranks(values: Floats) -> Floats:
    """The place of each value, from the smallest, equal ones sharing the first of theirs."""
    return np.searchsorted(np.sort(values), values).astype(np.float64)


@lru_cache
def _gains(bits: int) -> Floats:
    """Gain a vote of looking ahead, for leader and runner-up votes below 2**bits each."""
    size = 1 << bits
    a, b = np.indices((size, size))
    reach = np.indices((size + AHEAD[-1],) * 2)
    flips = flip_probability(*reach)
    value = np.maximum(flips, 1 - flips)
    log_factorial = log_factorials(2 * (size + AHEAD[-1]))
    gains = np.zeros((size, size))
    for m in AHEAD:
        expected = np.zeros((size, size))
        for k in range(m + 1):  # of m votes k go to the leader: beta-binomial
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


POLICIES: Mapping[str, Callable[..., Policy]] = {
    "uniform": Uniform,
    "ucb": UCB,
    "ucb-entropy": lambda c=0.3: UCB(c, signal="entropy"),
    "paper": lambda c=0.25: UCB(c, unit=8),
    "thompson": Thompson,
    "voi": ValueOfInformation,
    "okg": KnowledgeGradient,
    "flip": FlipProbability,
    "blend-asc": BlendASC,
    "lookahead": Lookahead,
}
DEFAULT = "flip"


def terms(policy: Policy, arms: Arms, rng: np.random.Generator) -> dict[str, Floats]:
    """The scores in their parts: `exploitation` and `exploration` where the score is their sum, else `score` as a whole."""
    parts = policy.terms(arms)
    if parts is None:
        return {"score": policy.scores(arms, rng)}
    return {"exploitation": parts[0], "exploration": parts[1]}


def policy(which: str | Policy = "default", **constants: Any) -> Policy:
    """The policy of that name with these constants (`c` for the UCB forms), or the object itself.

    Raises `UnknownName` for a name that is not one, `InputError` for a constant that the policy does not have.
    """
    if isinstance(which, Policy):
        return which
    if not isinstance(which, str):
        raise InputError(
            f"policy must be the name of a policy or a dn.Policy, got {which!r}", which
        )
    name = DEFAULT if which == "default" else which
    if name not in POLICIES:
        raise UnknownName("policy", which, [*POLICIES, "default"])
    taken = signature(POLICIES[name]).parameters
    for constant, value in constants.items():
        if constant not in taken:
            fitting = [n for n, make in POLICIES.items() if constant in signature(make).parameters]
            hint = f"; it belongs to {', '.join(fitting)}" if fitting else ""
            raise InputError(f"policy {name!r} has no constant {constant!r}{hint}", value)
    return POLICIES[name](**constants)
