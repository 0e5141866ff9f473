"""As many clients of one server as keep each one small: what a client's pool of connections costs a request grows with its connections."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI

EACH = 32  # requests in flight of one client, before another one is opened


class ClientPool:
    """ClientPool that `make` makes, closed with `stack`. `first` tells what all have in common: address and key."""

    def __init__(self, make: "Callable[[], AsyncOpenAI]", stack: AsyncExitStack) -> None:
        self._make = make
        self._stack = stack
        self._clients: list[AsyncOpenAI] = []
        self._load: list[int] = []
        self.first = self._another()

    def _another(self) -> "AsyncOpenAI":
        client = self._make()
        self._stack.push_async_callback(client.close)
        self._clients.append(client)
        self._load.append(0)
        return client

    @asynccontextmanager
    async def one(self) -> "AsyncIterator[AsyncOpenAI]":
        """The one with the fewest requests in flight, for one more."""
        place = self._load.index(min(self._load))
        if self._load[place] >= EACH:
            self._another()
            place = -1 % len(self._load)
        self._load[place] += 1
        try:
            yield self._clients[place]
        finally:
            self._load[place] -= 1
