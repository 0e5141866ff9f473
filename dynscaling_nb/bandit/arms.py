"""What a policy sees: the arms, one for each query."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(slots=True)
class Arms:
    """What is known of the queries, one element each, and the `budget` of the run in responses.

    `pulls` counts responses finished and in flight, `pending` those in flight, `unread` those without an answer, `votes` the votes,
    `leader` and `runner_up` the two highest of them. `uncertainty` is 1 - leader / votes, `entropy` the normalised entropy of the
    votes; both lie in [0, 1] and are 1 where there is no vote. `elsewhere` counts pulls of queries that are not among these, in another
    shard of the run.
    """

    pulls: Counts
    pending: Counts
    votes: Counts
    leader: Counts
    runner_up: Counts
    uncertainty: Floats
    entropy: Floats
    budget: int = 0
    unread: Counts = field(default_factory=lambda: np.zeros(1, np.int64))
    elsewhere: int = 0

    @classmethod
    def fresh(cls, queries: int, budget: int = 0) -> "Arms":
        """Arms that nobody has pulled."""
        pulls, pending, unread, votes, leader, runner_up = (
            np.zeros(queries, np.int64) for _ in range(6)
        )
        return cls(
            pulls,
            pending,
            votes,
            leader,
            runner_up,
            np.ones(queries),
            np.ones(queries),
            budget,
            unread,
        )

    def at(self, places: Counts) -> "Arms":
        """These of the arms alone."""
        p = places
        counts = self.pulls[p], self.pending[p], self.votes[p], self.leader[p], self.runner_up[p]
        return Arms(
            *counts,
            self.uncertainty[p],
            self.entropy[p],
            self.budget,
            self.unread[p],
            self.elsewhere,
        )

    @property
    def readable(self) -> Floats:
        """Share of responses that hold an answer, one imagined readable response included."""
        share: Floats = 1 - self.unread / (1 + self.pulls - self.pending)
        return share
