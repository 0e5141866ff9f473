"""The looks that all charts share: colours, sizes, scales, legends and axes."""

from collections.abc import Mapping
from typing import Any

import altair as alt

from dynscaling_nb.notebook.charts import _render as render

# The colours of Okabe and Ito: people with any kind of colour vision can tell them apart.
BLUE, GREEN, RED = "#0072B2", "#009E73", "#D55E00"
SKY, PURPLE, ORANGE, GREY = "#56B4E9", "#CC79A7", "#E69F00", "#999999"
STATE_COLOURS = {"open": BLUE, "settled": GREEN, "failed": RED}
KIND_OPACITIES = {"parallel": 1.0, "chained": 0.6}
INK = "#222222"

ROW = 22  # pixels of a labelled row
THIN = 2  # pixels of a row without a label
TALL = 300  # pixels of a plot without labels
WIDTH = 500  # pixels of a plot

# the place of the selected question, from 1; 0 if no question is selected
QUESTION = alt.param(name="question", value=0)
LIVE_ROWS = alt.NamedData("rows")  # the data of a live chart, which the kernel sends on its own

LEGEND = alt.Legend(orient="top", titleOrient="left")
# below the plot, since two legends side by side would not fit a narrow page
SECOND_LEGEND = alt.Legend(orient="bottom", titleOrient="left", direction="horizontal")
COUNTS = alt.Axis(tickMinStep=1, labelSeparation=8)
ROW_AXIS = alt.Axis(labelLimit=260, ticks=False, domain=False)
NO_LABELS = alt.Axis(labels=False, ticks=False, domain=False)
QUESTION_STROKE = alt.condition("datum.place == question", alt.value("#888888"), alt.value(None))


class _Displayed:
    """How a chart shows itself in a notebook."""

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> render.Display:
        spec: dict[str, Any] = self.to_dict()  # type: ignore[attr-defined]
        return render.display(spec)


class Chart(_Displayed, alt.Chart):
    """A chart of one layer."""


class LayerChart(_Displayed, alt.LayerChart):
    """A chart of layers."""


AnyChart = Chart | LayerChart


def table(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Rows as the data of a chart that is drawn once."""
    return alt.InlineData(rows)


def scale(values: Mapping[str, Any]) -> alt.Scale:
    """A scale from names to these values."""
    return alt.Scale(domain=list(values), range=list(values.values()))


def room(pixels: int) -> alt.Scale:
    """A scale of bars that leaves this room for a word at their ends."""
    return alt.Scale(range=[0, {"expr": f"width - {pixels}"}])


def kind_opacity() -> alt.Opacity:
    """Parallel responses in full colour, chained ones paler."""
    return alt.Opacity(
        "kind:N", title="response", scale=scale(KIND_OPACITIES), legend=SECOND_LEGEND
    )


def state_colour() -> alt.Color:
    """The state of a question as a colour."""
    return alt.Color("state:N", title="question", scale=scale(STATE_COLOURS), legend=LEGEND)


def labelled_rows() -> alt.Y:
    """One labelled row a question, by rank."""
    order = alt.EncodingSortField("rank", op="min")
    return alt.Y("label:N", sort=order, title=None, axis=ROW_AXIS)


def columns(bars: Chart, y: alt.Y, width: Any) -> AnyChart:
    """Bars as thin columns without labels, one a question, by rank."""
    x = alt.X(
        "rank:O", title="questions, one a column", axis=NO_LABELS, scale=alt.Scale(paddingInner=0)
    )
    chart: Chart = bars.encode(x=x, y=y)
    return chart.properties(width=width, height=240).add_params(QUESTION)


def titled(chart: AnyChart, title: str, subtitle: str) -> AnyChart:
    """The chart under a title."""
    result: AnyChart = chart.properties(title=alt.Title(title, subtitle=subtitle))
    return result


def finished(chart: AnyChart, words: str) -> AnyChart:
    """The chart on a white ground, the same in a light and in a dark theme.

    `words` describe it to people who do not see it.
    """
    configured: AnyChart = (
        chart.properties(description=words)
        .configure(background="white", padding=12)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12, titleFontSize=12, grid=False, labelColor=INK, titleColor=INK
        )
        .configure_title(
            anchor="start",
            fontSize=15,
            color=INK,
            subtitleFontSize=12,
            subtitleColor="#444",
            subtitlePadding=4,
        )
        .configure_legend(
            labelFontSize=12,
            titleFontSize=12,
            labelColor=INK,
            titleColor=INK,
            symbolBaseFillColor=INK,
        )
        .configure_text(color=INK)
    )
    return configured
