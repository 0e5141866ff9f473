"""The arms of the bandit, one for each query: the counts that a policy sees."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Bools = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(slots=True)
class Arms:
    """The counts of every query, in arrays of shape (queries,).

    - `pulls`: responses, finished and in flight.
    - `pending`: responses in flight.
    - `votes`: votes, those of a prior included.
    - `leader`, `runner_up`: the two highest numbers of votes for one answer.
    - `uncertainty`: 1 - leader / votes, in [0, 1]; 1 without votes.
    - `entropy`: normalised entropy of the votes, in [0, 1]; 1 without votes.
    - `budget`: responses of the whole run.
    - `unread`: finished responses without an answer.
    - `elsewhere`: pulls of queries in other shards of the run.
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
        """Arms without pulls and votes."""
        return cls(
            pulls=np.zeros(queries, np.int64),
            pending=np.zeros(queries, np.int64),
            votes=np.zeros(queries, np.int64),
            leader=np.zeros(queries, np.int64),
            runner_up=np.zeros(queries, np.int64),
            uncertainty=np.ones(queries),
            entropy=np.ones(queries),
            budget=budget,
            unread=np.zeros(queries, np.int64),
        )

    def at(self, places: Counts) -> "Arms":
        """A copy with only the arms at these places."""
        return Arms(
            self.pulls[places],
            self.pending[places],
            self.votes[places],
            self.leader[places],
            self.runner_up[places],
            self.uncertainty[places],
            self.entropy[places],
            self.budget,
            self.unread[places],
            self.elsewhere,
        )

    def read_only(self) -> "Arms":
        """The same arms for readers: a write to one of the arrays raises `ValueError`."""
        return replace(
            self,
            pulls=read_only(self.pulls),
            pending=read_only(self.pending),
            votes=read_only(self.votes),
            leader=read_only(self.leader),
            runner_up=read_only(self.runner_up),
            uncertainty=read_only(self.uncertainty),
            entropy=read_only(self.entropy),
            unread=read_only(self.unread),
        )

    @property
    def readable(self) -> Floats:
        """The share of finished responses with an answer, in (0, 1].

        One imagined response with an answer is counted in, so that the share is never 0.
        """
        share: Floats = 1 - self.unread / (1 + self.pulls - self.pending)
        return share


def read_only(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """A view of the array that refuses writes; it shows later changes of the array."""
    view = array.view()
    view.flags.writeable = False
    return view
