"""`%%dynscale` answers the questions of a cell; `%dynscale` shows a panel.

The cell magic is awaited. IPython turns a cell into `get_ipython().run_cell_magic('dynscale', ...)`
and a transformer puts `await` before it. So the kernel handles clicks and the interrupt button
while the cell runs.
"""

import argparse
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from keyword import iskeyword
from types import new_class
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from traitlets import Any as AnyTrait

from dynscaling_nb.api import RunHandle, arun, start
from dynscaling_nb.declaration import arguments, declarations
from dynscaling_nb.engine.estimate import Estimate
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import DynscalingError, InputError
from dynscaling_nb.front_ends import CellOptions
from dynscaling_nb.inputs import read_lines
from dynscaling_nb.notebook.cell_view import CellView, show
from dynscaling_nb.notebook.ipython import CELLS, in_kernel, this_cell, variable
from dynscaling_nb.options import RunOptions

_CALL = "get_ipython().run_cell_magic('dynscale',"
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


@magics_class
class DynscaleMagics(Defaults):  # type: ignore[misc]  # its traits are made from the options
    """The magic of a line and of a cell, and the notebook's defaults of their options."""

    shell: InteractiveShell

    @_takes_options
    @line_cell_magic
    def dynscale(self, line: str, cell: str | None = None) -> Any:
        """Answer the questions in the cell, one a line, under one shared budget.

        A line that begins with `#` is a comment. The line magic shows a panel for the same purpose.
        """
        return self._line(line) if cell is None else self._cell(line, cell)

    def _line(self, line: str) -> Any:
        try:
            own, options = self._parse(line)
            return self._panel(own, options, variable(own.source) if own.source else None)
        except DynscalingError as error:
            raise UsageError(str(error)) from None

    async def _cell(self, line: str, cell: str) -> Any:
        try:
            own, options = self._parse(line)
            queries = _questions(own.source, cell)
            if own.panel:
                return self._panel(own, options, queries)
            if options.get("budget") is None:
                raise InputError(
                    "budget is missing: say how many responses to draw in all, as in "
                    "%%dynscale --budget 64",
                    line,
                )
            outcome = await self._ask(own, options, queries)
        except DynscalingError as error:
            raise UsageError(str(error)) from None
        self._bind(own.out, outcome)
        return outcome

    async def _ask(
        self, own: CellOptions, options: Mapping[str, Any], queries: Any
    ) -> Result | RunHandle:
        """The result of a run, or the handle of one in the background."""
        view = CellView(3 if own.background else 1, stopped=CELLS.stop(this_cell()))
        settings = {"confirm": _agrees, **options, "observers": [view.observer]}
        if not own.background:
            return await arun(queries, **settings)
        handle = start(queries, **settings)
        CELLS.keep(this_cell(), handle)
        handle.when_done(lambda: view.close(handle))
        return handle

    def _panel(self, own: CellOptions, options: Mapping[str, Any], queries: Any) -> Any:
        panel = import_module("dynscaling_nb.notebook.widgets.panel").Panel
        return panel(
            queries or None,
            **({"confirm": _agrees} if "confirm_above" in options else {}),
            **options,
            source=own.source,
            on_result=lambda result: self._bind(own.out, result),
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

    def _bind(self, name: str | None, value: Any) -> None:
        if name:
            self.shell.user_ns[name] = value


def _agrees(estimate: Estimate) -> bool:
    """Ask below the cell. Where nobody can be asked, the answer is no."""
    try:
        answer = input(f"This run may take {estimate}. Go on? [y/N] ")
    except (EOFError, NotImplementedError, RuntimeError):  # a kernel without standard input
        return False
    return answer.strip().casefold() in ("y", "yes")


def _questions(source: str | None, cell: str) -> Any:
    typed = read_lines(cell)
    if source is None:
        return typed
    if typed:
        raise InputError(
            "questions come either from the cell or from --from, not from both", source
        )
    return variable(source)


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
    """An input transformer: a cell that calls the magic awaits what it returns.

    An empty cell becomes a blank one, since IPython refuses an empty one and `--from` needs no
    lines.
    """
    if not (lines and lines[0].startswith(_CALL)):
        return lines
    call = lines[0].rstrip()
    if call.endswith(", '')"):
        call = call.removesuffix("'')") + r"'\n')"
    return [f"await {call}\n", *lines[1:]]


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
