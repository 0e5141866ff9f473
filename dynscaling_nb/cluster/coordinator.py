"""A run on many machines: Dask's workers draw the shards of its queries, and the budget goes where the next pull is worth most.

The coordinator keeps the books of the whole run. Each shard tells the scores that its next pulls would have; the coordinator merges them, the
highest first, and lets each shard draw as many as it has among the first of all. So budget moves between shards by the policy's own order,
and a run differs from one on a single machine as one does that decides twice as many pulls ahead as all workers have in flight.

A worker that is lost takes with it what it had not told, a fraction of a second; what its shard had not drawn goes back into the budget, and
another worker goes on from the responses that are known.
"""

import asyncio
import heapq
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from math import inf
from secrets import token_hex
from typing import Any, TypeVar

import numpy as np

from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.cluster.worker import Order, Report, ShardSpec, advance
from dynscaling_nb.engine.run import TICK, Run
from dynscaling_nb.errors import InputError, ModelUnavailable
from dynscaling_nb.records import Response, Stopped, Usage

T = TypeVar("T")


def connect(address: str) -> Any:
    """A client of the Dask scheduler at this address, as `tcp://127.0.0.1:8786`; a context manager. Raises `InputError`."""
    try:
        import distributed

        client: Any = distributed.Client
        return client(address, timeout=CONNECTING)
    except ImportError:
        raise InputError(
            "a cluster needs dask.distributed: pip install 'dynscaling_nb[dask]'", address
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"there is no Dask scheduler at {address!r}: {' '.join(str(error).split())[:200]}",
            address,
        ) from None


CONNECTING = 10  # seconds that finding the scheduler may take
PACE = 0.1  # seconds between orders to a shard
SHARDS = 2  # for each worker that is there at the beginning: a worker that joins later takes over whole ones
HOUSING = 1.0  # seconds between looks at who is there
GOODBYE = 10.0  # seconds that the end may take
LEASE = (
    2  # times the requests that all workers have in flight: pulls that they may be ahead together
)
FORECAST = 2000  # scores of next pulls that a shard tells at most


@dataclass(eq=False)
class _Shard:
    """A shard as the coordinator knows it. `places` are those of its queries in the run, `budget` is what it shall have, `heard` how many of
    its responses are known.
    """

    name: str
    part: ShardSpec
    places: Sequence[int]
    budget: int
    heard: int
    home: str = ""
    known: bool = False  # to its home
    leaving: bool = False
    news: Report = field(default_factory=lambda: Report(""))
    failures: int = 0  # at former homes

    @property
    def held(self) -> int:
        """What it may draw: a lower budget holds once its worker has said so."""
        return max(self.budget, self.news.budget)

    @property
    def asked(self) -> int:
        """The pulls that it is known to have asked for."""
        return max(self.news.asked, self.heard)

    @property
    def left(self) -> bool:
        """Whether it is to leave its home, and nothing is in flight there."""
        return (
            self.leaving
            and self.known
            and self.news.in_flight == 0
            and self.news.budget <= self.budget
        )


