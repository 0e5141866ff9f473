"""The runs in a store, as values and as a table."""

from dataclasses import dataclass
from datetime import datetime

from dynscaling_nb.formatting import html_table, line, table
from dynscaling_nb.records import Stopped

FIGURES = (4,)  # columns of numbers, which are right-aligned
EMPTY = "no runs are stored here"
HEAD = ["id", "begun", "model", "policy", "questions", "responses", "ended by"]


@dataclass(frozen=True)
class StoredRun:
    """A run in a store.

    `queries` is the number of its queries, `spent` that of its responses so far. `stopped` says why
    it ended; None for a run that goes on or was interrupted.
    """

    id: str
    created: datetime
    model: str
    policy: str
    queries: int
    spent: int
    budget: int
    seed: int
    stopped: Stopped | None
    error: str | None = None


class Runs(tuple[StoredRun, ...]):
    """Runs of a store, the latest first; a notebook shows them as a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        return table(HEAD, [_cells(run) for run in self], FIGURES) if self else EMPTY

    def _repr_html_(self) -> str:
        if not self:
            return f"<p>{EMPTY}</p>"
        return html_table(HEAD, [_cells(run) for run in self], FIGURES)


def _cells(run: StoredRun) -> list[str]:
    return [
        run.id,
        f"{run.created.astimezone():%Y-%m-%d %H:%M}",
        line(run.model, 40),
        line(run.policy, 40),
        str(run.queries),
        f"{run.spent} of {run.budget}",
        run.stopped or "not yet",
    ]
