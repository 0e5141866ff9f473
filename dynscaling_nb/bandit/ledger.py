"""The one mutable object of a run: votes, pulls and a budget that cannot be exceeded.

`ask` reserves pulls, `tell` counts the answer of one, `release` gives one back. The ledger knows no
model and no text. Readers see its arrays as read-only views.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dynscaling_nb.answers.posterior import confidences, flip_probability
from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.bandit.arms import Arms, Bools, Counts, read_only
from dynscaling_nb.bandit.books import Books
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.schedule import Schedule
from dynscaling_nb.bandit.stopping import SETTLED, StopRule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import check_budget
from dynscaling_nb.records import Kind, Pull, State

PATIENCE = 3  # failures in a row after which a query is set aside


class Ledger:
    """The books of a run over `queries` queries with a budget of `budget` responses.

    - `policy`: which query is pulled next.
    - `plan`: which pulls are chained; `Plan()` if None.
    - `warmup`: responses to every query before the policy starts, fewer if the budget is short.
      None: half of a query's mean share, from 1 to the plan's `parallel`.
    - `stop`: when a query has enough responses; None spends the whole budget.
    - `seed`: of the policy's, the plan's and the chains' randomness.
    - `limits`: the most responses of each query.
    - `priors`: votes of each query before the first response.

    Raises `InputError` for a budget below one response a query, and for a warm-up below 1.
    """

    def __init__(
        self,
        queries: int,
        budget: int,
        policy: Policy,
        plan: Plan | None = None,
        *,
        warmup: int | None = None,
        stop: StopRule | None = None,
        seed: int = 0,
        limits: Sequence[int] | None = None,
        priors: Sequence[Mapping[str, int]] | None = None,
    ) -> None:
        check_budget(budget, queries)
        plan = plan or Plan()
        if warmup is None:
            warmup = min(max(budget // (2 * queries), 1), plan.parallel)
        if warmup < 1:
            raise InputError(f"warmup must be at least 1 response a question, got {warmup}", warmup)
        if limits is None:
            limits = [np.iinfo(np.int64).max] * queries
        votes = [Votes(prior) for prior in priors or [{}] * queries]
        self.warmup = min(warmup, budget // queries)
        # The counts of every query, and the order of the pulls.
        self._books = Books(budget, policy, plan, stop, votes, np.asarray(limits, np.int64), seed)
        self._schedule = Schedule(self._books, self.warmup)
        # The budget: every pull has a number, and is in flight until it is told or released.
        self._numbers = 0
        self._in_flight: set[int] = set()
        self._spent = 0

    # The state of the run.

    @property
    def budget(self) -> int:
        """The most responses of the whole run."""
        return self._books.arms.budget

    @property
    def spent(self) -> int:
        """The number of finished responses."""
        return self._spent

    @property
    def in_flight(self) -> int:
        """The number of responses that were asked for and are not told or released yet."""
        return len(self._in_flight)

    @property
    def left(self) -> int:
        """The number of responses that may still be asked for."""
        return self.budget - self._spent - len(self._in_flight) - self._schedule.owed

    @property
    def policy(self) -> Policy:
        """The policy that chooses the next query."""
        return self._books.policy

    @property
    def plan(self) -> Plan:
        """The plan that says which responses are chained."""
        return self._books.plan

    @property
    def stop(self) -> StopRule | None:
        """The rule for when a query has enough; None without one."""
        return self._books.stop

    @property
    def arms(self) -> Arms:
        """The counts that the policy sees; the arrays are read-only."""
        return self._books.arms.read_only()

    @property
    def votes(self) -> list[Votes]:
        """The votes of each query."""
        return self._books.votes

    @property
    def pulls(self) -> Counts:
        """Responses to each query, finished and in flight."""
        return read_only(self._books.arms.pulls)

    @property
    def done(self) -> Counts:
        """Finished responses to each query."""
        return read_only(self._books.done)

    @property
    def parallel(self) -> Counts:
        """Finished independent responses to each query."""
        return read_only(self._books.parallel_done)

    @property
    def leaders(self) -> list[str | None]:
        """The leading answer of each query, None without votes."""
        return [votes.leader for votes in self.votes]

    @property
    def confidence(self) -> list[float]:
        """P(the leader is the model's most frequent answer), by `confidences`; 0 without votes."""
        arms = self._books.arms
        confidence: list[float] = confidences(arms.leader, arms.runner_up).tolist()
        return confidence

    @property
    def open(self) -> Bools:
        """Which queries may be pulled again."""
        return read_only(self._books.open)

    @property
    def ready(self) -> Bools:
        """Which queries can be pulled now: the open ones that need not wait."""
        return self._schedule.ready(slice(None))

    @property
    def failed(self) -> Bools:
        """Which queries were set aside after failures."""
        return read_only(self._books.failed)

    @property
    def settled(self) -> Bools:
        """Which queries have a flip probability below 0.05, or below the stop rule's threshold."""
        arms, stop = self._books.arms, self.stop
        threshold = SETTLED if stop is None else stop.settled_below
        below: Bools = flip_probability(arms.leader, arms.runner_up) < threshold
        return below

    @property
    def holds(self) -> dict[State, Bools]:
        """For each state, which queries are in it; a failed query is neither settled nor open."""
        failed, settled = self.failed, self.settled
        return {"open": ~settled & ~failed, "settled": settled & ~failed, "failed": failed.copy()}

    @property
    def states(self) -> list[State]:
        """The state of each query."""
        return [
            "failed" if failed else "settled" if settled else "open"
            for failed, settled in zip(self.failed, self.settled, strict=True)
        ]

    @property
    def next_parallel(self) -> int | None:
        """The query whose independent pull is certainly next (warm-up or unit), or None."""
        return self._schedule.next_parallel(self.left)

    def foresee(self, count: int) -> list[float]:
        """The scores of the next `count` pulls if no response arrives in between."""
        return self._schedule.foresee(count)

    def has_enough(self, query: int) -> bool:
        """Whether the stop rule says that this query has enough; False without a rule."""
        stop, books = self._books.stop, self._books
        if stop is None:
            return False
        return stop.done(books.votes[query], self.left + int(books.arms.pending[query]))

    # Ask, tell and control.

    def ask(self, count: int = 1) -> list[Pull]:
        """Reserve up to `count` pulls; fewer if the budget ends or no query is ready."""
        pulls: list[Pull] = []
        while len(pulls) < count:
            pull = self._schedule.next(self.left, self._numbers)
            if pull is None:
                break
            self._reserve(pull)
            pulls.append(pull)
        return pulls

    def tell(
        self, pull: Pull, answer: str | None, *, weight: float = 1.0, chainable: bool = True
    ) -> None:
        """Count an answer, None casts no vote; `chainable`: the response may be read in chains."""
        self._end(pull)
        self._spent += 1
        self._books.count(pull, answer, weight, chainable)
        self._books.reopen(pull.query, self.has_enough(pull.query))

    def revise(self, query: int, answers: Mapping[int, str | None]) -> dict[int, str | None]:
        """Change answers of finished responses, by their index. See `Books.revise`."""
        changes = self._books.revise(query, answers)
        self._books.reopen(query, self.has_enough(query))
        self._schedule.touch(query)
        return changes

    def release(self, pull: Pull) -> None:
        """Give a reservation back, as if it had not been made."""
        self._end(pull)
        self._books.take_back(pull)
        self._books.reopen(pull.query, self.has_enough(pull.query))

    def fail(self, pull: Pull) -> None:
        """Release the pull of a failed call. Three failures in a row set the query aside."""
        self._books.failures[pull.query] += 1
        if self._books.failures[pull.query] >= PATIENCE:
            self.set_aside([pull.query])
        self.release(pull)

    def recall(self, query: int, index: int, kind: Kind, sources: tuple[int, ...]) -> Pull:
        """Reserve a pull that another process made; `tell` counts it like any other."""
        pull = Pull(self._numbers, query, index, kind, sources, None)
        self._reserve(pull)
        return pull

    def resize(self, budget: int) -> int:
        """Change the budget, and return the new one: at least what is spent and in flight."""
        self._books.arms.budget = max(int(budget), self.spent + self.in_flight)
        self._schedule.drop_owed(max(-self.left, 0))
        return self.budget

    def change_policy(self, policy: Policy) -> None:
        """Let another policy decide, from the next pull on."""
        self._books.policy = policy
        self._schedule.forget()

    def change_plan(self, plan: Plan) -> None:
        """Follow another plan, from the next pull on."""
        self._books.plan = plan
        for query in range(len(self.votes)):
            self._books.look_ahead(query)
        self._schedule.forget()

    def change_stop(self, stop: StopRule | None) -> None:
        """Follow another stop rule, from the next pull on; this may open queries again."""
        self._books.stop = stop
        for query in range(len(self.votes)):
            self._books.reopen(query, self.has_enough(query))
        self._schedule.forget()

    def set_aside(self, queries: Iterable[int]) -> None:
        """Make no further pulls for these queries: their calls fail."""
        for query in queries:
            self._books.failed[query] = True
            self._shut(query)

    def close(self, query: int) -> None:
        """Make no further pulls for this query: its model has no more to give."""
        self._books.closed[query] = True
        self._shut(query)

    def see_elsewhere(self, pulls: int) -> None:
        """Note how many pulls the other shards of the run have made; the UCB forms count them."""
        self._books.arms.elsewhere = pulls

    def _shut(self, query: int) -> None:
        self._books.open[query] = False
        self._schedule.touch(query)

    def _reserve(self, pull: Pull) -> None:
        self._numbers += 1
        self._in_flight.add(pull.number)
        self._books.reserve(pull)
        self._schedule.touch(pull.query)

    def _end(self, pull: Pull) -> None:
        self._in_flight.remove(pull.number)
        self._books.end(pull)
        self._schedule.touch(pull.query)
