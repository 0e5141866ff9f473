"""Any OpenAI-compatible server, through the openai client and its connections.

Servers differ: what one refuses (`n`, `seed`, `max_completion_tokens`, `temperature` ...) is dropped, and not sent to that model again.
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from dynscaling_nb.errors import InputError, ModelError, ModelUnavailable
from dynscaling_nb.models.base import CallCancelled, Model, Sampler, ServerStats
from dynscaling_nb.models.openai.client_pool import ClientPool
from dynscaling_nb.models.openai.load_balancer import LoadBalancer
from dynscaling_nb.models.openai.responses import completions, delay, said
from dynscaling_nb.models.openai.streaming import StreamedReply
from dynscaling_nb.models.openai.throttle import RateLimit, Throttle, TransientError
from dynscaling_nb.records import Completion, Query, Request, Usage

if TYPE_CHECKING:
    from openai import APIStatusError

NO_KEY = "none"  # a placeholder for servers that want no key; an empty one raises in the client
BAD_REQUEST = (400, 422)
BUSY = 429
OF_A_KEY = (
    "api key",
    "api_key",
    "no connected db",
)  # the last one is how LiteLLM without a database refuses a key
UNREACHED = {
    "connection": 3,
    "timeout": 2,
}  # attempts of these kinds that a server gets which never answered
EVERY_PIECE = "continuous_usage_stats"
DROPPABLE = (
    EVERY_PIECE,
    "stream_options",
    "seed",
    "logprobs",
    "n",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
)
LONGEST = 1_000_000  # tokens that a completion can have
FRAME = 256  # tokens at most that a server's chat template adds to a prompt


@dataclass(frozen=True)
class OpenAIModel(Model):
    """A model behind an OpenAI-compatible address.

    `base_url` is the address up to and with `/v1`, OpenAI's own if None; several, in a list or with commas between, are servers of the same
    model, see `LoadBalancer`. The key comes from `api_key` or the environment (`OPENAI_API_KEY`) and is shown nowhere. `temperature` and
    `max_tokens` are the server's own if None. With `seed`, each request sends a seed of its own derived from it. `max_n` is how many
    completions one request may ask for, `logprobs` asks for the log-probabilities of tokens, `extra_body` holds further fields of the request's
    body. With `stream` replies come in pieces, so that of a call which is given up it is known what it had written.

    An attempt is cut off after `timeout` seconds. What fails in passing is asked again up to `max_retries` times, a rate limit as often as it
    takes, with pauses as the server asks or else exponential ones, within `request_deadline` seconds a call where that is given. After `give_up_after`
    seconds without any answer the run ends. At most `requests_per_minute` and `tokens_per_minute` are sent, counted before the call.
    """

    model: str
    base_url: str | Sequence[str] | None = None
    api_key: str | None = field(default=None, repr=False, compare=False)
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float = 60.0
    max_retries: int = 4
    seed: int | None = None
    max_n: int = 8
    logprobs: bool = False
    stream: bool = False
    request_deadline: float | None = None
    give_up_after: float = 120.0
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict, repr=False)

    is_paid = True

    def __post_init__(self) -> None:
        for name in (
            "timeout",
            "request_deadline",
            "give_up_after",
            "requests_per_minute",
            "tokens_per_minute",
            "max_tokens",
        ):
            value = getattr(self, name)
            if value is not None and not value > 0:
                unit = (
                    " of seconds"
                    if name in ("timeout", "request_deadline", "give_up_after")
                    else ""
                )
                raise InputError(f"{name} must be a positive number{unit}, got {value}", value)
        for address in self.addresses:
            if not address.startswith(("http://", "https://")):
                raise InputError(
                    f"base URL must begin with http:// or https://, got {address!r}", address
                )
            if "@" in urlsplit(address).netloc:
                raise InputError(
                    "base URL must hold no name and password; give the key as OPENAI_API_KEY, or as api_key="
                )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The servers; none where the client's own default is meant."""
        given = self.base_url.split(",") if isinstance(self.base_url, str) else self.base_url or ()
        return tuple(dict.fromkeys(address.strip() for address in given))

    @property
    def name(self) -> str:  # type: ignore[override]  # read only here
        """The model's name on its server."""
        return self.model

    @property
    def identity(self) -> dict[str, Any]:
        """What its answers depend on, without anything secret: where it is, what it is called, how it samples."""
        parts = [
            urlsplit(address)
            for address in sorted(self.addresses) or [os.environ.get("OPENAI_BASE_URL") or ""]
        ]
        extra = (
            sha256(
                json.dumps(dict(self.extra_body), sort_keys=True, default=str).encode()
            ).hexdigest()
            if self.extra_body
            else None
        )
        return {
            "model": self.model,
            "host": ",".join(
                f"{part.hostname or ''}:{part.port or ''}{part.path}" for part in parts
            ),
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "extra": extra,
        }

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` where OpenAI's own address would be called without a key."""
        if not (self._key or self.base_url or os.environ.get("OPENAI_BASE_URL")):
            near = get_close_matches(self.model, ["abacus"], cutoff=0.6)
            hint = f"; did you mean {near[0]!r}, the embedded model?" if near else ""
            message = (
                f"model {self.model!r} needs a key: set OPENAI_API_KEY in the environment, or give the base URL "
                f"of a server that wants none{hint}"
            )
            raise InputError(message, self.model)

    def bound(self, request: Request) -> Usage:
        """The most tokens that one attempt can use: a token is at least one byte of the prompt, and `max_tokens` of each completion.

        Raises `InputError` without `max_tokens`.
        """
        if self.max_tokens is None:
            raise InputError(
                f"a budget in tokens or money needs OpenAIModel({self.model!r}, max_tokens=...), the most that a response may take"
            )
        return self.most_used(request)

    def most_used(self, request: Request) -> Usage:
        """As `bound`; without `max_tokens` a completion is taken to have no more tokens than any model writes."""
        prompt = sum(len(m["content"].encode()) for m in request.messages) + FRAME
        return Usage(prompt, request.n * (self.max_tokens or LONGEST))

    @property
    def _key(self) -> str | None:
        return self.api_key or os.environ.get("OPENAI_API_KEY") or None

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Session | LoadBalancer"]:
        """ClientPool of each server on the running loop, their connections reused within the run and closed after it."""
        from openai import AsyncOpenAI

        stats, pace = (
            ServerStats(),
            (RateLimit(self.requests_per_minute), RateLimit(self.tokens_per_minute)),
        )
        async with AsyncExitStack() as stack:
            sessions = {}
            for address in self.addresses or (None,):
                make = partial(
                    AsyncOpenAI,
                    base_url=address,
                    api_key=self._key or NO_KEY,
                    timeout=self.timeout,
                    max_retries=0,
                )
                sessions[str(address)] = Session(self, ClientPool(make, stack), stats, *pace)
            yield (
                LoadBalancer(sessions, stats)
                if len(sessions) > 1
                else next(iter(sessions.values()))
            )


@lru_cache(maxsize=256)
def _refused(address: str, model: str) -> set[str]:
    """The fields that the model at this address has refused, for as long as this process lives."""
    return set()


class Session(Sampler):
    """One run's clients and what they have learned of their server."""

    def __init__(
        self,
        settings: OpenAIModel,
        clients: ClientPool,
        stats: ServerStats,
        requests: RateLimit,
        tokens: RateLimit,
    ) -> None:
        self._stats = stats
        self._settings = settings
        self._clients = clients
        self._client = clients.first
        self._dropped = _refused(str(self._client.base_url), settings.model)
        self.max_n = 1 if "n" in self._dropped else settings.max_n
        self._throttle = Throttle(self._stats, give_up_after=settings.give_up_after)
        self._requests = requests
        self._tokens = tokens
        self._answered = False

    @property
    def stats(self) -> ServerStats:
        """What happened at the server."""
        return self._stats

    def capacity(self, limit: int) -> int:
        """Requests that may be in flight for now, at most `limit`."""
        return self._throttle.capacity(limit)

    async def generate(self, request: Request) -> list[Completion]:
        """As many completions as asked for, in further requests where the server gives fewer at a time."""
        found: list[Completion] = []
        while len(found) < request.n:
            wanted = min(request.n - len(found), self.max_n)
            try:
                drawn = await self._call(request, len(found), wanted)
            except ModelUnavailable:
                raise
            except ModelError:
                if found:  # what was paid for counts; the caller asks for the rest
                    break
                raise
            if len(drawn) < wanted:
                self.max_n = max(1, len(drawn))
            found += drawn[: request.n - len(found)]
        return found

    async def _call(self, request: Request, offset: int, n: int) -> list[Completion]:
        """One request, and the same again where it failed in passing."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TransientError),
            stop=self._enough,
            wait=self._pause,
            sleep=asyncio.sleep,
            reraise=True,
        )
        attempts = 0
        try:
            async for attempt in retrying:
                with attempt:
                    attempts += 1
                    found = await self._attempt(request, offset, n)
        except TransientError as failure:
            if broken := self._throttle.broken:
                raise ModelUnavailable(
                    f"{self._client.base_url} gives no answer: {broken}, the last one: {failure}",
                    failure.value,
                ) from None
            if not self._answered and failure.kind in UNREACHED:
                raise ModelUnavailable(str(failure), failure.value) from None
            raise
        used = Usage(requests=attempts, retries=attempts - 1)
        return [replace(found[0], usage=found[0].usage + used), *found[1:]]

    def _enough(self, state: RetryCallState) -> bool:
        failure = state.outcome and state.outcome.exception()
        if not isinstance(failure, TransientError) or self._throttle.broken:
            return True
        seconds, deadline = state.seconds_since_start or 0.0, self._settings.request_deadline
        if deadline is not None and seconds + state.upcoming_sleep > deadline:
            return True
        if not self._answered and failure.kind in UNREACHED:  # nobody there: say so soon
            return state.attempt_number >= UNREACHED[failure.kind]
        return failure.kind != "rate limit" and state.attempt_number > self._settings.max_retries

    def _pause(self, state: RetryCallState) -> float:
        failure = state.outcome and state.outcome.exception()
        return self._throttle.pause(
            state.attempt_number, failure.delay if isinstance(failure, TransientError) else None
        )

    async def _attempt(self, request: Request, offset: int, n: int) -> list[Completion]:
        """Send once, but for fields that the server refuses; keep account of how it went."""
        try:
            found = await self._send(request, offset, n)
        except TransientError as failure:
            self._throttle.failed(failure)
            self._answered = self._answered or failure.kind not in UNREACHED
            raise
        except ModelError:
            self._answered = True
            raise
        self._throttle.answered()
        self._answered = True
        return found

    async def _send(self, request: Request, offset: int, n: int) -> list[Completion]:
        from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

        where, wanted = self._client.base_url, n
        while True:
            n = min(n, self.max_n)
            body = self._body(request, offset, n)
            await self._requests.take(1)
            if self._settings.tokens_per_minute is not None:
                await self._tokens.take(self._weight(request))
            gathered = StreamedReply()
            try:
                async with asyncio.timeout(self._settings.timeout):
                    reply = await self._reply(body, gathered)
                self.max_n = n if n < wanted else self.max_n
                return completions(reply, self._settings.most_used(replace(request, n=n)))
            except APIStatusError as error:
                if self._drop(error, body):
                    continue
                if error.status_code not in BAD_REQUEST or n == 1:
                    raise await self._failure(error) from None
                n //= 2  # it may be too many at a time
            except asyncio.CancelledError:
                used, counted = gathered.used
                raise CallCancelled(used, counted=counted) from None
            except (APITimeoutError, TimeoutError):
                message = f"no answer from {where} within {self._settings.timeout:g} s; raise the timeout, or try a smaller batch"
                raise TransientError(message, "timeout") from None
            except APIConnectionError as error:
                message = f"cannot reach {where}: is the server running, and is the base URL right? ({error.__cause__ or error})"
                raise TransientError(self._clean(message), "connection") from None
            except (
                APIError,
                ModelError,
                json.JSONDecodeError,
                AttributeError,
                TypeError,
                ValueError,
            ) as error:
                message = (
                    f"{where} sent something that is no completion: {type(error).__name__}: {error}"
                )
                raise TransientError(self._clean(message), "malformed reply") from None

    async def _reply(self, body: Mapping[str, Any], gathered: StreamedReply) -> Any:
        """The server's reply; one that comes in pieces is `gathered`."""
        async with self._clients.one() as client:
            coming = await client.chat.completions.create(**body)
            if not body.get("stream"):
                return coming
            async with coming:
                return (await gathered.take(coming)).reply

    def _weight(self, request: Request) -> int:
        """Tokens of a request, estimated as four characters each, and what its responses may take."""
        return sum(len(m["content"]) for m in request.messages) // 4 + request.n * (
            self._settings.max_tokens or 0
        )

    def _body(self, request: Request, offset: int, n: int) -> dict[str, Any]:
        settings = self._settings
        body: dict[str, Any] = {"model": settings.model, "messages": list(request.messages)}
        limit = (
            "max_tokens" if "max_completion_tokens" in self._dropped else "max_completion_tokens"
        )
        optional = {
            "n": n if n > 1 else None,
            "temperature": settings.temperature,
            limit: settings.max_tokens,
            "seed": None
            if settings.seed is None
            else _spaced(settings.seed, request.query.id, request.index + offset),
            "logprobs": settings.logprobs or None,
            "stream": settings.stream or None,
            "stream_options": self._stream_options() if settings.stream else None,
            "extra_body": {
                name: value
                for name, value in settings.extra_body.items()
                if name not in self._dropped
            }
            or None,
        }
        return body | {
            k: v for k, v in optional.items() if v is not None and k not in self._dropped
        }

    def _stream_options(self) -> dict[str, bool]:
        """Usage with every piece, as vLLM gives it, or else with the last one."""
        return {
            "include_usage": True,
            **({} if EVERY_PIECE in self._dropped else {EVERY_PIECE: True}),
        }

    def _drop(self, error: "APIStatusError", body: Mapping[str, Any]) -> bool:
        """Whether the refusal names a field that was sent and can be left out; it is, from now on. Fields of the user's own go first."""
        if error.status_code not in BAD_REQUEST:
            return False
        text = str(error.body or error.message)
        for name in [*(body.get("extra_body") or {}), *DROPPABLE]:
            sent = (
                name in body
                or name in (body.get("extra_body") or {})
                or name in (body.get("stream_options") or {})
            )
            if sent and name in self._dropped and _names(text, name):
                return True  # another request has learned it meanwhile
            if sent and _names(text, name):
                if name == "n":
                    self.max_n = max(
                        (
                            int(most)
                            for most in re.findall(r"\d+", text)
                            if 1 < int(most) < body["n"]
                        ),
                        default=1,
                    )
                    if self.max_n > 1:
                        return True
                self._dropped.add(name)
                self._stats.dropped.append(name)
                return True
        return False

    async def _failure(self, error: "APIStatusError") -> ModelError:
        """What a refusal means, in one line that holds no key."""
        where, model, status = self._client.base_url, self._settings.model, error.status_code
        words = self._clean(said(error.body, error.message))
        if status in (401, 403) or (
            status < 500 and any(sign in words.lower() for sign in OF_A_KEY)
        ):
            return ModelUnavailable(
                f"{where} refused the key ({status}); set OPENAI_API_KEY to a valid one", status
            )
        if status == 404 or (status in BAD_REQUEST and "model" in words.lower() and model in words):
            return ModelUnavailable(
                f"{where} does not know the model {model!r} ({status}){await self._nearest()}",
                model,
            )
        if status == BUSY and "quota" in words.lower():
            return ModelUnavailable(f"{where} says that the quota is used up: {words}", status)
        message = f"{where} answered {status}: {words}"
        if status == BUSY:
            return TransientError(message, "rate limit", delay(error.response.headers))
        if status >= 500 or status in (408, 409):
            return TransientError(message, f"status {status}", delay(error.response.headers))
        return ModelError(message, status)

    async def _nearest(self) -> str:
        """A hint from the server's own list of models, where it has one."""
        try:
            async with asyncio.timeout(min(5.0, self._settings.timeout)):
                names = [m.id async for m in self._client.models.list()]
        except Exception:
            return ""
        near = get_close_matches(self._settings.model, names, n=1, cutoff=0.4) or names[:3]
        return f"; it has {', '.join(near)}" if near else ""

    def _clean(self, text: str) -> str:
        text = " ".join(text.split())[:300]
        return text.replace(self._client.api_key, "***") if self._client.api_key != NO_KEY else text


def _names(text: str, name: str) -> bool:
    """Whether a server's refusal is about the field of that name; a lone letter must stand in quotes or alone."""
    if len(name) > 1:
        return name in text
    return any(
        f"{a}{name}{b}" in text
        for a, b in (("'", "'"), ('"', '"'), ("`", "`"), ("", " = "), ("", "="))
    )


def _spaced(seed: int, query_id: str, index: int) -> int:
    """A seed in [0, 2**31) of its own for every request: neighbouring seeds repeat samples on servers that add choice numbers."""
    digest = sha256(f"{seed}/{query_id}/{index}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
