"""The order of the pulls: first the warm-up, then the policy's choices.

A policy with `unit` 1 decides every pull. A policy with a larger unit decides whole units: half of
a unit is independent, the other half is chained. The rest of a unit is owed until it can start.
"""

import sys
from collections import deque
from copy import copy
from math import inf
from typing import Any, NamedTuple

from dynscaling_nb.bandit.arms import Bools
from dynscaling_nb.bandit.books import Books
from dynscaling_nb.bandit.priority import PriorityQueue
from dynscaling_nb.records import Kind, Pull


class Step(NamedTuple):
    """A pull that is decided and not made yet; `score` is None if no policy decided it."""

    query: int
    kind: Kind
    score: float | None


class Schedule:
    """Which pull is next, by the rules in the `books`; every query gets `warmup` pulls first.

    The schedule only reads the books. Code that changes them must call `touch` or `forget`.
    """

    def __init__(self, books: Books, warmup: int) -> None:
        self._books = books
        self._warmup = warmup
        self._queue = PriorityQueue(books.arms, books.rng)
        self._warming = deque(range(len(books.votes)))  # queries that may still need warm-up
        self._owed: deque[Step] = deque()  # the rest of units

    @property
    def owed(self) -> int:
        """The number of pulls that are decided and not made yet."""
        return len(self._owed)

    def drop_owed(self, count: int) -> None:
        """Give up the last `count` owed pulls."""
        for _ in range(count):
            self._owed.pop()

    def touch(self, query: int) -> None:
        """Note that the books of this query have changed."""
        self._queue.touch(query)

    def forget(self) -> None:
        """Note that the policy, the plan or the stop rule has changed."""
        self._queue.forget()

    def ready(self, places: Any) -> Bools:
        """Which of the queries at these places (an index of NumPy) can be pulled now.

        A query whose next pull is a chain is not ready until enough of its responses are finished.
        A query that its pulls in flight may settle waits for them.
        """
        books = self._books
        arms, sees = books.arms, books.sees[places] > 0
        ready: Bools = books.open[places]
        if sees.any():
            if books.plan.independent:
                pending, done = books.parallel_pending[places], books.parallel_done[places]
            else:
                pending, done = arms.pending[places], books.done[places]
            lacking = done < books.plan.needs(arms.pulls[places])
            ready = ready & ~(sees & lacking & (pending > 0))
        if books.stop is not None:
            ready = ready & ~books.stop.pending_may_settle(arms.at(places))
        return ready

    def next(self, left: int, number: int) -> Pull | None:
        """The next pull, which the caller reserves; None if no query is ready.

        `left` is the budget for new decisions, in responses; `number` becomes the pull's number.
        """
        step = self._take_owed() if self._owed else None
        if step is None and left > 0:
            step = self._choose_unit(left) if self._books.policy.unit > 1 else self._choose()
        if step is None:
            return None
        query = step.query
        sources = self._books.sources(query) if step.kind == "chained" else ()
        kind: Kind = "chained" if sources else "parallel"
        return Pull(number, query, int(self._books.issued[query]), kind, sources, step.score)

    def next_parallel(self, left: int) -> int | None:
        """The query whose independent pull is certainly next (warm-up or unit), or None."""
        owed = next((step for step in self._owed if self._can_start(step)), None)
        if owed is not None:
            return owed.query if owed.kind == "parallel" else None
        if left <= 0 or self._books.policy.unit > 1:
            return None
        return next((query for query in self._warming if self._needs_warmup(query)), None)

    def foresee(self, count: int) -> list[float]:
        """The scores of the next `count` pulls, if no response arrives in between.

        The budget is ignored. Pulls that no policy decides (warm-up, rest of a unit) score
        infinity. A unit counts as one pull for each of its responses. The list is shorter if the
        queries that are ready need fewer pulls.
        """
        trial = copy(self)
        trial._books = self._books.copy()
        trial._queue = self._queue.copy(trial._books.arms, trial._books.rng)
        trial._warming, trial._owed = self._warming.copy(), self._owed.copy()
        scores = [inf] * trial.owed
        while len(scores) < count:
            owed = trial.owed
            pull = trial.next(left=sys.maxsize, number=0)
            if pull is None:
                break
            trial._books.reserve(pull)
            trial.touch(pull.query)
            decided = trial.owed + 1 - owed  # 0 if the pull was owed, the unit if it is new
            scores += [inf if pull.score is None else pull.score] * decided
        return scores[:count]

    def _needs_warmup(self, query: int) -> bool:
        books = self._books
        return bool(books.open[query] and books.arms.pulls[query] < self._warmup)

    def _can_start(self, step: Step) -> bool:
        """Whether an owed pull can be made: a chained one waits for the independent ones."""
        books, query = self._books, step.query
        waits = step.kind == "chained" and books.parallel_pending[query] > 0
        return bool(books.open[query] and not waits)

    def _take_owed(self) -> Step | None:
        """Take the first owed pull that can start; a pull that has to wait goes to the end.

        Owed pulls of queries that are closed by now are dropped.
        """
        for _ in range(len(self._owed)):
            step = self._owed.popleft()
            if self._can_start(step):
                return step
            if self._books.open[step.query]:
                self._owed.append(step)
        return None

    def _choose(self) -> Step | None:
        """One pull: the next of the warm-up, or the policy's choice."""
        while self._warming:
            if self._needs_warmup(self._warming[0]):
                return Step(self._warming[0], "parallel", None)
            self._warming.popleft()
        best = self._queue.best(self._books.policy, self.ready)
        if best is None:
            return None
        kind: Kind = "chained" if self._books.sees[best.query] else "parallel"
        return Step(best.query, kind, best.score)

    def _choose_unit(self, left: int) -> Step | None:
        """The first pull of a whole unit, half independent, then half chained; the rest is owed.

        In the warm-up, every query gets one unit, a smaller one if the budget is short.
        """
        unit = self._books.policy.unit
        while self._warming and self._books.arms.pulls[self._warming[0]]:
            self._warming.popleft()  # pulled before: by another policy or an earlier process
        score: float | None = None
        if self._warming:
            size = min(unit, left // len(self._warming))
            query = self._warming.popleft()
        else:
            best = self._queue.best(self._books.policy, self.ready)
            if best is None:
                return None
            query, score = best
            size = min(unit, left)
        chained = size // 2 if self._books.plan.depth else 0
        self._owed.extend([Step(query, "parallel", score)] * (size - chained))
        self._owed.extend([Step(query, "chained", score)] * chained)
        return self._take_owed()
