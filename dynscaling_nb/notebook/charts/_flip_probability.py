"""How likely each answer is to flip, over the course of a run."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np

from dynscaling_nb.engine.result import Result
from dynscaling_nb.notebook.charts._pulls import contested, default_order
from dynscaling_nb.notebook.charts._style import (
    COUNTS,
    LIVE_ROWS,
    NO_LABELS,
    QUESTION,
    ROW,
    TALL,
    WIDTH,
    AnyChart,
    Chart,
    finished,
    labelled_rows,
    table,
    titled,
)
from dynscaling_nb.notebook.charts.history import (
    CONTESTED,
    MAX_LABELLED,
    MAX_SHOWN,
    Place,
    RunHistory,
)
from dynscaling_nb.notebook.charts.live import LiveChart, RunView

MEANING = "chance that the runner-up is truly ahead of the answer"
SHADES = ["rgba(213,94,0,0.03)", "rgba(213,94,0,1)"]


def flip_probability(result: Result) -> AnyChart:
    """How likely each answer was to flip: the chance that its runner-up is truly ahead of it.

    Each question has a row over the course of the run. With more than 1,000 questions the chart
    shows the 20 least certain answers instead, with their responses.
    """
    count = len(result.queries)
    if count > MAX_SHOWN:
        return contested(result)
    history = RunHistory.of(result)
    rows = flip_rows(history, history.places(default_order(result)))
    chart = titled(
        draw_flips(table(rows), count, WIDTH), "How likely each answer is to flip", MEANING
    )
    settled = f"{result.states.count('settled')} of {count} questions are settled in the end"
    return finished(chart, f"Flip probability of each answer over the run; {settled}.")


def flip_rows(history: RunHistory, places: Sequence[Place]) -> list[dict[str, Any]]:
    """One row for each stretch of the run in which a flip probability stayed the same.

    A row holds `place`, `rank`, `label`, `flip_probability`, and `from` and `to` in responses
    over all questions. A question has no row before its first response.
    """
    ends, levels = history.levels([place.query for place in places])
    begins = [0, *ends[:-1].tolist()]
    firsts = np.isnan(levels).sum(axis=1).tolist()  # steps before the first response
    rows: list[dict[str, Any]] = []
    for (query, rank), level, first in zip(places, levels, firsts, strict=True):
        if first == len(level):
            continue
        named = {"place": query + 1, "rank": rank, "label": history.rows[query]["label"]}
        changes = np.flatnonzero(level[first + 1 :] != level[first:-1]) + first + 1
        starts = [first, *changes.tolist()]
        for start, stop in pairwise([*starts, len(level)]):
            stretch = {"from": begins[start], "to": int(ends[stop - 1])}
            rows.append({**named, **stretch, "flip_probability": float(level[start])})
    return rows


def draw_flips(data: Any, count: int, width: Any) -> AnyChart:
    """The chart of `flip_rows` for this number of questions."""
    few = count <= MAX_LABELLED
    thin = alt.Y("rank:O", title="questions, one a row", axis=NO_LABELS)
    legend = alt.Legend(
        orient="top", titleOrient="left", gradientLength=160, values=[0, 0.25, 0.5], format=".0%"
    )
    chart: Chart = (
        Chart(data)
        .mark_rect(cursor="pointer")
        .encode(
            x=alt.X(
                "from:Q",
                title="responses to all questions",
                scale=alt.Scale(nice=False),
                axis=COUNTS,
            ),
            x2="to:Q",
            y=labelled_rows() if few else thin,
            color=alt.Color(
                "flip_probability:Q",
                title="flip probability",
                scale=alt.Scale(domain=[0, 0.5], range=SHADES),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("label:N", title="question"),
                alt.Tooltip("flip_probability:Q", title="flip probability", format=".1%"),
                alt.Tooltip("from:Q", title="from response"),
                alt.Tooltip("to:Q", title="to response"),
            ],
        )
        .properties(width=width, height=alt.Step(ROW) if few else TALL)
        .add_params(QUESTION)
    )
    return chart


class LiveFlipProbability(LiveChart[RunView]):
    """How likely each answer is to flip."""

    name = "flip_probability"
    title = f"How likely each answer is to flip: the {MEANING}"
    title_for_many = (
        f"The {CONTESTED} questions whose next response is worth most: "
        "how likely the answer of each is to flip"
    )

    def draw(self, count: int) -> AnyChart:
        return draw_flips(LIVE_ROWS, CONTESTED if count > MAX_SHOWN else count, "container")

    def rows(self, view: RunView) -> list[dict[str, Any]]:
        return flip_rows(view.history, view.places)

    def words(self, view: RunView) -> str:
        return f"{view.ledger.holds['settled'].sum()} of {view.count} questions are settled."
