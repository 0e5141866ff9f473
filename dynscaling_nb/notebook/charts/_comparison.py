"""Strategies compared: accuracy against budget, and the budget that each strategy needs."""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from dynscaling_nb.errors import InputError
from dynscaling_nb.evaluation.comparison import Comparison
from dynscaling_nb.formatting import counted
from dynscaling_nb.notebook.charts._style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    ROW,
    ROW_AXIS,
    SKY,
    TALL,
    WIDTH,
    AnyChart,
    Chart,
    LayerChart,
    finished,
    table,
    titled,
)

Measure = Literal["responses", "tokens", "money"]
AXES: dict[Measure, str] = {
    "responses": "responses a question",
    "tokens": "tokens a question",
    "money": "cost a question, in the currency of the prices",
}
HUES = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, "#000000")
DASHES = ([1, 0], [6, 3], [2, 2])  # for the first seven strategies, the next seven, and the rest


def comparison(results: Comparison, per: Measure = "responses") -> AnyChart:
    """Accuracy of each strategy against the spending on a question, with 95 % bands.

    `per` is the measure of the spending: responses, tokens or money. Raises `InputError` for money
    if the comparison has no prices.
    """
    if per == "money" and results.prices is None:
        raise InputError(
            "this comparison has no prices: give compare(..., prices=(IN, OUT)), dollars for a "
            "million tokens",
            per,
        )
    rows = comparison_rows(results, per)
    chart = draw_comparison(table(rows), list(results.curves()), AXES[per])
    questions = counted(results.queries, "question", "questions")
    seeds = counted(results.seeds, "seed", "seeds")
    subtitle = f"{questions}, {seeds}; bands: 95 % over questions"
    return finished(
        titled(chart, "Accuracy against budget", subtitle), f"Line chart. {results.summary()}"
    )


def needed(results: Comparison) -> AnyChart:
    """Responses a question that each strategy needs for the best accuracy of the baseline."""
    rows = needed_rows(results)
    chart = draw_needed(table(rows), list(results.curves()))
    words = "; ".join(f"{row['strategy']}: {row['responses']:g}" for row in rows)
    title = f"As accurate as {results.baseline} at its best"
    return finished(titled(chart, title, "strategies that reach it"), f"Responses needed: {words}.")


def comparison_rows(results: Comparison, per: Measure = "responses") -> list[dict[str, Any]]:
    """One row for each strategy and budget.

    A row holds `strategy`, `spent` a question in this measure, and `accuracy`, `low` and `high` in
    [0, 1].
    """
    names = ("strategy", "accuracy", "low", "high")
    return [
        {**{name: row[name] for name in names}, "spent": _spent(row, per)} for row in results.rows()
    ]


def needed_rows(results: Comparison) -> list[dict[str, Any]]:
    """One row for each strategy that reaches the best accuracy of the baseline.

    A row holds `strategy` and the `responses` a question that it takes.
    """
    return [
        {"strategy": name, "responses": round(responses, 2)}
        for name, responses in results.needed().items()
        if responses is not None
    ]


def draw_comparison(data: Any, strategies: Sequence[str], measure: str) -> AnyChart:
    """The chart of `comparison_rows`: a line and its band for each strategy."""
    names, count = list(strategies), len(strategies)
    hues = [HUES[i % len(HUES)] for i in range(count)]
    dashes = [DASHES[min(i // len(HUES), len(DASHES) - 1)] for i in range(count)]
    colour = alt.Color(
        "strategy:N",
        title=None,
        scale=alt.Scale(domain=names, range=hues),
        legend=alt.Legend(symbolOpacity=1),
    )
    dash = alt.StrokeDash("strategy:N", title=None, scale=alt.Scale(domain=names, range=dashes))
    near = alt.Scale(zero=False)
    spent = alt.X("spent:Q", title=measure, scale=near)
    share = alt.Y("accuracy:Q", title="right answers", scale=near, axis=alt.Axis(format=".0%"))
    band = (
        Chart(data)
        .mark_area(opacity=0.12)
        .encode(x=spent, y=alt.Y("low:Q", scale=near), y2="high:Q", color=colour)
    )
    lines = (
        Chart(data)
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=spent,
            y=share,
            color=colour,
            strokeDash=dash,
            tooltip=[
                alt.Tooltip("strategy:N"),
                alt.Tooltip("spent:Q", title=measure, format=".4~g"),
                alt.Tooltip("accuracy:Q", title="right answers", format=".1%"),
                alt.Tooltip("low:Q", title="95 % band, from", format=".1%"),
                alt.Tooltip("high:Q", title="to", format=".1%"),
            ],
        )
    )
    return LayerChart(layer=[band, lines], width=WIDTH, height=TALL)


def draw_needed(data: Any, strategies: Sequence[str]) -> AnyChart:
    """The chart of `needed_rows`."""
    chart: Chart = (
        Chart(data)
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("responses:Q", title="mean responses a question"),
            y=alt.Y("strategy:N", sort=list(strategies), title=None, axis=ROW_AXIS),
            tooltip=[
                alt.Tooltip("strategy:N"),
                alt.Tooltip("responses:Q", title="mean responses a question"),
            ],
        )
        .properties(width=WIDTH, height=alt.Step(ROW))
    )
    return chart


def _spent(row: dict[str, Any], per: Measure) -> Any:
    if per == "tokens":
        return row["prompt_tokens"] + row["completion_tokens"]
    return row[per]
