"""One call of a run: its request, its reply, its responses, and its usage."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.engine.limits import charged
from dynscaling_nb.errors import InputError
from dynscaling_nb.models.base import CallCancelled, Outcome, Sampler, attempt
from dynscaling_nb.records import Completion, Pull, Request, Response, Usage


@dataclass(frozen=True)
class Call:
    """A request for these pulls of one query. `bound` is reserved; None without limits."""

    pulls: tuple[Pull, ...]
    request: Request
    bound: Usage | None = None

    @property
    def query(self) -> int:
        """The place of its query."""
        return self.pulls[0].query

    def charge(self, used: Usage) -> Usage:
        """The charge for this usage by the server's count."""
        return used if self.bound is None else charged(self.bound, used)


@dataclass(frozen=True)
class Reply:
    """The end of a call: its outcome, the answer of each completion, and the weight of each vote.

    `error` is the error of a reader or of a vote weight that failed.
    """

    outcome: Outcome
    answers: Sequence[str | None] = ()
    weights: Sequence[float] = ()
    error: InputError | None = None


Ending = Reply | CallCancelled


async def send(call: Call, sampler: Sampler, reader: AnswerReader) -> Ending:
    """Send a request and read its completions. A cancelled call returns its usage."""
    completions: Sequence[Completion] = ()
    answers: list[str | None] = []
    weights: list[float] = []
    failure: InputError | None = None
    try:
        outcome = await attempt(sampler, call.request)
        completions = outcome.completions
        for pull, completion in zip(call.pulls, completions, strict=False):
            try:
                answers.append(await reader.read(call.query, pull.index, completion))
            except InputError as error:
                failure = failure or error
                answers.append(None)
            try:
                weights.append(reader.weight(completion))
            except InputError as error:
                failure = failure or error
                weights.append(1.0)
    except asyncio.CancelledError as end:
        if completions:  # it was cancelled while a judge compared its answers
            return _used(completions)
        return CallCancelled.of(end) or _unknown()
    return Reply(outcome, answers, weights, failure)


def ending(task: asyncio.Task[Ending]) -> Ending:
    """The ending of a call's task, which may have been cancelled before it began."""
    return _unknown() if task.cancelled() else task.result()


def paid(call: Call, end: Ending) -> Usage:
    """The charge for a call without counted responses: the server's count, else its bound."""
    if isinstance(end, Reply):
        end = _used(end.outcome.completions) if end.outcome.completions else _unknown()
    if call.bound is None:
        return end.used
    if not end.counted:
        return call.bound
    return end.used if end.used == Usage() else call.charge(end.used)


def responses(call: Call, reply: Reply, now: float) -> list[tuple[Pull, Response]]:
    """The responses of a call, each with its pull; `now` is the time of the run."""
    parts = zip(call.pulls, reply.outcome.completions, reply.answers, reply.weights, strict=False)
    return [
        (
            pull,
            Response(
                query_id=call.request.query.id,
                index=pull.index,
                kind=pull.kind,
                text=completion.text,
                answer=answer,
                messages=call.request.messages,
                thoughts=completion.thoughts,
                sources=pull.sources,
                finish=completion.finish,
                usage=completion.usage if completion.reused else call.charge(completion.usage),
                time=reply.outcome.seconds,
                at=now,
                weight=weight,
                logprob=completion.logprob,
                reused=completion.reused,
            ),
        )
        for pull, completion, answer, weight in parts
    ]


def sampling_seed(run: int, pull: Pull) -> int:
    """A seed in [0, 2**31) for one response; it does not depend on other calls."""
    return int(np.random.SeedSequence([run, pull.query, pull.index]).generate_state(1)[0]) >> 1


def _used(completions: Sequence[Completion]) -> CallCancelled:
    """The usage of completions that nobody counts; an earlier run paid for reused ones."""
    used = sum((c.usage for c in completions if not c.reused), Usage())
    return CallCancelled(used, counted=True)


def _unknown() -> CallCancelled:
    return CallCancelled(Usage(requests=1), counted=False)
