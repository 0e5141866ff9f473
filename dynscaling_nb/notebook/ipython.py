"""The notebook around a cell: its variables, its outputs, and the cell that runs."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from inspect import currentframe
from types import ModuleType
from typing import Any, Protocol

from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from dynscaling_nb.errors import DynscalingError, InputError
from dynscaling_nb.synchronous import under_gui

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


def awaits() -> bool:
    """Whether IPython awaits the cell that it reads now.

    It does so in a kernel, unless with `%autoawait off`. It awaits nothing that a cell runs itself:
    `%%time` and `%%capture` read the rest of their cell, and run it, within their own call. Under
    `%gui` nothing should be awaited.
    """
    shell = _shell()
    is_asyncio = in_kernel() and shell.loop_runner is shell.loop_runner_map["asyncio"][0]
    return bool(is_asyncio and shell.autoawait and not under_gui() and not _is_in_a_cell())


def _is_in_a_cell() -> bool:
    """Whether this call comes from the code of a cell."""
    frame = currentframe()
    while frame is not None and frame.f_code is not InteractiveShell.run_code.__code__:
        frame = frame.f_back
    return frame is not None


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """IPython shows an error from within as its one line, without a traceback.

    A saved notebook keeps the line as the cell's error.
    """
    try:
        yield
    except DynscalingError as error:
        line = f"{type(error).__name__}: {error}"
        vars(error)["_render_traceback_"] = lambda: [line]
        raise


def namespace() -> Mapping[str, Any]:
    """The variables of the notebook; {} without IPython."""
    return {} if _shell() is None else _shell().user_ns


def values() -> dict[str, Any]:
    """The variables of the notebook that hold values: no module, function or class."""
    hidden = {} if _shell() is None else _shell().user_ns_hidden
    return {
        name: value
        for name, value in namespace().items()
        if not name.startswith("_")
        and not (name in hidden and hidden[name] is value)
        and not (isinstance(value, ModuleType) or callable(value))
    }


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


def loop_runs() -> bool:
    """Whether a loop runs, which can go on with a task after this call."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return not under_gui()


def spawn(work: Coroutine[Any, Any, None]) -> None:
    """Do this work on the kernel's loop.

    Without a running loop nobody can see the outcome, and the work is not done.
    """
    if not loop_runs():
        work.close()
        return
    task = asyncio.get_running_loop().create_task(work)
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
