"""The protocol of a model: settings that can be opened, for the length of one run, into something that generates."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

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
