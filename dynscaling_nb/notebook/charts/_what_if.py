"""The outcome of another allocation of the recorded responses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt

from dynscaling_nb.engine.result import Result
from dynscaling_nb.evaluation.reallocation import Reallocation
from dynscaling_nb.notebook.charts._pulls import draw_pulls, pulls_rows
from dynscaling_nb.notebook.charts._style import (
    BLUE,
    COUNTS,
    LEGEND,
    LIVE_ROWS,
    ORANGE,
    TALL,
    WIDTH,
    AnyChart,
    Chart,
    LayerChart,
    finished,
    scale,
    table,
    titled,
)
from dynscaling_nb.notebook.charts.history import MAX_SHOWN, Rows, RunHistory
from dynscaling_nb.notebook.charts.live import CHOSEN_POLICY, UNIFORM, LiveChart, WhatIfView

CURVE_COLOURS = {CHOSEN_POLICY: BLUE, UNIFORM: ORANGE}
MAX_POINTS = 150  # of a curve


def what_if(curves: Mapping[str, Reallocation]) -> AnyChart:
    """A curve for each of these allocations of the recorded responses, by its name."""
    title = share_title(next(iter(curves.values())))
    chart = draw_curves(table(curve_rows(curves)), WIDTH, title)
    subtitle = "the recorded responses, allocated again"
    ends = [
        f"{name}: {_shares(reallocation)[-1]:.1%} after {len(reallocation.responses)} responses"
        for name, reallocation in curves.items()
    ]
    return finished(titled(chart, "What if", subtitle), f"What if: {title}; {'; '.join(ends)}.")


def share_title(reallocation: Reallocation) -> str:
    """The title of the curves' y axis; it is the same for all reallocations of one result."""
    return "final answers" if reallocation.accuracy is None else "right answers"


def curve_rows(curves: Mapping[str, Reallocation]) -> list[dict[str, Any]]:
    """Rows for each curve, about 150, by its name.

    A row holds `curve`, `spent` in responses, and `share` in [0, 1]. That is the share of right
    answers or, without gold answers, of answers that equal the final ones. If recorded responses
    ran out, one more row holds `curve` and `ran_out` in responses.
    """
    rows: list[dict[str, Any]] = []
    for name, reallocation in curves.items():
        shares = _shares(reallocation)
        first = len(reallocation.pulls) - 1  # a budget is at least one response a question
        step = max((len(shares) - first) // MAX_POINTS, 1)
        points = range(len(shares) - 1, first - 1, -step)  # backwards: the last one is always there
        rows += [
            {"curve": name, "spent": k + 1, "share": round(shares[k], 4)} for k in reversed(points)
        ]
        if reallocation.ran_out:
            rows.append({"curve": name, "ran_out": reallocation.ran_out})
    return rows


def _shares(reallocation: Reallocation) -> list[float]:
    """The share of right answers after each response, or of final answers without gold ones."""
    return reallocation.agreement if reallocation.accuracy is None else reallocation.accuracy


def reallocated_rows(result: Result, reallocation: Reallocation) -> Rows:
    """The rows of `pulls_rows` for recorded responses that are allocated again."""
    history = RunHistory(result.queries, result.golds, keep=False)
    for response in reallocation.responses:
        history.add(response)
    history.mark(reallocation.states)
    return pulls_rows(history)


def draw_curves(data: Any, width: Any, share: str) -> AnyChart:
    """The chart of `curve_rows`; `share` is the title of the y axis."""
    colour = alt.Color("curve:N", title=None, scale=scale(CURVE_COLOURS), legend=LEGEND)
    spent = alt.X(
        "spent:Q",
        title="budget, in responses",
        scale=alt.Scale(nice=False, zero=False),
        axis=COUNTS,
    )
    y = alt.Y("share:Q", title=share, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%"))
    lines = (
        Chart(data)
        .transform_filter("datum.spent")
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=spent,
            y=y,
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
            tooltip=[
                alt.Tooltip("ran_out:Q", title="recorded responses of a question run out after")
            ],
        )
    )
    return LayerChart(layer=[lines, ends], width=width, height=TALL)


@dataclass(frozen=True)
class LiveCurves(LiveChart[WhatIfView]):
    """The curves of an allocation; `share` is the title of the y axis."""

    share: str

    name = "curve"
    title = "What if: the recorded responses, allocated again"

    def draw(self, count: int) -> AnyChart:
        return draw_curves(LIVE_ROWS, "container", self.share)

    def rows(self, view: WhatIfView) -> list[dict[str, Any]]:
        return curve_rows(view.curves)

    def words(self, view: WhatIfView) -> str:
        return view.words


class LiveReallocation(LiveChart[WhatIfView]):
    """Where the budget would go."""

    name = "pulls"
    title = "Where the budget would go"

    def draw(self, count: int) -> AnyChart:
        return draw_pulls(LIVE_ROWS, min(count, MAX_SHOWN), "container")

    def rows(self, view: WhatIfView) -> list[dict[str, Any]]:
        return reallocated_rows(view.result, view.reallocation)

    def words(self, view: WhatIfView) -> str:
        return f"At most {max(view.reallocation.pulls)} responses to one question."
