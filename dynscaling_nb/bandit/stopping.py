"""When a query has enough responses: one class a rule, and the registry of their names.

A rule looks at the votes of one query. The budget that it saves goes to the other queries.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

import numpy as np

from dynscaling_nb.answers.posterior import confidence, flip_probability, mode_probability
from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.bandit.arms import Arms, Bools
from dynscaling_nb.errors import InputError, UnknownName

SETTLED = 0.05  # flip probability below which an answer is shown as settled


class StopRule(ABC):
    """Base class of stop rules: a subclass writes `done`, everything else has a working default.

    - `name`: the name that people see; the name of the class by default.
    - `settled_below`: flip probability below which an answer is shown as settled.
    """

    name: str
    settled_below: float = SETTLED

    def __init_subclass__(cls) -> None:
        if "name" not in cls.__dict__:
            cls.name = cls.__name__

    @abstractmethod
    def done(self, votes: Votes, left: int) -> bool:
        """Whether a query with these votes has enough.

        `left` is the most responses that it can still get, those in flight included.
        """

    def pending_may_settle(self, arms: Arms) -> Bools:
        """Which queries may settle by their pulls in flight, shape (queries,); by default no query.

        Such a query waits for its pulls in flight.
        """
        return np.zeros(len(arms.pulls), bool)


class AdaptiveConsistency(StopRule):
    """The leader is ahead of the runner-up with posterior probability `threshold`, in (0, 1].

    The Beta criterion of Aggarwal et al., EMNLP 2023.
    """

    name = "ac"

    def __init__(self, threshold: float = 0.95) -> None:
        self.threshold = _share(threshold, "threshold")

    def done(self, votes: Votes, left: int) -> bool:
        return confidence(*votes.top_two) >= self.threshold


class DirichletConsistency(StopRule):
    """The leader is ahead of *all* other answers with posterior probability `threshold`.

    The Dirichlet criterion of Aggarwal et al., EMNLP 2023. It looks at the `answers` leading ones.
    """

    name = "ac-dirichlet"

    def __init__(self, threshold: float = 0.95, answers: int = 5) -> None:
        self.threshold = _share(threshold, "threshold")
        self.answers = _at_least(1, answers, "answers")

    def done(self, votes: Votes, left: int) -> bool:
        counts = sorted(votes.counts.values(), reverse=True)[: self.answers] or [0]
        return mode_probability(counts if len(counts) > 1 else [*counts, 0]) >= self.threshold


class EarlyStopping(StopRule):
    """All responses of one window of `window` responses have the same answer.

    Early-stopping self-consistency (Li et al., ICLR 2024). Windows do not overlap.
    """

    name = "esc"

    def __init__(self, window: int = 5) -> None:
        self.window = _at_least(1, window, "window")

    def done(self, votes: Votes, left: int) -> bool:
        responses = votes.cast + votes.unread
        complete = responses > 0 and responses % self.window == 0
        return complete and votes.streak >= self.window


class Doubling(StopRule):
    """The leader has the share `share` of `first` responses, or of twice, four times ... as many.

    The doubling of its_hub; the constants are a choice made here.
    """

    name = "doubling"

    def __init__(self, first: int = 2, share: float = 2 / 3) -> None:
        self.first = _at_least(1, first, "first")
        self.share = _share(share, "share")

    def done(self, votes: Votes, left: int) -> bool:
        responses = votes.cast + votes.unread
        multiple, rest = divmod(responses, self.first)
        doubled = rest == 0 and multiple.bit_count() == 1  # a power of two
        return doubled and votes.top_two[0] >= self.share * responses


class Margin(StopRule):
    """The leader is `lead` votes ahead of the runner-up.

    The margin form of ConSol's sequential test (Lee et al. 2025).
    """

    name = "margin"

    def __init__(self, lead: int = 3) -> None:
        self.lead = _at_least(1, lead, "lead")

    def done(self, votes: Votes, left: int) -> bool:
        first, second = votes.top_two
        return first - second >= self.lead


class BayesFactor(StopRule):
    """The Bayes factor for "the leader is the mode" reaches `factor`, a positive number.

    Best-of-infinity (Komiyama et al., ICLR 2026, arXiv 2509.21091). The factor is K P / (1 - P),
    with P the posterior probability that the leader is the mode among K answers. The K answers are
    the seen ones and one unseen. The unseen one has no votes here, and 0.3 votes in the original.
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
    """No answer can overtake the leader or draw level, even with all responses that are left.

    This rule costs no accuracy.
    """

    name = "decided"

    def done(self, votes: Votes, left: int) -> bool:
        first, second = votes.top_two
        return first - second > left


class FlipBelow(StopRule):
    """The flip probability, P(the runner-up is truly ahead), is below `threshold`, in (0, 0.5)."""

    name = "flip-below"

    def __init__(self, threshold: float = 0.05) -> None:
        if not 0 < threshold < 0.5:
            raise InputError(f"threshold must lie between 0 and 0.5, got {threshold}", threshold)
        self.threshold = self.settled_below = threshold

    def done(self, votes: Votes, left: int) -> bool:
        return 1 - confidence(*votes.top_two) < self.threshold

    def pending_may_settle(self, arms: Arms) -> Bools:
        """Which queries settle if all their pulls in flight are votes for the leader."""
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
    """The rule with this name; a rule and None are returned as they are.

    Raises `UnknownName` for an unknown name, `InputError` for anything else.
    """
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


def _at_least(lowest: int, value: int, name: str) -> int:
    if value < lowest:
        raise InputError(f"{name} must be at least {lowest}, got {value}", value)
    return value
