"""Live charts, and the views of a run that they show. Altair is imported with the first chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from dynscaling_nb.bandit.arms import Floats
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import terms
from dynscaling_nb.engine.result import Result
from dynscaling_nb.evaluation.reallocation import Reallocation
from dynscaling_nb.notebook.charts.history import (
    CONTESTED,
    MAX_LABELLED,
    MAX_SHOWN,
    Order,
    Place,
    RunHistory,
)

if TYPE_CHECKING:
    from dynscaling_nb.notebook.charts._style import AnyChart

View = TypeVar("View", bound="BaseView")
Spec = dict[str, Any]
CHOSEN_POLICY, UNIFORM = "chosen policy", "uniform"  # curves of the what-if explorer


class BaseView:
    """The view of a run that live charts show; `count` is the number of questions."""

    @property
    def count(self) -> int:
        """Questions of the run."""
        raise NotImplementedError

    @property
    def many(self) -> bool:
        """Whether there are too many questions to show them one by one."""
        return self.count > MAX_SHOWN


class LiveChart(Generic[View]):
    """A chart whose rows change while people look at it.

    `name` tells it from the others. `title` stands above it. With too many questions to show one
    by one, `title_for_many` stands there.
    """

    name: str
    title: str
    title_for_many: str = ""

    def caption(self, view: View) -> str:
        """The line above the chart."""
        return self.title_for_many if view.many and self.title_for_many else self.title

    def draw(self, count: int) -> "AnyChart":
        """The chart for this number of questions, with `LIVE_ROWS` as its data."""
        raise NotImplementedError

    def rows(self, view: View) -> list[dict[str, Any]]:
        """The rows to show now."""
        raise NotImplementedError

    def words(self, view: View) -> str:
        """The chart in words, for people who do not see it."""
        raise NotImplementedError


@dataclass(frozen=True)
class RunView(BaseView):
    """A run at one moment.

    - `history`, `ledger`: of the run.
    - `order`: of the questions in the charts.
    - `question`: the place, from 1, of the selected question; 0 if no question is selected.
    - `parts`: the terms of the policy's score, one element a question.
    - `next`: the index of the question that the policy would pull next, or None.
    - `places`: the questions that are shown one by one.
    """

    history: RunHistory
    ledger: Ledger
    order: Order
    question: int
    parts: dict[str, Floats]
    next: int | None
    places: list[Place]

    @classmethod
    def of(
        cls,
        history: RunHistory,
        ledger: Ledger,
        order: Order,
        question: int,
        rng: np.random.Generator,
    ) -> "RunView":
        """The view of this moment. `rng` is for policies with random scores."""
        parts = terms(ledger.policy, ledger.arms, rng)
        scores = np.where(ledger.open, sum(parts.values()), -np.inf)
        following = int(scores.argmax()) if ledger.open.any() and ledger.left > 0 else None
        if len(history.rows) > MAX_SHOWN:
            best = np.argsort(-scores, kind="stable")[:CONTESTED].tolist()
            places = [Place(index, rank) for rank, index in enumerate(best)]
        else:
            history.mark(ledger.states)
            places = history.places(order)
        return cls(history, ledger, order, question, parts, following, places)

    @property
    def count(self) -> int:
        """Questions of the run."""
        return len(self.history.rows)


@dataclass(frozen=True)
class WhatIfView(BaseView):
    """A run whose recorded responses are allocated again, by the chosen policy and uniformly.

    `words` describe the outcome.
    """

    result: Result
    reallocation: Reallocation
    uniform: Reallocation
    words: str

    @property
    def count(self) -> int:
        """Questions of the run."""
        return len(self.result.queries)

    @property
    def curves(self) -> dict[str, Reallocation]:
        """The allocations by the names of their curves."""
        return {CHOSEN_POLICY: self.reallocation, UNIFORM: self.uniform}


def specifications(charts: Sequence[LiveChart[Any]], count: int) -> dict[str, Spec]:
    """The Vega-Lite specifications of these charts by name, as wide as their place.

    They hold no rows. Numbers of questions whose charts look alike share their specifications.
    """
    if count <= MAX_LABELLED:
        size = 1
    elif count <= MAX_SHOWN:
        size = MAX_LABELLED + 1
    else:
        size = MAX_SHOWN + 1
    return _specifications(tuple(charts), size)


@lru_cache
def _specifications(charts: tuple[LiveChart[Any], ...], size: int) -> dict[str, Spec]:
    return {
        chart.name: {**chart.draw(size).to_dict(), "datasets": {"rows": []}} for chart in charts
    }
