"""How far a run is, as one line: pulls spent, answers settled, time left. A view: it listens to events and only reads."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from tqdm import tqdm

from dynscaling_nb.engine.run import Run
from dynscaling_nb.events import Drawn, Event, Finished, Started

T = TypeVar("T")

PAUSE = 0.1  # seconds between updates, at least


class Show(Protocol):
    """Shows a line; `over` says that it is the last."""

    def __call__(self, line: str, *, over: bool) -> None: ...  # noqa: D102


class Progress:
    """Calls `show(line, over=...)` at most ten times a second while a run goes on, and once at its end."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._run: Run | None = None
        self._began = self._shown = 0.0

    def __call__(self, event: Event) -> None:
        """Observe an event of the run."""
        now = time.monotonic()
        if isinstance(event, Started):
            self._run, self._began = event.run, now
        if isinstance(event, Started | Finished) or (
            isinstance(event, Drawn) and now - self._shown >= PAUSE
        ):
            self._shown = now
            self._update(now - self._began, over=isinstance(event, Finished))

    def _update(self, elapsed: float, *, over: bool) -> None:
        if self._run is None:
            return
        ledger = self._run.ledger
        settled = f"{int(ledger.settled.sum())}/{len(self._run.queries)} settled"
        line = tqdm.format_meter(
            ledger.spent, ledger.budget, elapsed, unit="pull", postfix=settled, ncols=100
        )
        self._show(line, over=over)


def counted_off(items: Sequence[T], unit: str) -> Iterator[T]:
    """The items, one after the other, with a bar that says how far they are, in a notebook or a shell, and goes away at the end."""
    from tqdm.auto import tqdm as bar

    return iter(bar(items, unit=f" {unit}", leave=False))


def on_terminal() -> Progress:
    """A line on standard error that rewrites itself; where that is no terminal, the last state alone."""
    steady = sys.stderr.isatty()

    def show(line: str, *, over: bool) -> None:
        if steady:
            sys.stderr.write(f"\r{line}")
        elif over:
            sys.stderr.write(line)
        if over:
            sys.stderr.write("\n")
        sys.stderr.flush()

    return Progress(show)
