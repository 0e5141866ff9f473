"""Responses from this process: an asynchronous loop that keeps calls to a model in flight.

The loop asks the ledger for pulls, sends a call for them, and records its responses. Calls that end
together are counted in the order of their pulls.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from dynscaling_nb.engine.books import Books
from dynscaling_nb.engine.calls import (
    Call,
    Ending,
    Reply,
    ending,
    paid,
    responses,
    sampling_seed,
    send,
)
from dynscaling_nb.engine.driver import Driver
from dynscaling_nb.errors import Exhausted, InputError, ModelError, ModelUnavailable
from dynscaling_nb.events import Waiting
from dynscaling_nb.models.base import CallCancelled, Sampler
from dynscaling_nb.records import Pull, Request, Response, Stopped

TICK = 0.05  # seconds; wakes the loop, so that an interrupt or a click is noticed at once
LONG_WAIT = 5.0  # seconds; a shorter wait is not published
TOLD_AGAIN = 1.0  # seconds by which a wait must have grown to be published again
FAILURES_IN_A_ROW = 20  # without a success between: the server is at fault, not the questions


class LocalDriver(Driver):
    """Draws responses by calls from this process.

    A driver that `lingers` waits for more budget instead of ending the run.
    """

    def __init__(self, *, lingers: bool = False) -> None:
        self._lingers = lingers
        self._loop: _Loop | None = None

    @property
    def requests_in_flight(self) -> int:
        """Requests sent and not answered."""
        return 0 if self._loop is None else self._loop.requests_in_flight

    async def drive(self, run: Books) -> Stopped:
        """Draw and record responses until the run ends; no call outlives it."""
        async with run.model.open() as sampler:
            if sampler.stats is not None:
                run.add_server_stats(sampler.stats)
            self._loop = _Loop(run, sampler, lingers=self._lingers)
            return await self._loop.spend()


class _Loop:
    """The loop of one run, with its calls in flight."""

    def __init__(self, run: Books, sampler: Sampler, *, lingers: bool) -> None:
        self._run = run
        self._sampler = sampler
        self._lingers = lingers
        self._pending: dict[asyncio.Task[Ending], Call] = {}
        self._failures_in_a_row = 0
        self._told_until = 0.0  # the end of the latest wait that was published

    @property
    def requests_in_flight(self) -> int:
        return len(self._pending)

    async def spend(self) -> Stopped:
        """Spend the budget, with every call inside one group of tasks."""
        stopped: Stopped = "user"
        cancelled: dict[asyncio.Task[Ending], Call] = {}
        async with asyncio.TaskGroup() as group:
            try:
                stopped = await self._draw(group)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.uncancel() > 0:
                    raise
            finally:
                cancelled = self._cancel_all()
        # Only now, when all tasks have ended, the usage of the cancelled ones is known.
        for ended, call in cancelled.items():
            self._run.pay(paid(call, ending(ended)))
        return stopped

    async def _draw(self, group: asyncio.TaskGroup) -> Stopped:
        run = self._run
        run.tick(counts=False)
        while not (run.stopping or run.late):
            for call in () if run.paused else self._calls():
                task = group.create_task(send(call, self._sampler, run.reader))
                self._pending[task] = call
                task.add_done_callback(self._has_ended)
            if not self._pending and not run.paused and not self._lingers:
                return run.conclude()
            ended = await self._next()
            run.tick(counts=bool(ended) or not run.paused)
            self._take(ended)
            self._tell_of_a_wait()
            if run.error is not None:
                return "error"
        return "user"

    def _tell_of_a_wait(self) -> None:
        """Publish a wait of the server that is long enough to make people wonder."""
        stats = self._sampler.stats
        if stats is None or stats.waits_until <= self._told_until + TOLD_AGAIN:
            return
        seconds = stats.waits_until - time.monotonic()
        if seconds >= LONG_WAIT:
            self._told_until = stats.waits_until
            self._run.publish(Waiting(seconds))

    async def _next(self) -> list[asyncio.Task[Ending]]:
        """The calls that have ended by now, in the order of their pulls, after a tick at most.

        Only this list takes time that grows with the number of calls in flight.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK):
                await self._run.signal.wait()
        self._run.signal.clear()
        return [task for task in self._pending if task.done()]

    def _has_ended(self, task: asyncio.Task[Ending]) -> None:
        if task in self._pending:
            self._run.signal.set()

    def _calls(self) -> list[Call]:
        """New calls up to the limit in flight, each with its bound reserved."""
        run, calls = self._run, []
        for pulls in self._groups():
            request = self._request(pulls)
            bound = run.model.bound(request) if run.limits.limited else None
            if bound is None or (not run.limits.exhausted and run.limits.reserve(bound)):
                calls.append(Call(pulls, request, bound))
            else:
                self._release_pulls(pulls)
        return calls

    def _groups(self) -> list[tuple[Pull, ...]]:
        """New pulls up to the limit in flight; independent ones of one query share a request.

        Under a limit in tokens or money each pull has a request of its own, because a server does
        not report the usage of each completion.
        """
        run = self._run
        limit = 1 if run.limits.limited else self._sampler.max_n
        room = self._sampler.capacity(run.concurrency) - len(self._pending)
        groups: list[list[Pull]] = []
        while not run.limits.exhausted:
            joins = bool(groups) and self._joins(groups[-1], limit)
            if not joins and len(groups) >= room:
                break
            pulls = run.ledger.ask()
            if not pulls:
                break
            if joins:
                groups[-1] += pulls
            else:
                groups.append(pulls)
        return [tuple(group) for group in groups]

    def _joins(self, group: Sequence[Pull], limit: int) -> bool:
        """Whether the next pull is an independent one of the same query and still has room."""
        return len(group) < limit and self._run.ledger.next_parallel == group[-1].query

    def _request(self, pulls: tuple[Pull, ...]) -> Request:
        run, first = self._run, pulls[0]
        query = run.queries[first.query]
        if first.sources:
            earlier = run.responses_of(first.query)
            messages = run.template.chained(query, [earlier[i] for i in first.sources])
        else:
            messages = run.template.parallel(query)
        seeds = tuple(sampling_seed(run.seed, pull) for pull in pulls)
        return Request(query, messages, len(pulls), first.index, seeds)

    def _take(self, tasks: Sequence[asyncio.Task[Ending]]) -> None:
        """Record the responses of calls in the order of their pulls, and release the rest."""
        run, replies = self._run, []
        for task in tasks:
            call, end = self._pending.pop(task), ending(task)
            if isinstance(end, Reply):
                replies.append((call, end))
            else:
                self._cancelled(call, end)
        by_call = [responses(call, reply, run.time) for call, reply in replies]
        run.put_on_disk([pair for pairs in by_call for pair in pairs])
        for (call, reply), pairs in zip(replies, by_call, strict=True):
            self._ended(call, reply, pairs)

    def _ended(self, call: Call, reply: Reply, pairs: Sequence[tuple[Pull, Response]]) -> None:
        run, error = self._run, reply.outcome.error
        self._release_bound(call)
        for pull, response in pairs:
            run.limits.spend(response.usage)
            run.count(pull, response)
        run.revise(call.query)
        missing = call.pulls[len(pairs) :]
        if isinstance(error, Exhausted):  # the end of a recording is no failure
            self._release_pulls(missing)
        else:
            failure = error or ModelError("the model gave fewer completions than asked for")
            for pull in missing:
                run.fail(pull, failure)
        if reply.error is not None:
            run.end_with(reply.error)
        self._learn(call.query, error)
        if run.cancel_settled and run.ledger.has_enough(call.query):
            for task, other in self._pending.items():
                if other.query == call.query:
                    task.cancel()

    def _cancelled(self, call: Call, end: CallCancelled) -> None:
        """Give back the pulls of a cancelled call, and pay for its usage."""
        self._run.counts["cancelled"] += len(call.pulls)
        self._release(call)
        self._run.pay(paid(call, end))

    def _learn(self, query: int, error: ModelError | InputError | None) -> None:
        """Decide what the error of a call means for further calls."""
        if error is None:
            self._failures_in_a_row = 0
        elif isinstance(error, Exhausted):
            self._run.ledger.close(query)
        elif isinstance(error, ModelUnavailable) or not isinstance(error, ModelError):
            self._run.end_with(error)
        else:
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= FAILURES_IN_A_ROW:
                message = f"{FAILURES_IN_A_ROW} calls in a row failed, the last: {error}"
                self._run.end_with(ModelUnavailable(message, error))

    def _cancel_all(self) -> dict[asyncio.Task[Ending], Call]:
        """Cancel the calls in flight and release their reservations."""
        for task, call in self._pending.items():
            task.cancel()
            self._release(call)
        cancelled, self._pending = self._pending, {}
        return cancelled

    def _release(self, call: Call) -> None:
        """Release the reservations of a call, its last pull first, as if it were never made."""
        self._release_bound(call)
        self._release_pulls(call.pulls)

    def _release_bound(self, call: Call) -> None:
        if call.bound is not None:
            self._run.limits.release(call.bound)

    def _release_pulls(self, pulls: Sequence[Pull]) -> None:
        for pull in reversed(pulls):
            self._run.ledger.release(pull)
