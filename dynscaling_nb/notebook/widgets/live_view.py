"""The view of a run while it goes on: figures, a note, live charts and responses.

It listens to the events of the run and changes nothing in it.
"""

from dataclasses import replace

import ipywidgets as widgets
import numpy as np

from dynscaling_nb.answers.unread import unread_note
from dynscaling_nb.engine.run import Run
from dynscaling_nb.events import Drawn, Event, Revised
from dynscaling_nb.notebook.charts.history import MAX_SHOWN, ORDERS, RunHistory
from dynscaling_nb.notebook.charts.live import RunView
from dynscaling_nb.notebook.widgets import counters
from dynscaling_nb.notebook.widgets.fields import ClosingBox, close_tree
from dynscaling_nb.notebook.widgets.live_charts import LiveCharts, ready
from dynscaling_nb.notebook.widgets.response_browser import ResponseBrowser
from dynscaling_nb.records import Prices

WIDE = {"width": "100%"}


class LiveView(ClosingBox):
    """An observer of one run at a time: `watch` begins, `refresh` shows what is new."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._history: RunHistory | None = None
        self._view: RunView | None = None  # the view that the charts show
        self._charts: LiveCharts | None = None
        self._prices: Prices | None = None
        self._shown = -1  # responses and failures that the charts show
        # A generator of its own: a look at a run must not change the run's random choices.
        self._rng = np.random.default_rng(0)
        self.counters = widgets.HTML(layout=WIDE)
        self.unread = widgets.HTML(layout=WIDE)
        self.order = widgets.Dropdown(
            options=list(ORDERS), description="Sort questions", style={"description_width": "96px"}
        )
        self.place = widgets.Box(
            [widgets.HTML("<em>the charts appear with the first run</em>")], layout=WIDE
        )
        self.browser = ResponseBrowser()
        self.order.observe(lambda _: self._redraw(), "value")
        self.browser.question.observe(lambda _: self._choose(), "value")
        super().__init__(
            [self.counters, self.unread, self.order, self.place, self.browser],
            layout={"display": "none"},
        )

    @property
    def charts(self) -> LiveCharts | None:
        """The live charts; None until they are loaded."""
        return self._charts

    async def load(self) -> None:
        """Make the charts ready, which takes seconds the first time, without blocking."""
        charts = await ready()
        if self.comm is None:  # the view was closed meanwhile
            close_tree(charts)
            return
        self._charts = charts
        charts.observe(lambda change: self.browser.click(change["new"]), "question")
        (waiting,) = self.place.children
        self.place.children = [charts]
        close_tree(waiting)
        self._draw()

    def watch(self, run: Run) -> None:
        """Show this run from now on."""
        stored = run.recorder.responses if run.in_memory == "answers" and run.recorder else None
        self._history = RunHistory(run.queries, run.golds, stored, keep=run.in_memory == "all")
        self._run, self._view = run, None
        self.order.layout.display = None if len(run.queries) <= MAX_SHOWN else "none"
        self.layout.display = None
        self.browser.follow(self._history)
        self._draw()

    def __call__(self, event: Event) -> None:
        """Observe the run: count a response now, and show it later."""
        if isinstance(event, Drawn) and self._history is not None:
            self._history.add(event.response)
        elif isinstance(event, Revised) and self._history is not None:
            self._history.revise(event.query, event.answers)

    def refresh(self, prices: Prices | None = None) -> None:
        """Show the progress of the run and, with `prices`, its cost."""
        self._prices = prices
        self._refresh()

    def _refresh(self) -> None:
        if self._run is None or self._history is None:
            return
        self.counters.value = counters.html(self._run, self._prices)
        count = self._history.spent + self._run.failures
        if self._shown != count:
            self._shown = count
            self._tell_unread(self._run, self._history)
            self._fill()
            self.browser.refresh()

    def _tell_unread(self, run: Run, history: RunHistory) -> None:
        """Say what is known of the unread responses, if they are many."""
        unread = history.unread_responses()
        note = unread_note(run.counts["unread"], run.ledger.spent, unread)
        self.unread.value = "" if note is None else note.html

    def _draw(self) -> None:
        """Draw the charts for the number of questions that this run has."""
        if self._charts is not None and self._run is not None:
            from dynscaling_nb.notebook.charts.registry import RUN

            self._charts.draw(RUN, len(self._run.queries))
        self._redraw()

    def _redraw(self) -> None:
        self._shown = -1
        self._refresh()

    def _fill(self) -> None:
        if self._run is None or self._history is None or self._charts is None:
            return
        question = self.browser.question.value or 0
        self._view = RunView.of(
            self._history, self._run.ledger, self.order.value, question, self._rng
        )
        self._show(self._charts, self._view)

    def _choose(self) -> None:
        """Show the votes of the chosen question; everything else stays as it is."""
        place = self.browser.question.value
        if self._charts is not None and self._view is not None and place is not None:
            self._view = replace(self._view, question=place)
            self._show(self._charts, self._view)

    @staticmethod
    def _show(charts: LiveCharts, view: RunView) -> None:
        with charts.hold_sync():
            charts.question = view.question
            charts.show(view)
