"""One run's connection to one server: sends requests, repeats them, learns the server's limits."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from dynscaling_nb.errors import ModelError, ModelUnavailable
from dynscaling_nb.models.base import Sampler, ServerStats
from dynscaling_nb.models.openai.client_pool import ClientPool
from dynscaling_nb.models.openai.crowding import Crowding
from dynscaling_nb.models.openai.decisions import (
    Decision,
    DropField,
    EndRun,
    FailQuestion,
    Fewer,
    FoldSystem,
    NotFound,
    Retry,
    UnknownModel,
)
from dynscaling_nb.models.openai.error_detail import ErrorReply
from dynscaling_nb.models.openai.exchange import Exchange
from dynscaling_nb.models.openai.failures import classify
from dynscaling_nb.models.openai.repeats import Repeats
from dynscaling_nb.models.openai.request_body import opening, request_body
from dynscaling_nb.models.openai.responses import read_completions
from dynscaling_nb.models.openai.roles import SYSTEM_ROLE
from dynscaling_nb.models.openai.settings import OpenAISettings
from dynscaling_nb.models.openai.throttle import Clock, RateLimit, Sleep, Throttle, TransientError
from dynscaling_nb.records import Completion, Request, Usage

LOOK_UP = 5.0  # seconds at most to ask for the list of models

# (address, model) -> fields that were refused there. It lives as long as the process, so that
# the next run need not learn them again.
REFUSED_FIELDS: dict[tuple[str, str], set[str]] = {}


def refused_fields(address: str, model: str) -> set[str]:
    """The fields that this model at this address has refused; sessions add to the set."""
    return REFUSED_FIELDS.setdefault((address, model), set())


@dataclass(frozen=True)
class Pace:
    """Limits per minute, and the clock that they go by; shared by all servers of a run."""

    requests: RateLimit
    tokens: RateLimit
    clock: Clock = time.monotonic
    sleep: Sleep = asyncio.sleep


class Session(Sampler):
    """The sampler of one server: its clients, and the limits that it has learned."""

    def __init__(
        self, settings: OpenAISettings, clients: ClientPool, stats: ServerStats, pace: Pace
    ) -> None:
        self._settings = settings
        self._exchange = Exchange(settings, clients)
        self._where = self._exchange.where
        self._stats = stats
        self._pace = pace
        self._refused = refused_fields(self._where, settings.model)
        stats.folded = stats.folded or SYSTEM_ROLE in self._refused
        self._max_n = 1 if "n" in self._refused else settings.max_n
        self._throttle = Throttle(stats, give_up_after=settings.give_up_after, clock=pace.clock)
        self._repeats = Repeats(settings, self._throttle)
        self._crowding = Crowding(stats, settings.timeout)
        self._in_flight = 0

    @property
    def max_n(self) -> int:
        """Completions that one request may ask for; it falls if the server gives fewer."""
        return self._max_n

    @property
    def stats(self) -> ServerStats:
        """Events at the server."""
        return self._stats

    def capacity(self, limit: int) -> int:
        """Requests that may be in flight now, at most `limit`."""
        crowd = self._crowding.limit
        self._throttle.set_limit(limit if crowd is None else min(limit, crowd))
        return self._throttle.capacity

    async def generate(self, request: Request) -> list[Completion]:
        """All completions of a request, in several requests if the server gives fewer at a time.

        If a later one of them fails, the completions so far are returned, since they are paid for.
        """
        completions: list[Completion] = []
        while len(completions) < request.n:
            wanted = min(request.n - len(completions), self._max_n)
            try:
                more = await self._call(request, len(completions), wanted)
            except ModelUnavailable:
                raise
            except ModelError:
                if completions:
                    break
                raise
            if len(more) < wanted:
                self._max_n = max(1, len(more))
            completions += more[: request.n - len(completions)]
        return completions

    async def _call(self, request: Request, offset: int, n: int) -> list[Completion]:
        """Completions of one request, repeated after failures that may pass."""
        began, attempts = self._pace.clock(), 0
        while True:
            attempts += 1
            try:
                first, *others = await self._attempt(request, offset, n)
            except TransientError as failure:
                pause = self._throttle.pause(attempts, failure.delay)
                seconds = self._pace.clock() - began + pause
                if self._is_late(seconds) or self._repeats.is_last(
                    request.query.id, failure, attempts
                ):
                    raise self._final(failure) from None
                await self._pace.sleep(pause)
            else:
                sent = Usage(requests=attempts, retries=attempts - 1)
                return [replace(first, usage=first.usage + sent), *others]

    def _is_late(self, seconds: float) -> bool:
        """Whether the next attempt of a request would begin after the request's deadline."""
        deadline = self._settings.request_deadline
        return deadline is not None and seconds > deadline

    def _final(self, failure: TransientError) -> ModelError:
        """The error of a request that is repeated no more."""
        if reason := self._throttle.reason_to_give_up:
            message = f"{self._where} gives no answer: {reason}, the last one: {failure}"
            return ModelUnavailable(message, failure.value)
        if self._repeats.is_unreached(failure):
            return ModelUnavailable(str(failure), failure.value)
        return failure

    async def _attempt(self, request: Request, offset: int, n: int) -> list[Completion]:
        """Completions of one attempt; the throttle counts how it went."""
        question = request.query.id
        try:
            completions = await self._send(request, offset, n)
        except TransientError as failure:
            self._throttle.failed(failure)
            self._repeats.failed(question, failure)
            raise
        except ModelError:
            self._repeats.replied()
            raise
        self._throttle.succeeded()
        self._repeats.answered(question)
        return completions

    async def _send(self, request: Request, offset: int, wanted: int) -> list[Completion]:
        """Completions of one request; its body changes until the server accepts it."""
        n = wanted
        while True:
            n = min(n, self._max_n)  # another request may have learned a lower limit meanwhile
            body = request_body(self._settings, request, offset=offset, n=n, refused=self._refused)
            await self._pace.requests.take(1)
            await self._pace.tokens.take(self._settings.likely_used(request))
            reply = await self._timed(body)
            if not isinstance(reply, ErrorReply):
                if n < wanted:  # the server accepts this many: a guess has proved right
                    self._max_n = n
                return self._read(reply, replace(request, n=n))
            n = await self._obey(classify(reply, body), reply.status, n)

    async def _timed(self, body: Mapping[str, Any]) -> Mapping[str, Any] | ErrorReply:
        """The reply to a body; the seconds of a response show whether too many are in flight."""
        began = self._pace.clock()
        self._in_flight += 1
        in_flight = self._in_flight
        try:
            reply = await self._exchange.send(body)
        finally:
            self._in_flight -= 1
        if not isinstance(reply, ErrorReply):
            self._crowding.answered(self._pace.clock() - began, in_flight)
        return reply

    async def _obey(self, decision: Decision, status: int, n: int) -> int:
        """Act on the error reply to a request for `n`; the `n` of the next request.

        Raises `ModelError` where no further request would help.
        """
        match decision:
            case DropField() | FoldSystem() as change:
                self._change(change)
            case Fewer(limit, named):
                n = limit
                if named:
                    self._max_n = min(self._max_n, limit)
            case Retry(message, kind, after):
                raise TransientError(message, kind, after)
            case FailQuestion(message):
                raise ModelError(message, status)
            case EndRun(message):
                raise ModelUnavailable(message, status)
            case UnknownModel(message):
                raise ModelUnavailable(message + await self._hint(), self._settings.model)
            case NotFound(message, unknown_model):
                hint = await self._hint()
                raise ModelUnavailable(f"{unknown_model}{hint}" if hint else message, status)
        return n

    def _read(self, reply: Mapping[str, Any], request: Request) -> list[Completion]:
        try:
            bound = self._settings.most_used(request)
            completions, estimated = read_completions(reply, bound, opening(request))
        except ModelError as error:
            raise self._exchange.malformed(error) from None
        self._stats.estimated += estimated
        return completions

    def _change(self, change: DropField | FoldSystem) -> None:
        """Send other bodies from now on, unless another request has learned it meanwhile."""
        if isinstance(change, FoldSystem):
            self._refused.add(SYSTEM_ROLE)
            self._stats.folded = True
            return
        name = change.name
        if name == "n":
            self._max_n = 1
        if name not in self._refused:
            self._refused.add(name)
            self._stats.dropped.append(name)

    async def _hint(self) -> str:
        """A hint from the server's own list of models; empty if it has no list, or the model."""
        try:
            async with asyncio.timeout(min(LOOK_UP, self._settings.timeout)):
                names = await self._exchange.model_names()
        except Exception:
            return ""
        if self._settings.model in names:
            return ""
        near = get_close_matches(self._settings.model, names, n=1, cutoff=0.4) or names[:3]
        return f"; it has {', '.join(near)}" if near else ""
