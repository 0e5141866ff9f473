"""The queries in the order in which a policy pulls them, as a lazily updated priority queue.

Choosing a pull does not rescore every query. All queries are scored once, and the best sixteenth is
kept in a heap. After that only queries that changed are rescored, until the heap is empty.

If the score of a query depends on its own arm alone (`policy.local`), the choice is exactly that of
scoring everything before each pull. Other policies rescore everything before each pull up to 511
queries. With more queries they rescore once for a batch of pulls, one pull in 256 queries, and the
pulls of a batch go to different queries.
"""

import heapq
import sys
from collections.abc import Callable
from math import inf
from typing import Any, NamedTuple

import numpy as np

from dynscaling_nb.bandit.arms import Arms, Bools
from dynscaling_nb.bandit.policies import Policy

FRONT = 16  # one query in this many is kept in the heap
LEAST = 64  # smallest size of the heap
BATCH = 256  # queries for each pull of a batch

Ready = Callable[[Any], Bools]  # which of the queries at these places can be pulled now


class Choice(NamedTuple):
    """The query to pull next, and the score that the policy gave it."""

    query: int
    score: float


class Entry(NamedTuple):
    """One query in the heap. Entries compare in the order of their fields; the smallest is next."""

    cost: float  # the negative score
    pulls: int
    query: int
    version: int  # the entry is out of date once the query has a newer version


EVERYTHING = Entry(-inf, -1, -1, 0)  # as the bound of the heap: every query lies outside


class PriorityQueue:
    """The order of the `arms`: highest score first, then fewer pulls, then the earlier query.

    Code that changes an arm must call `touch`.
    """

    def __init__(self, arms: Arms, rng: np.random.Generator) -> None:
        self._arms = arms
        self._rng = rng
        self._heap: list[Entry] = []
        self._bound: Entry | None = EVERYTHING  # the best query outside the heap, None if all fit
        self._version = [0] * len(arms.pulls)
        self._touched: set[int] = set()
        self._batch = 0  # pulls left of the current batch, for policies that are not local

    def copy(self, arms: Arms, rng: np.random.Generator) -> "PriorityQueue":
        """The same order over a copy of the arms, with a copy of the generator."""
        twin = PriorityQueue(arms, rng)
        twin._heap, twin._bound, twin._batch = self._heap.copy(), self._bound, self._batch
        twin._version, twin._touched = self._version.copy(), self._touched.copy()
        return twin

    def touch(self, query: int) -> None:
        """Note that the arm of this query has changed."""
        self._touched.add(query)

    def forget(self) -> None:
        """Note that everything has changed, for instance the policy."""
        self._heap, self._bound, self._batch = [], EVERYTHING, 0
        self._touched.clear()

    def best(self, policy: Policy, ready: Ready) -> Choice | None:
        """Take the query to pull next, None if no query is ready.

        The query leaves the order until it is touched.
        """
        if policy.local:
            self._rescore(policy, ready)
            return self._first() or (self._refresh(policy, ready) if self._bound else None)
        self._outdate()
        self._batch -= 1
        return (self._first() if self._batch > 0 else None) or self._refresh(policy, ready)

    def _first(self) -> Choice | None:
        """Take the first of the heap, None if it is used up: no query outside comes before it."""
        while self._heap:
            entry = heapq.heappop(self._heap)
            if entry.version == self._version[entry.query]:
                return Choice(entry.query, -entry.cost)
        return None

    def _rescore(self, policy: Policy, ready: Ready) -> None:
        """Move the queries that changed to their new places."""
        touched = self._outdate()
        if not touched:
            return
        places = np.array(touched)
        arms = self._arms.at(places)
        costs = np.where(ready(places), -policy.scores(arms, self._rng), inf).tolist()
        for query, cost, pulls in zip(touched, costs, arms.pulls.tolist(), strict=True):
            entry = Entry(cost, pulls, query, self._version[query])
            if cost < inf and not (self._bound and entry > self._bound):
                heapq.heappush(self._heap, entry)

    def _outdate(self) -> list[int]:
        """Give the queries that changed a new version, which makes their entries out of date."""
        touched = list(self._touched)
        self._touched.clear()
        for query in touched:
            self._version[query] += 1
        return touched

    def _refresh(self, policy: Policy, ready: Ready) -> Choice | None:
        """Score every query, keep the best in the heap and take the first."""
        queries = len(self._version)
        self._batch = max(1, queries // BATCH)
        size = max(LEAST, queries // FRONT) if policy.local else self._batch
        places = ready(slice(None)).nonzero()[0]
        costs = -policy.scores(self._arms, self._rng)[places] if len(places) else np.empty(0)
        pulls = self._arms.pulls[places]
        order = np.lexsort((pulls, costs))[: size + 1]
        columns = costs[order].tolist(), pulls[order].tolist(), places[order].tolist()
        self._heap = [Entry(*key, self._version[key[2]]) for key in zip(*columns, strict=True)]
        self._bound = None
        if len(self._heap) > size:
            last = self._heap.pop()
            # Any version of this query is within the bound: only cost, pulls and query count.
            self._bound = Entry(last.cost, last.pulls, last.query, sys.maxsize)
        return self._first()
