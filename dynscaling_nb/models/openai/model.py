"""Any OpenAI-compatible server, through the openai client.

Servers differ. A field that a server refuses (`n`, `seed`, `max_tokens`, `temperature` ...) is left
out and not sent to that model again.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.base import Model, ServerStats
from dynscaling_nb.models.openai.client_pool import ClientPool
from dynscaling_nb.models.openai.exchange import NO_KEY
from dynscaling_nb.models.openai.load_balancer import LoadBalancer
from dynscaling_nb.models.openai.session import Pace, Session
from dynscaling_nb.models.openai.settings import OpenAISettings
from dynscaling_nb.models.openai.throttle import Clock, RateLimit, Sleep
from dynscaling_nb.records import Query, Request, Usage


@dataclass(frozen=True)
class OpenAIModel(OpenAISettings, Model):
    """A model behind an OpenAI-compatible address.

    A request whose failure may pass is repeated up to `max_retries` times. After a rate limit it is
    repeated without such a limit. The server says how long to pause, or else the pause doubles.

    Args:
        model: the model's name on its server.
        base_url: the address up to and with `/v1`, OpenAI's own if None. Several addresses, in a
            list or with commas between, are servers of the same model; see `LoadBalancer`.
        api_key: the key; None takes `OPENAI_API_KEY` from the environment. It is shown nowhere.
        temperature: of sampling, the server's default if None.
        max_tokens: the most tokens of one response, the server's default if None.
        timeout: seconds of one attempt.
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
    """

    is_paid = True

    @property
    def identity(self) -> dict[str, Any]:
        """The settings that its responses depend on: address, name and sampling; no secrets."""
        default = os.environ.get("OPENAI_BASE_URL") or ""
        parts = [urlsplit(address) for address in sorted(self.addresses) or [default]]
        hosts = [f"{part.hostname or ''}:{part.port or ''}{part.path}" for part in parts]
        extra = json.dumps(dict(self.extra_body), sort_keys=True, default=str)
        return {
            "model": self.model,
            "host": ",".join(hosts),
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "extra": sha256(extra.encode()).hexdigest() if self.extra_body else None,
        }

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` if OpenAI's own address would be called without a key."""
        if self.key or self.base_url or os.environ.get("OPENAI_BASE_URL"):
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
    ) -> AsyncIterator[Session | LoadBalancer]:
        """A session for each server, their connections closed with the context.

        `clock` and `sleep` are for tests, which do not wait.
        """
        from openai import AsyncOpenAI

        stats = ServerStats()
        pace = Pace(
            RateLimit(self.requests_per_minute, clock=clock, sleep=sleep),
            RateLimit(self.tokens_per_minute, clock=clock, sleep=sleep),
            clock,
            sleep,
        )
        async with AsyncExitStack() as stack:
            sessions = {}
            for address in self.addresses or (None,):
                make = partial(
                    AsyncOpenAI,
                    base_url=address,
                    api_key=self.key or NO_KEY,
                    timeout=self.timeout,
                    default_headers=dict(self.headers),
                    max_retries=0,  # the session repeats, by its own rules
                )
                sessions[str(address)] = Session(self, ClientPool(make, stack), stats, pace)
            if len(sessions) == 1:
                yield next(iter(sessions.values()))
            else:
                yield LoadBalancer(sessions, stats, clock=clock)
