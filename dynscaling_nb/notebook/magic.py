"""`%%dynscale` answers the questions of a cell; `%dynscale` shows a panel.

A cell of a kernel is awaited, so the kernel handles clicks and the interrupt button meanwhile:
IPython turns the cell into `get_ipython().run_cell_magic('dynscale', ...)`, and a transformer puts
`await` and the coroutine function in its place. Any other call waits for its result: one in a
function, under `%%time` or `%%capture`, in a terminal.
"""

import argparse
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from keyword import iskeyword
from types import new_class
from typing import Any, NamedTuple

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from traitlets import Any as AnyTrait

from dynscaling_nb.api import arun, run, start
from dynscaling_nb.declaration import arguments, declarations
from dynscaling_nb.engine.estimate import Estimate
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import InputError
from dynscaling_nb.front_ends import CellOptions
from dynscaling_nb.inputs.typed import typed_questions
from dynscaling_nb.notebook.cell_view import CellView, show, show_line
from dynscaling_nb.notebook.ipython import (
    CELLS,
    awaits,
    errors_in_one_line,
    in_kernel,
    loop_runs,
    this_cell,
    values,
    variable,
)
from dynscaling_nb.notebook.variables import filled
from dynscaling_nb.options import RunOptions

_CALL = "get_ipython().run_cell_magic('dynscale', "
_AWAITED = "await get_ipython().magics_manager.registry['DynscaleMagics'].answer("
_MISPLACED = "get_ipython().run_line_magic('%dynscale',"  # a cell magic below other lines
KINDS = (RunOptions, CellOptions)


def _takes_options(method: Callable[..., Any]) -> Any:
    """The method as a magic whose line takes every option of a run and of a cell."""
    declared = [form for kind in KINDS for form in arguments(kind, cell=True)]
    for flags, form in reversed(declared):
        method = argument(*flags, **form)(method)
    return magic_arguments()(method)


def _defaults() -> dict[str, AnyTrait]:
    """A trait for each option of a run.

    `%config DynscaleMagics.policy = "okg"` sets the notebook's default.
    """
    return {
        form["dest"]: AnyTrait(
            declarations(RunOptions)[form["dest"]].default, help=form["help"].replace("%%", "%")
        ).tag(config=True)
        for _, form in arguments(RunOptions, cell=True)
    }


Defaults: Any = new_class("Defaults", (Magics,), exec_body=lambda body: body.update(_defaults()))


class _Task(NamedTuple):
    """What a cell asks for: its own options, the questions, and the options of the run."""

    own: CellOptions
    queries: Any
    options: dict[str, Any]


@magics_class
class DynscaleMagics(Defaults):  # type: ignore[misc]  # its traits are made from the options
    """The magic of a line and of a cell, and the notebook's defaults of their options."""

    shell: InteractiveShell

    @_takes_options
    @line_cell_magic
    def dynscale(self, line: str, cell: str | None = None) -> Any:
        """Answer the questions in the cell, one a line, under one shared budget.

        A line `---` between questions makes each block of lines one question. A line that begins
        with `#` is a comment. `{name}` becomes the value of a variable of the notebook, and
        `{{name}}` is for the braces themselves. The line magic shows a panel for the same purpose.
        """
        with errors_in_one_line():
            if cell is None:
                own, options = self._parse(line)
                return self._panel(own, options, variable(own.source) if own.source else None)
            task = self._task(line, cell)
            if task.own.panel or task.own.background:
                return self._at_once(task)
            return self._bound(task.own.out, run(task.queries, **_shown(task.options, _view(1))))

    async def answer(self, line: str, cell: str) -> Any:
        """The cell magic, for a cell that IPython awaits."""
        with errors_in_one_line():
            task = self._task(self.shell.var_expand(line, 1), cell)
            if task.own.panel or task.own.background:
                return self._at_once(task)
            result = await arun(task.queries, **_shown(task.options, _view(1)))
            return self._bound(task.own.out, result)

    def _task(self, line: str, cell: str) -> _Task:
        own, options = self._parse(line)
        if options.get("budget") is None and not own.panel:
            raise InputError(
                "budget is missing: say how many responses to draw in all, as in "
                "%%dynscale --budget 64",
                line,
            )
        return _Task(own, _questions(own.source, cell), options)

    def _at_once(self, task: _Task) -> Any:
        """A panel, or the handle of a run in the background."""
        if task.own.panel:
            return self._panel(task.own, task.options, task.queries)
        if not loop_runs():
            raise InputError(
                "--background needs a notebook without %gui: here nothing runs after the call; "
                "leave it out"
            )
        view = _view(3)
        handle = start(task.queries, **_shown(task.options, view))
        CELLS.keep(this_cell(), handle)
        handle.when_done(lambda: view.close(handle))
        return self._bound(task.own.out, handle)

    def _panel(self, own: CellOptions, options: Mapping[str, Any], queries: Any) -> Any:
        panel = import_module("dynscaling_nb.notebook.widgets.panel").Panel
        return panel(
            queries or None,
            **({"confirm": _agrees} if "confirm_above" in options else {}),
            **options,
            source=own.source,
            on_result=lambda result: self._bound(own.out, result),
        )

    def _parse(self, line: str) -> tuple[CellOptions, dict[str, Any]]:
        """The options of the cell, and those of the run: from the line, else the notebook's.

        Raises `InputError`.
        """
        typed = vars(_read(self.dynscale, line))
        own = CellOptions(**{n: v for n, v in typed.items() if n in declarations(CellOptions)})
        if own.out is not None and (not own.out.isidentifier() or iskeyword(own.out)):
            raise InputError(
                f"-o must be the name of a variable, got {own.out!r}; try -o result", own.out
            )
        options = {
            name: self._object(name, typed.get(name, getattr(self, name)))
            for name in self.trait_names(config=True)
            if name in declarations(RunOptions)
        }
        return own, {n: v for n, v in options.items() if v != declarations(RunOptions)[n].default}

    def _object(self, name: str, value: Any) -> Any:
        """The user's object that a text names, if the option takes one; else the value itself."""
        about = declarations(RunOptions)[name].about
        if about.variable is None or not isinstance(value, str):
            return value
        if about.parse is None or about.variable is object:  # nothing but an object will do
            return variable(value)
        thing = self.shell.user_ns.get(value)
        return thing if isinstance(thing, about.variable) else value

    def _bound(self, name: str | None, value: Any) -> Any:
        """The value, which the variable of that name holds from now on."""
        if name:
            self.shell.user_ns[name] = value
        return value


