"""Live charts as a widget: it holds what is shown and decides nothing.

Its script is bundled with Vega here, so that a page loads nothing from outside.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dynscaling_nb.notebook.charts import _render as pictures

STATIC = Path(__file__).with_name("static")


@lru_cache(maxsize=1)
def bundled() -> str:
    """The script of the charts together with Vega, about 0.9 MB; made in one to two seconds, once."""
    return pictures.script((STATIC / "charts.js").read_text(encoding="utf-8"))


MANY = 40  # queries
ROWS = ("pulls", "uncertainty", "scores", "votes", "curve")


class LiveCharts(anywidget.AnyWidget):
    """LiveCharts whose rows change while one looks. `specs` maps names, of those in `ROWS`, to specifications; `titles` and `said` hold their
    captions and their words, the traits of those names their rows. `chosen` is the place of the query that was clicked, 0 for none.
    """

    _css = STATIC / "charts.css"
    names = traitlets.List(traitlets.Unicode(), list(ROWS)).tag(sync=True)
    specs = traitlets.Dict().tag(sync=True)
    titles = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)
    renderer = traitlets.Unicode("svg").tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)
    pulls: Any = traitlets.List().tag(sync=True)
    uncertainty: Any = traitlets.List().tag(sync=True)
    scores: Any = traitlets.List().tag(sync=True)
    votes: Any = traitlets.List().tag(sync=True)
    curve: Any = traitlets.List().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(_esm=bundled(), **traits)

    def draw(self, specs: Mapping[str, Mapping[str, Any]], queries: int) -> None:
        """Show these charts: of many queries on a canvas, which is faster, else as elements that a screen reader can name."""
        self.renderer = "svg" if queries <= MANY else "canvas"
        self.specs = dict(specs)
