"""Any OpenAI-compatible server, through the openai client; its retries, its timeouts, its connections.

Servers differ: what one refuses (`n`, `seed`, `max_completion_tokens`, `temperature`) is dropped and not sent again in that run.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dynscaling_nb.errors import InputError, ModelError, ModelUnavailable
from dynscaling_nb.records import Completion, Query, Request, Usage

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

NO_KEY = "none"  # a placeholder for servers that want no key; an empty one raises in the client
BAD_REQUEST = (400, 422)
DROPPABLE = ("seed", "logprobs", "n", "temperature", "max_completion_tokens")


@dataclass(frozen=True)
class OpenAIModel:
    """A model behind an OpenAI-compatible address.

    `base_url` is the address up to and with `/v1`, OpenAI's own if None. The key comes from `api_key` or the environment
    (`OPENAI_API_KEY`) and is shown nowhere. `temperature` and `max_tokens` are the server's own if None; `timeout` is in seconds, a
    request; `retries` are the client's, with backoff. With `seed`, each request sends a seed of its own derived from it.
    `most` is how many completions one request may ask for, `logprobs` asks for the log-probabilities of tokens, `extra` holds further fields
    of the request's body.
    """

    model: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False, compare=False)
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float = 60.0
    retries: int = 4
    seed: int | None = None
    most: int = 8
    logprobs: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.timeout > 0:
            raise InputError(f"timeout must be a positive number of seconds, got {self.timeout}", self.timeout)
        if self.base_url is not None and not self.base_url.startswith(("http://", "https://")):
            raise InputError(f"base URL must begin with http:// or https://, got {self.base_url!r}", self.base_url)

    @property
    def name(self) -> str:
        """The model's name on its server."""
        return self.model

    def check(self, queries: Sequence[Query]) -> None:  # noqa: ARG002
        """Raise `InputError` where OpenAI's own address would be called without a key."""
        if not (self._key or self.base_url or os.environ.get("OPENAI_BASE_URL")):
            near = get_close_matches(self.model, ["abacus"], cutoff=0.6)
            hint = f"; did you mean {near[0]!r}, the embedded model?" if near else ""
            message = (
                f"model {self.model!r} needs a key: set OPENAI_API_KEY in the environment, or give the base URL "
                f"of a server that wants none{hint}"
            )
            raise InputError(message, self.model)

    @property
    def _key(self) -> str | None:
        return self.api_key or os.environ.get("OPENAI_API_KEY") or None

    @asynccontextmanager
    async def open(self) -> AsyncIterator["_Session"]:
        """A client on the running loop, its connections reused within the run and closed after it."""
        from openai import AsyncOpenAI  # noqa: PLC0415  half a second, paid by those who use it

        client = AsyncOpenAI(base_url=self.base_url, api_key=self._key or NO_KEY, timeout=self.timeout, max_retries=self.retries)
        async with client:
            yield _Session(self, client)


