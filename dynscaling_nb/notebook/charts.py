"""Charts of a result: `tables` makes the rows, `drawing` draws them.

`pulls`, `uncertainty`, `timeline`, `votes` and `overview` give Altair charts, to be changed and saved like any other. In a notebook they
show as Vega-Lite, and as a PNG where that is not understood.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from dynscaling_nb.evaluate import Reallocation
from dynscaling_nb.notebook import pictures
from dynscaling_nb.notebook.course import LONG, Course
from dynscaling_nb.notebook.drawing import (
    MOST_LABELLED,
    WIDTH,
    AnyChart,
    VConcatChart,
    draw_curves,
    draw_pulls,
    draw_timeline,
    draw_uncertainty,
    draw_votes,
    finished,
    table,
    titled,
)
from dynscaling_nb.notebook.tables import Order, curve_rows, pulls_rows, timeline_rows, uncertainty_rows, votes_rows
from dynscaling_nb.records import Query
from dynscaling_nb.results import Result
from dynscaling_nb.texts import line


def pulls(result: Result) -> AnyChart:
    """Pulls per query, stacked by kind and coloured by state: with up to 40 queries a labelled row each, with more a thin column each."""
    return finished(_pulls(result, Course.of(result)), description(result))


def uncertainty(result: Result) -> AnyChart:
    """Uncertainty of every query over the course of the run: the chance that its runner-up is truly ahead of its leader."""
    settled = f"{result.states.count('settled')} of {len(result.queries)} queries are settled in the end"
    return finished(_uncertainty(result, Course.of(result)), f"Uncertainty of each query over the run; {settled}.")


def overview(result: Result) -> AnyChart:
    """Pulls and uncertainty below one another."""
    course = Course.of(result)
    both = VConcatChart(vconcat=[_pulls(result, course), _uncertainty(result, course)], spacing=24)
    return finished(both.resolve_scale(color="independent", opacity="independent"), description(result))


def timeline(result: Result) -> AnyChart:
    """When each response was asked for and came back, and whether it says what the query's final answer is."""
    drawn = draw_timeline(table(timeline_rows(Course.of(result))), len(result.queries))
    said = f"{len(result.responses)} responses in {result.time:.1f} s"
    return finished(titled(drawn, "When responses came", said), f"Timeline: {said}, {len(result.queries)} queries.")


def votes(result: Result, query: str | Query) -> AnyChart:
    """The votes of one query, by its id. Raises `UnknownName` where there is no such query."""
    course = Course.of(result)
    place = course.place(query)
    rows = votes_rows(course, place)
    said = "; ".join(f"{row['answer']}: {row['total']}" for row in rows[::2])
    drawn = draw_votes(table(rows), WIDTH)
    return finished(titled(drawn, "Votes", line(course.queries[place].text, LONG)), f"Votes: {said}.")


def what_if(curves: Mapping[str, Reallocation], share: str) -> AnyChart:
    """Curves of a run dealt out once more; `share` says of what."""
    drawn = draw_curves(table(curve_rows(curves)), WIDTH, share)
    return finished(titled(drawn, "What if", "the recorded responses, dealt out once more"), f"What if: {share}.")


def rich(result: Result) -> dict[str, Any]:
    """A result as a display bundle: a page of its table and its charts, the charts alone, and text."""
    spec = overview(result).to_dict()
    page = f"<div class='dynscale-result'>{result.to_html()}{image(spec)}</div>"
    return {"text/plain": str(result), "text/html": page, "image/svg+xml": pictures.svg(spec)}


def image(spec: Mapping[str, Any]) -> str:
    """A chart as HTML that shows where live charts do not."""
    picture = pictures.png(spec)
    return (
        f"<div class='dynscale-pictures'><img alt='{escape(spec['description'], quote=True)}' width='{pictures.width_of(picture)}' "
        f"style='max-width:100%' src='data:image/png;base64,{pictures.encoded(picture)}'></div>"
    )


def description(result: Result) -> str:
    """The charts of a result in words, for those who do not see them."""
    order = sorted(zip(result.pulls, result.queries, strict=True), key=lambda pair: -pair[0])
    most, least = order[0], order[-1]
    return (
        f"Bar chart: {sum(result.pulls)} responses over {len(result.queries)} queries. "
        f"Most, {most[0]}, went to {line(most[1].text, LONG)!r}; fewest, {least[0]}, to {line(least[1].text, LONG)!r}. "
        f"{result.states.count('settled')} of the answers are settled."
    )


def _pulls(result: Result, course: Course) -> AnyChart:
    data = table(pulls_rows(course, _order(course)))
    subtitle = f"{sum(result.pulls)} responses over {len(result.queries)} queries, {result.policy} policy"
    return titled(draw_pulls(data, len(course.rows), WIDTH), "Where the budget went", subtitle)


def _uncertainty(result: Result, course: Course) -> AnyChart:
    data = table(uncertainty_rows(course, _order(course)))
    drawn = draw_uncertainty(data, len(result.queries), WIDTH)
    return titled(drawn, "How uncertainty fell", "chance that the runner-up is truly ahead of the answer")


def _order(course: Course) -> Order:
    return "as asked" if len(course.rows) <= MOST_LABELLED else "pulls"
