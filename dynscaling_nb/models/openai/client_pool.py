"""A pool of HTTP clients for one server.

One client of httpx takes longer for each request the more connections it has. So a new client is
opened for every so many requests in flight. One client of aiohttp is enough.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class ClientPool:
    """Clients built by `make` as they are needed, and closed with `stack`.

    `first` is the client that always exists. All clients have its address and its key. Each takes
    `requests_per_client` in flight; None is no limit.
    """

    def __init__(
        self,
        make: "Callable[[], AsyncOpenAI]",
        stack: AsyncExitStack,
        requests_per_client: int | None,
    ) -> None:
        self._make = make
        self._stack = stack
        self._most = requests_per_client
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
        if self._most is not None and self._loads[place] >= self._most:
            self._add()
            place = len(self._loads) - 1
        self._loads[place] += 1
        try:
            yield self._clients[place]
        finally:
            self._loads[place] -= 1
