"""The progress of a run as one line: responses drawn and unread, questions settled, time left."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from tqdm import tqdm

from dynscaling_nb.answers.unread import many
from dynscaling_nb.events import Drawn, Event, Finished, RunView, Started

T = TypeVar("T")

PAUSE = 0.1  # seconds between two lines, at least


class Show(Protocol):
    """Shows a line; `over` marks the last one."""

    def __call__(self, line: str, *, over: bool) -> None:
        """Show the line in place of the one before."""


class Progress:
    """An observer that calls `show` at most ten times a second, and once at the end.

    `clock` gives seconds that only grow.
    """

    def __init__(self, show: Show, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self._run: RunView | None = None
        self._began = self._shown = 0.0

    def __call__(self, event: Event) -> None:
        """Observe an event of the run."""
        now = self._clock()
        if isinstance(event, Started):
            self._run, self._began = event.run, now
        due = isinstance(event, Drawn) and now - self._shown >= PAUSE
        if due or isinstance(event, Started | Finished):
            self._shown = now
            self._update(now - self._began, over=isinstance(event, Finished))

    def _update(self, elapsed: float, *, over: bool) -> None:
        if self._run is None:
            return
        ledger, count = self._run.ledger, len(self._run.queries)
        state = f"{int(ledger.settled.sum())}/{count} settled"
        unread = self._run.counts["unread"]
        if many(unread, ledger.spent):
            state += f", {unread} unread"
        line = tqdm.format_meter(
            ledger.spent, ledger.budget, elapsed, unit="response", postfix=state, ncols=100
        )
        self._show(line, over=over)


def counted_off(items: Sequence[T], unit: str) -> Iterator[T]:
    """The items one after the other, with a progress bar that goes away at the end."""
    from tqdm.auto import tqdm as bar

    return iter(bar(items, unit=f" {unit}", leave=False))


def on_terminal() -> Progress:
    """A line on standard error that replaces itself; off a terminal only the last line."""
    terminal = sys.stderr.isatty()

    def show(line: str, *, over: bool) -> None:
        if terminal:
            sys.stderr.write(f"\r{line}")
        elif over:
            sys.stderr.write(line)
        if over:
            sys.stderr.write("\n")
        sys.stderr.flush()

    return Progress(show)
