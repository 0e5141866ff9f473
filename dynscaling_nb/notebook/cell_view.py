"""The output of a cell while its run goes on, and after a run in the background.

A line shows the progress. The result of a run in the background takes its place.
"""

from collections.abc import Callable
from html import escape
from importlib import import_module
from typing import Any

from dynscaling_nb.api import RunHandle
from dynscaling_nb.engine.progress import Progress, on_terminal
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import DynscalingError
from dynscaling_nb.events import Observer
from dynscaling_nb.notebook.ipython import in_kernel, output, places


class CellView:
    """A progress line while the run goes on.

    At the end the line is blank again, or the result of a run in the background takes its place.
    """

    def __init__(self, outputs: int, *, stopped: bool) -> None:
        self._outputs = outputs
        self._fill: Callable[[Any], None] | None = None
        self.observer: Observer = Progress(self._show) if in_kernel() else on_terminal()
        if stopped:
            show_line("The run that this cell started before was stopped.")

    def _show(self, line: str, *, over: bool) -> None:
        if self._fill is None:
            self._fill = places(self._outputs)
        self._fill([] if over else [(_bundle(line), {})])

    def close(self, handle: RunHandle) -> None:
        """Show the result of a run in the background where its progress stood."""
        if self._fill is None:
            return
        try:
            result = handle.result
        except DynscalingError as error:
            self._fill([(_bundle(str(error)), {})])
            return
        if result is not None:
            self._fill(_displays(result))


def show_line(line: str) -> None:
    """Show a line in the cell that runs."""
    output(_bundle(line))


def _bundle(line: str) -> dict[str, str]:
    return {
        "text/plain": line,
        "text/html": f"<pre role='status' style='margin:0'>{escape(line)}</pre>",
    }


def _displays(result: Result) -> Any:
    """The displays of a result; the charts are imported when the first result is shown."""
    return import_module("dynscaling_nb.notebook.charts").displays(result)


def show(result: Result) -> None:
    """Show a result in the cell that runs."""
    for bundle, metadata in _displays(result):
        output(bundle, metadata)
