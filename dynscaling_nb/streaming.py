"""Questions that arrive one by one: those that came while the last ones were answered are the
next batch.
"""

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dynscaling_nb.api import arun
from dynscaling_nb.bandit.stopping import StopRule
from dynscaling_nb.declaration import positive
from dynscaling_nb.inputs import as_query
from dynscaling_nb.records import Query


@dataclass(frozen=True)
class StreamedAnswer:
    """The answer to a query of a stream.

    `confidence` in [0, 1] is how sure the vote is; `pulls` is the number of responses.
    """

    query: Query
    answer: str | None
    confidence: float
    pulls: int


@dataclass
class _Allowance:
    """How many responses the next batch may draw.

    Each query adds `each` to a shared `balance`; the rate of `per_second` holds over the whole
    stream, with `each` responses at once at its start.
    """

    each: int
    per_second: float | None
    clock: Callable[[], float]
    began: float
    balance: int = 0
    spent: int = 0

    async def budget(self, queries: int) -> int:
        """The budget of a batch of so many queries, after a wait where the rate asks for one."""
        self.balance += self.each * queries
        budget = max(self.balance, queries)
        if self.per_second is None:
            return budget
        missing = queries + self.spent - self._allowed(self.per_second)
        await asyncio.sleep(max(missing / self.per_second, 0))
        left = int(self._allowed(self.per_second)) - self.spent
        return min(budget, max(left, queries))

    def _allowed(self, rate: float) -> float:
        return self.each + rate * (self.clock() - self.began)

    def spend(self, responses: int) -> None:
        """Count the responses of a batch."""
        self.balance -= responses
        self.spent += responses


async def stream(
    queries: AsyncIterable[Any] | Iterable[Any],
    *,
    each: int = 8,
    per_second: float | None = None,
    batch: int = 32,
    stop: str | StopRule | None = "flip-below",
    **options: Any,
) -> AsyncIterator[StreamedAnswer]:
    """Answer questions as they come, in the order of their arrival: `async for answer in
    dn.stream(source, each=8): ...`.

    Each question adds `each` responses to a shared budget. What questions that settled early (see
    `stop`) leave unspent goes to later ones. With `per_second` no more than that many responses a
    second are drawn, and `each` at the start. Up to `batch` questions that arrived meanwhile are
    answered together, under one budget. Further `options` are those of `arun`. Raises `InputError`
    for a bad question when it arrives, and what the source raises.
    """
    for name, value in (("each", each), ("batch", batch), ("per_second", per_second)):
        if value is not None:
            positive("questions" if name == "batch" else "responses")(name, value)
    arrivals: asyncio.Queue[Query | None] = asyncio.Queue(maxsize=batch)
    feeding = asyncio.get_running_loop().create_task(_feed(queries, arrivals))
    allowance = _Allowance(each, per_second, time.monotonic, time.monotonic())
    try:
        while together := await _batch(arrivals, batch):
            budget = await allowance.budget(len(together))
            result = await arun(together, budget=budget, stop=stop, **options)
            allowance.spend(result.spent)
            rows = zip(result.queries, result.answers, result.confidence, result.pulls, strict=True)
            for row in rows:
                yield StreamedAnswer(*row)
        await feeding
    finally:
        feeding.cancel()


async def _feed(
    queries: AsyncIterable[Any] | Iterable[Any], arrivals: asyncio.Queue[Query | None]
) -> None:
    """Hand the queries over as they come, and None after the last one."""
    place = 0
    try:
        if isinstance(queries, AsyncIterable):
            async for item in queries:
                place += 1
                await arrivals.put(as_query(item, place))
        else:
            for place, item in enumerate(queries, start=1):
                await arrivals.put(as_query(item, place))
    finally:
        await arrivals.put(None)


async def _batch(arrivals: asyncio.Queue[Query | None], limit: int) -> list[Query]:
    """The queries that are there, at least one and at most `limit`; none after the last one."""
    batch: list[Query] = []
    while len(batch) < limit and not (batch and arrivals.empty()):
        query = await arrivals.get()
        if query is None:
            arrivals.put_nowait(None)
            break
        batch.append(query)
        await asyncio.sleep(0)  # so that a source which is ready hands over the next one
    return batch
