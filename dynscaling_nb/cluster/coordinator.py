"""A run on many machines: workers draw the shards, the coordinator shares out the budget.

The coordinator keeps the books of the whole run. Each shard reports the scores of its next pulls.
The coordinator merges them and grants the highest ones. The result equals a single-machine run that
decides 2 x (requests in flight) pulls ahead.

With a lost worker the responses that it has not reported are lost: those of a fraction of a second.
Its unused pulls go back into the budget. Another worker goes on from the reported responses.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from math import inf
from secrets import token_hex
from typing import Any

from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.cluster.dask import Workers, gone
from dynscaling_nb.cluster.messages import Order, Report, ShardSpec
from dynscaling_nb.cluster.shards import Shard, ShardBooks
from dynscaling_nb.engine.books import Books
from dynscaling_nb.engine.driver import Driver
from dynscaling_nb.engine.local import TICK
from dynscaling_nb.errors import InputError, ModelUnavailable
from dynscaling_nb.records import Response, Stopped

PACE = 0.1  # seconds between orders to a shard
SHARDS = 2  # for each worker at the beginning: a worker that joins later takes over whole ones
HOUSING = 1.0  # seconds between looks for workers that came or went
GOODBYE = 10.0  # seconds that the end may take
LEASE = 2  # pulls that shards may be ahead, for each request that the workers may have in flight
FORECAST = 2000  # scores of next pulls that a shard reports at most


class ClusterDriver(Driver):
    """Draws responses on the workers of `client`, a `dask.distributed.Client`.

    Each worker has the run's `concurrency` requests in flight. `spec` describes the whole run.
    Workers learn of a change of the run with their next order.
    """

    def __init__(
        self, client: Any, spec: ShardSpec, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._spec = spec
        self._clock = clock
        self._coordinator: _Coordinator | None = None

    @property
    def requests_in_flight(self) -> int:
        """Pulls in flight on the workers, by their last reports."""
        return 0 if self._coordinator is None else self._coordinator.shards.in_flight

    async def drive(self, run: Books) -> Stopped:
        """Draw and record responses until the run ends; workers then forget it."""
        self._coordinator = _Coordinator(run, self._client, self._spec, self._clock)
        try:
            return await self._coordinator.spend()
        finally:
            self._coordinator = None


class _Coordinator:
    """The coordinator of one run on a cluster."""

    def __init__(
        self, run: Books, client: Any, spec: ShardSpec, clock: Callable[[], float]
    ) -> None:
        self.shards = ShardBooks(run.ledger)
        self._run = run
        self._workers = Workers(client)
        self._spec = spec
        self._clock = clock
        self._name = token_hex(5)
        self._failures_before = run.failures
        self._version = 0
        self._rules = self._rules_now()
        self._places = {query.id: place for place, query in enumerate(run.queries)}

    async def spend(self) -> Stopped:
        """Spend the budget, and let the workers forget the run."""
        run = self._run
        try:
            await self._share_out()
        except (ModelUnavailable, OSError) as error:
            run.end_with(error if isinstance(error, ModelUnavailable) else gone(error))
            return "error"
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.uncancel() > 0:
                raise
            run.stop()
        await self._dismiss()
        if run.error is not None:
            return "error"
        return "user" if run.stopping or run.late else run.conclude()

    async def _share_out(self) -> None:
        """Give orders and hear reports until there is nothing more to do."""
        run, shards = self._run, self.shards
        workers = await self._workers.addresses()
        if not workers:
            raise InputError(
                "the cluster has no workers: start some, or leave cluster out", self._name
            )
        shards.deal(self._spec, self._name, min(SHARDS * len(workers), len(run.queries)))
        housed = -inf
        tending: dict[asyncio.Task[Report | None], Shard] = {}
        run.tick(counts=False)
        try:
            while not (run.stopping or run.late or run.error or shards.finished):
                run.tick(counts=not run.paused)
                if self._clock() - housed > HOUSING or "" in shards.homes:
                    workers = await self._workers.addresses()
                    if workers:  # else orders wait until one joins
                        shards.house(workers)
                    housed = self._clock()
                self._note_changes()
                shards.grant(self._ahead)
                busy = set(tending.values())
                for shard in shards:
                    if shard not in busy:
                        tending[asyncio.create_task(self._tend(shard))] = shard
                done, _ = await asyncio.wait(
                    tending, timeout=TICK, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    self._hear(tending.pop(task), task.result())
        finally:
            for task in tending:
                task.cancel()

    @property
    def _ahead(self) -> int:
        """Pulls that all shards together may be ahead of those that they have made."""
        return LEASE * self._run.concurrency * len(self.shards.homes)

    @property
    def _forecast(self) -> int:
        return min(self._ahead, FORECAST)

    def _rules_now(self) -> tuple[Policy, StopRule | None, Plan]:
        ledger = self._run.ledger
        return ledger.policy, ledger.stop, ledger.plan

    def _note_changes(self) -> None:
        """Take over the user's changes since the last look."""
        rules = self._rules_now()
        if any(new is not old for new, old in zip(rules, self._rules, strict=True)):
            self._version += 1
            self._rules = rules
        self.shards.shorten()

    async def _tend(self, shard: Shard) -> Report | None:
        """Give one order to a shard, at most ten a second; None if its workers died."""
        began = time.perf_counter()
        spec = None if shard.at_home else shard.spec
        history = () if shard.at_home else self._history(shard)
        report = await self._workers.advance(shard.home, self._order(shard), spec, history)
        await asyncio.sleep(max(PACE - (time.perf_counter() - began), 0))
        return report

    def _history(self, shard: Shard) -> tuple[Response, ...]:
        """The responses of a shard that the run has."""
        return tuple(
            response
            for place in shard.places
            for response in self._run.responses_of(place).values()
        )

    def _order(self, shard: Shard) -> Order:
        run, shards = self._run, self.shards
        neighbours = sum(other.home == shard.home for other in shards)
        return Order(
            shard.name,
            budget=shard.budget,
            heard=shard.heard,
            forecast=self._forecast,
            elsewhere=shards.pulls - shard.pulls,
            concurrency=max(run.concurrency // max(neighbours, 1), 1),
            policy=run.ledger.policy,
            stop=run.ledger.stop,
            plan=run.ledger.plan,
            version=self._version,
            paused=run.paused,
            ended=shard.may_leave,
        )

    def _hear(self, shard: Shard, report: Report | None) -> None:
        """Record the responses of a report, and take its numbers into the books."""
        if report is None:
            self.shards.lose(shard)
            return
        run, ledger = self._run, self._run.ledger
        run.record([self._recalled(response) for response in report.responses])
        for query, answers in report.revised.items():
            run.take_revision(self._places[query], answers)
        self.shards.hear(shard, report, self._forecast)
        ledger.set_aside(shard.places[place] for place in report.set_aside)
        ledger.resize(max(ledger.budget, self.shards.pulls))
        run.see_elsewhere(failures=self._failures_before + self.shards.failures)
        if report.error is not None:
            run.end_with(report.error)

    def _recalled(self, response: Response) -> tuple[Any, Response]:
        """A response of a worker with its pull in the books of the whole run."""
        place = self._places[response.query_id]
        pull = self._run.ledger.recall(place, response.index, response.kind, response.sources)
        return pull, replace(response, at=self._run.time)

    async def _dismiss(self) -> None:
        """Let the workers forget the run; a worker that is not reached does so by itself."""
        # Also one that has not reported yet: its worker may have begun with it.
        housed = [shard for shard in self.shards if shard.home]
        orders = [(shard.home, replace(self._order(shard), ended=True)) for shard in housed]
        for shard, report in zip(
            housed, await self._workers.farewell(orders, GOODBYE), strict=True
        ):
            if report is not None:
                self._hear(shard, report)
        for shard in self.shards:
            for stats in shard.report.server_stats:
                self._run.add_server_stats(stats)
        self._run.see_elsewhere(
            failures=self._failures_before + self.shards.failures,
            judge_usage=self.shards.judge_usage,
        )
