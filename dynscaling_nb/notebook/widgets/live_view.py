"""What one looks at while a run goes on: figures, live charts and responses. It listens to events and only reads."""

from importlib import import_module
from typing import Any

import ipywidgets as widgets
import numpy as np

from dynscaling_nb.bandit.policies import terms
from dynscaling_nb.engine.run import Run
from dynscaling_nb.events import Drawn, Event
from dynscaling_nb.notebook.charts.history import RunHistory
from dynscaling_nb.notebook.charts.tables import (
    CONTESTED,
    KEYS,
    MOST_DRAWN,
    pulls_rows,
    score_rows,
    spread_rows,
    uncertainty_rows,
    votes_rows,
)
from dynscaling_nb.notebook.widgets import counters as meter
from dynscaling_nb.notebook.widgets.loading import ready
from dynscaling_nb.notebook.widgets.response_browser import ResponseBrowser

TITLES = {
    "pulls": "Where the budget goes",
    "uncertainty": "How uncertainty falls: the chance that the runner-up is truly ahead",
    "scores": "Why: the score by which the policy chooses",
}
FEW = {  # of more queries than can be drawn one by one
    "pulls": "Where the budget goes: queries by the responses that they got",
    "uncertainty": f"The {CONTESTED} queries whose next response is worth most: the chance that the runner-up is truly ahead",
    "scores": "Why: the score by which the policy chooses, of the same queries",
}


class LiveView(widgets.VBox):  # type: ignore[misc]
    """An observer of one run at a time, `watch`ed; `refresh` shows what has happened since."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._course: RunHistory | None = None
        self._charts: Any = None
        self._shown = -1
        self._rng = np.random.default_rng(
            0
        )  # of its own: to look must not change what a policy draws
        self.prices: tuple[float, float] | None = None
        self.meter = widgets.HTML(layout=widgets.Layout(width="100%"))
        self.order = widgets.Dropdown(
            options=list(KEYS), description="Sort queries", style={"description_width": "96px"}
        )
        self.place = widgets.Box(
            [widgets.HTML("<em>the charts appear with the first run</em>")],
            layout=widgets.Layout(width="100%"),
        )
        self.reader = ResponseBrowser()
        self.order.observe(lambda _: self._redraw(), "value")
        self.reader.query.observe(lambda _: self._choose(), "value")
        super().__init__(
            [self.meter, self.order, self.place, self.reader], layout=widgets.Layout(display="none")
        )

    async def load(self) -> None:
        """Make the charts ready, in a thread: it takes seconds the first time."""
        self._charts = await ready(titles=TITLES)
        self._charts.observe(self._clicked, "chosen")
        self.place.children = [self._charts]
        self._draw()

    def watch(self, run: Run) -> None:
        """Show this run from now on."""
        stored = run.journal.responses if run.keep == "answers" and run.journal else None
        self._course = RunHistory(run.queries, run.golds, stored, keep=run.keep == "all")
        self._run, self._shown = run, -1
        self.order.layout.display = None if len(run.queries) <= MOST_DRAWN else "none"
        self.layout.display = None
        self.reader.follow(self._course)
        self._draw()

    def __call__(self, event: Event) -> None:
        """Observe the run: count what was drawn, and leave the showing for later."""
        if isinstance(event, Drawn) and self._course is not None:
            self._course.add(event.response)

    def refresh(self) -> None:
        """Show how far the run is."""
        if self._run is None or self._course is None:
            return
        self.meter.value = meter.html(self._run, self.prices)
        if self._shown != self._course.spent + self._run.failures:
            self._shown = self._course.spent + self._run.failures
            self._fill()
            self.reader.refresh()

    def _draw(self) -> None:
        """The charts for as many queries as there are."""
        if self._charts is None or self._run is None:
            return
        count = len(self._run.queries)
        with self._charts.hold_sync():
            for name in ("pulls", "uncertainty", "scores", "votes"):
                setattr(self._charts, name, [])
            self._charts.titles = TITLES if count <= MOST_DRAWN else FEW
            self._charts.draw(
                import_module("dynscaling_nb.notebook.charts.drawing").live_run(count),
                min(count, MOST_DRAWN),
            )
        self._redraw()

    def _redraw(self) -> None:
        self._shown = -1
        self.refresh()

    def _fill(self) -> None:
        run, course, charts = self._run, self._course, self._charts
        if run is None or course is None or charts is None:
            return
        order, ledger = self.order.value, run.ledger
        parts = terms(ledger.policy, ledger.arms, self._rng)
        scores = np.where(ledger.open, sum(parts.values()), -np.inf)
        following = int(scores.argmax()) if ledger.open.any() and ledger.left > 0 else None
        holds = ledger.holds
        few = len(run.queries) <= MOST_DRAWN
        shown = None if few else np.argsort(-scores, kind="stable")[:CONTESTED].tolist()
        if few:
            course.mark(ledger.states)
        with charts.hold_sync():
            charts.pulls = pulls_rows(course, order) if few else spread_rows(ledger.done, holds)
            charts.uncertainty = uncertainty_rows(course, order, shown)
            charts.scores = score_rows(course, parts, order, following, shown)
            charts.said = {
                **charts.said,
                "pulls": f"{ledger.spent} of {ledger.budget} responses drawn, at most {ledger.done.max()} for one query.",
                "uncertainty": f"{holds['settled'].sum()} of {len(run.queries)} queries are settled.",
                "scores": "No query is open."
                if following is None
                else f"The next pull goes to query {following + 1}.",
            }
            self._show_votes()

    def _show_votes(self) -> None:
        place = self.reader.query.value
        if self._charts is None or self._course is None or place is None:
            return
        rows = votes_rows(self._course, place - 1)
        self._charts.votes = rows
        self._charts.chosen = place
        self._charts.titles = {
            **self._charts.titles,
            "votes": f"Votes of query {self._course.rows[place - 1]['label']}",
        }
        words = "; ".join(f"{row['answer']}: {row['total']}" for row in rows[::2])
        self._charts.said = {**self._charts.said, "votes": words or "no votes yet"}

    def _choose(self) -> None:
        if self._charts is not None:
            with self._charts.hold_sync():
                self._show_votes()

    def _clicked(self, change: Any) -> None:
        self.reader.choose(change["new"])
