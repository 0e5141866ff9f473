"""The notebook around a cell: its variables, its outputs, and the cell that runs."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Protocol

from IPython.core.getipython import get_ipython
from IPython.display import display

from dynscaling_nb.errors import InputError

Bundle = Mapping[str, Any]  # a display by MIME type; or its metadata
NOTHING: Bundle = {"text/plain": ""}


class Stoppable(Protocol):
    """A run, or a panel with one, that a cell leaves running."""

    @property
    def done(self) -> bool: ...  # noqa: D102

    def stop(self) -> None: ...  # noqa: D102


class Cells:
    """The run of each cell. A cell that runs again stops the run that it started before."""

    def __init__(self) -> None:
        self._running: dict[str, Stoppable] = {}

    def stop(self, cell: str | None) -> bool:
        """Stop the run that the cell started before. Whether one was still going on."""
        earlier = self._running.pop(cell, None) if cell else None
        if earlier is None or earlier.done:
            return False
        earlier.stop()
        return True

    def keep(self, cell: str | None, running: Stoppable) -> None:
        """Remember the run that the cell started."""
        if cell:
            self._running[cell] = running


CELLS = Cells()  # one kernel, one notebook


def _shell() -> Any:
    return get_ipython()


def in_kernel() -> bool:
    """Whether a notebook shows the displays, not a terminal."""
    return getattr(_shell(), "kernel", None) is not None


def namespace() -> Mapping[str, Any]:
    """The variables of the notebook; {} without IPython."""
    return {} if _shell() is None else _shell().user_ns


def name_of(thing: Any) -> str | None:
    """The name of the notebook's variable that holds the thing."""
    names = (n for n, value in namespace().items() if value is thing and not n.startswith("_"))
    return next(names, None)


def this_cell() -> str | None:
    """The id of the cell that runs; None if the front end gives no ids."""
    parent = _shell().get_parent() if in_kernel() else {}
    cell = parent.get("metadata", {}).get("cellId")
    return None if cell is None else str(cell)


def variable(expression: str, kind: str = "variable") -> Any:
    """A variable of the notebook, or a column of one: `NAME`, `NAME.column`, `NAME['column']`.

    Raises `InputError`.
    """
    names = namespace()
    first = expression.replace("[", ".").split(".")[0].strip()
    if first not in names:
        near = get_close_matches(first, [n for n in names if not n.startswith("_")], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"there is no {kind} {first!r} in this notebook{hint}", expression)
    try:
        return _shell().ev(expression)
    except Exception as error:
        raise InputError(
            f"cannot take questions from {expression}: {type(error).__name__}: {error}", expression
        ) from error


def spawn(work: Coroutine[Any, Any, None]) -> None:
    """Do this work on the kernel's loop.

    Without a running loop nobody can see the outcome, and the work is not done.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        work.close()
        return
    task = loop.create_task(work)
    _TASKS.add(task)
    task.add_done_callback(_TASKS.discard)


_TASKS: set[asyncio.Task[None]] = set()  # a loop holds its tasks only weakly


def output(bundle: Bundle, metadata: Bundle | None = None) -> Callable[[Bundle, Bundle], None]:
    """Show a display bundle in the cell that runs.

    The returned function puts another bundle, with its metadata, in its place, at any later time.
    """
    handle = display(dict(bundle), metadata=dict(metadata or {}), raw=True, display_id=True)

    def show(other: Bundle, metadata: Bundle) -> None:
        if handle is not None:
            handle.update(dict(other), metadata=dict(metadata), raw=True)

    return show


def places(count: int) -> Callable[[Sequence[tuple[Bundle, Bundle]]], None]:
    """Empty outputs in the cell that runs, as many as `count`.

    The returned function shows displays in the first ones and empties the rest.
    """
    shows = [output(NOTHING) for _ in range(count)]

    def fill(displays: Sequence[tuple[Bundle, Bundle]]) -> None:
        for i, show in enumerate(shows):
            show(*(displays[i] if i < len(displays) else (NOTHING, {})))

    return fill
