"""The one mutable object of a run: votes, pulls done and in flight, and a budget that it cannot overspend.

Ask and tell: `ask` reserves pulls, `tell` settles one with its answer, `fail` gives one back. The ledger knows no model and no
text; who waits for what is its caller's business.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from copy import deepcopy
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.answers.posterior import confidences, flip_probability
from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.bandit.arms import Arms
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.priority import PriorityQueue
from dynscaling_nb.bandit.stopping import SETTLED, StopRule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import check_budget
from dynscaling_nb.records import Kind, Pull, State

PATIENCE = 3  # failures in a row after which a query is set aside


class Ledger:
    """Books of a run over `queries` queries with `budget` responses; see the module."""

    def __init__(
        self,
        queries: int,
        budget: int,
        policy: Policy,
        plan: Plan | None = None,
        *,
        warmup: int | None = None,
        stop: StopRule | None = None,
        seed: int = 0,
        limits: Sequence[int] | None = None,
        priors: Sequence[Mapping[str, int]] | None = None,
    ) -> None:
        """`warmup` responses go to every query before the policy starts, fewer where the budget does not reach; None is half of its
        mean share, from 1 to the plan's `parallel`. `stop` says when a query has enough; None spends the whole budget. `limits` is the most responses that each query can have, `priors` the votes that each has before any is drawn.
        """
        check_budget(budget, queries)
        self._plan = plan or Plan()
        if warmup is None:
            warmup = min(max(budget // (2 * queries), 1), self._plan.parallel)
        if warmup < 1:
            raise InputError(f"warmup must be at least 1 response a query, got {warmup}", warmup)
        self._policy = policy
        self._stop = stop
        self.warmup = min(warmup, budget // queries)
        self.votes = [Votes(prior) for prior in priors or [{}] * queries]
        self.done = np.zeros(queries, np.int64)
        self.set_aside = np.zeros(queries, bool)
        self._closed = np.zeros(queries, bool)
        self._limits = (
            np.full(queries, np.iinfo(np.int64).max) if limits is None else np.asarray(limits)
        )
        self._seed = seed
        self._rng = np.random.default_rng(seed)
        self._arms = Arms.fresh(queries, budget)
        self._ranking = PriorityQueue(self._arms, self._rng)
        self._open = self._limits > 0
        self._issued = np.zeros(queries, np.int64)
        self._numbers = self._spent = 0
        self._failures = np.zeros(queries, np.int64)
        self._parallel_pending = np.zeros(queries, np.int64)
        self._parallel_done = np.zeros(queries, np.int64)
        self._sees = np.zeros(
            queries, np.int64
        )  # how many earlier responses the next one to each query sees
        self._sources: list[list[int]] = [[] for _ in range(queries)]
        self._answers: list[dict[int, str | None]] = [{} for _ in range(queries)]
        self._warming = deque(range(queries))
        self._owed: deque[tuple[int, Kind, float | None]] = deque()
        self._in_flight: set[int] = set()
        for q, votes in enumerate(self.votes):
            if votes.cast:
                self._recount(q)
        self._ranking.forget()

    @property
    def budget(self) -> int:
        """Responses that may be drawn in all."""
        return self._arms.budget

    @property
    def policy(self) -> Policy:
        """Who decides; another one holds from the next pull on."""
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._policy = policy
        self._ranking.forget()

    @property
    def stop(self) -> StopRule | None:
        """When a query has enough; another rule holds from the next pull on."""
        return self._stop

    @stop.setter
    def stop(self, stop: StopRule | None) -> None:
        self._stop = stop
        self._open[:] = [self._is_open(q) for q in range(len(self.votes))]
        self._ranking.forget()

    @property
    def pulls(self) -> NDArray[np.int64]:
        """Responses to each query, finished and in flight."""
        return self._arms.pulls.copy()

    @property
    def spent(self) -> int:
        """Responses finished."""
        return self._spent

    @property
    def parallel(self) -> NDArray[np.int64]:
        """Of the finished responses to each query, the independent ones."""
        return self._parallel_done.copy()

    @property
    def in_flight(self) -> int:
        """Responses asked for and neither told nor failed."""
        return len(self._in_flight)

    @property
    def left(self) -> int:
        """Responses that may still be asked for."""
        return self.budget - self.spent - self.in_flight - len(self._owed)

    @property
    def arms(self) -> Arms:
        """What the policy sees, now."""
        return self._arms

    @property
    def leaders(self) -> list[str | None]:
        """The answer of each query so far."""
        return [votes.leader for votes in self.votes]

    @property
    def confidence(self) -> list[float]:
        """Posterior probability of each answer to be the model's most frequent one, 0 where there is none; see `confidences`."""
        found: list[float] = confidences(self._arms.leader, self._arms.runner_up).tolist()
        return found

    @property
    def next_parallel(self) -> int | None:
        """The query that the next pull surely is an independent one of: its warm-up or its unit goes on."""
        if self.left > 0 and self.policy.unit == 1 and self._warming:
            q = self._warming[0]
            return q if self._arms.pulls[q] < self.warmup and self._open[q] else None
        if self._owed and self._owed[0][1] == "parallel" and self._open[self._owed[0][0]]:
            return self._owed[0][0]
        return None

    @property
    def plan(self) -> Plan:
        """Which kind the next response to a query is; another plan holds from the next pull on."""
        return self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self._plan = plan
        self._sees[:] = [self._next_sees(q) for q in range(len(self.votes))]
        self._ranking.forget()

    def resize(self, budget: int) -> int:
        """Raise the budget, or lower it, though never below what is spent and in flight. Returns what it is from now on."""
        self._arms.budget = max(int(budget), self.spent + self.in_flight)
        while self.left < 0:
            self._owed.pop()
        return self.budget

    @property
    def settled(self) -> NDArray[np.bool_]:
        """Which queries have a flip probability below 0.05, or below what their stop rule says instead."""
        threshold = SETTLED if self._stop is None else self._stop.settled_below
        below: NDArray[np.bool_] = (
            flip_probability(self._arms.leader, self._arms.runner_up) < threshold
        )
        return below

    @property
    def open(self) -> NDArray[np.bool_]:
        """Which queries may be pulled again."""
        return self._open.copy()

    @property
    def holds(self) -> dict[State, NDArray[np.bool_]]:
        """Of each state, which queries are in it: `failed` if it was set aside after failures, else `settled` or `open`."""
        failed, settled = self.set_aside, self.settled
        return {"open": ~settled & ~failed, "settled": settled & ~failed, "failed": failed.copy()}

    @property
    def states(self) -> list[State]:
        """The state of each query."""
        holds = self.holds
        return [
            "failed" if f else "settled" if s else "open"
            for f, s in zip(holds["failed"], holds["settled"], strict=True)
        ]

    def ask(self, most: int = 1) -> list[Pull]:
        """Reserve up to `most` pulls; fewer, or none, where the budget or the open queries give no more for now."""
        pulls: list[Pull] = []
        while len(pulls) < most:
            pull = self._ready() or self._choose()
            if pull is None:
                break
            pulls.append(pull)
        return pulls

    def foresee(self, most: int) -> list[float]:
        """The scores of the next `most` pulls, were they all asked for before another response comes in; of pulls that no policy decides
        (the warm-up, the rest of a unit) infinity. Fewer, where the open queries want no more.
        """
        arms, stop = deepcopy(self._arms), self._stop
        ranking, unit = PriorityQueue(arms, deepcopy(self._rng)), self.policy.unit
        ranking.forget()
        scores = [inf] * (
            len(self._owed)
            + int(np.maximum(self.warmup - arms.pulls, 0)[self._open].sum()) * (unit == 1)
        )

        def ready(places: Any) -> NDArray[np.bool_]:
            found: NDArray[np.bool_] = self._open[places] & (
                arms.pulls[places] < self._limits[places]
            )
            return found if stop is None else found & ~stop.pending_may_settle(arms.at(places))

        while len(scores) < most and (best := ranking.best(self._policy, ready)) is not None:
            scores += [best[1]] * unit
            arms.pulls[best[0]] += unit
            arms.pending[best[0]] += unit
            ranking.touch(best[0])
        return scores[:most]

    def tell(self, pull: Pull, answer: str | None, *, weight: float = 1.0) -> None:
        """Settle a pull with the answer that was read from its response, and what its vote weighs; None casts no vote."""
        self._return(pull)
        q = pull.query
        self.done[q] += 1
        self._spent += 1
        self._failures[q] = 0
        self._answers[q][pull.index] = answer
        if pull.kind == "parallel":
            self._sources[q].append(pull.index)
            self._parallel_done[q] += 1
        if answer is None:
            self.votes[q].skip()
            self._arms.unread[q] += 1
        else:
            self.votes[q].add(answer, depth=len(pull.sources), weight=weight)
            self._recount(q)
        self._open[q] = self._is_open(q)

    def _recount(self, q: int) -> None:
        arms, votes = self._arms, self.votes[q]
        arms.votes[q] = votes.cast
        arms.leader[q], arms.runner_up[q] = votes.top_two
        arms.uncertainty[q] = 1 - arms.leader[q] / votes.cast
        arms.entropy[q] = votes.entropy

    def fail(self, pull: Pull) -> None:
        """Give a reservation back for a call that failed. A query that fails three times in a row is set aside for good."""
        self._failures[pull.query] += 1
        if self._failures[pull.query] >= PATIENCE:
            self.set_aside[pull.query] = True
        self.release(pull)

    def release(self, pull: Pull) -> None:
        """Give a reservation back, as if it had never been made."""
        self._return(pull)
        q = pull.query
        self._arms.pulls[q] -= 1
        self._issued[q] -= pull.index == self._issued[q] - 1
        self._sees[q] = self._next_sees(q)
        self._open[q] = self._is_open(q)

    def recall(self, query: int, index: int, kind: Kind, sources: tuple[int, ...]) -> Pull:
        """Reserve a pull that was drawn before, by an earlier process; `tell` settles it as any other."""
        return self._reserve(Pull(self._numbers, query, index, kind, sources, None))

    def close(self, query: int) -> None:
        """No further pulls for this query: its model has no more to give."""
        self._closed[query] = True
        self._open[query] = False
        self._ranking.touch(query)

    def _next_sees(self, q: int) -> int:
        return self._plan.sees(int(self._arms.pulls[q]), self.votes[q], self._rng)

    def _is_open(self, q: int) -> bool:
        return bool(
            not self.set_aside[q]
            and not self._closed[q]
            and self._arms.pulls[q] < self._limits[q]
            and not self.has_enough(q)
        )

    def has_enough(self, q: int) -> bool:
        """Whether the stop rule says so; without one no query ever has."""
        if self._stop is None:
            return False
        return self._stop.done(self.votes[q], self.left + int(self._arms.pending[q]))

    def _return(self, pull: Pull) -> None:
        self._in_flight.remove(pull.number)
        self._ranking.touch(pull.query)
        self._arms.pending[pull.query] -= 1
        if pull.kind == "parallel":
            self._parallel_pending[pull.query] -= 1

    def _ready(self) -> Pull | None:
        """The first pull owed to a unit that can start: a chained one waits for the unit's parallel ones."""
        for _ in range(len(self._owed)):
            q, kind, score = self._owed.popleft()
            if not self._open[q]:
                continue
            if kind == "parallel" or self._parallel_pending[q] == 0:
                return self._pull(q, kind, score)
            self._owed.append((q, kind, score))
        return None

    def _choose(self) -> Pull | None:
        if self.left <= 0:
            return None
        if self.policy.unit > 1:
            return self._choose_unit()
        while self._warming:
            q = self._warming[0]
            if self._arms.pulls[q] < self.warmup and self._open[q]:
                return self._pull(q, "parallel", None)
            self._warming.popleft()
        best = self._ranking.best(self._policy, self._ready_at)
        return (
            None
            if best is None
            else self._pull(best[0], "chained" if self._sees[best[0]] else "parallel", best[1])
        )

    def _choose_unit(self) -> Pull | None:
        """A whole unit: half of it parallel, then half chained, the rest owed."""
        while (
            self._warming and self._arms.pulls[self._warming[0]]
        ):  # taken up again in the midst of it
            self._warming.popleft()
        if self._warming:
            size = min(self.policy.unit, self.left // len(self._warming))
            q, score = self._warming.popleft(), None
        else:
            best = self._ranking.best(self._policy, self._ready_at)
            if best is None:
                return None
            (q, score), size = best, min(self.policy.unit, self.left)
        chained = size // 2 if self._plan.depth else 0
        self._owed.extend((q, "parallel", score) for _ in range(size - chained))
        self._owed.extend((q, "chained", score) for _ in range(chained))
        return self._ready()

    def _ready_at(self, places: Any) -> NDArray[np.bool_]:
        """Which of the queries at these places can be pulled now.

        One whose next pull is a chain waits while responses to build it from are still in flight.
        """
        arms, sees = self._arms, self._sees[places] > 0
        pending = arms.pending[places]
        ready: NDArray[np.bool_] = self._open[places]
        if sees.any():
            independent = self._plan.independent
            coming, done = (
                (self._parallel_pending[places], self._parallel_done[places])
                if independent
                else (pending, self.done[places])
            )
            ready = ready & ~(sees & (coming > 0) & (done < self._plan.needs(arms.pulls[places])))
        if self._stop is not None:  # what is in flight may settle it: wait and see
            ready = ready & ~self._stop.pending_may_settle(arms.at(places))
        return ready

    def _pull(self, q: int, kind: Kind, score: float | None) -> Pull:
        sources: tuple[int, ...] = ()
        if kind == "chained":
            rng = np.random.default_rng([self._seed, q, int(self._issued[q])])
            sources = self._plan.choose(
                self._sources[q],
                self._answers[q],
                rng,
                int(self._issued[q]),
                int(self._sees[q]) or None,
            )
        if not sources:
            kind = "parallel"
        return self._reserve(Pull(self._numbers, q, int(self._issued[q]), kind, sources, score))

    def _reserve(self, pull: Pull) -> Pull:
        q = pull.query
        self._numbers += 1
        self._issued[q] = max(self._issued[q], pull.index + 1)
        self._in_flight.add(pull.number)
        self._ranking.touch(q)
        self._arms.pulls[q] += 1
        self._sees[q] = self._next_sees(q)
        self._arms.pending[q] += 1
        self._parallel_pending[q] += pull.kind == "parallel"
        self._open[q] = self._open[q] and self._arms.pulls[q] < self._limits[q]
        return pull
