"""The books of the shards: the budget and the worker of each. They know nothing of Dask.

For every shard `budget >= pulls >= heard` holds. A shard makes no pull beyond its budget. The sum
of the shards' budgets never exceeds the budget of the run. That holds because a lowered budget
counts at its old value (`limit`) until the worker has confirmed it.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.cluster.messages import Report, ShardSpec
from dynscaling_nb.records import Usage


@dataclass(eq=False)
class Shard:
    """A shard as the coordinator knows it.

    Attributes:
        spec: its queries, and how they are answered.
        places: the places of its queries in the run.
        budget: pulls that it may make in total.
        heard: responses that the coordinator has.
        home: the address of its worker, empty before it has one.
        at_home: whether its home holds it.
        leaving: whether it is to move to another worker.
        report: its last report.
        failures: failed pulls on earlier homes.
    """

    name: str
    spec: ShardSpec
    places: Sequence[int]
    budget: int
    heard: int
    home: str = ""
    at_home: bool = False
    leaving: bool = False
    report: Report = field(default_factory=lambda: Report(""))
    failures: int = 0

    @property
    def limit(self) -> int:
        """Pulls that its worker may still make: a lower budget counts once it is confirmed."""
        return max(self.budget, self.report.budget)

    @property
    def pulls(self) -> int:
        """Pulls that it has made, by its last report: `budget >= pulls >= heard`."""
        return max(self.report.pulls, self.heard)

    @property
    def may_leave(self) -> bool:
        """Whether it is to leave its home and has no pull in flight there."""
        idle = self.report.in_flight == 0 and self.report.budget <= self.budget
        return self.leaving and self.at_home and idle


class ShardBooks:
    """All shards of a run, beside the ledger of the whole run, which it only reads."""

    def __init__(self, ledger: Ledger, shards: Sequence[Shard] = ()) -> None:
        self._ledger = ledger
        self._shards = list(shards)

    def __iter__(self) -> Iterator[Shard]:
        return iter(self._shards)

    def __len__(self) -> int:
        return len(self._shards)

    @property
    def pulls(self) -> int:
        """Pulls that all shards have made, by their last reports."""
        return sum(shard.pulls for shard in self._shards)

    @property
    def failures(self) -> int:
        """Failed pulls, including those on lost workers."""
        return sum(shard.failures + shard.report.failures for shard in self._shards)

    @property
    def in_flight(self) -> int:
        """Pulls in flight on all workers, by the last reports."""
        return sum(shard.report.in_flight for shard in self._shards)

    @property
    def judge_usage(self) -> Usage:
        """The usage of judges on the workers that hold a shard."""
        return sum((shard.report.judge_usage for shard in self._shards), Usage())

    @property
    def homes(self) -> set[str]:
        """The workers that have a shard; an empty address stands for shards without one."""
        return {shard.home for shard in self._shards}

    @property
    def finished(self) -> bool:
        """Whether the budget is spent, or no shard wants another pull."""
        if self._ledger.spent >= self._ledger.budget:
            return True
        idle = all(
            shard.at_home and not shard.leaving and shard.report.pulls == shard.heard
            for shard in self._shards
        )
        return idle and not any(shard.report.scores for shard in self._shards)

    def deal(self, spec: ShardSpec, name: str, count: int) -> None:
        """Deal the queries of `spec` at random into `count` shards, and grant their warm-up."""
        order = np.random.default_rng(spec.seed).permutation(len(spec.queries))
        self._shards = []
        for number in range(count):
            places = sorted(order[number::count].tolist())
            entropy = np.random.SeedSequence([spec.seed, number, count])
            queries = [spec.queries[place] for place in places]
            part = replace(spec, queries=queries, seed=int(entropy.generate_state(1)[0]) >> 1)
            heard = int(self._ledger.done[places].sum())
            self._shards.append(Shard(f"{name}/{number}", part, places, heard, heard))
        for shard in self._shards:
            self._warm(shard)

    def house(self, workers: Sequence[str]) -> None:
        """Give every shard a home among these addresses of `workers`, which are not empty.

        A shard of a lost worker goes to the worker with the fewest shards. If a worker has two
        shards more than another, one of its shards is to leave.
        """
        load = dict.fromkeys(workers, 0)
        for shard in self._shards:
            if shard.home in load:
                load[shard.home] += 1
            else:
                self.lose(shard)
        for shard in self._shards:
            if not shard.home:
                shard.home = min(load, key=lambda worker: load[worker])
                load[shard.home] += 1
        fullest = max(load, key=lambda worker: load[worker])
        emptiest = min(load, key=lambda worker: load[worker])
        if load[fullest] <= load[emptiest] + 1 or any(shard.leaving for shard in self._shards):
            return
        for shard in self._shards:
            if shard.home == fullest and shard.at_home:
                shard.leaving, shard.budget = True, min(shard.budget, shard.pulls)
                return

    def lose(self, shard: Shard, home: str = "") -> None:
        """Take back the pulls without a report; the shard begins again from `heard`."""
        shard.failures += shard.report.failures
        shard.home, shard.at_home, shard.leaving = home, False, False
        shard.report, shard.budget = Report(home), shard.heard
        self._warm(shard)

    def hear(self, shard: Shard, report: Report, forecast: int) -> None:
        """Note a report whose responses are in the ledger.

        `forecast` is the number of scores in the order.
        """
        if not report.holds_shard:
            self.lose(shard, report.address)
            return
        leaves = shard.may_leave  # by the report before: with this one its worker has forgotten it
        shard.home, shard.at_home, shard.report = report.address, True, report
        shard.heard += len(report.responses)
        shard.budget = max(shard.budget, shard.pulls)
        if len(report.scores) < forecast:  # it wants no further pulls: the rest is for others
            shard.budget = min(shard.budget, shard.pulls + len(report.scores))
        if leaves:
            self.lose(shard)

    def grant(self, ahead: int) -> None:
        """Grant the highest-scored next pulls, up to `ahead` and the remaining budget.

        Does nothing until every shard has reported.
        """
        if not all(shard.at_home for shard in self._shards):
            return
        granted = sum(shard.budget - shard.pulls for shard in self._shards)
        free = self._ledger.budget - sum(shard.limit for shard in self._shards)
        counts = merge([shard.report.scores for shard in self._shards], min(granted + free, ahead))
        for shard, count in zip(self._shards, counts, strict=True):
            more = min(shard.pulls + count - shard.budget, free)
            if more > 0 and not shard.leaving:
                shard.budget += more
                free -= more

    def shorten(self) -> None:
        """Take back pulls that no shard has made yet, after the run's budget was lowered."""
        over = sum(shard.budget for shard in self._shards) - self._ledger.budget
        for shard in self._shards:
            back = max(min(over, shard.budget - shard.pulls), 0)
            shard.budget -= back
            over -= back

    def _warm(self, shard: Shard) -> None:
        """Grant a shard the rest of its warm-up, as far as the budget reaches."""
        lacks = np.maximum(shard.spec.warmup - self._ledger.done[list(shard.places)], 0).sum()
        free = self._ledger.budget - sum(other.limit for other in self._shards)
        shard.budget += max(min(int(lacks), free), 0)


def merge(scores: Sequence[Sequence[float]], limit: int) -> list[int]:
    """The number of pulls for each shard, if the `limit` highest scores of all shards are pulled.

    The scores of one shard are taken in their order. Among equal scores the shard with the lower
    number comes first.
    """
    counts = [0] * len(scores)
    front = [(-own[0], number) for number, own in enumerate(scores) if own]
    heapq.heapify(front)
    for _ in range(limit):
        if not front:
            break
        _, number = heapq.heappop(front)
        counts[number] += 1
        if counts[number] < len(scores[number]):
            heapq.heappush(front, (-scores[number][counts[number]], number))
    return counts
