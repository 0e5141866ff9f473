"""Charts of a result, two functions each: one makes a small table, one draws it with Altair.

The charts can be changed and saved like any Altair chart; `picture` turns one into PNG and SVG without a browser or a network.
"""

from typing import TYPE_CHECKING, Any

from dynscaling_nb.results import Result

if TYPE_CHECKING:
    import altair as alt

COLOURS = {"parallel": "#0072B2", "chained": "#E69F00"}  # Okabe and Ito's, told apart by everyone
MOST_LABELLED = 40  # queries that get a row and a label of their own
LABEL = 34  # characters of a query beside its bar
ROW = 22  # pixels a query
WIDTH = 520  # pixels of the plot


def pulls_rows(result: Result) -> list[dict[str, Any]]:
    """Two rows a query, one a kind: `query`, `place` (from 1, in the result's order), `kind`, `pulls`, `total`, `answer`, `verdict`."""
    verdicts = {True: "✓", False: "✗", None: ""}
    return [
        {
            "place": place,
            "query": row["query"],
            "label": _label(place, row["query"]),
            "kind": kind,
            "pulls": row[kind],
            "total": row["pulls"],
            "answer": row["answer"] or "no answer",
            "confidence": row["confidence"],
            "verdict": verdicts[row["correct"]],
        }
        for place, row in enumerate(result.rows(), start=1)
        for kind in COLOURS
    ]


def pulls(result: Result) -> "alt.LayerChart | alt.Chart":
    """Pulls per query, stacked by kind: with up to 40 queries a labelled row each, with more a thin column each, most pulled first."""
    import altair as alt  # noqa: PLC0415  two seconds, paid by those who draw

    rows = pulls_rows(result)
    bars = alt.Chart(alt.InlineData(values=rows)).mark_bar().encode(
        color=alt.Color("kind:N", title="response", scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
                        legend=alt.Legend(orient="top")),
        order=alt.Order("kind:N", sort="descending"),
        tooltip=[alt.Tooltip("query:N"), alt.Tooltip("kind:N"), alt.Tooltip("pulls:Q", title="responses of this kind"),
                 alt.Tooltip("total:Q", title="responses"), alt.Tooltip("answer:N"), alt.Tooltip("confidence:Q", format=".0%")],
    )  # fmt: skip
    count = len(result.queries)
    title = alt.Title("Where the budget went", subtitle=f"{sum(result.pulls)} responses over {count} queries, {result.policy} policy")
    if count > MOST_LABELLED:
        chart = bars.encode(
            x=alt.X("place:O", sort=alt.EncodingSortField("total", order="descending"), title="queries, most pulled first",
                    axis=alt.Axis(labels=False, ticks=False)),
            y=alt.Y("pulls:Q", title="responses drawn", axis=alt.Axis(tickMinStep=1)),
        ).properties(width=max(WIDTH, 3 * count), height=240)  # fmt: skip
        return _finished(chart.properties(title=title, description=description(result)))
    y = alt.Y("label:N", sort=alt.EncodingSortField("place"), title=None, axis=alt.Axis(labelLimit=320, ticks=False, domain=False))
    x = alt.X("sum(pulls):Q", title="responses drawn", axis=alt.Axis(tickMinStep=1))
    ends = (
        alt.Chart(alt.InlineData(values=[r for r in rows if r["kind"] == "parallel"]))
        .transform_calculate(end="datum.answer + ' ' + datum.verdict")
        .mark_text(align="left", dx=6, fontSize=11, limit=140)
        .encode(y=y, x=alt.X("total:Q"), text="end:N")
    )
    chart = (bars.encode(x=x, y=y) + ends).properties(width=WIDTH, height=ROW * count)
    return _finished(chart.properties(title=title, description=description(result)))


def description(result: Result) -> str:
    """The chart of pulls in words, for those who do not see it."""
    order = sorted(zip(result.pulls, result.queries, strict=True), key=lambda pair: -pair[0])
    most, least = order[0], order[-1]
    return (
        f"Bar chart: {sum(result.pulls)} responses over {len(result.queries)} queries. "
        f"Most, {most[0]}, went to {_cut(most[1].text, 80)!r}; fewest, {least[0]}, to {_cut(least[1].text, 80)!r}."
    )


def picture(chart: Any, alternative: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A chart as a display bundle and its metadata: SVG, PNG, and text in their place. Drawn here, offline."""
    import base64  # noqa: PLC0415

    import vl_convert as vlc  # noqa: PLC0415  loads a drawing engine

    spec = chart.to_dict()
    version = ".".join(spec["$schema"].rsplit("/v", 1)[1].split(".")[:2])
    svg = vlc.vegalite_to_svg(spec, vl_version=version)
    png = vlc.vegalite_to_png(spec, vl_version=version, scale=2)
    bundle = {"image/svg+xml": svg, "image/png": base64.b64encode(png).decode("ascii"), "text/plain": alternative}
    return bundle, {"image/png": {"width": _png_width(png) // 2}}


def _png_width(png: bytes) -> int:
    return int.from_bytes(png[16:20], "big")  # the header's first field


def _finished(chart: "alt.LayerChart | alt.Chart") -> "alt.LayerChart | alt.Chart":
    """One look: its own white ground, so that it reads the same in a light and in a dark theme."""
    finished: alt.LayerChart | alt.Chart = (
        chart.configure(background="white", padding=12)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=12, titleFontSize=12, grid=False, labelColor="#222", titleColor="#222")
        .configure_title(anchor="start", fontSize=15, subtitleFontSize=12, subtitleColor="#444", subtitlePadding=4)
        .configure_legend(labelFontSize=12, titleFontSize=12)
    )
    return finished


def _label(place: int, text: str) -> str:
    return f"{place}. {_cut(text, LABEL)}"


def _cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
