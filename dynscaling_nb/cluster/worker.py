"""One part of a run that is drawn on many machines: what a worker is told, what it says, and the engine that it keeps at work meanwhile.

Every order holds whole amounts, not changes, so that one which is carried out twice does no harm. A worker that hears nothing for a while
stops drawing: its coordinator is gone, and nobody would count what it draws.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from dynscaling_nb.answers.equivalence import Equivalence
from dynscaling_nb.answers.extract import Extractor
from dynscaling_nb.answers.judge import Judge
from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.answers.weights import VoteWeight
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.engine.run import Run
from dynscaling_nb.errors import (
    DynscalingError,
    InputError,
    ModelError,
    ModelUnavailable,
    StoreError,
)
from dynscaling_nb.models.base import Model, ServerStats
from dynscaling_nb.records import Query, Response, Usage

WAIT = 0.2  # seconds that an order waits for news
SILENCE = 30.0  # seconds without an order after which a worker stops


@dataclass(frozen=True)
class ShardSpec:
    """The queries of a shard and how they are asked; `warmup` is that of the whole run."""

    queries: Sequence[Query]
    model: Model
    template: Template
    read: Extractor
    same: Equivalence | Judge
    weigh: VoteWeight
    warmup: int
    stop: StopRule | None
    seed: int
    cut: bool = False


@dataclass(frozen=True)
class Order:
    """What a shard is to do. Its `budget` counts from its beginning; `elsewhere` are the pulls of all other shards. The coordinator has
    `heard` so many of its responses; `forecast` says how many of its next scores are asked for. The `version` grows whenever the policy or
    the plan is another one. `ended`: give up, and forget the run.
    """

    shard: str
    budget: int
    heard: int
    forecast: int
    elsewhere: int
    concurrency: int
    policy: Policy
    plan: Plan
    version: int = 0
    paused: bool = False
    ended: bool = False


@dataclass(frozen=True)
class Report:
    """How far a shard is, at the worker of this `address`: responses since the last time, and of the whole shard its budget, how many pulls
    are asked for (finished and in flight) and in flight, the scores of the next ones, failed calls, the places of queries that were set
    aside, what happened at the server, and the error that ended it.
    """

    address: str
    responses: Sequence[Response] = ()
    budget: int = 0
    asked: int = 0
    in_flight: int = 0
    scores: Sequence[float] = ()
    failures: int = 0
    set_aside: Sequence[int] = ()
    judging: Usage = field(default_factory=Usage)
    server_stats: Sequence[ServerStats] = ()
    error: DynscalingError | None = None


@dataclass
class _Working:
    run: Run
    task: asyncio.Task[None]
    version: int
    heard: float


_WORKING: dict[str, _Working] = {}  # of this process, by the names of their shards


async def advance(
    order: Order, part: ShardSpec | None = None, history: Sequence[Response] = ()
) -> Report | str:
    """Carry out an order, and tell what has come since the last one, waiting a little where nothing has. With a `part` the shard begins here,
    with the responses that are known of it. The address of the worker alone where it does not know the shard.
    """
    from distributed import get_worker

    address: str = get_worker().address
    if part is not None:
        await _end(order.shard)
        try:
            _WORKING[order.shard] = _begin(part, order, history)
        except DynscalingError as error:
            return Report(address, error=_sent(error))
    working = _WORKING.get(order.shard)
    if working is None:
        return address
    working.heard = time.monotonic()
    run, ledger = working.run, working.run.ledger
    ledger.see_elsewhere(order.elsewhere)
    if order.version != working.version:
        working.version = order.version
        run.change(policy=order.policy, plan=order.plan)
    if (order.budget, order.concurrency, order.paused) != (
        ledger.budget,
        run.concurrency,
        run.paused,
    ):
        run.paused = order.paused
        run.change(budget=order.budget, concurrency=order.concurrency)
    if order.ended:
        await _end(order.shard)
    end = time.monotonic() + WAIT
    while len(run.responses) <= order.heard and not working.task.done() and time.monotonic() < end:  # noqa: ASYNC110  or the clock
        await asyncio.sleep(WAIT / 10)
    return Report(
        address,
        run.responses[order.heard :],
        ledger.budget,
        ledger.spent + ledger.in_flight,
        ledger.in_flight,
        ledger.foresee(order.forecast),
        run.failures,
        ledger.failed.nonzero()[0].tolist(),
        run.judging,
        run.server_stats,
        _error(working),
    )


def _begin(part: ShardSpec, order: Order, history: Sequence[Response]) -> _Working:
    least = part.warmup * len(part.queries)
    ledger = Ledger(
        len(part.queries),
        max(order.budget, least),
        order.policy,
        order.plan,
        warmup=part.warmup,
        stop=part.stop,
        seed=part.seed,
        priors=[query.prior for query in part.queries],
    )
    ledger.resize(order.budget)
    run = Run(
        part.queries,
        part.model,
        ledger,
        reading=AnswerReader(part.queries, part.read, part.same, part.weigh),
        template=part.template,
        resumed=history,
        concurrency=order.concurrency,
        cut=part.cut,
        seed=part.seed,
    )
    run.lingers = True
    working = _Working(run, asyncio.create_task(run.complete()), order.version, time.monotonic())
    working.task.add_done_callback(lambda task: task.cancelled() or task.exception())
    asyncio.get_running_loop().call_later(SILENCE, _listen, order.shard, working)
    return working


def _listen(shard: str, working: _Working) -> None:
    """Stop drawing once nobody has given an order for long."""
    if working.task.done():
        return
    silent = time.monotonic() - working.heard
    if silent >= SILENCE:
        working.run.stop()
        _WORKING.pop(shard, None)
    else:
        asyncio.get_running_loop().call_later(SILENCE - silent, _listen, shard, working)


async def _end(shard: str) -> None:
    working = _WORKING.pop(shard, None)
    if working is not None:
        working.run.stop()
        await asyncio.wait([working.task])


def _error(working: _Working) -> DynscalingError | None:
    """What ended the shard before its time: an error of its server, or one that it could not begin for. A bug keeps its traceback."""
    error: BaseException | None = working.run.error
    if working.task.done() and not working.task.cancelled():
        error = error or working.task.exception()
    if error is None or isinstance(error, DynscalingError):
        return error and _sent(error)
    raise error


def _sent(error: DynscalingError) -> DynscalingError:
    """The error as it travels: its message, without the value that it is about."""
    kinds = (InputError, ModelUnavailable, ModelError, StoreError)
    return next(
        (kind(str(error)) for kind in kinds if isinstance(error, kind)), DynscalingError(str(error))
    )
