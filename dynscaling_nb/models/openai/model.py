"""Any OpenAI-compatible server, through the openai client.

Servers differ. A field that a server refuses (`n`, `seed`, `max_tokens`, `temperature` ...) is left
out and not sent to that model again.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.base import Model, Sampler, ServerStats
from dynscaling_nb.models.openai.addresses import KEY_NAMES, OPENAI, Address
from dynscaling_nb.models.openai.client_pool import ClientPool
from dynscaling_nb.models.openai.connection import Connection
from dynscaling_nb.models.openai.load_balancer import LoadBalancer
from dynscaling_nb.models.openai.secrets import hides, masked_logs
from dynscaling_nb.models.openai.session import Pace, Session
from dynscaling_nb.models.openai.settings import OpenAISettings
from dynscaling_nb.models.openai.throttle import Clock, RateLimit, Sleep
from dynscaling_nb.records import Query, Request, Usage


@hides("base_url", "api_key", "headers", "default_query")
@dataclass(frozen=True, repr=False)
class OpenAIModel(OpenAISettings, Model):
    """A model behind an OpenAI-compatible address.

    A request whose failure may pass is repeated up to `max_retries` times. After a rate limit it is
    repeated without such a limit. The server says how long to pause, or else the pause doubles.

    Args:
        model: the model's name on its server.
        base_url: the address up to and with `/v1`; None takes `OPENAI_BASE_URL` from the
            environment, else OpenAI's own. Several addresses, in a list or with commas between, are
            servers of the same model; see `LoadBalancer`.
        api_key: the key; None takes `OPENAI_API_KEY` from the environment. It is shown nowhere.
        temperature: of sampling, the server's default if None.
        max_tokens: the most tokens of one response, the server's default if None.
        timeout: seconds of one attempt; in a stream, of the longest silence.
        max_retries: repeats of one request.
        seed: each request sends a seed of its own derived from this one; None sends none.
        max_n: completions that one request may ask for.
        logprobs: ask for the log-probabilities of tokens.
        stream: receive responses in pieces, so that the usage of a cancelled call is known.
        request_deadline: seconds of one request with its repeats, None for no limit.
        give_up_after: seconds without any answer after which the run ends.
        requests_per_minute: requests sent in any minute, at most.
        tokens_per_minute: tokens in any minute, at most; estimated before a request is sent.
        extra_body: further fields of a request's body.
        headers: further headers of every request, for a gateway; they are shown nowhere.
        default_query: parameters in the address of every request, such as Azure's `api-version`.
        reasoning_effort: of a thinking model, such as `low`, the server's default if None.
    """

    is_paid = True

    @property
    def identity(self) -> dict[str, Any]:
        """The settings that its responses depend on: address, name and sampling; no secrets."""
        parts = [urlsplit(url) for url in sorted(server.url for server in self.servers)]
        hosts = [f"{part.hostname or ''}:{part.port or ''}{part.path}" for part in parts]
        query = {n: v for n, v in self.default_query.items() if not KEY_NAMES.search(n)}
        return {
            "model": self.model,
            "host": ",".join(hosts),
            "query": _digest(query),
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "reasoning_effort": self.reasoning_effort,
            "extra": _digest(self.extra_body),
        }

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` if the way to a server cannot be used, or if OpenAI's lacks a key."""
        for server in self.servers:
            Connection.to(self, server)
        own = any(name.lower() == "authorization" for name in self.headers)
        if self.key or own or self.servers != (Address(OPENAI),):
            return
        near = get_close_matches(self.model, ["abacus"], cutoff=0.6)
        hint = f"; did you mean {near[0]!r}, the embedded model?" if near else ""
        raise InputError(
            f"model {self.model!r} needs a key: set OPENAI_API_KEY in the environment, "
            f"or give the base URL of a server that wants none{hint}",
            self.model,
        )

    def bound(self, request: Request) -> Usage:
        """The most tokens that one attempt can use. Raises `InputError` without `max_tokens`."""
        if self.max_tokens is None:
            raise InputError(
                f"token_limit and cost_limit need OpenAIModel({self.model!r}, max_tokens=...), "
                "the most tokens of a response"
            )
        return self.most_used(request)

    @asynccontextmanager
    async def open(
        self, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> AsyncIterator[Sampler]:
        """A session for each server, their connections closed with the context.

        `clock` and `sleep` are for tests, which do not wait.
        """
        stats = ServerStats()
        pace = Pace(
            RateLimit(self.requests_per_minute, clock=clock, sleep=sleep),
            RateLimit(self.tokens_per_minute, clock=clock, sleep=sleep),
            clock,
            sleep,
        )
        async with AsyncExitStack() as stack:
            stack.enter_context(masked_logs(self.mask))
            sessions = {}
            for server in self.servers:
                connection = Connection.to(self, server)
                clients = ClientPool(connection.client, stack, connection.requests_per_client)
                sessions[server.url] = Session(self, clients, stats, pace)
            if len(sessions) == 1:
                yield next(iter(sessions.values()))
            else:
                yield LoadBalancer(sessions, stats, clock=clock)


def _digest(values: Mapping[str, Any]) -> str | None:
    """A hash of these values, None if there are none."""
    text = json.dumps(dict(values), sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest() if values else None