class ClusterRun(Run):
    """A run whose responses are drawn by the workers of `client`, a `dask.distributed.Client`, each with `concurrency` requests in flight.

    `part` holds what workers are told of the run, with the queries of all.
    """

    def __init__(self, *args: Any, client: Any, part: ShardSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._client = client
        self._part = part
        self._name = token_hex(5)
        self._shards: list[_Shard] = []
        self._version = 0
        self._orders = 0
        self._judged = Usage()
        self._places = {query.id: place for place, query in enumerate(self.queries)}

    @property
    def judging(self) -> Usage:
        """What calls of a judge used, on the workers that were there at the end."""
        return self.reading.judge_usage + self._judged

    @property
    def requests_in_flight(self) -> int:
        """Responses that the workers have asked for and not told of."""
        return sum(shard.news.in_flight for shard in self._shards)

    def change(
        self,
        *,
        budget: int | None = None,
        policy: Policy | None = None,
        plan: Plan | None = None,
        concurrency: int | None = None,
    ) -> None:
        """Steer, as `Run.change`; workers hear of it with their next order. The budget never falls below what they have asked for."""
        super().change(budget=budget, policy=policy, plan=plan, concurrency=concurrency)
        self._version += policy is not None or plan is not None
        self._shorten()

    async def _spend_all(self, stack: AsyncExitStack) -> Stopped:
        stack.callback(self._shards.clear)
        try:
            await self._spend_on_cluster()
        except (ModelUnavailable, OSError) as error:
            self.error = error if isinstance(error, ModelUnavailable) else _gone(error)
            return "error"
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.uncancel() > 0:
                raise
            self._stopping = True
        await self._dismiss()
        if self.error is not None:
            return "error"
        return "user" if self._stopping or self.late else self._why_nothing_is_left()

    async def _spend_on_cluster(self) -> None:
        """Give orders and hear news until there is nothing more to do."""
        self._deal(await self._workers())
        last = housed = -inf
        tending: dict[asyncio.Task[Report | str | None], _Shard] = {}
        try:
            while not (self._stopping or self.late or self.error or self._over()):
                now = time.perf_counter()
                self.time += 0 if self.paused or last == -inf else now - last
                last = now
                if now - housed > HOUSING:
                    self._house(await self._workers())
                    housed = now
                self._share_out()
                for shard in self._shards:
                    if shard not in tending.values():
                        tending[asyncio.create_task(self._tend(shard))] = shard
                done, _ = await asyncio.wait(
                    tending, timeout=TICK, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    self._hear(tending.pop(task), task.result())
                    housed = housed if self._homes_are_known() else -inf
        finally:
            for task in tending:
                task.cancel()

    def _homes_are_known(self) -> bool:
        return all(shard.home for shard in self._shards)

    def _deal(self, workers: Sequence[str]) -> None:
        """Deal the queries out into shards, at random, each with the budget of its warm-up."""
        if not workers:
            raise InputError(
                "the cluster has no workers: start some, or leave cluster out", self._name
            )
        count = min(SHARDS * len(workers), len(self.queries))
        self._shards[:] = []
        dealt = np.random.default_rng(self.seed).permutation(len(self.queries))
        for number in range(count):
            places = sorted(dealt[number::count].tolist())
            seed = int(np.random.SeedSequence([self.seed, number, count]).generate_state(1)[0]) >> 1
            part = replace(self._part, queries=[self.queries[place] for place in places], seed=seed)
            heard = int(self.ledger.done[list(places)].sum())
            self._shards.append(_Shard(f"{self._name}/{number}", part, places, heard, heard))
        for shard in self._shards:
            self._warm(shard)

    def _warm(self, shard: _Shard) -> None:
        """Give a shard what it needs to begin: beyond what it has drawn, its warm-up, as far as the budget reaches."""
        done = self.ledger.done[list(shard.places)]
        free = self.ledger.budget - sum(other.held for other in self._shards)
        shard.budget += max(min(int(np.maximum(shard.part.warmup - done, 0).sum()), free), 0)

    async def _workers(self) -> list[str]:
        """The addresses of the workers that are at work."""
        found = await self._on_cluster(self._client.scheduler.identity(n_workers=-1))
        return [
            address
            for address, worker in found["workers"].items()
            if worker.get("status", "running") == "running"
        ]

    def _house(self, workers: Sequence[str]) -> None:
        """Give every shard a worker: those of lost ones to whoever has fewest, and one of the fullest to one that is new."""
        if not workers:
            return  # orders wait until one joins
        load = dict.fromkeys(workers, 0)
        for shard in self._shards:
            if shard.home in load:
                load[shard.home] += 1
            else:
                self._lose(shard)
        for shard in self._shards:
            if not shard.home:
                shard.home = min(load, key=lambda worker: load[worker])
                load[shard.home] += 1
        fullest, emptiest = max(load, key=lambda w: load[w]), min(load, key=lambda w: load[w])
        if load[fullest] > load[emptiest] + 1 and not any(shard.leaving for shard in self._shards):
            leaving = next(
                (shard for shard in self._shards if shard.home == fullest and shard.known), None
            )
            if leaving is not None:
                leaving.leaving, leaving.budget = True, min(leaving.budget, leaving.asked)

    def _lose(self, shard: _Shard, home: str = "") -> None:
        """Its worker does not know the shard: what it had not drawn goes back, and a worker begins from what is known."""
        shard.failures += shard.news.failures
        shard.home, shard.known, shard.leaving, shard.news, shard.budget = (
            home,
            False,
            False,
            Report(home),
            shard.heard,
        )
        self._warm(shard)

    async def _tend(self, shard: _Shard) -> Report | str | None:
        """One order to a shard, at most ten a second; None where the workers that had it died."""
        began = time.perf_counter()
        part, history = (None, ()) if shard.known else (shard.part, self._history(shard))
        found = await self._on_cluster(self._ask(shard.home, self._order(shard), part, history))
        await asyncio.sleep(max(PACE - (time.perf_counter() - began), 0))
        return found

    def _history(self, shard: _Shard) -> tuple[Response, ...]:
        """What is known of a shard."""
        if self.keep == "answers" and self.journal is not None:
            return tuple(
                response for place in shard.places for response in self.journal.responses.of(place)
            )
        return tuple(
            response for place in shard.places for response in self._by_query[place].values()
        )

    def _order(self, shard: _Shard) -> Order:
        concurrency = max(
            self.concurrency // max(sum(other.home == shard.home for other in self._shards), 1), 1
        )
        elsewhere = sum(other.asked for other in self._shards if other is not shard)
        return Order(
            shard.name,
            shard.budget,
            shard.heard,
            min(self._ahead(), FORECAST),
            elsewhere,
            concurrency,
            self.ledger.policy,
            self.ledger.plan,
            self._version,
            self.paused,
            shard.left,
        )

    async def _ask(
        self, home: str, order: Order, part: ShardSpec | None, history: Sequence[Response]
    ) -> Report | str | None:
        """On the loop of the client. Where a worker dies meanwhile, another one carries out the order, which does not know the shard."""
        from distributed import KilledWorker

        self._orders += 1
        future = self._client.submit(
            advance,
            order,
            part,
            history,
            key=f"dynscale-{order.shard}-{self._orders}",
            workers=[home] if home else None,
            allow_other_workers=bool(home),
            pure=False,
        )
        try:
            found: Report | str = await future
        except KilledWorker:
            return None
        except BaseException as error:
            if future.status in ("cancelled", "lost") and not isinstance(
                error, asyncio.CancelledError
            ):
                raise _gone(error) from None
            raise
        return found

    async def _on_cluster(self, asking: Coroutine[Any, Any, T]) -> T:
        """Wait for what happens on the client's loop, which a synchronous client has in a thread of its own."""
        loop = self._client.loop.asyncio_loop
        if loop is asyncio.get_running_loop():
            return await asking
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asking, loop))

    def _hear(self, shard: _Shard, news: Report | str | None) -> None:
        """Put what a shard has drawn on disk, count it, and note what it wants."""
        if not isinstance(news, Report):
            self._lose(shard, news or "")
            return
        left = shard.left
        shard.home, shard.known, shard.news = news.address, True, news
        shard.heard += len(news.responses)
        shard.budget = max(shard.budget, shard.asked)
        drawn = []
        for response in news.responses:
            pull = self.ledger.recall(
                self._places[response.query_id], response.index, response.kind, response.sources
            )
            drawn.append((pull, replace(response, at=self.time)))
        self._keep(drawn)
        for pull, response in drawn:
            self._count(pull, response)
        if len(news.scores) < min(self._ahead(), FORECAST):  # it would not ask for more if it might
            shard.budget = min(shard.budget, max(shard.asked + len(news.scores), shard.heard))
        self.failures = sum(other.failures + other.news.failures for other in self._shards)
        self.ledger.set_aside(shard.places[place] for place in news.set_aside)
        self.ledger.resize(max(self.ledger.budget, sum(other.asked for other in self._shards)))
        self.error = self.error or news.error
        if left:
            self._lose(shard)

    def _share_out(self) -> None:
        """Merge the pulls that all shards would make next, the highest score first; each may make those that it has among the first, as many
        as all leases together and as far as the budget reaches. What a shard wants that has not told yet is not known: so all wait for it.
        """
        if not all(shard.known for shard in self._shards):
            return
        scores = [shard.news.scores for shard in self._shards]
        first = [(-next_[0], number) for number, next_ in enumerate(scores) if next_]
        heapq.heapify(first)
        counts = [0] * len(self._shards)
        granted = sum(shard.budget - shard.asked for shard in self._shards)
        free = self.ledger.budget - sum(shard.held for shard in self._shards)
        for _ in range(min(granted + free, self._ahead())):
            if not first:
                break
            _, number = heapq.heappop(first)
            counts[number] += 1
            if counts[number] < len(scores[number]):
                heapq.heappush(first, (-scores[number][counts[number]], number))
        for shard, count in zip(self._shards, counts, strict=True):
            more = min(shard.asked + count - shard.budget, free)
            if shard.known and not shard.leaving and more > 0:
                shard.budget += more
                free -= more

    def _ahead(self) -> int:
        """How many pulls the shards together may be ahead of what is asked for by now."""
        return LEASE * self.concurrency * len({shard.home for shard in self._shards})

    def _shorten(self) -> None:
        """After the budget was lowered: take back what no shard has asked for yet; what they have is there to stay."""
        over = sum(shard.budget for shard in self._shards) - self.ledger.budget
        for shard in self._shards:
            back = min(max(over, 0), shard.budget - shard.asked)
            shard.budget -= max(back, 0)
            over -= max(back, 0)

    def _over(self) -> bool:
        """Whether the budget is spent, or no shard wants more."""
        if self.ledger.spent >= self.ledger.budget:
            return True
        told = all(
            shard.known and not shard.leaving and shard.news.asked == shard.heard
            for shard in self._shards
        )
        return told and not any(shard.news.scores for shard in self._shards)

    async def _dismiss(self) -> None:
        """Have the workers give up and forget; a worker that does not hear of it does so by itself after a while."""
        known = [shard for shard in self._shards if shard.known]
        orders = [
            self._ask(shard.home, replace(self._order(shard), ended=True), None, ())
            for shard in known
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                for shard, found in zip(known, await self._on_cluster(_all(orders)), strict=True):
                    if isinstance(found, Report):
                        self._hear(shard, found)
        self.server_stats += [stats for shard in self._shards for stats in shard.news.server_stats]
        self._judged = sum((shard.news.judging for shard in self._shards), self._judged)


def _gone(error: BaseException) -> ModelUnavailable:
    return ModelUnavailable(
        f"the cluster is gone: its scheduler was closed or cannot be reached ({type(error).__name__})",
        str(error),
    )


async def _all(coroutines: Sequence[Coroutine[Any, Any, T]]) -> list[T | BaseException]:
    return await asyncio.gather(*coroutines, return_exceptions=True)
