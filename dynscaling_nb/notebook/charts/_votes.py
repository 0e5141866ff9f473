"""The votes of one question."""

from typing import Any

import altair as alt

from dynscaling_nb.engine.result import Result
from dynscaling_nb.formatting import line
from dynscaling_nb.notebook.charts._style import (
    BLUE,
    COUNTS,
    LIVE_ROWS,
    ROW,
    WIDTH,
    AnyChart,
    Chart,
    finished,
    kind_opacity,
    table,
    titled,
)
from dynscaling_nb.notebook.charts.history import LABEL, LONG, NO_ANSWER, RunHistory
from dynscaling_nb.notebook.charts.live import LiveChart, RunView
from dynscaling_nb.questions import QuestionName, index_of

MAX_ANSWERS = 12  # answers of one question that get a row each


def votes(result: Result, question: QuestionName) -> AnyChart:
    """The votes of one question: by its id, its place from 1, or its text.

    Raises `UnknownName` with near matches.
    """
    index = index_of(result.queries, question)
    query = result.queries[index]
    history = RunHistory([query], [result.golds[index]])
    for response in sorted(result.responses_to(query), key=lambda response: response.at):
        history.add(response)
    rows = votes_rows(history, 0)
    subtitle = line(query.text, LONG)
    return finished(
        titled(draw_votes(table(rows), WIDTH), "Votes", subtitle), f"Votes: {votes_in_words(rows)}."
    )


def votes_rows(history: RunHistory, index: int) -> list[dict[str, Any]]:
    """The votes of the question at this index, one row for each answer and kind of response.

    First the twelve answers with the most votes, then all others as one, then the responses without
    an answer. A row holds `answer`, `kind`, `votes`, and the `total` and `rank` of the answer.
    """
    votes = history.votes[index]
    ordered = sorted(votes.counts, key=lambda a: (a != votes.leader, -votes.counts[a]))
    totals = [(line(a, LABEL), votes.counts[a], votes.chained[a]) for a in ordered[:MAX_ANSWERS]]
    if others := ordered[MAX_ANSWERS:]:
        count = sum(votes.counts[a] for a in others)
        chained = sum(votes.chained[a] for a in others)
        totals.append((f"{len(others)} other answers", count, chained))
    if votes.unread:
        chained = history.rows[index]["chained"] - votes.chained.total()
        totals.append((NO_ANSWER, votes.unread, chained))
    return [
        {"answer": answer, "kind": kind, "votes": count, "total": total, "rank": rank}
        for rank, (answer, total, chained) in enumerate(totals)
        for kind, count in (("parallel", total - chained), ("chained", chained))
    ]


def votes_in_words(rows: list[dict[str, Any]]) -> str:
    """The totals of `votes_rows`, such as `42: 5; 41: 2`."""
    totals = {row["answer"]: row["total"] for row in rows}
    return "; ".join(f"{answer}: {total}" for answer, total in totals.items())


def draw_votes(data: Any, width: Any) -> AnyChart:
    """The chart of `votes_rows`."""
    chart: Chart = (
        Chart(data)
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("votes:Q", title="responses", axis=COUNTS),
            y=alt.Y(
                "answer:N",
                sort=alt.EncodingSortField("rank", op="min"),
                title=None,
                axis=alt.Axis(labelLimit=220, ticks=False, domain=False),
            ),
            opacity=kind_opacity(),
            order=alt.Order("kind:N", sort="descending"),
            tooltip=[
                alt.Tooltip("answer:N"),
                alt.Tooltip("kind:N", title="kind of response"),
                alt.Tooltip("votes:Q", title="responses of this kind"),
                alt.Tooltip("total:Q", title="responses"),
            ],
        )
        .properties(width=width, height=alt.Step(ROW))
    )
    return chart


class LiveVotes(LiveChart[RunView]):
    """The votes of the selected question."""

    name = "votes"
    title = "Votes"

    def caption(self, view: RunView) -> str:
        if not view.question:
            return self.title
        return f"Votes of question {view.history.rows[view.question - 1]['label']}"

    def draw(self, count: int) -> AnyChart:
        return draw_votes(LIVE_ROWS, "container")

    def rows(self, view: RunView) -> list[dict[str, Any]]:
        return votes_rows(view.history, view.question - 1) if view.question else []

    def words(self, view: RunView) -> str:
        return votes_in_words(self.rows(view)) or "no votes yet"
