"""Queries that arrive one by one: what has arrived while the last ones were answered is the next batch."""

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from dynscaling_nb.api import arun
from dynscaling_nb.bandit.stopping import StopRule
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import as_query
from dynscaling_nb.records import Query


@dataclass(frozen=True)
class Answered:
    """A query of a stream, what it came to, how sure the vote is, in [0, 1], and how many responses it got."""

    query: Query
    answer: str | None
    confidence: float
    pulls: int


async def stream(
    queries: AsyncIterable[Any] | Iterable[Any],
    *,
    each: int = 8,
    per_second: float | None = None,
    most: int = 32,
    stop: str | StopRule | None = "flip-below",
    **options: Any,
) -> AsyncIterator[Answered]:
    """Answer queries as they come: `async for found in dn.stream(source, each=8): ...`, in the order of their arrival.

    Every arrival adds `each` responses to a common purse; what queries that settled early (see `stop` of `arun`) leave of it is there for
    later ones. With `per_second` no more than so many responses a second are drawn, and `each` at the start. Up to `most` queries that
    have arrived meanwhile are answered together, as a batch under one budget. Further `options` are those of `arun`. Raises
    `InputError` for a bad query when it arrives, and what the source raises.
    """
    for name, value in (("each", each), ("most", most), ("per_second", per_second)):
        if value is not None and not value > 0:
            raise InputError(f"{name} must be a positive number, got {value}", value)
    arrived: asyncio.Queue[Query | None] = asyncio.Queue(maxsize=most)
    feeding = asyncio.get_running_loop().create_task(_feed(queries, arrived))
    purse, spent, began = 0, 0, time.monotonic()
    try:
        while batch := await _batch(arrived, most):
            purse += each * len(batch)
            budget = max(purse, len(batch))
            if per_second is not None:
                missing = len(batch) + spent - each - per_second * (time.monotonic() - began)
                await asyncio.sleep(max(missing / per_second, 0))
                allowed = each + int(per_second * (time.monotonic() - began)) - spent
                budget = min(budget, max(allowed, len(batch)))
            result = await arun(batch, budget=budget, stop=stop, **options)
            purse, spent = purse - len(result.responses), spent + len(result.responses)
            for found in zip(
                result.queries, result.answers, result.confidence, result.pulls, strict=True
            ):
                yield Answered(*found)
        await feeding
    finally:
        feeding.cancel()


async def _feed(
    queries: AsyncIterable[Any] | Iterable[Any], arrived: asyncio.Queue[Query | None]
) -> None:
    """Hand the queries over as they come, and None after the last one."""
    place = 0
    try:
        if isinstance(queries, AsyncIterable):
            async for item in queries:
                place += 1
                await arrived.put(as_query(item, place))
        else:
            for place, item in enumerate(queries, start=1):
                await arrived.put(as_query(item, place))
    finally:
        await arrived.put(None)


async def _batch(arrived: asyncio.Queue[Query | None], most: int) -> list[Query]:
    """What has arrived, at least one query; nothing after the last one."""
    batch: list[Query] = []
    while len(batch) < most and not (batch and arrived.empty()):
        query = await arrived.get()
        if query is None:
            arrived.put_nowait(None)
            break
        batch.append(query)
        await asyncio.sleep(0)  # so that a source which is ready hands over the next one
    return batch
