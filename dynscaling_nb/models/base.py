"""The protocol of a model: settings that can be opened, for the length of one run, into something that generates."""

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from dynscaling_nb.errors import InputError, ModelError
from dynscaling_nb.records import Completion, Query, Request


class Sampler(Protocol):
    """An open model. `most` is how many completions one request may ask for, as far as is known by now."""

    @property
    def most(self) -> int: ...  # noqa: D102

    async def generate(self, request: Request) -> Sequence[Completion]:
        """`request.n` completions. Raises `ModelError` where the call failed, `ModelUnavailable` where all further ones would."""
        ...


class Model(Protocol):
    """A model and its settings. `name` is shown to people; it holds no secret."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` for a query that the model cannot take, before anything is drawn."""
        ...

    def open(self) -> AbstractAsyncContextManager[Sampler]:
        """A sampler for one run; connections live inside it and are closed with it."""
        ...


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
