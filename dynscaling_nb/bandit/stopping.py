"""When a query has enough responses. A rule looks at the votes of one query; the budget that it frees goes to the others."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.answers.posterior import confidence, flip_probability, mode_probability
from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.bandit.arms import Arms
from dynscaling_nb.errors import InputError, UnknownName

SETTLED = 0.05  # flip probability


class StopRule(ABC):
    """When a query has enough responses. A subclass has `done`; everything else has a default that works.

    `name` is what people are shown, the name of the class by default. An answer is shown as settled once the chance that its runner-up
    is ahead is below `settled_below`.
    """

    name: str
    settled_below: float = SETTLED

    def __init_subclass__(cls) -> None:
        if "name" not in cls.__dict__:
            cls.name = cls.__name__

    @abstractmethod
    def done(self, votes: Votes, left: int) -> bool:
        """Whether the query with these votes has enough; at most `left` further responses can go to it."""

    def pending_may_settle(self, arms: Arms) -> NDArray[np.bool_]:
        """Which queries the pulls in flight may settle, shape (queries,); they wait for those. None by default."""
        return np.zeros(len(arms.pulls), bool)


class AdaptiveConsistency(StopRule):
    """The leader is ahead of the runner-up with posterior probability `threshold` (Aggarwal et al., EMNLP 2023, their Beta criterion)."""

    name = "ac"

    def __init__(self, threshold: float = 0.95) -> None:
        self.threshold = _share(threshold, "threshold")

    def done(self, votes: Votes, left: int) -> bool:
        return confidence(*votes.top_two) >= self.threshold


class DirichletConsistency(StopRule):
    """The leader is ahead of *all* answers seen with posterior probability `threshold` (Aggarwal et al., EMNLP 2023, their Dirichlet
    criterion, which looks at the `most` leading ones).
    """

    name = "ac-dirichlet"

    def __init__(self, threshold: float = 0.95, most: int = 5) -> None:
        self.threshold = _share(threshold, "threshold")
        self.most = most

    def done(self, votes: Votes, left: int) -> bool:
        counts = sorted(votes.counts.values(), reverse=True)[: self.most] or [0]
        return mode_probability(counts if len(counts) > 1 else [*counts, 0]) >= self.threshold


class EarlyStopping(StopRule):
    """A whole window of `window` responses says the same (early-stopping self-consistency, Li et al., ICLR 2024)."""

    name = "esc"

    def __init__(self, window: int = 5) -> None:
        self.window = _least(window, 1, "window")

    def done(self, votes: Votes, left: int) -> bool:
        drawn = votes.cast + votes.unread
        return drawn > 0 and drawn % self.window == 0 and votes.streak >= self.window


class Doubling(StopRule):
    """After `first`, twice, four times ... as many responses the leader has at least the share `share` of them, a supermajority: the
    doubling of its_hub, with constants of ours.
    """

    name = "doubling"

    def __init__(self, first: int = 2, share: float = 2 / 3) -> None:
        self.first = _least(first, 1, "first")
        self.share = _share(share, "share")

    def done(self, votes: Votes, left: int) -> bool:
        rounds, rest = divmod(votes.cast + votes.unread, self.first)
        checked = rest == 0 and rounds > 0 and rounds & (rounds - 1) == 0
        return checked and votes.top_two[0] >= self.share * rounds * self.first


class Margin(StopRule):
    """The leader is `lead` votes ahead of the runner-up (the margin form of ConSol's sequential test, Lee et al. 2025)."""

    name = "margin"

    def __init__(self, lead: int = 3) -> None:
        self.lead = _least(lead, 1, "lead")

    def done(self, votes: Votes, left: int) -> bool:
        first, second = votes.top_two
        return first - second >= self.lead


class BayesFactor(StopRule):
    """The Bayes factor for "the leader is the mode" reaches `factor` (Best-of-infinity, Komiyama et al., ICLR 2026, arXiv 2509.21091).

    K P / (1 - P) with the posterior probability P that the leader is the mode among K answers, those seen and one unseen, which has no
    votes; the original gives that one 0.3.
    """

    name = "bayes-factor"

    def __init__(self, factor: float = 10.0) -> None:
        if not factor > 0:
            raise InputError(f"factor must be a positive number, got {factor}", factor)
        self.factor = factor

    def done(self, votes: Votes, left: int) -> bool:
        counts = [*votes.counts.values(), 0]
        p = mode_probability(counts) if votes.cast else 0.0
        return len(counts) * p >= self.factor * (1 - p)


class Decided(StopRule):
    """The leader can no longer be overtaken, nor drawn level with, by all the responses that are left. Costs no accuracy at all."""

    name = "decided"

    def done(self, votes: Votes, left: int) -> bool:
        first, second = votes.top_two
        return first - second > left


class FlipBelow(StopRule):
    """The chance that the runner-up is truly ahead of the leader is below `threshold`, in (0, 0.5)."""

    name = "flip-below"

    def __init__(self, threshold: float = 0.05) -> None:
        if not 0 < threshold < 0.5:
            raise InputError(f"threshold must lie between 0 and 0.5, got {threshold}", threshold)
        self.threshold = self.settled_below = threshold

    def done(self, votes: Votes, left: int) -> bool:
        return 1 - confidence(*votes.top_two) < self.threshold

    def pending_may_settle(self, arms: Arms) -> NDArray[np.bool_]:
        """Those that settle if everything in flight repeats the leader."""
        flips = flip_probability(arms.leader + arms.pending, arms.runner_up)
        return (arms.pending > 0) & (flips < self.threshold)


STOP_RULES: Mapping[str, Callable[..., StopRule]] = {
    "ac": AdaptiveConsistency,
    "ac-dirichlet": DirichletConsistency,
    "esc": EarlyStopping,
    "doubling": Doubling,
    "margin": Margin,
    "bayes-factor": BayesFactor,
    "decided": Decided,
    "flip-below": FlipBelow,
}


def stop_rule(which: str | StopRule | None) -> StopRule | None:
    """The rule of that name, or the object itself; None for none. Raises `UnknownName` for a name that is not one."""
    if which is None or isinstance(which, StopRule):
        return which
    if not isinstance(which, str):
        raise InputError(f"stop must be the name of a rule or a dn.StopRule, got {which!r}", which)
    if which not in STOP_RULES:
        raise UnknownName("stop rule", which, STOP_RULES)
    return STOP_RULES[which]()


def _share(value: float, name: str) -> float:
    if not 0 < value <= 1:
        raise InputError(f"{name} must lie between 0 and 1, got {value}", value)
    return value


def _least(value: int, least: int, name: str) -> int:
    if value < least:
        raise InputError(f"{name} must be at least {least}, got {value}", value)
    return value
