"""Rows drawn with Altair: the looks of every chart, live or finished, and nothing about where its rows come from."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from dynscaling_nb.notebook.charts import _render as pictures
from dynscaling_nb.notebook.charts.history import NO_ANSWER
from dynscaling_nb.notebook.charts.tables import ANOTHER, CONTESTED, FINAL, MOST_DRAWN

# Okabe and Ito's colours, told apart by everyone
STATES = {"open": "#0072B2", "settled": "#009E73", "failed": "#D55E00"}
KINDS = {"parallel": 1.0, "chained": 0.6}  # opacity
PARTS = {"exploitation": "#56B4E9", "exploration": "#CC79A7", "score": "#56B4E9"}
SAYS = {FINAL: "#0072B2", ANOTHER: "#D55E00", NO_ANSWER: "#999999"}
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
CURVES = {"chosen policy": "#0072B2", "uniform": "#E69F00"}
UNCERTAIN = ["rgba(213,94,0,0.03)", "rgba(213,94,0,1)"]

MOST_LABELLED = 40  # queries that get a row and a label of their own
ROW, THIN = 22, 2  # pixels a query, with a label and without
TALL = 300  # pixels of a plot without labels
WIDTH = 500  # pixels of a plot
INK = "#222222"
CHOSEN = alt.param(
    name="chosen", value=0
)  # the place of the query that a reader looks at; 0 is none
ROWS = alt.NamedData("rows")  # of a live chart: they are sent to it on their own


class _Shown:
    """How a chart shows itself in a notebook."""

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> pictures.Display:
        spec: dict[str, Any] = self.to_dict()  # type: ignore[attr-defined]
        return pictures.display(spec)


class Chart(_Shown, alt.Chart):
    """A chart of one layer."""


class LayerChart(_Shown, alt.LayerChart):
    """A chart of layers."""


AnyChart = Chart | LayerChart


def draw_pulls(data: Any, count: int, width: Any) -> AnyChart:
    """The chart of `pulls_rows` for `count` queries."""
    bars = (
        Chart(data)
        .transform_fold(list(KINDS), as_=["kind", "count"])
        .mark_bar(cursor="pointer")
        .encode(
            color=alt.Color("state:N", title="query", scale=_scale(STATES), legend=_LEGEND),
            opacity=alt.Opacity(
                "kind:N", title="response", scale=_scale(KINDS), legend=_SECOND_LEGEND
            ),
            order=alt.Order("kind:N", sort="descending"),
            stroke=_CHOSEN_STROKE,
            tooltip=[
                alt.Tooltip("query:N"),
                alt.Tooltip("kind:N"),
                alt.Tooltip("count:Q", title="responses of this kind"),
                alt.Tooltip("pulls:Q", title="responses"),
                alt.Tooltip("answer:N"),
                alt.Tooltip("uncertainty:Q", format=".0%"),
                alt.Tooltip("state:N"),
            ],
        )
    )
    amount = "responses drawn"
    if count > MOST_LABELLED:
        return _columns(bars, alt.Y("count:Q", title=amount, axis=_COUNTS), width)
    x = alt.X("sum(count):Q", title=amount, axis=_COUNTS, scale=_room(90))
    bars = bars.encode(x=x, y=_named_rows(), detail="place:N")
    ends = (
        Chart(data)
        .transform_calculate(end="datum.answer + (datum.verdict ? ', ' + datum.verdict : '')")
        .mark_text(align="left", dx=6, fontSize=11, limit=90)
        .encode(y=_named_rows(), x=alt.X("pulls:Q"), text="end:N")
    )
    return LayerChart(layer=[bars, ends], width=width, height=alt.Step(ROW)).add_params(CHOSEN)


def draw_spread(data: Any, width: Any) -> AnyChart:
    """The chart of `spread_rows`."""
    drawn: Chart = (
        Chart(data)
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X("from:Q", bin="binned", title="responses drawn for a query", axis=_COUNTS),
            x2="to:Q",
            y=alt.Y("sum(queries):Q", title="queries", axis=_COUNTS),
            color=alt.Color("state:N", title="query", scale=_scale(STATES), legend=_LEGEND),
            tooltip=[
                alt.Tooltip("from:Q", title="responses, from"),
                alt.Tooltip("to:Q", title="to below"),
                alt.Tooltip("state:N"),
                alt.Tooltip("sum(queries):Q", title="queries"),
            ],
        )
        .properties(width=width, height=TALL)
    )
    return drawn


def draw_uncertainty(data: Any, count: int, width: Any) -> AnyChart:
    """The chart of `uncertainty_rows` for `count` queries."""
    few = count <= MOST_LABELLED
    legend = alt.Legend(
        orient="top", titleOrient="left", gradientLength=160, values=[0, 0.25, 0.5], format=".0%"
    )
    shade = alt.Scale(domain=[0, 0.5], range=UNCERTAIN)
    drawn: Chart = (
        Chart(data)
        .mark_rect(cursor="pointer")
        .encode(
            x=alt.X(
                "from:Q", title="responses drawn in all", scale=alt.Scale(nice=False), axis=_COUNTS
            ),
            x2="to:Q",
            y=_named_rows()
            if few
            else alt.Y("rank:O", title="queries, one a row", axis=_NO_LABELS),
            color=alt.Color("uncertainty:Q", title="uncertainty", scale=shade, legend=legend),
            tooltip=[
                alt.Tooltip("label:N", title="query"),
                alt.Tooltip("uncertainty:Q", format=".1%"),
                alt.Tooltip("from:Q", title="from response"),
                alt.Tooltip("to:Q", title="to response"),
            ],
        )
        .properties(width=width, height=alt.Step(ROW) if few else TALL)
        .add_params(CHOSEN)
    )
    return drawn


def draw_scores(data: Any, count: int, width: Any) -> AnyChart:
    """The chart of `score_rows` for `count` queries."""
    bars = (
        Chart(data)
        .mark_bar(cursor="pointer")
        .encode(
            color=alt.Color("part:N", title=None, scale=_scale(PARTS), legend=_PARTS_LEGEND),
            stroke=_CHOSEN_STROKE,
            tooltip=[
                alt.Tooltip("label:N", title="query"),
                alt.Tooltip("part:N"),
                alt.Tooltip("score:Q", format=".3f"),
            ],
        )
    )
    amount = "score; the highest is pulled next"
    if count > MOST_LABELLED:
        return _columns(bars, alt.Y("score:Q", title=amount), width)
    bars = bars.encode(
        x=alt.X("sum(score):Q", title=amount, scale=_room(50)), y=_named_rows(), detail="place:N"
    )
    marks = (
        Chart(data)
        .transform_filter("datum.next")
        .mark_text(align="left", dx=6, fontSize=11)
        .encode(y=_named_rows(), x=alt.X("total:Q"), text=alt.value("◀ next"))
    )
    return LayerChart(layer=[bars, marks], width=width, height=alt.Step(ROW)).add_params(CHOSEN)


def draw_votes(data: Any, width: Any) -> AnyChart:
    """The chart of `votes_rows`."""
    order = alt.EncodingSortField("rank", op="min")
    drawn: Chart = (
        Chart(data)
        .mark_bar(color=STATES["open"])
        .encode(
            x=alt.X("votes:Q", title="responses", axis=_COUNTS),
            y=alt.Y(
                "answer:N",
                sort=order,
                title=None,
                axis=alt.Axis(labelLimit=220, ticks=False, domain=False),
            ),
            opacity=alt.Opacity(
                "kind:N", title="response", scale=_scale(KINDS), legend=_SECOND_LEGEND
            ),
            order=alt.Order("kind:N", sort="descending"),
            tooltip=[
                alt.Tooltip("answer:N"),
                alt.Tooltip("kind:N"),
                alt.Tooltip("votes:Q", title="of this kind"),
                alt.Tooltip("total:Q", title="responses"),
            ],
        )
        .properties(width=width, height=alt.Step(ROW))
    )
    return drawn


def draw_timeline(data: Any, count: int) -> AnyChart:
    """The chart of `timeline_rows` for `count` queries."""
    few = count <= MOST_LABELLED
    labelled = alt.Y("label:N", sort=alt.EncodingSortField("place"), title=None, axis=_ROW_AXIS)
    drawn: Chart = (
        Chart(data)
        .mark_bar(height=ROW // 2 if few else THIN, minBandSize=1)
        .encode(
            x=alt.X("start:Q", title="seconds since the start"),
            x2="end:Q",
            y=labelled if few else alt.Y("place:O", title="queries, one a row", axis=_NO_LABELS),
            color=alt.Color("says:N", title="says", scale=_scale(SAYS), legend=_LEGEND),
            opacity=alt.Opacity(
                "kind:N", title="response", scale=_scale(KINDS), legend=_SECOND_LEGEND
            ),
            tooltip=[
                alt.Tooltip("label:N", title="query"),
                alt.Tooltip("answer:N"),
                alt.Tooltip("kind:N"),
                alt.Tooltip("start:Q", title="from, s"),
                alt.Tooltip("end:Q", title="to, s"),
            ],
        )
        .properties(width=WIDTH, height=alt.Step(ROW) if few else max(TALL, THIN * count))
    )
    return drawn


def draw_curves(data: Any, width: Any, share: str) -> AnyChart:
    """The chart of `curve_rows`; `share` says of what."""
    colour = alt.Color("curve:N", title=None, scale=_scale(CURVES), legend=_LEGEND)
    amount = alt.X(
        "spent:Q",
        title="budget, in responses",
        scale=alt.Scale(nice=False, zero=False),
        axis=_COUNTS,
    )
    lines = (
        Chart(data)
        .transform_filter("datum.spent")
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=amount,
            y=alt.Y(
                "share:Q", title=share, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%")
            ),
            color=colour,
            tooltip=[
                alt.Tooltip("curve:N", title="policy"),
                alt.Tooltip("spent:Q", title="responses"),
                alt.Tooltip("share:Q", title=share, format=".1%"),
            ],
        )
    )
    ends = (
        Chart(data)
        .transform_filter("datum.ran_out")
        .mark_rule(strokeDash=[4, 4], strokeWidth=1.5)
        .encode(
            x=alt.X("ran_out:Q"),
            color=colour,
            tooltip=[alt.Tooltip("ran_out:Q", title="recorded responses of a query run out after")],
        )
    )
    return LayerChart(layer=[lines, ends], width=width, height=TALL)


def draw_comparison(data: Any, strategies: Sequence[str], width: Any, measure: str) -> AnyChart:
    """The chart of `comparison_rows`, a line with its band for each strategy; `measure` says what was spent."""
    colour = alt.Color(
        "strategy:N",
        title=None,
        scale=alt.Scale(domain=list(strategies), range=_hues(len(strategies))),
        legend=alt.Legend(symbolOpacity=1),
    )
    spent = alt.X("spent:Q", title=measure, scale=alt.Scale(zero=False))
    share = alt.Y(
        "accuracy:Q",
        title="right answers",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(format=".0%"),
    )
    band = (
        Chart(data)
        .mark_area(opacity=0.12)
        .encode(x=spent, y=alt.Y("low:Q", scale=alt.Scale(zero=False)), y2="high:Q", color=colour)
    )
    lines = (
        Chart(data)
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=spent,
            y=share,
            color=colour,
            strokeDash=alt.StrokeDash(
                "strategy:N",
                title=None,
                scale=alt.Scale(domain=list(strategies), range=_dashes(len(strategies))),
            ),
            tooltip=[
                alt.Tooltip("strategy:N"),
                alt.Tooltip("spent:Q", title=measure, format=".4~g"),
                alt.Tooltip("accuracy:Q", format=".1%"),
                alt.Tooltip("low:Q", format=".1%"),
                alt.Tooltip("high:Q", format=".1%"),
            ],
        )
    )
    return LayerChart(layer=[band, lines], width=width, height=TALL)


def draw_needed(data: Any, strategies: Sequence[str], width: Any) -> AnyChart:
    """The chart of `needed_rows`."""
    drawn: Chart = (
        Chart(data)
        .mark_bar(color=STATES["open"])
        .encode(
            x=alt.X("responses:Q", title="mean responses a query"),
            y=alt.Y("strategy:N", sort=list(strategies), title=None, axis=_ROW_AXIS),
            tooltip=[alt.Tooltip("strategy:N"), alt.Tooltip("responses:Q")],
        )
        .properties(width=width, height=alt.Step(ROW))
    )
    return drawn


def _hues(count: int) -> list[str]:
    return [HUES[i % len(HUES)] for i in range(count)]


def _dashes(count: int) -> list[list[int]]:
    """Whole lines while there are hues enough, then dashed ones."""
    return [
        [1, 0] if i < len(HUES) else [6, 3] if i < 2 * len(HUES) else [2, 2] for i in range(count)
    ]


_LEGEND = alt.Legend(orient="top", titleOrient="left")
_SECOND_LEGEND = alt.Legend(
    orient="bottom", titleOrient="left", direction="horizontal"
)  # side by side they would not fit a narrow page
_PARTS_SHOWN = "data('rows').length && data('rows')[0].part == 'score' ? ['score'] : ['exploitation', 'exploration']"
_PARTS_LEGEND = alt.Legend(orient="top", values={"expr": _PARTS_SHOWN})
_COUNTS = alt.Axis(tickMinStep=1, labelSeparation=8)
_ROW_AXIS = alt.Axis(labelLimit=260, ticks=False, domain=False)
_NO_LABELS = alt.Axis(labels=False, ticks=False, domain=False)
_CHOSEN_STROKE = alt.condition("datum.place == chosen", alt.value("#888888"), alt.value(None))


def _named_rows() -> alt.Y:
    return alt.Y(
        "label:N", sort=alt.EncodingSortField("rank", op="min"), title=None, axis=_ROW_AXIS
    )


def _columns(bars: Chart, y: alt.Y, width: Any) -> AnyChart:
    x = alt.X(
        "rank:O", title="queries, one a column", axis=_NO_LABELS, scale=alt.Scale(paddingInner=0)
    )
    drawn: Chart = bars.encode(x=x, y=y)
    return drawn.properties(width=width, height=240).add_params(CHOSEN)


def _room(pixels: int) -> alt.Scale:
    """A scale of bars that leaves so much room at their ends for a word."""
    return alt.Scale(range=[0, {"expr": f"width - {pixels}"}])


def _scale(values: Mapping[str, Any]) -> alt.Scale:
    return alt.Scale(domain=list(values), range=list(values.values()))


Specs = Mapping[str, Mapping[str, Any]]


def live_run(count: int) -> Specs:
    """The specifications of the live charts for `count` queries, as wide as their place; their rows are sent on their own."""
    return _live_run(
        1
        if count <= MOST_LABELLED
        else MOST_LABELLED + 1
        if count <= MOST_DRAWN
        else MOST_DRAWN + 1
    )


@lru_cache
def _live_run(count: int) -> Specs:
    many = count > MOST_DRAWN
    count = CONTESTED if many else count
    return _live(
        {
            "pulls": draw_spread(ROWS, "container")
            if many
            else draw_pulls(ROWS, count, "container"),
            "uncertainty": draw_uncertainty(ROWS, count, "container"),
            "scores": draw_scores(ROWS, count, "container"),
            "votes": draw_votes(ROWS, "container"),
        }
    )


def live_what_if(count: int, share: str) -> Specs:
    """The specifications of live charts of a run dealt out once more."""
    return _live(
        {
            "curve": draw_curves(ROWS, "container", share),
            "pulls": draw_pulls(ROWS, count, "container"),
        }
    )


def _live(drawn: Mapping[str, AnyChart]) -> Specs:
    return {name: {**chart.to_dict(), "datasets": {"rows": []}} for name, chart in drawn.items()}


def table(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Rows as the data of a chart that is drawn once."""
    return alt.InlineData(rows)


def titled(chart: AnyChart, text: str, subtitle: str) -> AnyChart:
    """The chart under a title."""
    drawn: AnyChart = chart.properties(title=alt.Title(text, subtitle=subtitle))
    return drawn


def finished(chart: AnyChart, said: str) -> AnyChart:
    """One look, on its own white ground, so that it reads the same in a light and in a dark theme; `said` are its words."""
    configured: AnyChart = (
        chart.properties(description=said)
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
