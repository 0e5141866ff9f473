"""A result as a notebook shows it, and a user's own chart in the same looks."""

from typing import Any

from dynscaling_nb.engine.result import Result
from dynscaling_nb.notebook.charts._flip_probability import flip_probability
from dynscaling_nb.notebook.charts._pulls import pulls
from dynscaling_nb.notebook.charts._render import Display, display
from dynscaling_nb.notebook.charts._style import finished


def displays(result: Result) -> list[Display]:
    """A result as a notebook shows it: its two charts and its table.

    Each is an output of its own, because a saved notebook shows one form of each output. A page may
    also drop pictures inside a table's HTML. If many responses are unread, the table with the note
    on them comes first.
    """
    page = {
        "text/plain": str(result),
        "text/html": f"<div class='dynscale-result'>{result.to_html()}</div>",
    }
    answers = [Display(page, {})]
    charts = [chart._repr_mimebundle_() for chart in (pulls(result), flip_probability(result))]
    return [*charts, *answers] if result.unread_note is None else [*answers, *charts]


class Shown:
    """An Altair chart of any kind in the looks of this package; see `shown`."""

    def __init__(self, chart: Any, words: str) -> None:
        self.chart = finished(chart, words)

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> Display:
        return display(self.chart.to_dict())


def shown(chart: Any, words: str) -> Shown:
    """A chart of your own, shown in the same way as the charts of this package.

    A notebook gets it as Vega-Lite and as a picture that a saved notebook keeps. `words` describe
    it to people who do not see it.
    """
    return Shown(chart, words)
