"""The time at which each response came."""

from typing import Any

import altair as alt

from dynscaling_nb.engine.result import Result
from dynscaling_nb.formatting import counted
from dynscaling_nb.notebook.charts._style import (
    BLUE,
    GREY,
    LEGEND,
    NO_LABELS,
    RED,
    ROW,
    ROW_AXIS,
    TALL,
    THIN,
    WIDTH,
    AnyChart,
    Chart,
    finished,
    kind_opacity,
    scale,
    table,
    titled,
)
from dynscaling_nb.notebook.charts.history import (
    MAX_LABELLED,
    NO_ANSWER,
    RunHistory,
    answer_label,
)

FINAL, ANOTHER = "the final answer", "another answer"
GIVES_COLOURS = {FINAL: BLUE, ANOTHER: RED, NO_ANSWER: GREY}


def timeline(result: Result) -> AnyChart:
    """When each request was sent and its response came, and whether it gives the final answer."""
    rows = timeline_rows(RunHistory.of(result))
    chart = draw_timeline(table(rows), len(result.queries))
    responses = counted(len(result.responses), "response", "responses")
    subtitle = f"{responses} in {result.time:.1f} s"
    questions = counted(len(result.queries), "question", "questions")
    return finished(
        titled(chart, "When responses came", subtitle), f"Timeline: {subtitle}, {questions}."
    )


def timeline_rows(history: RunHistory) -> list[dict[str, Any]]:
    """One row a response.

    A row holds `place`, `label`, `start` and `end` in seconds of the run, `kind`, `answer`, and
    `gives`: the final answer, another answer or no answer.
    """
    return [
        {
            "place": row["place"],
            "label": row["label"],
            "start": round(max(response.at - response.time, 0), 3),
            "end": round(response.at, 3),
            "kind": response.kind,
            "answer": answer_label(response.answer),
            "gives": _gives(response.answer, row["leader"]),
        }
        for index, row in enumerate(history.rows)
        for response in history.responses_to(index)
    ]


def draw_timeline(data: Any, count: int) -> AnyChart:
    """The chart of `timeline_rows` for this number of questions."""
    few = count <= MAX_LABELLED
    labelled = alt.Y("label:N", sort=alt.EncodingSortField("place"), title=None, axis=ROW_AXIS)
    thin = alt.Y("place:O", title="questions, one a row", axis=NO_LABELS)
    chart: Chart = (
        Chart(data)
        .mark_bar(height=ROW // 2 if few else THIN, minBandSize=1)
        .encode(
            x=alt.X("start:Q", title="seconds since the start"),
            x2="end:Q",
            y=labelled if few else thin,
            color=alt.Color(
                "gives:N", title="response gives", scale=scale(GIVES_COLOURS), legend=LEGEND
            ),
            opacity=kind_opacity(),
            tooltip=[
                alt.Tooltip("label:N", title="question"),
                alt.Tooltip("answer:N"),
                alt.Tooltip("kind:N", title="kind of response"),
                alt.Tooltip("start:Q", title="from, s"),
                alt.Tooltip("end:Q", title="to, s"),
            ],
        )
        .properties(width=WIDTH, height=alt.Step(ROW) if few else max(TALL, THIN * count))
    )
    return chart


def _gives(answer: str | None, leader: str | None) -> str:
    if answer is None:
        return NO_ANSWER
    return FINAL if answer == leader else ANOTHER
