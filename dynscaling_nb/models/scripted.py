"""A fake for tests, documentation and rehearsals: says what a script says, after the delay that it is given."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from dynscaling_nb.errors import Exhausted
from dynscaling_nb.models.base import Model, Sampler
from dynscaling_nb.records import Completion, Request, Usage

Script = Callable[[Request], str | Exception] | Mapping[str, Sequence[str | Exception]]


class ScriptedModel(Model, Sampler):
    """Responses from a script: a function of the request, or the texts of each query id in order.

    An exception in place of a text is raised. `delay` is the seconds that a request takes; `max_n` how many completions one
    request may ask for. `requests` holds every request made, in order; `peak` the most that were in flight at once.
    """

    name = "scripted"

    def __init__(self, script: Script, *, delay: float = 0.0, max_n: int = 1) -> None:
        self.script = script
        self.delay = delay
        self.max_n = max_n
        self.requests: list[Request] = []
        self.peak = 0
        self._in_flight = 0

    def bound(self, request: Request) -> Usage:
        """One token in and one out for each completion."""
        return Usage(request.n, request.n)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ScriptedModel"]:
        """Itself: there is nothing to connect to."""
        yield self

    async def generate(self, request: Request) -> list[Completion]:
        """What the script says, `request.n` times."""
        self.requests.append(request)
        self._in_flight += 1
        self.peak = max(self.peak, self._in_flight)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self._in_flight -= 1
        return [
            Completion(self._say(request, i), usage=Usage(1, 1, int(i == 0)))
            for i in range(request.n)
        ]

    def _say(self, request: Request, offset: int) -> str:
        if callable(self.script):
            said = self.script(request)
        else:
            texts = self.script[request.query.id]
            at = request.index + offset
            said = (
                texts[at]
                if at < len(texts)
                else Exhausted(f"no text {at} for query {request.query.id!r}", at)
            )
        if isinstance(said, Exception):
            raise said
        return said
