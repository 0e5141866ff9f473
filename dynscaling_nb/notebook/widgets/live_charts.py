"""The widget of the live charts: it holds their rows and decides nothing.

Its script is bundled with Vega here, so that a page loads nothing from outside.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dynscaling_nb.notebook.charts import _render as render
from dynscaling_nb.notebook.charts.history import MAX_LABELLED
from dynscaling_nb.notebook.charts.live import LiveChart, View, specifications

STATIC = Path(__file__).with_name("static")


async def ready() -> "LiveCharts":
    """Live charts, made without blocking the kernel.

    The script with Vega and Altair's charts take seconds the first time. Both are made in threads,
    side by side, while the rest of a panel is there already.
    """
    await asyncio.gather(asyncio.to_thread(bundle), asyncio.to_thread(_draw_once))
    return LiveCharts()


@lru_cache(maxsize=1)
def bundle() -> str:
    """The script of the charts together with Vega, about 0.9 MB; made once, in two seconds."""
    return render.script((STATIC / "charts.js").read_text(encoding="utf-8"))


def _draw_once() -> None:
    """Draw the charts of a few questions, so that the first run does not wait for them."""
    from dynscaling_nb.notebook.charts.registry import RUN

    specifications(RUN, 1)


class LiveCharts(anywidget.AnyWidget):
    """Charts whose rows change while people look at them.

    The traits `specs`, `rows`, `titles` and `words` map the name of each chart to its Vega-Lite
    specification, its rows, the line above it and its description. `question` is the place, from 1,
    of the question that was clicked; 0 for none.
    """

    _css = STATIC / "charts.css"
    specs = traitlets.Dict().tag(sync=True)
    rows = traitlets.Dict().tag(sync=True)
    titles = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    renderer = traitlets.Unicode("svg").tag(sync=True)
    question = traitlets.Int(0).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._charts: tuple[LiveChart[Any], ...] = ()
        super().__init__(_esm=bundle(), **traits)

    def draw(self, charts: Sequence[LiveChart[Any]], count: int) -> None:
        """Show these charts for this number of questions, without rows as yet.

        Few questions are drawn as elements that a screen reader can name, many on a canvas, which
        is faster.
        """
        self._charts = tuple(charts)
        with self.hold_sync():
            self.rows = {}  # the old rows do not fit the new charts
            self.titles = {chart.name: chart.title for chart in charts}
            self.words = {}
            self.renderer = "svg" if count <= MAX_LABELLED else "canvas"
            self.specs = specifications(charts, count)

    def show(self, view: View) -> None:
        """Show the charts of this moment."""
        with self.hold_sync():
            self.titles = {chart.name: chart.caption(view) for chart in self._charts}
            self.words = {chart.name: chart.words(view) for chart in self._charts}
            self.rows = {chart.name: chart.rows(view) for chart in self._charts}
