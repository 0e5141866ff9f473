"""What charts draw, as small tables: lists of rows from the course of a run. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.bandit.arms import Floats
from dynscaling_nb.engine.result import Result
from dynscaling_nb.evaluation.compare import Comparison
from dynscaling_nb.evaluation.replay import Reallocation
from dynscaling_nb.formatting import line
from dynscaling_nb.notebook.charts.history import LABEL, NO_ANSWER, RunHistory, new_row
from dynscaling_nb.records import Response, State

Order = Literal["as asked", "pulls", "uncertainty", "state"]
STATES: tuple[State, ...] = ("open", "settled", "failed")
KEYS: Mapping[Order, Callable[[dict[str, Any]], float]] = {
    "as asked": lambda row: row["place"],
    "pulls": lambda row: -row["pulls"],
    "uncertainty": lambda row: -row["uncertainty"],
    "state": lambda row: STATES.index(row["state"]),
}
FINAL, ANOTHER = "the final answer", "another answer"
MOST_POINTS = 150  # of a curve
MOST_ANSWERS = 12  # of one query, each with a row of its own
MOST_DRAWN = 1000  # queries that are drawn one by one; of more, those that are contested most
CONTESTED = 20  # of them
BARS = 40  # of a spread, at most


def ranks(course: RunHistory, order: Order = "as asked") -> list[int]:
    """Where each query stands, from 0, in that order; the most pulled, or the least certain, first."""
    key = KEYS[order]
    sorted_places = sorted(range(len(course.rows)), key=lambda i: (key(course.rows[i]), i))
    found = [0] * len(sorted_places)
    for rank, place in enumerate(sorted_places):
        found[place] = rank
    return found


def pulls_rows(course: RunHistory, order: Order = "as asked") -> list[dict[str, Any]]:
    """One row a query: `place` (from 1), `rank` (from 0), `query`, `label`, `parallel`, `chained`, `pulls`, `answer`, `verdict`,
    `uncertainty`, `state`.
    """
    return [
        {**row, "leader": None, "rank": rank}
        for row, rank in zip(course.rows, ranks(course, order), strict=True)
    ]


def spread_rows(
    pulls: NDArray[np.int64], states: Mapping[State, NDArray[np.bool_]]
) -> list[dict[str, Any]]:
    """How many queries got how many responses, in at most 40 bars: `from` and `to` (the first that is no longer meant), `state`, `queries`.

    `pulls` and each of the `states` have one element a query.
    """
    width = int(pulls.max(initial=0)) // BARS + 1
    return [
        {"from": bar * width, "to": (bar + 1) * width, "state": state, "queries": count}
        for state, holds in states.items()
        for bar, count in enumerate(np.bincount(pulls[holds] // width).tolist())
        if count
    ]


def contested_rows(result: Result) -> list[dict[str, Any]]:
    """The rows of `pulls_rows` for the 20 least certain answers of a result; a tie goes to more pulls."""
    pulls, sure = np.array(result.pulls), np.array(result.confidence)
    places = np.lexsort((-pulls, sure))[:CONTESTED].tolist()
    return [
        {
            **new_row(place + 1, result.queries[place]),
            "rank": rank,
            "parallel": result.independent_pulls[place],
            "chained": result.pulls[place] - result.independent_pulls[place],
            "pulls": result.pulls[place],
            "answer": NO_ANSWER
            if (answer := result.answers[place]) is None
            else line(answer, LABEL),
            "verdict": {None: "", True: "right", False: "wrong"}[result.correct[place]],
            "uncertainty": round(1 - sure[place], 3),
            "state": result.states[place],
        }
        for rank, place in enumerate(places)
    ]


def uncertainty_rows(
    course: RunHistory, order: Order = "as asked", places: Sequence[int] | None = None
) -> list[dict[str, Any]]:
    """One row for each stretch of the run in which a query's uncertainty stayed the same: `place`, `rank`, `label`, `from` and `to` in
    responses drawn over all queries, `uncertainty`. Of all queries, or of those at `places` (from 0) in that order.
    """
    shown = _shown(course, order, places)
    ends, levels = course.levels([place for place, _ in shown])
    begins = [0, *ends[:-1].tolist()]
    changes = (
        levels[:, 1:] != levels[:, :-1]
    )  # NaN differs from itself: so every step before the first response is one, and left out
    rows = []
    for (place, rank), level, change in zip(shown, levels.tolist(), changes, strict=True):
        row = course.rows[place]
        starts = [0, *(change.nonzero()[0] + 1).tolist()]
        for start, stop in zip(starts, [*starts[1:], len(level)], strict=True):
            if level[start] == level[start]:
                stretch = {
                    "from": begins[start],
                    "to": int(ends[stop - 1]),
                    "uncertainty": level[start],
                }
                rows.append({"place": row["place"], "rank": rank, "label": row["label"], **stretch})
    return rows


def score_rows(
    course: RunHistory,
    terms: Mapping[str, Floats],
    order: Order = "as asked",
    following: int | None = None,
    places: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    """One row for each query and each of the `terms` of its score (arrays, one element a query): `place`, `rank`, `label`, `part`, `score`,
    their sum `total`, and whether it is the one `following`, on one of its rows, as `next`. Of all queries, or of those at
    `places` (from 0) in that order.
    """
    totals = sum(terms.values())
    last = list(terms)[-1]
    return [
        {
            "place": i + 1,
            "rank": rank,
            "label": course.rows[i]["label"],
            "part": part,
            "score": round(float(values[i]), 4),
            "total": round(float(totals[i]), 4),  # type: ignore[index]
            "next": i == following and part == last,
        }
        for i, rank in _shown(course, order, places)
        for part, values in terms.items()
    ]


def _shown(course: RunHistory, order: Order, places: Sequence[int] | None) -> list[tuple[int, int]]:
    """The places to show, from 0, each with its rank."""
    if places is None:
        return list(enumerate(ranks(course, order)))
    return [(place, rank) for rank, place in enumerate(places)]


def votes_rows(course: RunHistory, place: int) -> list[dict[str, Any]]:
    """The votes of the query at `place` (from 0), one row for each answer and kind of response: `answer`, `kind`, `votes`, `total`,
    `rank`. The twelve answers with most votes, then the others as one, then the responses without an answer.
    """
    votes = course.votes[place]
    ordered = sorted(votes.counts, key=lambda a: (a != votes.leader, -votes.counts[a]))
    shown = [(line(a, LABEL), votes.counts[a], votes.chained[a]) for a in ordered[:MOST_ANSWERS]]
    if others := ordered[MOST_ANSWERS:]:
        total = sum(votes.counts[a] for a in others)
        shown.append((f"{len(others)} other answers", total, sum(votes.chained[a] for a in others)))
    if votes.unread:
        shown.append(
            (NO_ANSWER, votes.unread, course.rows[place]["chained"] - votes.chained.total())
        )
    return [
        {"answer": answer, "kind": kind, "votes": count, "total": total, "rank": rank}
        for rank, (answer, total, chained) in enumerate(shown)
        for kind, count in (("parallel", total - chained), ("chained", chained))
    ]


def timeline_rows(course: RunHistory) -> list[dict[str, Any]]:
    """One row a response: `place`, `label`, `start` and `end` in seconds of the run, `kind`, `answer`, `says`."""
    return [
        {
            "place": row["place"],
            "label": row["label"],
            "start": round(max(response.at - response.time, 0), 3),
            "end": round(response.at, 3),
            "kind": response.kind,
            "answer": NO_ANSWER if response.answer is None else line(response.answer, LABEL),
            "says": _says(response, row["leader"]),
        }
        for place, row in enumerate(course.rows)
        for response in course.responses_to(place)
    ]


def curve_rows(curves: Mapping[str, Reallocation]) -> list[dict[str, Any]]:
    """Rows of curves by their names, at most 150 of each: `curve`, `spent` in responses, `share` in [0, 1] of right answers, or of
    answers that are the final ones where no gold is known. Where recorded responses ran out, a row with that `ran_out`.
    """
    rows: list[dict[str, Any]] = []
    for name, found in curves.items():
        shares = found.agreement if found.accuracy is None else found.accuracy
        first = len(found.pulls) - 1  # a budget is at least one response a query
        step = max((len(shares) - first) // MOST_POINTS, 1)
        points = range(len(shares) - 1, first - 1, -step)
        rows += [
            {"curve": name, "spent": k + 1, "share": round(shares[k], 4)} for k in reversed(points)
        ]
        rows += [{"curve": name, "ran_out": found.ran_out}] if found.ran_out else []
    return rows


def reallocated_rows(result: Result, found: Reallocation) -> list[dict[str, Any]]:
    """The rows of `pulls_rows` for a run dealt out once more."""
    kinds = Counter((response.query_id, response.kind) for response in found.drawn)
    known = zip(result.queries, result.golds, found.answers, found.states, found.pulls, strict=True)
    return [
        {
            **new_row(place, query),
            "rank": place - 1,
            "parallel": kinds[query.id, "parallel"],
            "chained": kinds[query.id, "chained"],
            "pulls": pulls,
            "answer": NO_ANSWER if answer is None else line(answer, LABEL),
            "verdict": "" if gold is None else "right" if answer == gold else "wrong",
            "state": state,
        }
        for place, (query, gold, answer, state, pulls) in enumerate(known, start=1)
    ]


Measure = Literal["responses", "tokens", "money"]


def comparison_rows(comparison: Comparison, per: Measure = "responses") -> list[dict[str, Any]]:
    """One row for each strategy and budget: `strategy`, `spent` a query in that measure, `accuracy`, `low` and `high` in [0, 1]."""
    spent: Mapping[Measure, Callable[[dict[str, Any]], float]] = {
        "responses": lambda row: row["responses"],
        "tokens": lambda row: row["prompt_tokens"] + row["completion_tokens"],
        "money": lambda row: row["money"],
    }
    kept = ("strategy", "accuracy", "low", "high")
    return [
        {**{name: row[name] for name in kept}, "spent": spent[per](row)}
        for row in comparison.rows()
    ]


def needed_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One row a strategy that reaches the baseline's best accuracy: `strategy`, `responses` a query that it takes."""
    return [
        {"strategy": name, "responses": round(n, 2)}
        for name, n in comparison.needed().items()
        if n is not None
    ]


def _says(response: Response, leader: str | None) -> str:
    return NO_ANSWER if response.answer is None else FINAL if response.answer == leader else ANOTHER
