"""Charts of a result: `tables` makes the rows, `drawing` draws them.

`pulls`, `uncertainty`, `timeline` and `votes` give Altair charts, to be changed and saved like any other. In a notebook they
show as Vega-Lite, and as a PNG where that is not understood.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.evaluation.compare import Comparison
from dynscaling_nb.evaluation.replay import Reallocation
from dynscaling_nb.formatting import counted, line
from dynscaling_nb.notebook.charts._render import Display, display
from dynscaling_nb.notebook.charts.drawing import (
    MOST_LABELLED,
    WIDTH,
    AnyChart,
    draw_comparison,
    draw_curves,
    draw_needed,
    draw_pulls,
    draw_spread,
    draw_timeline,
    draw_uncertainty,
    draw_votes,
    finished,
    table,
    titled,
)
from dynscaling_nb.notebook.charts.history import LONG, RunHistory
from dynscaling_nb.notebook.charts.tables import (
    MOST_DRAWN,
    STATES,
    Measure,
    Order,
    comparison_rows,
    contested_rows,
    curve_rows,
    needed_rows,
    pulls_rows,
    spread_rows,
    timeline_rows,
    uncertainty_rows,
    votes_rows,
)
from dynscaling_nb.records import Query


def pulls(result: Result) -> AnyChart:
    """Pulls per query, stacked by kind and coloured by state: with up to 40 queries a labelled row each, with more a thin column each, with
    more than 1,000 how many queries got how many.
    """
    if len(result.queries) > MOST_DRAWN:
        return _spread(result)
    course = RunHistory.of(result)
    drawn = draw_pulls(table(pulls_rows(course, _order(course))), len(course.rows), WIDTH)
    said = f"{_size(result)}, {result.policy} policy"
    return finished(titled(drawn, "Where the budget went", said), description(result))


def uncertainty(result: Result) -> AnyChart:
    """Uncertainty of every query over the course of the run: the chance that its runner-up is truly ahead of its leader. With more than
    1,000 queries, in its place the 20 that are contested most, as in `pulls`.
    """
    if len(result.queries) > MOST_DRAWN:
        return _contested(result)
    course = RunHistory.of(result)
    drawn = draw_uncertainty(
        table(uncertainty_rows(course, _order(course))), len(course.rows), WIDTH
    )
    settled = (
        f"{result.states.count('settled')} of {len(result.queries)} queries are settled in the end"
    )
    said = titled(
        drawn, "How uncertainty fell", "chance that the runner-up is truly ahead of the answer"
    )
    return finished(said, f"Uncertainty of each query over the run; {settled}.")


def timeline(result: Result) -> AnyChart:
    """When each response was asked for and came back, and whether it says what the query's final answer is."""
    drawn = draw_timeline(table(timeline_rows(RunHistory.of(result))), len(result.queries))
    said = f"{len(result.responses)} responses in {result.time:.1f} s"
    return finished(
        titled(drawn, "When responses came", said),
        f"Timeline: {said}, {len(result.queries)} queries.",
    )


def votes(result: Result, query: str | Query) -> AnyChart:
    """The votes of one query, by its id. Raises `UnknownName` where there is no such query."""
    known = {
        asked.id: (asked, gold) for asked, gold in zip(result.queries, result.golds, strict=True)
    }
    id_ = query.id if isinstance(query, Query) else query
    if id_ not in known:
        raise UnknownName("query", str(id_), list(known))
    asked, gold = known[id_]
    course = RunHistory([asked], [gold])
    for response in sorted(result.responses_to(asked.id), key=lambda r: r.at):
        course.add(response)
    rows = votes_rows(course, 0)
    said = "; ".join(f"{row['answer']}: {row['total']}" for row in rows[::2])
    drawn = draw_votes(table(rows), WIDTH)
    return finished(titled(drawn, "Votes", line(asked.text, LONG)), f"Votes: {said}.")