class _Session:
    """One run's client and what it has learned of its server."""

    def __init__(self, settings: OpenAIModel, client: "AsyncOpenAI") -> None:
        self.most = settings.most
        self._settings = settings
        self._client = client
        self._dropped: set[str] = set()
        self._answered = False

    async def generate(self, request: Request) -> list[Completion]:
        """As many completions as asked for, in further requests where the server gives fewer at a time."""
        found: list[Completion] = []
        while len(found) < request.n:
            wanted = min(request.n - len(found), self.most)
            completions = await self._call(request, len(found), wanted)
            if len(completions) < wanted:
                self.most = max(1, len(completions))
            found += completions[: request.n - len(found)]
        return found

    async def _call(self, request: Request, offset: int, n: int) -> list[Completion]:
        from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError  # noqa: PLC0415

        where = self._client.base_url
        while True:
            n = min(n, self.most)
            try:
                async with asyncio.timeout(None if self._answered else self._settings.timeout):
                    reply = await self._client.chat.completions.with_raw_response.create(**self._body(request, offset, n))
                self._answered = True
                return _completions(reply.parse(), reply.retries_taken)
            except APIStatusError as error:
                self._answered = True
                if not self._drop(error):
                    raise await self._failure(error) from None
            except (APITimeoutError, TimeoutError):
                message = f"no answer from {where} within {self._settings.timeout:g} s; raise the timeout, or try a smaller batch"
                raise (ModelError if self._answered else ModelUnavailable)(message, str(where)) from None
            except APIConnectionError as error:
                message = f"cannot reach {where}: is the server running, and is the base URL right? ({error.__cause__ or error})"
                raise ModelUnavailable(self._clean(message), str(where)) from None
            except (APIError, json.JSONDecodeError, AttributeError, TypeError) as error:
                message = f"{where} sent something that is no completion: {type(error).__name__}: {error}"
                raise ModelError(self._clean(message), str(where)) from None

    def _body(self, request: Request, offset: int, n: int) -> dict[str, Any]:
        settings = self._settings
        body: dict[str, Any] = {"model": settings.model, "messages": list(request.messages)}
        limit = "max_tokens" if "max_completion_tokens" in self._dropped else "max_completion_tokens"
        optional = {
            "n": n if n > 1 else None,
            "temperature": settings.temperature,
            limit: settings.max_tokens,
            "seed": None if settings.seed is None else _spaced(settings.seed, request.query.id, request.index + offset),
            "logprobs": settings.logprobs or None,
            "extra_body": dict(settings.extra) or None,
        }
        return body | {k: v for k, v in optional.items() if v is not None and k not in self._dropped}

    def _drop(self, error: "APIStatusError") -> bool:
        """Whether the refusal names a field that can be left out; it is, from now on."""
        if error.status_code not in BAD_REQUEST:
            return False
        text = str(error.body or error.message)
        sent = {"n": self.most > 1, "seed": self._settings.seed is not None}
        sent |= {"logprobs": self._settings.logprobs}
        sent |= {"temperature": self._settings.temperature is not None}
        sent |= {"max_completion_tokens": self._settings.max_tokens is not None}
        for name in DROPPABLE:
            if sent.get(name) and name not in self._dropped and _names(text, name):
                if name == "n":
                    self.most = 1
                self._dropped.add(name)
                return True
        return False

    async def _failure(self, error: "APIStatusError") -> ModelError:
        """What a refusal means, in one line that holds no key."""
        where, model, status = self._client.base_url, self._settings.model, error.status_code
        said = self._clean(_said(error))
        if status in (401, 403) or "api key" in said.lower() or "api_key" in said.lower():
            return ModelUnavailable(f"{where} refused the key ({status}); set OPENAI_API_KEY to a valid one", status)
        if status == 404 or (status in BAD_REQUEST and "model" in said.lower() and model in said):  # noqa: PLR2004
            return ModelUnavailable(f"{where} does not know the model {model!r} ({status}){await self._nearest()}", model)
        if status == 429 and "quota" in said.lower():  # noqa: PLR2004
            return ModelUnavailable(f"{where} says that the quota is used up: {said}", status)
        return ModelError(f"{where} answered {status}: {said}", status)

    async def _nearest(self) -> str:
        """A hint from the server's own list of models, where it has one."""
        try:
            async with asyncio.timeout(min(5.0, self._settings.timeout)):
                names = [m.id async for m in self._client.with_options(max_retries=0).models.list()]
        except Exception:  # noqa: BLE001  a hint is not worth a second failure
            return ""
        near = get_close_matches(self._settings.model, names, n=1, cutoff=0.4) or names[:3]
        return f"; it has {', '.join(near)}" if near else ""

    def _clean(self, text: str) -> str:
        text = " ".join(text.split())[:300]
        return text.replace(self._client.api_key, "***") if self._client.api_key != NO_KEY else text


def _said(error: "APIStatusError") -> str:
    body = error.body
    if isinstance(body, Mapping):
        body = body.get("message") or body.get("detail") or body
    return str(body or error.message)


def _names(text: str, name: str) -> bool:
    """Whether a server's refusal is about the field of that name; a lone letter must stand in quotes or alone."""
    if len(name) > 1:
        return name in text
    return any(f"{a}{name}{b}" in text for a, b in (("'", "'"), ('"', '"'), ("`", "`"), ("", " = "), ("", "=")))


def _spaced(seed: int, query_id: str, index: int) -> int:
    """A seed in [0, 2**31) of its own for every request: neighbouring seeds repeat samples on servers that add choice numbers."""
    digest = sha256(f"{seed}/{query_id}/{index}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def _completions(body: Any, retries: int) -> list[Completion]:
    choices = body.choices
    if not choices:
        raise TypeError("a reply without choices")
    usage = body.usage
    prompt_tokens = (usage and usage.prompt_tokens) or 0
    share, rest = divmod((usage and usage.completion_tokens) or 0, len(choices))
    first, others = Usage(prompt_tokens, requests=1 + retries, retries=retries), Usage()
    return [_completion(choice, (others if i else first) + Usage(completion_tokens=share + (i < rest))) for i, choice in enumerate(choices)]


def _completion(choice: Any, usage: Usage) -> Completion:
    message = choice.message
    text = message.content or getattr(message, "refusal", None) or ""
    thoughts = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None) or ""
    if not thoughts and "<think>" in text:
        before, _, rest = text.partition("<think>")
        thoughts, _, after = rest.partition("</think>")
        text = (before + after).strip()
    elif not thoughts and "</think>" in text:
        thoughts, _, text = text.partition("</think>")
    return Completion(str(text).strip(), str(thoughts).strip(), choice.finish_reason or "stop", usage, _logprob(choice))


def _logprob(choice: Any) -> float | None:
    """The mean log-probability of a choice's tokens, in nats; None where the server gives none."""
    tokens = getattr(getattr(choice, "logprobs", None), "content", None) or []
    found = [token.logprob for token in tokens if isinstance(token.logprob, int | float)]
    return sum(found) / len(found) if found else None
