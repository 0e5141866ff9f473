"""The only asynchronous loop: ask the ledger, call the model, tell the ledger, publish what happened.

A run owns its ledger and its responses. Views subscribe to its events and, where they want something, say so through
`stop`, `pause`, `resume` and `change`; they never reach in. A
failed call is data; an exception of anything else is a bug and keeps its traceback.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import numpy as np

from dynscaling_nb.answers import Reader, gold_answer
from dynscaling_nb.arms import Policy
from dynscaling_nb.chains import Plan, Template
from dynscaling_nb.equivalence import Same, Spellings, exact, words
from dynscaling_nb.errors import DynscalingError, Exhausted, InputError, ModelError, ModelUnavailable
from dynscaling_nb.ledger import Ledger
from dynscaling_nb.models.base import Model, Outcome, Sampler, attempt
from dynscaling_nb.models.judge import Bench, Judge
from dynscaling_nb.records import Completion, Pull, Query, Request, Response, Stopped, Usage
from dynscaling_nb.weights import Weigh, checked, equal

log = logging.getLogger(__name__)

TICK = 0.05  # seconds; wakes the loop, so that an interrupt or a click is noticed at once
FAILURES_IN_A_ROW = 20  # with no success between them: the server, not the queries, is at fault


@dataclass(frozen=True)
class Started:
    """The run begins; through `run` a view reads the books and says what it wants."""

    run: "Run"


@dataclass(frozen=True)
class Drawn:
    """A response was drawn and counted."""

    pull: Pull
    response: Response


@dataclass(frozen=True)
class Failed:
    """A call failed and its reservation was given back."""

    pull: Pull
    error: ModelError


@dataclass(frozen=True)
class Finished:
    """The run is over."""

    stopped: Stopped


Answered = tuple[Outcome, list[str | None]]  # what came back, and what was read from each completion
Event = Started | Drawn | Failed | Finished
Observer = Callable[[Event], None]


class Run:
    """One batch of queries under one budget. `complete` runs it; afterwards `responses`, `stopped` and `error` say how it went.

    After its end it can be given more budget and completed again. `time` is in seconds, pauses left out.
    """

    def __init__(
        self,
        queries: Sequence[Query],
        model: Model,
        ledger: Ledger,
        *,
        read: Reader,
        same: Same | Judge = exact,
        weigh: Weigh = equal,
        template: Template,
        concurrency: int = 16,
        seed: int = 0,
        observers: Sequence[Observer] = (),
    ) -> None:
        model.check(queries)
        self.queries = tuple(queries)
        self.model = model
        self.ledger = ledger
        self.responses: list[Response] = []
        self.usage = Usage()
        self.failures = 0
        self.time = 0.0
        self.paused = False
        self.read = read
        self.golds = [None if query.gold is None else gold_answer(query.gold, read) for query in queries]
        self._judge = same if isinstance(same, Judge) else None
        self._bench: Bench | None = None
        known = [[*query.prior] if gold is None else [gold, *query.prior] for query, gold in zip(queries, self.golds, strict=True)]
        self._spellings = [Spellings(words if isinstance(same, Judge) else same, spellings) for spellings in known]
        self._weigh = weigh
        self.seed = seed
        self.stopped: Stopped | None = None
        self.error: DynscalingError | None = None
        self._template = template
        self._concurrency = _at_least_one(concurrency)
        self._observers = list(observers)
        self._stopping = False
        self._failures_in_a_row = 0
        self._by_query: list[dict[int, Response]] = [{} for _ in queries]
        self._pending: dict[asyncio.Task[Answered], tuple[Pull, ...]] = {}

    @property
    def judging(self) -> Usage:
        """What a judge's calls used, in the last completion of the run; outside of the budget."""
        return Usage() if self._bench is None else self._bench.usage

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
            self._concurrency = _at_least_one(concurrency)
        if budget is not None:
            self.ledger.resize(budget)
        if policy is not None:
            self.ledger.policy = policy
        if plan is not None:
            self.ledger.plan = plan

    def subscribe(self, observer: Observer) -> None:
        """Have every event from now on handed to `observer`, in order."""
        self._observers.append(observer)

    async def complete(self) -> None:
        """Spend the budget. Cancelling ends the run as `stop` does: it returns, with what was drawn, marked `user`."""
        self._stopping, self.stopped, self.error = False, None, None
        self._publish(Started(self))
        try:
            async with AsyncExitStack() as stack:
                sampler = await stack.enter_async_context(self.model.open())
                if self._judge is not None:
                    self._bench = await stack.enter_async_context(self._judge.open())
                group = await stack.enter_async_context(asyncio.TaskGroup())
                try:
                    self.stopped = await self._spend(sampler, group)
                except asyncio.CancelledError:
                    task = asyncio.current_task()
                    if task is None or task.uncancel() > 0:
                        raise
                    self.stopped = "user"
                finally:
                    self._give_up()
        except* DynscalingError as failures:
            raise failures.exceptions[0] from None
        self._publish(Finished(self.stopped))

    async def _spend(self, sampler: Sampler, group: asyncio.TaskGroup) -> Stopped:
        last = time.perf_counter()
        while not self._stopping:
            for pulls in () if self.paused else self._groups(sampler):
                request = self._request(pulls)
                self._pending[group.create_task(self._draw(sampler, request, pulls[0].query))] = pulls
            if self._pending:
                done, _ = await asyncio.wait(self._pending, timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
            elif self.paused:
                done = set()
                await asyncio.sleep(TICK)
            else:
                return self._why_nothing_is_left()
            now = time.perf_counter()
            self.time += 0 if self.paused and not done else now - last
            last = now
            for task in sorted(done, key=lambda t: self._pending[t][0].number):
                self._settle(self._pending.pop(task), *task.result())
            if self.error is not None:
                return "error"
        return "user"

    def _groups(self, sampler: Sampler) -> list[tuple[Pull, ...]]:
        """New requests up to the limit in flight; parallel pulls of one query that come together share one."""
        groups: list[list[Pull]] = []
        while True:
            last = groups[-1] if groups else None
            joins = last and len(last) < sampler.most and self.ledger.next_parallel == last[-1].query
            if not joins and len(groups) + len(self._pending) >= self._concurrency:
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
        earlier = [self._by_query[first.query][i] for i in first.sources]
        messages = self._template.chained(query, earlier) if earlier else self._template.parallel(query)
        seeds = tuple(_seed(self.seed, pull) for pull in pulls)
        return Request(query, messages, len(pulls), first.index, seeds)

    async def _draw(self, sampler: Sampler, request: Request, query: int) -> Answered:
        """Send a request, and read the answers of what comes back."""
        outcome = await attempt(sampler, request)
        return outcome, [await self._answer(query, completion.text) for completion in outcome.completions]

    def _settle(self, pulls: tuple[Pull, ...], outcome: Outcome, answers: Sequence[str | None]) -> None:
        error = outcome.error
        for i, pull in enumerate(pulls):
            if i < len(outcome.completions):
                self._count(pull, outcome, outcome.completions[i], answers[i])
            else:
                self._refund(pull, error or ModelError("the model gave fewer completions than asked for"))
        if isinstance(error, Exhausted):
            self.ledger.close(pulls[0].query)
        elif isinstance(error, ModelError) and not isinstance(error, ModelUnavailable):
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= FAILURES_IN_A_ROW:
                self.error = ModelUnavailable(f"{FAILURES_IN_A_ROW} calls in a row failed, the last: {error}", error)
        elif error is not None:
            self.error = self.error or error
        else:
            self._failures_in_a_row = 0

    def _count(self, pull: Pull, outcome: Outcome, completion: Completion, answer: str | None) -> None:
        response = Response(
            query_id=outcome.request.query.id,
            index=pull.index,
            kind=pull.kind,
            text=completion.text,
            answer=answer,
            messages=outcome.request.messages,
            thoughts=completion.thoughts,
            sources=pull.sources,
            finish=completion.finish,
            usage=completion.usage,
            time=outcome.seconds,
            at=self.time,
            weight=self._weight(completion),
            logprob=completion.logprob,
        )
        self.responses.append(response)
        self.usage += completion.usage
        self._by_query[pull.query][pull.index] = response
        self.ledger.tell(pull, response.answer, weight=response.weight)
        self._publish(Drawn(pull, response))

    async def _answer(self, query: int, text: str) -> str | None:
        """What the reader reads, spelled as the query's earlier answers; where it breaks, the run ends with all that was drawn."""
        try:
            answer = self.read(text)
            if answer is None or self._bench is None:
                return None if answer is None else self._spellings[query].of(answer)
            return await self._bench.spell(self.queries[query], answer, self._spellings[query])
        except Exception as error:  # noqa: BLE001  a user's function may raise anything
            self.error = InputError(f"the answer reader failed on {text[:60]!r}: {type(error).__name__}: {error}", text)
            return None

    def _weight(self, completion: Completion) -> float:
        try:
            return checked(self._weigh(completion))
        except Exception as error:  # noqa: BLE001  a user's function may raise anything
            self.error = error if isinstance(error, InputError) else InputError(f"the weighing failed: {type(error).__name__}: {error}")
            return 1.0

    def _refund(self, pull: Pull, error: ModelError | InputError) -> None:
        self.ledger.fail(pull)
        if isinstance(error, ModelError):
            self.failures += not isinstance(error, Exhausted)
            self._publish(Failed(pull, error))

    def _give_up(self) -> None:
        """Cancel what is in flight and give its reservations back."""
        for task, pulls in self._pending.items():
            task.cancel()
            for pull in pulls:
                self.ledger.fail(pull)
        self._pending.clear()

    def _why_nothing_is_left(self) -> Stopped:
        if self.ledger.left <= 0:
            return "budget"
        if self.ledger.set_aside.all():
            self.error = ModelError("every query was set aside after failing; nothing is left to ask")
            return "error"
        return "settled"

    def _publish(self, event: Event) -> None:
        for observer in self._observers:
            try:
                observer(event)
            except Exception:  # a view that breaks must not cost what was paid for
                log.exception("an observer failed on %s", type(event).__name__)


def _at_least_one(concurrency: int) -> int:
    if concurrency < 1:
        raise InputError(f"concurrency must be at least 1 request in flight, got {concurrency}", concurrency)
    return concurrency


def _seed(run: int, pull: Pull) -> int:
    """A seed in [0, 2**31) for one response, the same whatever else is in flight."""
    return int(np.random.SeedSequence([run, pull.query, pull.index]).generate_state(1)[0]) >> 1