def _spread(result: Result) -> AnyChart:
    states = np.array(result.states)
    rows = spread_rows(np.array(result.pulls), {state: states == state for state in STATES})
    said = f"{_size(result)}, {result.policy} policy"
    return finished(
        titled(
            draw_spread(table(rows), WIDTH),
            "Where the budget went: queries by the responses that they got",
            said,
        ),
        description(result),
    )


def _contested(result: Result) -> AnyChart:
    rows = contested_rows(result)
    said = f"the {len(rows)} least certain answers of {len(result.queries):,}"
    drawn = titled(draw_pulls(table(rows), len(rows), WIDTH), "Most contested", said)
    return finished(drawn, f"Bar chart: {said}, with the responses that each got.")


def what_if(curves: Mapping[str, Reallocation], share: str) -> AnyChart:
    """Curves of a run dealt out once more; `share` says of what."""
    drawn = draw_curves(table(curve_rows(curves)), WIDTH, share)
    return finished(
        titled(drawn, "What if", "the recorded responses, dealt out once more"),
        f"What if: {share}.",
    )


def comparison(found: Comparison, per: Measure = "responses") -> AnyChart:
    """Accuracy of each strategy against what a query took, in responses, tokens or money, with bands of 95 %.

    Raises `InputError` for money where the comparison knows no prices.
    """
    if per == "money" and found.prices is None:
        raise InputError(
            "this comparison knows no prices: give compare(..., prices=(IN, OUT)), of a million tokens",
            per,
        )
    drawn = draw_comparison(
        table(comparison_rows(found, per)), list(found.curves()), WIDTH, f"{per} a query"
    )
    said = f"{counted(found.queries, 'query', 'queries')}, {counted(found.seeds, 'seed', 'seeds')}; bands: 95 % over queries"
    return finished(
        titled(drawn, "Accuracy against budget", said), f"Line chart. {found.summary()}"
    )


def needed(found: Comparison) -> AnyChart:
    """How many responses a query each strategy takes to be as accurate as the baseline at its best."""
    rows = needed_rows(found)
    drawn = draw_needed(table(rows), list(found.curves()), WIDTH)
    said = "; ".join(f"{row['strategy']}: {row['responses']:g}" for row in rows)
    return finished(
        titled(drawn, f"As accurate as {found.baseline} at its best", "those that reach it"),
        f"Responses needed: {said}.",
    )


class Shown:
    """An Altair chart of any kind, shown as ours are; see `shown`."""

    def __init__(self, chart: Any, words: str) -> None:
        self.chart = finished(chart, words)

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> Display:
        return display(self.chart.to_dict())


def shown(chart: Any, words: str) -> Shown:
    """A chart of your own, shown as ours are: as Vega-Lite, with a picture that a saved notebook keeps, and in `words` for those who do not
    see it.
    """
    return Shown(chart, words)


def displays(result: Result) -> list[Display]:
    """A result as a notebook shows it: its two charts and its table. Each is an output of its own, since a saved notebook shows one form of
    each, and a page may drop pictures that stand in a table's HTML.
    """
    page = {
        "text/plain": str(result),
        "text/html": f"<div class='dynscale-result'>{result.to_html()}</div>",
    }
    return [pulls(result)._repr_mimebundle_(), uncertainty(result)._repr_mimebundle_(), (page, {})]


def description(result: Result) -> str:
    """The charts of a result in words, for those who do not see them."""
    order = sorted(zip(result.pulls, result.queries, strict=True), key=lambda pair: -pair[0])
    most, least = order[0], order[-1]
    return (
        f"Bar chart: {_size(result)}. "
        f"Most, {most[0]}, went to {line(most[1].text, LONG)!r}; fewest, {least[0]}, to {line(least[1].text, LONG)!r}. "
        f"{result.states.count('settled')} of the answers are settled."
    )


def _size(result: Result) -> str:
    return f"{counted(sum(result.pulls), 'response', 'responses')} over {counted(len(result.queries), 'query', 'queries')}"


def _order(course: RunHistory) -> Order:
    return "as asked" if len(course.rows) <= MOST_LABELLED else "pulls"
