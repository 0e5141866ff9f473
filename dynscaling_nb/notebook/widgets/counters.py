"""The spending of a run and the rest of its budget, as one line of figures. Pure."""

from dataclasses import dataclass
from html import escape

from dynscaling_nb.engine.run import Run
from dynscaling_nb.records import Prices


@dataclass(frozen=True)
class Figure:
    """A figure with its name, such as `34 of 64` and `responses`."""

    name: str
    value: str


def figures(run: Run, prices: Prices | None) -> list[Figure]:
    """The figures of a run: responses, unread ones, tokens, cost, time, rate and calls.

    `prices` are dollars for a million tokens; without them the cost is left out.
    """
    ledger, usage, seconds = run.ledger, run.usage, run.time
    rate = ledger.spent / seconds if seconds else 0.0
    cost = [] if prices is None else [Figure("cost, $", f"{usage.cost(prices):.4f}")]
    return [
        Figure("responses", f"{ledger.spent} of {ledger.budget}"),
        Figure("left", str(ledger.budget - ledger.spent)),
        Figure("settled", f"{ledger.holds['settled'].sum()} of {len(run.queries)}"),
        Figure("unread", str(run.counts["unread"])),
        Figure("requests in flight", str(run.driver.requests_in_flight)),
        Figure("tokens in / out", f"{usage.prompt_tokens:,} / {usage.completion_tokens:,}"),
        *cost,
        Figure("time, s", f"{seconds:.1f}"),
        Figure("responses / s", f"{rate:.1f}"),
        Figure("retries", str(usage.retries)),
        Figure("failures", str(run.failures)),
    ]


def html(run: Run, prices: Prices | None) -> str:
    """The figures side by side, under a bar that shows how much of the budget is spent."""
    spent, budget = run.ledger.spent, run.ledger.budget
    bar = (
        f"<progress value='{spent}' max='{budget}' aria-label='responses' "
        "style='width:100%;height:8px'></progress>"
    )
    cells = "".join(_cell(figure) for figure in figures(run, prices))
    return f"{bar}<div style='display:flex;flex-wrap:wrap;line-height:1.3'>{cells}</div>"


def _cell(figure: Figure) -> str:
    name, value = escape(figure.name), escape(figure.value)
    return (
        "<div style='margin:0 20px 4px 0'>"
        f"<div style='font-size:11px;opacity:.75'>{name}</div>"
        "<div style='font-size:15px;font-variant-numeric:tabular-nums' "
        f"data-figure='{name}'>{value}</div></div>"
    )
