"""A pool of HTTP clients for one server.

One client's overhead per request grows with its connections. So a new client is opened for every 32
requests in flight.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI

REQUESTS_PER_CLIENT = 32  # in flight


class ClientPool:
    """Clients built by `make` as they are needed, and closed with `stack`.

    `first` is the client that always exists. All clients have its address and its key.
    """

    def __init__(self, make: "Callable[[], AsyncOpenAI]", stack: AsyncExitStack) -> None:
        self._make = make
        self._stack = stack
        self._clients: list[AsyncOpenAI] = []
        self._loads: list[int] = []  # requests in flight of each client
        self.first = self._add()

    def _add(self) -> "AsyncOpenAI":
        client = self._make()
        self._stack.push_async_callback(client.close)
        self._clients.append(client)
        self._loads.append(0)
        return client

    @asynccontextmanager
    async def borrow(self) -> "AsyncIterator[AsyncOpenAI]":
        """The client with the fewest requests in flight, for one more request."""
        place = self._loads.index(min(self._loads))
        if self._loads[place] >= REQUESTS_PER_CLIENT:
            self._add()
            place = len(self._loads) - 1
        self._loads[place] += 1
        try:
            yield self._clients[place]
        finally:
            self._loads[place] -= 1
