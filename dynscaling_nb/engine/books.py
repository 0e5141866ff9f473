"""The books of a run: responses, costs, errors and events. A driver writes, views read.

A response is on disk before it is counted. A failed call is data; an exception of any other kind is
a bug and keeps its traceback.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.answers.reading import UNREAD
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.chains.prompt import Template, thoughts
from dynscaling_nb.engine.limits import SpendLimits
from dynscaling_nb.errors import DynscalingError, InputError, ModelError, StoreError
from dynscaling_nb.events import Drawn, Event, Failed, Finished, Observer, Revised, in_words
from dynscaling_nb.models.base import Model, ServerStats
from dynscaling_nb.records import Completion, Gold, Keep, Pull, Query, Response, Stopped, Usage
from dynscaling_nb.storage.recorder import Entry, RunRecorder, prompt_key

log = logging.getLogger(__name__)


class Books:
    """The state of a run. `Run` adds the controls of a user.

    Attributes:
        queries, model, ledger, reader, template, limits, recorder, seed: the parts of the run.
        history (an argument): responses recorded by an earlier process; `resumed`: their number.
        in_memory: `all` responses, or the `answers` alone; the recorder then keeps the texts.
        concurrency: requests that may be in flight.
        cancel_settled: whether a driver cancels calls for a query that has enough.
        counts: responses that were `unread`, `truncated`, `refused` or `reused`, pulls `cancelled`.
        usage: tokens and requests of all responses and cancelled calls.
        failures: failed pulls.
        time: seconds since the start, without pauses.
        paused: whether no further request is sent until the user resumes.
        stopped: why the run ended, None before.
        signal: set whenever a driver has something to look at.
    """

    def __init__(
        self,
        queries: Sequence[Query],
        model: Model,
        ledger: Ledger,
        *,
        reader: AnswerReader,
        template: Template,
        limits: SpendLimits | None = None,
        recorder: RunRecorder | None = None,
        history: Iterable[Response] = (),
        in_memory: Keep = "all",
        concurrency: int = 16,
        time_limit: float | None = None,
        cancel_settled: bool = False,
        seed: int = 0,
        observers: Sequence[Observer] = (),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        model.check(queries)
        self.queries = tuple(queries)
        self.model = model
        self.ledger = ledger
        self.reader = reader
        self.template = template
        self.limits = limits or SpendLimits()
        self.recorder = recorder
        self.in_memory = in_memory
        self.concurrency = at_least_one(concurrency)
        self.cancel_settled = cancel_settled
        self.seed = seed
        self.counts: Counter[str] = Counter()
        self.usage = Usage()
        self.failures = self.resumed = 0
        self.server_stats: list[ServerStats] = []
        self.time = 0.0
        self.paused = False
        self.stopped: Stopped | None = None
        self.signal = asyncio.Event()
        self._history = history
        self._time_limit = time_limit
        self._clock = clock
        self._ticked: float | None = None  # when `time` was last brought up to date
        self._stopping = False
        self._observers = list(observers)
        self._error: DynscalingError | None = None
        self._last_failure: ModelError | None = None
        self._judged_elsewhere = Usage()
        self._responses: list[Response] = []
        self._places: list[dict[int, int]] = [{} for _ in queries]  # in `_responses`, by index

    def begin(self) -> None:
        """Go on after an earlier end, if there was one."""
        self._stopping, self.stopped, self._error = False, None, None

    def finish(self) -> None:
        """Stop the clock, and tell observers that the run has ended."""
        self._ticked = None
        self.publish(Finished(self.stopped or "error"))

    def stop(self) -> None:
        """End the run soon, with the responses so far; calls in flight are cancelled."""
        self._stopping = True
        self.signal.set()

    def pause(self) -> None:
        """Send no further request until `resume`; responses in flight still count."""
        if not self.paused:
            self.tick()
        self.paused = True

    def resume(self) -> None:
        """Go on after `pause`; the time of the pause does not count."""
        if self.paused:
            self.tick(counts=False)
        self.paused = False
        self.signal.set()

    def subscribe(self, observer: Observer) -> None:
        """Hand every event from now on to `observer`, in order."""
        self._observers.append(observer)

    @property
    def golds(self) -> list[Gold]:
        """The gold answers in canonical form."""
        return self.reader.golds

    @property
    def error(self) -> DynscalingError | None:
        """The error that ended the run, or None."""
        return self._error

    @property
    def stopping(self) -> bool:
        """Whether a user asked the run to end."""
        return self._stopping

    @property
    def late(self) -> bool:
        """Whether the time limit has passed."""
        return self._time_limit is not None and self.time >= self._time_limit

    @property
    def judge_usage(self) -> Usage:
        """The usage of a judge since the run was last begun. It is not part of the budget."""
        return self.reader.judge_usage + self._judged_elsewhere

    @property
    def responses(self) -> Sequence[Response]:
        """All responses in the order in which they came, from memory or else from the store.

        Raises `InputError` if neither memory nor a store has them.
        """
        if self.in_memory == "all":
            return self._responses
        if self.recorder is None:
            raise InputError(
                "in_memory='answers' without a store keeps no responses; "
                "give the run a store, or in_memory='all'",
                "answers",
            )
        return self.recorder.responses

    def responses_of(self, place: int) -> dict[int, Response]:
        """The responses to the query at this place, by their index."""
        if self.in_memory == "answers" and self.recorder is not None:
            return {response.index: response for response in self.recorder.responses.of(place)}
        return {index: self._responses[i] for index, i in self._places[place].items()}

    def tick(self, *, counts: bool = True) -> None:
        """Move `time` on to now; with `counts=False` without the time since the last tick."""
        now = self._clock()
        if counts and self._ticked is not None:
            self.time += now - self._ticked
        self._ticked = now

    async def take_history(self) -> None:
        """Read and count the responses of an earlier process, and charge them to the limits."""
        places = {query.id: place for place, query in enumerate(self.queries)}
        history, self._history = self._history, ()
        for response in history:
            self.resumed += 1
            place = places[response.query_id]
            completion = Completion(
                response.text, response.thoughts, response.finish, response.usage, response.logprob
            )
            answer = await self.reader.read(place, response.index, completion)
            weight = self.reader.weight(completion)
            self.limits.spend(response.usage)
            self.time = max(self.time, response.at)
            pull = self.ledger.recall(place, response.index, response.kind, response.sources)
            self.count(pull, replace(response, answer=answer, weight=weight), resumed=True)
            self.revise(place)

    def record(self, responses: Sequence[tuple[Pull, Response]]) -> None:
        """Store responses, then count them."""
        self.put_on_disk(responses)
        for pull, response in responses:
            self.count(pull, response)

    def put_on_disk(self, responses: Sequence[tuple[Pull, Response]]) -> None:
        """Store responses. If the disk fails the run ends, and the responses still count."""
        if self.recorder is None or not responses:
            return
        entries = [
            Entry(pull.query, prompt_key(self.model, response.messages), response)
            for pull, response in responses
        ]
        try:
            self.recorder.keep(entries)
        except StoreError as error:
            self.end_with(error)

    def revise(self, query: int) -> None:
        """Count the answers of this query again that its later responses made the reader change."""
        if answers := self.reader.revised(query):
            self.take_revision(query, answers)

    def take_revision(self, query: int, answers: Mapping[int, str | None]) -> None:
        """Change the answers of counted responses, by their index, and tell the observers."""
        votes = self.ledger.votes[query]
        unread = votes.unread
        changes = self.ledger.revise(query, answers)
        if not changes:
            return
        self.counts["unread"] += votes.unread - unread
        changed = [
            replace(response, answer=answers[index])
            for index, response in self.responses_of(query).items()
            if index in answers
        ]
        if self.in_memory == "all":
            for response in changed:
                self._responses[self._places[query][response.index]] = response
        if self.recorder is not None:
            try:
                self.recorder.revise(query, changed)
            except StoreError as error:
                self.end_with(error)
        self.publish(Revised(query, changes))

    def count(self, pull: Pull, response: Response, *, resumed: bool = False) -> None:
        """Count a response, its vote and its usage, and tell the observers."""
        if self.in_memory == "all":
            self._places[pull.query][pull.index] = len(self._responses)
            self._responses.append(response)
        self.usage += response.usage
        self.counts.update(marks(response))
        chainable = bool(thoughts(response))
        self.ledger.tell(pull, response.answer, weight=response.weight, chainable=chainable)
        self.publish(Drawn(pull, response, resumed))

    def fail(self, pull: Pull, error: ModelError | InputError) -> None:
        """Give back a pull whose call failed."""
        self.ledger.fail(pull)
        if isinstance(error, ModelError):
            self.failures += 1
            self._last_failure = error
            self.publish(Failed(pull, error))

    def pay(self, used: Usage) -> None:
        """Count the usage of a cancelled call, which no response carries."""
        self.usage += used
        self.limits.spend(used)

    def end_with(self, error: DynscalingError) -> None:
        """End the run with this error. An earlier error of the run stays."""
        self._error = self._error or error

    def conclude(self) -> Stopped:
        """The reason why no response is left to draw; it is an error if every query failed."""
        if self.ledger.left <= 0 or self.limits.exhausted:
            return "budget"
        if self.ledger.failed.all():
            self.end_with(
                ModelError(
                    "every question was set aside after failing; "
                    f"the last failure: {self._last_failure}",
                    self._last_failure,
                )
            )
            return "error"
        return "settled"

    def add_server_stats(self, stats: ServerStats) -> None:
        """Add the events at a server to the report."""
        self.server_stats.append(stats)

    def see_elsewhere(self, *, failures: int, judge_usage: Usage | None = None) -> None:
        """Take over totals of the workers: failed pulls, and the usage of their judges."""
        self.failures = failures
        if judge_usage is not None:
            self._judged_elsewhere = judge_usage

    def publish(self, event: Event) -> None:
        """Tell every observer, in order."""
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s", in_words(event))
        for observer in self._observers:
            try:
                observer(event)
            except Exception:  # a broken view must not cost responses that are paid for
                log.exception("an observer failed on %s", type(event).__name__)


def marks(response: Response) -> list[str]:
    """The marks that a report counts: `unread`, `truncated` at the token limit and so on."""
    conditions = {
        "unread": response.answer is None,
        "truncated": response.finish == "length",
        "refused": response.finish in UNREAD,
        "reused": response.reused,
    }
    return [mark for mark, holds in conditions.items() if holds]


def at_least_one(concurrency: int) -> int:
    """The concurrency. Raises `InputError` below 1."""
    if concurrency < 1:
        raise InputError(
            f"concurrency must be at least 1 request in flight, got {concurrency}", concurrency
        )
    return concurrency