def _view(outputs: int) -> CellView:
    return CellView(outputs, stopped=CELLS.stop(this_cell()))


def _shown(options: Mapping[str, Any], view: CellView) -> dict[str, Any]:
    """The options of a run that shows its progress and asks below the cell."""
    return {"confirm": _agrees, **options, "observers": [view.observer]}


def _agrees(estimate: Estimate) -> bool:
    """Ask below the cell. Where nobody can be asked, the answer is no."""
    try:
        answer = input(f"This run may take {estimate}. Go on? [y/N] ")
    except (EOFError, NotImplementedError, RuntimeError):  # a kernel without standard input
        return False
    return answer.strip().casefold() in ("y", "yes")


def _questions(source: str | None, cell: str) -> Any:
    """The questions in the cell, with the values of variables, or those of a variable."""
    typed = typed_questions(cell)
    if source is not None:
        if typed:
            raise InputError(
                "questions come either from the cell or from --from, not from both", source
            )
        return variable(source)
    questions, note = filled(typed, values())
    if note is not None:
        show_line(note)
    return questions


def _read(magic: Any, line: str) -> argparse.Namespace:
    """The line as argparse reads it. Raises `InputError` with the nearest option."""
    try:
        args: argparse.Namespace = parse_argstring(magic, line)
    except ValueError as error:
        raise InputError(
            f"cannot read the line {line!r}: {error}; close each quote", line
        ) from None
    except UsageError as error:
        raise InputError(f"{error}{_nearest_flag(str(error))}", line) from None
    return args


def _nearest_flag(message: str) -> str:
    words = [word for word in message.split() if word.startswith("-")]
    flags = [flag for kind in KINDS for names, _ in arguments(kind, cell=True) for flag in names]
    if "unrecognized" in message and words:
        near = get_close_matches(words[0].split("=")[0], flags, n=1)
        if near:
            return f"; did you mean {near[0]}?"
    return "; %%dynscale? shows the options"


def awaited(lines: list[str]) -> list[str]:
    """An input transformer: IPython awaits a cell that is nothing but a call of the magic.

    An empty cell becomes a blank one, since IPython refuses an empty one and `--from` needs no
    lines. Raises `InputError` for the magic below other lines.
    """
    if any(line.lstrip().startswith(_MISPLACED) for line in lines):
        with errors_in_one_line():
            raise InputError(
                "%%dynscale must be the first line of its cell: move the lines above it into a "
                "cell of their own"
            )
    if not (lines and lines[0].startswith(_CALL)):
        return lines
    call = lines[0].rstrip()
    if call.endswith(", '')"):
        call = call.removesuffix("'')") + r"'\n')"
    if awaits():
        call = call.replace(_CALL, _AWAITED, 1)
    return [f"{call}\n", *lines[1:]]


def load(shell: Any) -> None:
    """Register the magics, the transformer and the display of results, once."""
    shell.register_magics(DynscaleMagics)
    if awaited not in shell.input_transformers_post:
        shell.input_transformers_post.append(awaited)
    if in_kernel():
        shell.display_formatter.ipython_display_formatter.for_type(Result, show)


def unload(shell: Any) -> None:
    """Take the display, the transformer and the magics away."""
    if awaited in shell.input_transformers_post:
        shell.input_transformers_post.remove(awaited)
    for kind in ("cell", "line"):
        shell.magics_manager.magics[kind].pop("dynscale", None)
    shell.display_formatter.ipython_display_formatter.pop(Result, None)
