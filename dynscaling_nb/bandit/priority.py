"""The queries in the order in which a policy would pull them, kept up to date while a few of them change.

A pull costs no look at all queries: scores are computed for all of them in one vectorised step, only the front of their order is kept, and
until that is used up only queries that changed are scored again. Where each score is its own arm's alone (`policy.local`) the choice is
exactly the one that scoring everything before each pull would give. Other policies are scored anew before every pull up to 511 queries; with
more, once for a batch of one pull in 256 queries, each to another query.
"""

import heapq
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.bandit.arms import Arms
from dynscaling_nb.bandit.policies import Policy

FRONT = 16  # one query in so many stands in the front
LEAST = 64  # that stand there at least
BATCH = 256  # queries for each pull of a batch

Chosen = tuple[int, float]  # a query and its score
Ready = Callable[
    [Any], NDArray[np.bool_]
]  # which of the queries that an index picks can be pulled now


class PriorityQueue:
    """The order of the `arms`; a tie goes to fewer pulls, then to the earlier query. Whoever changes an arm says so by `touch`."""

    def __init__(self, arms: Arms, rng: np.random.Generator) -> None:
        self._arms = arms
        self._rng = rng
        self._front: list[
            tuple[float, int, int, int]
        ] = []  # a heap: score turned round, pulls, query, version
        self._beyond: tuple[float, int, int] | None = (
            None  # the first that did not fit into the front
        )
        self._version = [0] * len(arms.pulls)
        self._touched: set[int] = set()
        self._batch = 0

    def touch(self, query: int) -> None:
        """Something about this query has changed."""
        self._touched.add(query)

    def forget(self) -> None:
        """Everything has changed."""
        self._front, self._beyond, self._batch = [], (-np.inf, -1, -1), 0
        self._touched.clear()

    def best(self, policy: Policy, ready: Ready) -> Chosen | None:
        """The query to pull next, None where none is ready. It counts as pulled: it comes up again once it is touched."""
        if policy.local:
            self._rescore(policy, ready)
            return self._first() or (self._refresh(policy, ready) if self._beyond else None)
        self._drop()
        self._batch -= 1
        return (self._first() if self._batch > 0 else None) or self._refresh(policy, ready)

    def _first(self) -> Chosen | None:
        """Take the first of the front, unless one beyond it may come before."""
        while self._front:
            score, pulls, query, version = self._front[0]
            if version != self._version[query]:
                heapq.heappop(self._front)
            elif self._beyond and (score, pulls, query) > self._beyond:
                return None
            else:
                heapq.heappop(self._front)
                return query, -score
        return None

    def _rescore(self, policy: Policy, ready: Ready) -> None:
        """Put those that changed into their new places."""
        touched = self._drop()
        if not touched:
            return
        places = np.array(touched)
        arms = self._arms.at(places)
        scores = np.where(ready(places), -policy.scores(arms, self._rng), np.inf).tolist()
        for query, score, pulls in zip(touched, scores, arms.pulls.tolist(), strict=True):
            if score < np.inf and not (self._beyond and (score, pulls, query) > self._beyond):
                heapq.heappush(self._front, (score, pulls, query, self._version[query]))

    def _drop(self) -> list[int]:
        """Take those that changed out of the front."""
        touched = list(self._touched)
        self._touched.clear()
        for query in touched:
            self._version[query] += 1
        return touched

    def _refresh(self, policy: Policy, ready: Ready) -> Chosen | None:
        """Score everything, and keep the first."""
        queries = len(self._version)
        self._batch = max(1, queries // BATCH)
        size = max(LEAST, queries // FRONT) if policy.local else self._batch
        places = ready(slice(None)).nonzero()[0]
        scores = -policy.scores(self._arms, self._rng)[places] if len(places) else np.empty(0)
        pulls = self._arms.pulls[places]
        order = np.lexsort((pulls, scores))[: size + 1]
        keys = [
            (s, p, q)
            for s, p, q in zip(
                scores[order].tolist(), pulls[order].tolist(), places[order].tolist(), strict=True
            )
        ]
        self._beyond = keys.pop() if len(keys) > size else None
        self._front = [(*key, self._version[key[2]]) for key in keys]
        return self._first()
