"""One run: its books and the controls of a user. The loop that draws responses is a `Driver`.

Views subscribe to the events of a run, and steer it by `stop`, `pause`, `resume` and `change`.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from enum import Enum
from typing import Any

from dynscaling_nb.bandit import policies
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule, stop_rule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.engine.books import Books, at_least_one
from dynscaling_nb.engine.driver import Driver
from dynscaling_nb.engine.local import LocalDriver
from dynscaling_nb.errors import DynscalingError
from dynscaling_nb.events import Started
from dynscaling_nb.models.base import Model
from dynscaling_nb.records import Query


class Unchanged(Enum):
    """The type of `UNCHANGED`, for an option where None has a meaning of its own."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


class Run(Books):
    """A batch of queries under one budget. `complete` runs it.

    After that `responses`, `stopped` and `error` hold the outcome. A finished run may get more
    budget and be completed again. `driver` is the source of responses; None means this process.
    `books` are the keywords of `Books`.
    """

    def __init__(
        self,
        queries: Sequence[Query],
        model: Model,
        ledger: Ledger,
        *,
        driver: Driver | None = None,
        **books: Any,
    ) -> None:
        super().__init__(queries, model, ledger, **books)
        self.driver = driver or LocalDriver()

    def change(
        self,
        *,
        budget: int | None = None,
        policy: str | Policy | None = None,
        stop: str | StopRule | Unchanged | None = UNCHANGED,
        plan: Plan | None = None,
        concurrency: int | None = None,
    ) -> None:
        """Steer the run: a change is used from the next pull on.

        The budget never falls below the responses spent and in flight. A policy or a stop rule is a
        name or an object. With `stop=None` the whole budget is spent. Raises `InputError`,
        `UnknownName`.
        """
        rule = stop if isinstance(stop, Unchanged) else stop_rule(stop)
        decider = None if policy is None else policies.policy(policy)
        if concurrency is not None:
            self.concurrency = at_least_one(concurrency)
        if budget is not None:
            self.ledger.resize(budget)
        if decider is not None:
            self.ledger.change_policy(decider)
        if not isinstance(rule, Unchanged):
            self.ledger.change_stop(rule)
        if plan is not None:
            self.ledger.change_plan(plan)
        self.signal.set()

    async def complete(self) -> None:
        """Spend the budget. A cancelled run returns with its responses, as after `stop`."""
        self.begin()
        self.publish(Started(self))
        try:
            async with AsyncExitStack() as stack:
                if self.recorder is not None:
                    opened = self.recorder.open(self.ledger.budget, self.ledger.policy.name)
                    stack.enter_context(opened)
                await stack.enter_async_context(self.reader.open())
                await self.take_history()
                self.stopped = await self.driver.drive(self)
                if self.recorder is not None:
                    error = None if self.error is None else str(self.error)
                    self.recorder.end(self.stopped, error, self.ledger.budget)
        except* DynscalingError as failures:
            raise failures.exceptions[0] from None
        self.finish()
