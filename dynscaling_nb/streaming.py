"""Questions that arrive one by one.

The questions that arrive while one batch is being answered are the next batch.
"""

import asyncio
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
)
from contextlib import aclosing, nullcontext
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


class Allowance:
    """The number of responses that the next batch of a stream may draw.

    Each query adds `each` to a shared balance. The rate `per_second` holds over the whole stream;
    at its start `each` responses are allowed at once.
    """

    def __init__(
        self,
        each: int,
        per_second: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._each = each
        self._per_second = per_second
        self._clock = clock
        self._sleep = sleep
        self._began = clock()
        self._balance = 0
        self._spent = 0

    async def budget(self, queries: int) -> int:
        """The budget of a batch of this many queries, after a wait if the rate needs one."""
        self._balance += self._each * queries
        budget = max(self._balance, queries)
        if self._per_second is None:
            return budget
        missing = queries + self._spent - self._allowed(self._per_second)
        if missing > 0:
            await self._sleep(missing / self._per_second)
        left = int(self._allowed(self._per_second)) - self._spent
        return min(budget, max(left, queries))

    def _allowed(self, rate: float) -> float:
        """Responses that the rate allows from the start until now."""
        return self._each + rate * (self._clock() - self._began)

    def spend(self, responses: int) -> None:
        """Count the responses of a batch."""
        self._balance -= responses
        self._spent += responses


async def stream(
    queries: AsyncIterable[Any] | Iterable[Any],
    *,
    each: int = 8,
    per_second: float | None = None,
    batch: int = 32,
    stop: str | StopRule | None = "flip-below",
    **options: Any,
) -> AsyncIterator[StreamedAnswer]:
    """Answer questions as they come: `async for answer in dn.stream(source, each=8): ...`.

    Answers come in the order of the questions. Raises `InputError` for a bad question when it
    arrives, and any error of the source.

    - `each`: responses that a question adds to a shared budget. A question that settles early
      (see `stop`) leaves the rest to later ones.
    - `per_second`: responses a second at most, with `each` more at the start.
    - `batch`: questions at most that are answered together, under one budget.
    - `options`: as for `arun`.
    """
    for name, value in (("each", each), ("batch", batch), ("per_second", per_second)):
        if value is not None:
            positive("questions" if name == "batch" else "responses")(name, value)
    arrivals: asyncio.Queue[Query | None] = asyncio.Queue(maxsize=batch)
    feeding = asyncio.get_running_loop().create_task(_feed(queries, arrivals))
    allowance = Allowance(each, per_second)
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
        await asyncio.wait([feeding])  # the source is closed by then


async def _feed(
    queries: AsyncIterable[Any] | Iterable[Any], arrivals: asyncio.Queue[Query | None]
) -> None:
    """Hand the queries over as they come, and None after the last one. Closes a generator."""
    source = aclosing(queries) if isinstance(queries, AsyncGenerator) else nullcontext()
    try:
        async with source:
            place = 0
            async for item in _each(queries):
                place += 1
                await arrivals.put(as_query(item, place))
    except Exception:
        await arrivals.put(None)
        raise
    await arrivals.put(None)  # not after a cancellation: then nobody reads any more


async def _each(queries: AsyncIterable[Any] | Iterable[Any]) -> AsyncIterator[Any]:
    """The items of either kind of iterable."""
    if isinstance(queries, AsyncIterable):
        async for item in queries:
            yield item
    else:
        for item in queries:
            yield item


async def _batch(arrivals: asyncio.Queue[Query | None], limit: int) -> list[Query]:
    """The waiting queries, at least one and at most `limit`; [] after the last one."""
    batch: list[Query] = []
    while len(batch) < limit and not (batch and arrivals.empty()):
        query = await arrivals.get()
        if query is None:
            arrivals.put_nowait(None)
            break
        batch.append(query)
        await asyncio.sleep(0)  # so that a source which is ready hands over the next one
    return batch
