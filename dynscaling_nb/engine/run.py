"""The only asynchronous loop: ask the ledger, call the model, put what came on disk, tell the ledger, publish what happened.

A run owns its ledger and its responses. Views subscribe to its events and, where they want something, say so through
`stop`, `pause`, `resume` and `change`; they never reach in. A failed call is data; an exception of anything else is a bug and keeps its
traceback.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace

import numpy as np

from dynscaling_nb.answers.extract import UNREAD
from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.engine.limits import SpendLimits, charged
from dynscaling_nb.errors import (
    DynscalingError,
    Exhausted,
    InputError,
    ModelError,
    ModelUnavailable,
    StoreError,
)
from dynscaling_nb.events import Drawn, Event, Failed, Finished, Observer, Started, in_words
from dynscaling_nb.models.base import CallCancelled, Model, Outcome, Sampler, ServerStats, attempt
from dynscaling_nb.records import Completion, Keep, Pull, Query, Request, Response, Stopped, Usage
from dynscaling_nb.storage.recorder import RunRecorder, prompt_key

log = logging.getLogger(__name__)

TICK = 0.05  # seconds; wakes the loop, so that an interrupt or a click is noticed at once
FAILURES_IN_A_ROW = 20  # with no success between them: the server, not the queries, is at fault


@dataclass(frozen=True)
class _Call:
    """A request that is out, for these pulls, with its bound reserved."""

    pulls: tuple[Pull, ...]
    request: Request
    bound: Usage


@dataclass(frozen=True)
class _Drawn:
    """What a call came to, and what was read from each completion; or how it was cancelled."""

    outcome: Outcome | None
    answers: Sequence[str | None] = ()
    cancelled: CallCancelled | None = None


class Run:
    """One batch of queries under one budget. `complete` runs it; afterwards `responses`, `stopped` and `error` say how it went.

    After its end it can be given more budget and completed again. `time` is in seconds, pauses left out; after `deadline` of them it ends.
    With a `journal` every response is on disk before it is counted; `resumed` are responses that an earlier process drew, and then how many
    they were. To `keep` the `answers` alone leaves texts to the journal. `tally` counts the responses that a report speaks of.
    With `cut` what is in flight for a query that has enough is given up. One that `lingers` waits for more budget instead of ending.
    """

    def __init__(
        self,
        queries: Sequence[Query],
        model: Model,
        ledger: Ledger,
        *,
        reading: AnswerReader,
        template: Template,
        purse: SpendLimits | None = None,
        journal: RunRecorder | None = None,
        resumed: Iterable[Response] = (),
        keep: Keep = "all",
        concurrency: int = 16,
        deadline: float | None = None,
        cut: bool = False,
        seed: int = 0,
        observers: Sequence[Observer] = (),
    ) -> None:
        model.check(queries)
        self.queries = tuple(queries)
        self.model = model
        self.ledger = ledger
        self.reading = reading
        self.purse = purse or SpendLimits()
        self.journal = journal
        self.keep = keep
        self.resumed = 0
        self.tally: Counter[str] = Counter()
        self.usage = Usage()
        self.failures = 0
        self.server_stats: list[ServerStats] = []
        self.time = 0.0
        self.paused = False
        self.lingers = False
        self.seed = seed
        self.stopped: Stopped | None = None
        self.error: DynscalingError | None = None
        self._resuming = resumed
        self._drawn: list[Response] = []
        self._template = template
        self.concurrency = _at_least_one(concurrency)
        self._deadline = deadline
        self._cut = cut
        self._given_up: list[tuple[asyncio.Task[_Drawn], _Call]] = []
        self._observers = list(observers)
        self._stopping = False
        self._broke = False
        self._failures_in_a_row = 0
        self._failure: ModelError | None = None
        self._by_query: list[dict[int, Response]] = [{} for _ in queries]
        self._pending: dict[asyncio.Task[_Drawn], _Call] = {}
        self._came = asyncio.Event()

    @property
    def golds(self) -> list[str | None]:
        """The gold answers, as an answer would read."""
        return self.reading.golds

    @property
    def responses(self) -> Sequence[Response]:
        """All that were drawn, in the order in which they came; where answers alone are kept in memory, as the store has them.

        Raises `InputError` where there is no store either.
        """
        if self.keep == "all":
            return self._drawn
        if self.journal is None:
            raise InputError(
                "keep='answers' without a store keeps no responses; give the run a store, or keep='all'",
                "answers",
            )
        return self.journal.responses

    @property
    def judging(self) -> Usage:
        """What a judge's calls used, in the last completion of the run; outside of the budget."""
        return self.reading.judge_usage

    @property
    def requests_in_flight(self) -> int:
        """Requests sent and not answered; one of them may ask for several responses."""
        return len(self._pending)

    def stop(self) -> None:
        """End the run soon, with what it has; calls in flight are given up."""
        self._stopping = True

    def pause(self) -> None:
        """Ask for nothing more until `resume`; what is in flight still comes in."""
        self.paused = True

    def resume(self) -> None:
        """Go on after `pause`."""
        self.paused = False

    def change(
        self,
        *,
        budget: int | None = None,
        policy: Policy | None = None,
        plan: Plan | None = None,
        concurrency: int | None = None,
    ) -> None:
        """Steer: what is given holds from the next pull on. The budget never falls below what is spent and in flight."""
        if concurrency is not None:
            self.concurrency = _at_least_one(concurrency)
        if budget is not None:
            self.ledger.resize(budget)
        if policy is not None:
            self.ledger.change_policy(policy)
        if plan is not None:
            self.ledger.change_plan(plan)
        self._came.set()

    def subscribe(self, observer: Observer) -> None:
        """Have every event from now on handed to `observer`, in order."""
        self._observers.append(observer)

    @property
    def broke(self) -> bool:
        """Whether the limits in tokens and money leave no room for another call."""
        return self._broke

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline is not None and self.time >= self._deadline

    async def complete(self) -> None:
        """Spend the budget. Cancelling ends the run as `stop` does: it returns, with what was drawn, marked `user`."""
        self._stopping, self._broke, self.stopped, self.error = False, False, None, None
        self._publish(Started(self))
        try:
            async with AsyncExitStack() as stack:
                if self.journal is not None:
                    stack.enter_context(
                        self.journal.open(self.ledger.budget, self.ledger.policy.name)
                    )
                await stack.enter_async_context(self.reading.open())
                await self._take_up()
                self.stopped = await self._spend_all(stack)
                if self.journal is not None:
                    self.journal.end(
                        self.stopped,
                        None if self.error is None else str(self.error),
                        self.ledger.budget,
                    )
        except* DynscalingError as failures:
            raise failures.exceptions[0] from None
        self._publish(Finished(self.stopped or "error"))

    async def _spend_all(self, stack: AsyncExitStack) -> Stopped:
        """Spend the budget; what is opened for that is closed with `stack`."""
        sampler = await stack.enter_async_context(self.model.open())
        if sampler.stats is not None:
            self.server_stats.append(sampler.stats)
        return await self._spend_within(sampler)

    async def _spend_within(self, sampler: Sampler) -> Stopped:
        """Spend, with every call that is out inside one group of tasks; none is left behind."""
        stopped: Stopped = "user"
        async with asyncio.TaskGroup() as group:
            try:
                stopped = await self._spend(sampler, group)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.uncancel() > 0:
                    raise
            finally:
                self._give_up()
        for task, call in self._given_up:
            self._pay(call, None if task.cancelled() else task.result().cancelled)
        self._given_up.clear()
        return stopped

    async def _take_up(self) -> None:
        """Count what an earlier process drew, read anew."""
        places = {query.id: place for place, query in enumerate(self.queries)}
        resuming, self._resuming = self._resuming, ()
        for response in resuming:
            self.resumed += 1
            query = places[response.query_id]
            completion = Completion(
                response.text, response.thoughts, response.finish, response.usage, response.logprob
            )
            answer = await self.reading.answer(query, completion)
            self.purse.spend(response.usage)
            self.take(
                query, replace(response, answer=answer, weight=self.reading.weight(completion))
            )

    def take(self, query: int, response: Response) -> None:
        """Count a response to the query at this place that was drawn before."""
        self.time = max(self.time, response.at)
        self._count(
            self.ledger.recall(query, response.index, response.kind, response.sources),
            response,
            resumed=True,
        )

    async def _spend(self, sampler: Sampler, group: asyncio.TaskGroup) -> Stopped:
        last = time.perf_counter()
        while not (self._stopping or self.late):
            for call in () if self.paused else self._calls(sampler):
                task = group.create_task(self._draw(sampler, call))
                self._pending[task] = call
                task.add_done_callback(self._has_ended)
            if not self._pending and not self.paused and not self.lingers:
                return self._why_nothing_is_left()
            done = await self._next()
            now = time.perf_counter()
            self.time += 0 if self.paused and not done else now - last
            last = now
            ended = [(self._pending.pop(task), task.result()) for task in done]
            for call, drawn in ended:
                if drawn.outcome is None:
                    self._return(call, drawn.cancelled)
            finished = [(c, d.outcome, d.answers) for c, d in ended if d.outcome is not None]
            self._settle(sorted(finished, key=lambda settled: settled[0].pulls[0].number))
            if self.error is not None:
                return "error"
        return "user"

    async def _next(self) -> list[asyncio.Task[_Drawn]]:
        """The calls that have ended by now; none where none does within a tick. It hardly matters how many others are out."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK):
                await self._came.wait()
        self._came.clear()
        return [task for task in self._pending if task.done()]

    def _has_ended(self, task: asyncio.Task[_Drawn]) -> None:
        if task in self._pending:
            self._came.set()

    def _calls(self, sampler: Sampler) -> list[_Call]:
        """New requests up to the limit in flight, each with its bound reserved."""
        calls = []
        for pulls in self._groups(sampler):
            request = self._request(pulls)
            bound = self.model.bound(request) if self.purse.limited else Usage()
            self._broke = self._broke or not self.purse.reserve(bound)
            if self._broke:
                for pull in reversed(pulls):
                    self.ledger.release(pull)
            else:
                calls.append(_Call(pulls, request, bound))
        return calls

    def _groups(self, sampler: Sampler) -> list[tuple[Pull, ...]]:
        """New pulls up to the limit in flight; parallel ones of one query that come together share a request.

        Not so under a limit in tokens or money: what several in one request use is not told apart, and by some servers not told.
        """
        most = 1 if self.purse.limited else sampler.max_n
        room = sampler.capacity(self.concurrency)
        groups: list[list[Pull]] = []
        while not self._broke:
            last = groups[-1] if groups else None
            joins = last and len(last) < most and self.ledger.next_parallel == last[-1].query
            if not joins and len(groups) + len(self._pending) >= room:
                break
            pulls = self.ledger.ask()
            if not pulls:
                break
            if joins and last:
                last.append(pulls[0])
            else:
                groups.append(pulls)
        return [tuple(group) for group in groups]

    def _request(self, pulls: tuple[Pull, ...]) -> Request:
        first = pulls[0]
        query = self.queries[first.query]
        earlier = self._earlier(first)
        messages = (
            self._template.chained(query, earlier) if earlier else self._template.parallel(query)
        )
        seeds = tuple(_seed(self.seed, pull) for pull in pulls)
        return Request(query, messages, len(pulls), first.index, seeds)

    def _earlier(self, pull: Pull) -> list[Response]:
        """The responses that a chain is built from, in their order."""
        if not pull.sources:
            return []
        if self.keep == "answers" and self.journal is not None:
            known = {response.index: response for response in self.journal.responses.of(pull.query)}
        else:
            known = self._by_query[pull.query]
        return [known[i] for i in pull.sources]

    async def _draw(self, sampler: Sampler, call: _Call) -> _Drawn:
        """Send a request, and read the answers of what comes back; where the reader breaks, the run ends with all that was drawn."""
        try:
            outcome = await attempt(sampler, call.request)
        except asyncio.CancelledError as end:
            return _Drawn(None, cancelled=end if isinstance(end, CallCancelled) else None)
        found: list[str | None] = []
        for completion in outcome.completions:
            try:
                found.append(await self.reading.answer(call.pulls[0].query, completion))
            except InputError as error:
                self.error = error
                found.append(None)
        return _Drawn(outcome, found)

    def _settle(self, ended: Sequence[tuple[_Call, Outcome, Sequence[str | None]]]) -> None:
        """Put what came on disk, then count it; give the rest of each call back."""
        drawn = [
            [
                (p, self._response(p, call, o, i, a[i]))
                for i, p in enumerate(call.pulls[: len(o.completions)])
            ]
            for call, o, a in ended
        ]
        self._keep([pair for pairs in drawn for pair in pairs])
        for (call, outcome, _), pairs in zip(ended, drawn, strict=True):
            self.purse.give_back(call.bound)
            self._broke = False
            for pull, response in pairs:
                self.purse.spend(response.usage)
                self._count(pull, response)
            for pull in call.pulls[len(pairs) :]:
                self._refund(
                    pull,
                    outcome.error or ModelError("the model gave fewer completions than asked for"),
                )
            self._judge(call, outcome.error)
            if self._cut and self.ledger.has_enough(call.pulls[0].query):
                self._cut_off(call.pulls[0].query)

    def _cut_off(self, query: int) -> None:
        """Cancel what is in flight for a query that has enough."""
        for task, call in self._pending.items():
            if call.pulls[0].query == query:
                task.cancel()

    def _return(self, call: _Call, end: CallCancelled | None) -> None:
        """A call was cancelled: its pulls go back into the budget, and what it has used is paid for."""
        self.tally["cancelled"] += len(call.pulls)
        for pull in reversed(call.pulls):
            self.ledger.release(pull)
        self.purse.give_back(call.bound)
        self._pay(call, end)

    def _pay(self, call: _Call, end: CallCancelled | None) -> None:
        """What a cancelled call has used: as the server says, else under a limit all that it may have."""
        used = Usage(requests=1) if end is None else end.used
        if self.purse.limited and not (end and end.counted):
            used = call.bound
        self.usage += used
        self.purse.spend(used)

    def _judge(self, call: _Call, error: ModelError | InputError | None) -> None:
        """What the end of a call says of further ones."""
        if isinstance(error, Exhausted):
            self.ledger.close(call.pulls[0].query)
        elif isinstance(error, ModelError) and not isinstance(error, ModelUnavailable):
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= FAILURES_IN_A_ROW:
                self.error = ModelUnavailable(
                    f"{FAILURES_IN_A_ROW} calls in a row failed, the last: {error}", error
                )
        elif error is not None:
            self.error = self.error or error
        else:
            self._failures_in_a_row = 0

    def _response(
        self, pull: Pull, call: _Call, outcome: Outcome, place: int, answer: str | None
    ) -> Response:
        completion = outcome.completions[place]
        try:
            weight = self.reading.weight(completion)
        except InputError as error:
            self.error, weight = error, 1.0
        return Response(
            query_id=call.request.query.id,
            index=pull.index,
            kind=pull.kind,
            text=completion.text,
            answer=answer,
            messages=call.request.messages,
            thoughts=completion.thoughts,
            sources=pull.sources,
            finish=completion.finish,
            usage=charged(call.bound, completion.usage)
            if self.purse.limited and not completion.reused
            else completion.usage,
            time=outcome.seconds,
            at=self.time,
            weight=weight,
            logprob=completion.logprob,
            reused=completion.reused,
        )

    def _keep(self, drawn: Sequence[tuple[Pull, Response]]) -> None:
        """On disk; where that fails the run ends, and what was drawn still counts."""
        if self.journal is None or not drawn:
            return
        try:
            self.journal.keep(
                [
                    (pull.query, prompt_key(self.model, response.messages), response)
                    for pull, response in drawn
                ]
            )
        except StoreError as error:
            self.error = error

    def _count(self, pull: Pull, response: Response, *, resumed: bool = False) -> None:
        if self.keep == "all":
            self._drawn.append(response)
            self._by_query[pull.query][pull.index] = response
        self.usage += response.usage
        self.tally.update(_marks(response))
        self.ledger.tell(pull, response.answer, weight=response.weight)
        self._publish(Drawn(pull, response, resumed))

    def _refund(self, pull: Pull, error: ModelError | InputError) -> None:
        self.ledger.fail(pull)
        if isinstance(error, ModelError):
            self.failures += not isinstance(error, Exhausted)
            self._failure = error
            self._publish(Failed(pull, error))

    def _give_up(self) -> None:
        """Cancel what is in flight and give its reservations back."""
        for task, call in self._pending.items():
            task.cancel()
            self.purse.give_back(call.bound)
            for pull in reversed(call.pulls):
                self.ledger.release(pull)
        self._given_up += self._pending.items()
        self._pending.clear()

    def _why_nothing_is_left(self) -> Stopped:
        if self.ledger.left <= 0 or self._broke:
            return "budget"
        if self.ledger.failed.all():
            self.error = ModelError(
                f"every query was set aside after failing; the last failure: {self._failure}",
                self._failure,
            )
            return "error"
        return "settled"

    def _publish(self, event: Event) -> None:
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s", in_words(event))
        for observer in self._observers:
            try:
                observer(event)
            except Exception:  # a view that breaks must not cost what was paid for
                log.exception("an observer failed on %s", type(event).__name__)


def _marks(response: Response) -> list[str]:
    """What a report counts: `unread`, `truncated` at the token limit, `refused`, `reused`."""
    marks = {
        "unread": response.answer is None,
        "truncated": response.finish == "length",
        "refused": response.finish in UNREAD,
        "reused": response.reused,
    }
    return [mark for mark, holds in marks.items() if holds]


def _at_least_one(concurrency: int) -> int:
    if concurrency < 1:
        raise InputError(
            f"concurrency must be at least 1 request in flight, got {concurrency}", concurrency
        )
    return concurrency


def _seed(run: int, pull: Pull) -> int:
    """A seed in [0, 2**31) for one response, the same whatever else is in flight."""
    return int(np.random.SeedSequence([run, pull.query, pull.index]).generate_state(1)[0]) >> 1
