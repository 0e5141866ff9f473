"""The progress of a run as one line: responses drawn and unread, questions settled, time left.

A line also tells until when the server lets the run wait.
"""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from tqdm import tqdm

from dynscaling_nb.answers.unread import many
from dynscaling_nb.events import Drawn, Event, Finished, RunView, Started, Waiting

PAUSE = 0.1  # seconds between two lines, at least
PAUSE_OFF_TERMINAL = 60.0  # the same where lines do not replace one another


class Show(Protocol):
    """Shows a line; `over` marks the last one."""

    def __call__(self, line: str, *, over: bool) -> None:
        """Show the line in place of the one before."""


class Progress:
    """An observer that calls `show` at the start, every `pause` seconds at most, and at the end.

    `clock` gives seconds that only grow, `now` the time of day.
    """

    def __init__(
        self,
        show: Show,
        *,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._show = show
        self._pause = pause
        self._clock = clock
        self._now = now
        self._run: RunView | None = None
        self._began = self._shown = 0.0

    def __call__(self, event: Event) -> None:
        """Observe an event of the run."""
        now = self._clock()
        if isinstance(event, Started):
            self._run, self._began = event.run, now
        wait = ""
        if isinstance(event, Waiting):
            until = self._now() + timedelta(seconds=event.seconds)
            wait = f"waits for the server until {until:%H:%M:%S}, "
        due = isinstance(event, Drawn) and now - self._shown >= self._pause
        if due or isinstance(event, Started | Waiting | Finished):
            self._shown = now
            self._update(now - self._began, wait, over=isinstance(event, Finished))

    def _update(self, elapsed: float, wait: str, *, over: bool) -> None:
        if self._run is None:
            return
        ledger, count = self._run.ledger, len(self._run.queries)
        state = f"{wait}{int(ledger.settled.sum())}/{count} settled"
        unread = self._run.counts["unread"]
        if many(unread, ledger.spent):
            state += f", {unread} unread"
        line = tqdm.format_meter(
            ledger.spent, ledger.budget, elapsed, unit="response", postfix=state, ncols=100
        )
        self._show(line, over=over)


class SeriesProgress(AbstractContextManager["SeriesProgress"]):
    """An observer of runs that follow one another: one bar in responses, with the tokens so far.

    `total` is the most responses that the runs draw together. A run that ends early lowers it. The
    bar goes away at the end.
    """

    def __init__(self, total: int) -> None:
        from tqdm.auto import tqdm as bar  # a widget in a notebook

        self._bar = bar(total=total, unit="response", leave=False)
        self._name = ""
        self._run: RunView | None = None
        self._earlier = 0  # tokens of the runs before

    def begin(self, name: str) -> None:
        """Show the name of the run that follows."""
        self._name = name

    def __call__(self, event: Event) -> None:
        """Observe an event of the run."""
        if isinstance(event, Started):
            self._run = event.run
        if self._run is None:
            return
        ledger, usage = self._run.ledger, self._run.usage
        tokens = self._earlier + usage.prompt_tokens + usage.completion_tokens
        self._bar.set_postfix_str(f"{tokens:,} tokens, {self._name}", refresh=False)
        if isinstance(event, Drawn):
            self._bar.update()
        elif isinstance(event, Finished):
            self._earlier = tokens
            self._bar.total -= ledger.budget - ledger.spent
            self._bar.refresh()

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def on_terminal() -> Progress:
    """A line on standard error that replaces itself; off a terminal a line a minute."""
    terminal = sys.stderr.isatty()

    def show(line: str, *, over: bool) -> None:
        sys.stderr.write(f"\r{line}" if terminal else line)
        if over or not terminal:
            sys.stderr.write("\n")
        sys.stderr.flush()

    return Progress(show, pause=PAUSE if terminal else PAUSE_OFF_TERMINAL)
