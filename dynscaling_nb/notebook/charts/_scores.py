"""Why a question is next: the policy's score of each question, term by term. A live chart."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dynscaling_nb.bandit.arms import Floats
from dynscaling_nb.notebook.charts._style import (
    LIVE_ROWS,
    PURPLE,
    QUESTION,
    QUESTION_STROKE,
    ROW,
    SKY,
    AnyChart,
    Chart,
    LayerChart,
    columns,
    labelled_rows,
    room,
    scale,
)
from dynscaling_nb.notebook.charts.history import (
    CONTESTED,
    MAX_LABELLED,
    MAX_SHOWN,
    Place,
    RunHistory,
)
from dynscaling_nb.notebook.charts.live import LiveChart, RunView

PART_COLOURS = {"exploitation": SKY, "exploration": PURPLE, "score": SKY}
# The legend shows the terms that the policy has, which can change during a run.
_PARTS_SHOWN = (
    "data('rows').length && data('rows')[0].part == 'score'"
    " ? ['score'] : ['exploitation', 'exploration']"
)


def score_rows(
    history: RunHistory,
    parts: Mapping[str, Floats],
    places: Sequence[Place],
    following: int | None = None,
) -> list[dict[str, Any]]:
    """One row for each question at `places` and each of the `parts` of its score.

    `parts` are arrays with one element a question of the run. A row holds `place`, `rank`, `label`,
    `part`, its `score`, and the `total` of all parts. The last row of the question at the index
    `following` has a true `next`.
    """
    last = list(parts)[-1]
    return [
        {
            "place": query + 1,
            "rank": rank,
            "label": history.rows[query]["label"],
            "part": part,
            "score": round(float(values[query]), 4),
            "total": round(float(sum(terms[query] for terms in parts.values())), 4),
            "next": query == following and part == last,
        }
        for query, rank in places
        for part, values in parts.items()
    ]


def draw_scores(data: Any, count: int, width: Any) -> AnyChart:
    """The chart of `score_rows` for this number of questions."""
    legend = alt.Legend(orient="top", values={"expr": _PARTS_SHOWN})
    bars = (
        Chart(data)
        .mark_bar(cursor="pointer")
        .encode(
            color=alt.Color("part:N", title=None, scale=scale(PART_COLOURS), legend=legend),
            stroke=QUESTION_STROKE,
            tooltip=[
                alt.Tooltip("label:N", title="question"),
                alt.Tooltip("part:N", title="term"),
                alt.Tooltip("score:Q", format=".3f"),
            ],
        )
    )
    amount = "score; the highest gets the next response"
    if count > MAX_LABELLED:
        return columns(bars, alt.Y("score:Q", title=amount), width)
    bars = bars.encode(
        x=alt.X("sum(score):Q", title=amount, scale=room(50)), y=labelled_rows(), detail="place:N"
    )
    marks = (
        Chart(data)
        .transform_filter("datum.next")
        .mark_text(align="left", dx=6, fontSize=11)
        .encode(y=labelled_rows(), x=alt.X("total:Q"), text=alt.value("◀ next"))
    )
    return LayerChart(layer=[bars, marks], width=width, height=alt.Step(ROW)).add_params(QUESTION)


class LiveScores(LiveChart[RunView]):
    """Why a question is next."""

    name = "scores"
    title = "Why: the score by which the policy chooses"
    title_for_many = "Why: the score by which the policy chooses, of the same questions"

    def draw(self, count: int) -> AnyChart:
        return draw_scores(LIVE_ROWS, CONTESTED if count > MAX_SHOWN else count, "container")

    def rows(self, view: RunView) -> list[dict[str, Any]]:
        return score_rows(view.history, view.parts, view.places, view.next)

    def words(self, view: RunView) -> str:
        if view.next is None:
            return "No question is open."
        return f"The next response goes to question {view.next + 1}."
