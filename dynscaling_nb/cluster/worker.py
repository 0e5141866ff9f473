"""The part of a Dask worker: an ordinary run over one shard, which answers orders with reports.

A worker without an order for a while stops drawing: its coordinator is gone, and nobody would count
its responses.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.cluster.messages import Order, Report, ShardSpec
from dynscaling_nb.engine.local import LocalDriver
from dynscaling_nb.engine.run import Run
from dynscaling_nb.errors import (
    DynscalingError,
    InputError,
    ModelError,
    ModelUnavailable,
    StoreError,
)
from dynscaling_nb.events import Event
from dynscaling_nb.records import Response

WAIT = 0.2  # seconds that an order waits for a response
SILENCE = 30.0  # seconds without an order after which a worker stops


@dataclass(eq=False)
class _ShardRun:
    """A shard at work; `heard` is the time of the last order."""

    run: Run
    task: asyncio.Task[None]
    version: int
    heard: float
    news: asyncio.Event = field(default_factory=asyncio.Event)


_RUNNING: dict[str, _ShardRun] = {}  # the shards of this process by name, for their orders


def shards_here() -> list[str]:
    """The names of the shards that this process holds."""
    return [*_RUNNING]


async def advance(
    order: Order, spec: ShardSpec | None = None, history: Sequence[Response] = ()
) -> Report:
    """Apply an order and report the new responses; waits up to 0.2 s for one.

    `spec` starts the shard on this worker from `history`. A worker that does not hold the shard
    reports its address and `holds_shard=False`.
    """
    from distributed import get_worker

    address: str = get_worker().address
    if spec is not None:
        await _end(order.shard)
        try:
            _RUNNING[order.shard] = _begin(spec, order, history)
        except DynscalingError as error:
            return Report(address, error=_portable(error))
    shard = _RUNNING.get(order.shard)
    if shard is None:
        return Report(address, holds_shard=False)
    shard.heard = time.monotonic()
    _steer(shard, order)
    if order.ended:
        await _end(order.shard)
    await _wait_for_news(shard, order.heard)
    run, ledger = shard.run, shard.run.ledger
    return Report(
        address,
        responses=run.responses[order.heard :],
        revised=run.reader.all_revised,
        budget=ledger.budget,
        pulls=ledger.spent + ledger.in_flight,
        in_flight=ledger.in_flight,
        scores=ledger.foresee(order.forecast),
        failures=run.failures,
        set_aside=ledger.failed.nonzero()[0].tolist(),
        judge_usage=run.judge_usage,
        server_stats=run.server_stats,
        error=_error(shard),
    )


def _begin(spec: ShardSpec, order: Order, history: Sequence[Response]) -> _ShardRun:
    """Start a shard; its run goes on between orders."""
    # At least the whole warm-up: with less the ledger would shorten the warm-up of its queries.
    first_budget = max(order.budget, spec.warmup * len(spec.queries))
    ledger = Ledger(
        len(spec.queries),
        first_budget,
        order.policy,
        order.plan,
        warmup=spec.warmup,
        stop=order.stop,
        seed=spec.seed,
        priors=[query.prior for query in spec.queries],
    )
    ledger.resize(order.budget)
    run = Run(
        spec.queries,
        spec.model,
        ledger,
        reader=AnswerReader(spec.queries, spec.extract, spec.equivalence, spec.vote_weight),
        template=spec.template,
        history=history,
        concurrency=order.concurrency,
        cancel_settled=spec.cancel_settled,
        seed=spec.seed,
        driver=LocalDriver(lingers=True),
    )
    task = asyncio.create_task(run.complete())
    shard = _ShardRun(run, task, order.version, time.monotonic())

    def tell(_: Event | asyncio.Task[None]) -> None:
        shard.news.set()

    run.subscribe(tell)
    task.add_done_callback(tell)
    task.add_done_callback(_retrieve)
    asyncio.get_running_loop().call_later(SILENCE, _listen, order.shard, shard)
    return shard


def _retrieve(task: asyncio.Task[None]) -> None:
    """Retrieve a task's error. Reports carry it, so asyncio need not warn of it."""
    if not task.cancelled():
        task.exception()


def _steer(shard: _ShardRun, order: Order) -> None:
    """Follow the order. Unchanged values are left alone, since a change rescores all queries."""
    run, ledger = shard.run, shard.run.ledger
    ledger.see_elsewhere(order.elsewhere)
    if order.version != shard.version:
        shard.version = order.version
        run.change(policy=order.policy, stop=order.stop, plan=order.plan)
    if order.paused != run.paused:
        if order.paused:
            run.pause()
        else:
            run.resume()
    if (order.budget, order.concurrency) != (ledger.budget, run.concurrency):
        run.change(budget=order.budget, concurrency=order.concurrency)


async def _wait_for_news(shard: _ShardRun, heard: int) -> None:
    """Wait, for a short while, until there is a response beyond the first `heard` ones."""
    with suppress(TimeoutError):
        async with asyncio.timeout(WAIT):
            while len(shard.run.responses) <= heard and not shard.task.done():
                shard.news.clear()
                await shard.news.wait()


def _listen(name: str, shard: _ShardRun) -> None:
    """Stop drawing after a long time without an order."""
    if shard.task.done():
        return
    silent = time.monotonic() - shard.heard
    if silent >= SILENCE:
        shard.run.stop()
        _RUNNING.pop(name, None)
    else:
        asyncio.get_running_loop().call_later(SILENCE - silent, _listen, name, shard)


async def _end(name: str) -> None:
    shard = _RUNNING.pop(name, None)
    if shard is not None:
        shard.run.stop()
        await asyncio.wait([shard.task])


def _error(shard: _ShardRun) -> DynscalingError | None:
    """The error that ended the shard, or None. A bug is raised here with its traceback."""
    error: BaseException | None = shard.run.error
    if error is None and shard.task.done() and not shard.task.cancelled():
        error = shard.task.exception()
    if error is None:
        return None
    if isinstance(error, DynscalingError):
        return _portable(error)
    raise error


def _portable(error: DynscalingError) -> DynscalingError:
    """The error without its value, which pickle might refuse."""
    for kind in (InputError, ModelUnavailable, ModelError, StoreError):
        if isinstance(error, kind):
            return kind(str(error))
    return DynscalingError(str(error))
