"""The notebook around us: its variables, its outputs, and which cell asks."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Protocol

from IPython.core.getipython import get_ipython
from IPython.display import display

from dynscaling_nb.errors import InputError

Bundle = Mapping[str, Any]  # what is shown, by MIME type; or the metadata of that
NOTHING: Bundle = {"text/plain": ""}


class Stoppable(Protocol):
    """What a cell leaves running."""

    @property
    def done(self) -> bool: ...  # noqa: D102

    def stop(self) -> None: ...  # noqa: D102


class Cells:
    """What each cell of the notebook has running: run again, it stops what it started before."""

    def __init__(self) -> None:
        self._running: dict[str, Stoppable] = {}

    def stop(self, cell: str | None) -> bool:
        """Stop what that cell started before; whether there was something."""
        before = self._running.pop(cell, None) if cell else None
        if before is None or before.done:
            return False
        before.stop()
        return True

    def keep(self, cell: str | None, running: Stoppable) -> None:
        """Remember what that cell started."""
        if cell:
            self._running[cell] = running


CELLS = Cells()  # one kernel, one notebook


def _shell() -> Any:
    return get_ipython()


def in_kernel() -> bool:
    """Whether a notebook's front end shows what is displayed, in place of a terminal."""
    return getattr(_shell(), "kernel", None) is not None


def namespace() -> Mapping[str, Any]:
    """The variables of the notebook; none where there is no IPython."""
    return {} if _shell() is None else _shell().user_ns


def name_of(thing: Any) -> str | None:
    """The name of the notebook's variable that holds the thing."""
    names = (n for n, value in namespace().items() if value is thing and not n.startswith("_"))
    return next(names, None)


def this_cell() -> str | None:
    """The id of the cell that runs, where the front end gives one."""
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
    """Have it done on the kernel's loop; where no loop runs there is nobody to show it to, and
    it is left undone.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        work.close()
        return
    task = loop.create_task(work)
    _TASKS.add(task)
    task.add_done_callback(_TASKS.discard)


_TASKS: set[asyncio.Task[None]] = set()  # a loop alone would let them go


def output(bundle: Bundle, metadata: Bundle | None = None) -> Callable[[Bundle, Bundle], None]:
    """Show a display bundle in the cell that runs; what is returned puts another, with its
    metadata, in its place, also later.
    """
    handle = display(dict(bundle), metadata=dict(metadata or {}), raw=True, display_id=True)

    def show(other: Bundle, metadata: Bundle) -> None:
        if handle is not None:
            handle.update(dict(other), metadata=dict(metadata), raw=True)

    return show


def places(count: int) -> Callable[[Sequence[tuple[Bundle, Bundle]]], None]:
    """So many outputs in the cell that runs, empty at first; what is returned shows these
    displays in them, and empties the others.
    """
    shows = [output(NOTHING) for _ in range(count)]

    def fill(displays: Sequence[tuple[Bundle, Bundle]]) -> None:
        for i, show in enumerate(shows):
            show(*(displays[i] if i < len(displays) else (NOTHING, {})))

    return fill
