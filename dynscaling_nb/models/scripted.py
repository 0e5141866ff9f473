"""A fake model for tests, documentation and rehearsals: its responses follow a script."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from dynscaling_nb.errors import Exhausted, UnknownName
from dynscaling_nb.models.base import Model, Sampler
from dynscaling_nb.questions import entry_of
from dynscaling_nb.records import Completion, Query, Request, Usage

Line = str | Completion | Exception
Script = Callable[[Request], Line] | Mapping[str, Sequence[Line]]


class ScriptedModel(Model, Sampler):
    """A model whose responses come from a script.

    An exception in place of a text is raised. A `Completion` is handed on as it is.

    `requests` holds all requests in order, `peak` the highest number in flight at once.

    Args:
        script: a function of the request, or the texts of each query in order, by its id or text.
        delay: seconds of every request.
        max_n: completions that one request may ask for.
    """

    name = "scripted"

    def __init__(self, script: Script, *, delay: float = 0.0, max_n: int = 1) -> None:
        self.script = script
        self.delay = delay
        self.requests: list[Request] = []
        self.peak = 0
        self._max_n = max_n
        self._in_flight = 0

    @property
    def max_n(self) -> int:
        """Completions that one request may ask for."""
        return self._max_n

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `UnknownName` for a query that a script of lists leaves out."""
        if callable(self.script):
            return
        for query in queries:
            if entry_of(self.script, query) is None:
                raise UnknownName("question of the script", query.id, self.script)

    def bound(self, request: Request) -> Usage:
        """One token of prompt and one of text for each completion."""
        return Usage(request.n, request.n)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ScriptedModel"]:
        """The model itself: it has no connections."""
        yield self

    async def generate(self, request: Request) -> list[Completion]:
        """The script's responses, `request.n` of them."""
        self.requests.append(request)
        self._in_flight += 1
        self.peak = max(self.peak, self._in_flight)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self._in_flight -= 1
        return [self._completion(request, i) for i in range(request.n)]

    def _completion(self, request: Request, offset: int) -> Completion:
        line = self.script(request) if callable(self.script) else self._listed(request, offset)
        if isinstance(line, Exception):
            raise line
        if isinstance(line, Completion):
            return line
        return Completion(line, usage=Usage(1, 1, int(offset == 0)))

    def _listed(self, request: Request, offset: int) -> Line:
        """The text of a response by its number, for a script of lists."""
        assert not callable(self.script)
        texts, index = entry_of(self.script, request.query) or (), request.index + offset
        if index >= len(texts):
            return Exhausted(f"no text {index} for question {request.query.id!r}", index)
        return texts[index]
