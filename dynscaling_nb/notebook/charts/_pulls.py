"""Where the budget went: the responses that each question got."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.engine.result import Result
from dynscaling_nb.formatting import counted, line
from dynscaling_nb.notebook.charts._style import (
    COUNTS,
    KIND_OPACITIES,
    LIVE_ROWS,
    QUESTION,
    QUESTION_STROKE,
    ROW,
    TALL,
    WIDTH,
    AnyChart,
    Chart,
    LayerChart,
    columns,
    finished,
    kind_opacity,
    labelled_rows,
    room,
    state_colour,
    table,
    titled,
)
from dynscaling_nb.notebook.charts.history import (
    CONTESTED,
    LONG,
    MAX_LABELLED,
    MAX_SHOWN,
    STATES,
    Order,
    Rows,
    RunHistory,
    answer_label,
    new_row,
    verdict,
)
from dynscaling_nb.notebook.charts.live import LiveChart, RunView
from dynscaling_nb.records import State

BARS = 40  # of a spread, at most
FLIP_TOOLTIP = alt.Tooltip("flip_probability:Q", title="flip probability", format=".0%")
CONFIDENCE_TOOLTIP = alt.Tooltip("confidence:Q", title="confidence", format=".0%")


def pulls(result: Result) -> AnyChart:
    """Responses to each question, stacked by kind and coloured by state.

    Up to 40 questions get a labelled row each; more get a thin column each. With more than 1,000
    questions the chart is a histogram of the responses to a question.
    """
    subtitle = f"{_size(result)}, {result.policy} policy"
    if len(result.queries) > MAX_SHOWN:
        rows = result_spread_rows(result)
        title = "Where the budget went: questions by the responses that they got"
        return finished(
            titled(draw_spread(table(rows), WIDTH), title, subtitle), description(result)
        )
    history = RunHistory.of(result)
    rows = pulls_rows(history, default_order(result))
    chart = draw_pulls(table(rows), len(rows), WIDTH)
    return finished(titled(chart, "Where the budget went", subtitle), description(result))


def contested(result: Result) -> AnyChart:
    """The 20 answers with the lowest confidence, and the responses that each question got."""
    rows = contested_rows(result)
    subtitle = f"the {len(rows)} least certain answers of {len(result.queries):,}"
    chart = draw_pulls(table(rows), len(rows), WIDTH, CONFIDENCE_TOOLTIP)
    words = f"Bar chart: {subtitle}, with the responses that each question got."
    return finished(titled(chart, "Most contested", subtitle), words)


def description(result: Result) -> str:
    """The chart of a result in words, for people who do not see it."""
    order = np.argsort(np.negative(result.pulls), kind="stable")
    first, last = int(order[0]), int(order[-1])
    return (
        f"Bar chart: {_size(result)}. "
        f"Most, {result.pulls[first]}, went to '{line(result.queries[first].text, LONG)}'; "
        f"fewest, {result.pulls[last]}, to '{line(result.queries[last].text, LONG)}'. "
        f"{result.states.count('settled')} of the answers are settled."
    )


def default_order(result: Result) -> Order:
    """The order of the questions in the charts: as asked if they are few, else by responses."""
    return "as asked" if len(result.queries) <= MAX_LABELLED else "responses"


def pulls_rows(history: RunHistory, order: Order = "as asked") -> Rows:
    """One row a question: the fields of `new_row` and the `rank` in this order, from 0."""
    return [
        {**history.rows[query], "leader": None, "rank": rank}
        for query, rank in history.places(order)
    ]


def contested_rows(result: Result) -> Rows:
    """The rows of `pulls_rows` for the 20 answers with the lowest `confidence`.

    Between equal ones, the question with more responses comes first. `confidence` replaces the
    flip probability, since it needs no look at the responses.
    """
    places = np.lexsort((np.negative(result.pulls), np.array(result.confidence)))[
        :CONTESTED
    ].tolist()
    rows = []
    for rank, place in enumerate(places):
        row = new_row(place + 1, result.queries[place])
        del row["flip_probability"]
        independent = result.independent_pulls[place]
        rows.append(
            {
                **row,
                "rank": rank,
                "parallel": independent,
                "chained": result.pulls[place] - independent,
                "pulls": result.pulls[place],
                "answer": answer_label(result.answers[place]),
                "verdict": verdict(result.answers[place], result.golds[place]),
                "confidence": result.confidence[place],
                "state": result.states[place],
            }
        )
    return rows


def spread_rows(
    pulls: NDArray[np.int64], states: Mapping[State, NDArray[np.bool_]]
) -> list[dict[str, Any]]:
    """A histogram of the responses to a question, in at most 40 bars.

    `pulls` and each of the `states` have one element a question. A row holds `from`, `to` (the
    first number beyond the bar), `state` and the number of `questions`.
    """
    width = int(pulls.max(initial=0)) // BARS + 1
    return [
        {"from": bar * width, "to": (bar + 1) * width, "state": state, "questions": count}
        for state, holds in states.items()
        for bar, count in enumerate(np.bincount(pulls[holds] // width).tolist())
        if count
    ]


def result_spread_rows(result: Result) -> list[dict[str, Any]]:
    """The `spread_rows` of a result."""
    states = np.array(result.states)
    return spread_rows(np.array(result.pulls), {state: states == state for state in STATES})


def draw_pulls(
    data: Any, count: int, width: Any, certainty: alt.Tooltip = FLIP_TOOLTIP
) -> AnyChart:
    """The chart of `pulls_rows` for this number of questions; `certainty` is in the tooltip."""
    bars = (
        Chart(data)
        .transform_fold(list(KIND_OPACITIES), as_=["kind", "count"])
        .mark_bar(cursor="pointer")
        .encode(
            color=state_colour(),
            opacity=kind_opacity(),
            order=alt.Order("kind:N", sort="descending"),
            stroke=QUESTION_STROKE,
            tooltip=[
                alt.Tooltip("question:N"),
                alt.Tooltip("kind:N", title="kind of response"),
                alt.Tooltip("count:Q", title="responses of this kind"),
                alt.Tooltip("pulls:Q", title="responses"),
                alt.Tooltip("answer:N"),
                certainty,
                alt.Tooltip("state:N"),
            ],
        )
    )
    if count > MAX_LABELLED:
        return columns(bars, alt.Y("count:Q", title="responses", axis=COUNTS), width)
    x = alt.X("sum(count):Q", title="responses", axis=COUNTS, scale=room(90))
    bars = bars.encode(x=x, y=labelled_rows(), detail="place:N")
    ends = (
        Chart(data)
        .transform_calculate(end="datum.answer + (datum.verdict ? ', ' + datum.verdict : '')")
        .mark_text(align="left", dx=6, fontSize=11, limit=90)
        .encode(y=labelled_rows(), x=alt.X("pulls:Q"), text="end:N")
    )
    return LayerChart(layer=[bars, ends], width=width, height=alt.Step(ROW)).add_params(QUESTION)


def draw_spread(data: Any, width: Any) -> AnyChart:
    """The chart of `spread_rows`."""
    chart: Chart = (
        Chart(data)
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X("from:Q", bin="binned", title="responses to a question", axis=COUNTS),
            x2="to:Q",
            y=alt.Y("sum(questions):Q", title="questions", axis=COUNTS),
            color=state_colour(),
            tooltip=[
                alt.Tooltip("from:Q", title="responses, from"),
                alt.Tooltip("to:Q", title="to below"),
                alt.Tooltip("state:N"),
                alt.Tooltip("sum(questions):Q", title="questions"),
            ],
        )
        .properties(width=width, height=TALL)
    )
    return chart


class LivePulls(LiveChart[RunView]):
    """Where the budget goes."""

    name = "pulls"
    title = "Where the budget goes"
    title_for_many = "Where the budget goes: questions by the responses that they got"

    def draw(self, count: int) -> AnyChart:
        if count > MAX_SHOWN:
            return draw_spread(LIVE_ROWS, "container")
        return draw_pulls(LIVE_ROWS, count, "container")

    def rows(self, view: RunView) -> list[dict[str, Any]]:
        if view.many:
            return spread_rows(view.ledger.done, view.ledger.holds)
        return pulls_rows(view.history, view.order)

    def words(self, view: RunView) -> str:
        ledger = view.ledger
        return (
            f"{ledger.spent} of {ledger.budget} responses, "
            f"at most {ledger.done.max()} to one question."
        )


def _size(result: Result) -> str:
    responses = counted(sum(result.pulls), "response", "responses")
    return f"{responses} over {counted(len(result.queries), 'question', 'questions')}"
