"""What a model is: settings that are opened, for the length of one run, into a sampler that generates.

A new provider is two small classes. Everything but `check`, `open` and `generate` has a default that works.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from dynscaling_nb.errors import InputError, ModelError
from dynscaling_nb.records import Completion, Query, Request, Usage


@dataclass
class ServerStats:
    """What happened between a run and its server.

    `failed`: attempts by kind of failure. `dropped`: request fields the server refused. `lost`: servers that stopped answering. `paused`:
    seconds waited in total, added up over requests. `fewest`: lowest number of requests that were allowed at once.
    """

    failed: Counter[str] = field(default_factory=Counter)
    dropped: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    paused: float = 0.0
    fewest: int | None = None


class CallCancelled(asyncio.CancelledError):
    """A call that was cancelled in flight, and what it had `used`; `counted` says whether its server counted that, or it is a guess."""

    def __init__(self, used: Usage, *, counted: bool) -> None:
        super().__init__()
        self.used = used
        self.counted = counted


class Sampler(ABC):
    """An open model. `max_n` is how many completions one request may ask for, as far as is known by now."""

    max_n: int = 1

    @abstractmethod
    async def generate(self, request: Request) -> Sequence[Completion]:
        """`request.n` completions.

        Raises `ModelError` where the call failed and `ModelUnavailable` where all further ones would too. One that is cancelled may raise
        `CallCancelled`, to say what it has used.
        """

    def capacity(self, limit: int) -> int:
        """Requests that may be in flight for now, at most `limit`."""
        return limit

    @property
    def stats(self) -> ServerStats | None:
        """What happened at the server; None where there is none."""
        return None


class Model(ABC):
    """A model and its settings. `name` is shown to people; it holds no secret."""

    name: str
    is_paid: bool = False  # whether responses cost money or time: they are then stored by default
    max_tokens: int | None = None  # that a response may take, where there is a limit

    @abstractmethod
    def open(self) -> AbstractAsyncContextManager[Sampler]:
        """A sampler for one run; connections live inside it and are closed with it."""

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` for a query that the model cannot take, before anything is drawn."""

    def bound(self, request: Request) -> Usage:
        """The most tokens that one attempt of a request can use. Raises `InputError` where that is not known."""
        raise InputError(
            f"a limit in tokens or money needs a model with a method `bound`, which {self.name!r} has not",
            self.name,
        )

    @property
    def identity(self) -> Any:
        """What its answers depend on, as plain values without anything secret; runs of equal ones can share responses."""
        return self.name


@dataclass(frozen=True)
class Outcome:
    """What became of one request, in so many seconds: completions, or the error in their place."""

    request: Request
    completions: tuple[Completion, ...]
    error: ModelError | InputError | None
    seconds: float


async def attempt(sampler: Sampler, request: Request) -> Outcome:
    """Send a request. A failure of the model is data; a bug keeps its traceback."""
    began = time.perf_counter()
    error: ModelError | InputError | None = None
    completions: Sequence[Completion] = ()
    try:
        completions = await sampler.generate(request)
    except (ModelError, InputError) as failure:
        error = failure
    return Outcome(request, tuple(completions), error, time.perf_counter() - began)
