"""`%%dynscale`: parses a line, asks, shows how far it is and what came of it; `%dynscale` shows a panel.

The cell magic is awaited: a cell that IPython has turned into `get_ipython().run_cell_magic('dynscale', ...)` gets `await` before
it, so that the kernel handles clicks and the interrupt button while the cell runs.
"""

import argparse
from collections.abc import Callable
from dataclasses import fields
from difflib import get_close_matches
from html import escape
from importlib import import_module
from keyword import iskeyword
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from dynscaling_nb.api import RunHandle, arun, start
from dynscaling_nb.build import CONCURRENCY, TIMEOUT
from dynscaling_nb.chains.plan import SOURCES
from dynscaling_nb.engine.estimate import Estimate
from dynscaling_nb.engine.progress import Progress, on_terminal
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import DynscalingError, InputError
from dynscaling_nb.events import Observer
from dynscaling_nb.inputs import budget_option, kinds_option, prices_option, read_lines
from dynscaling_nb.notebook.codegen import Settings
from dynscaling_nb.notebook.ipython import CELLS, in_kernel, output, places, this_cell, variable
from dynscaling_nb.records import KEEPS
from dynscaling_nb.storage.sqlite import Store

_CALL = "get_ipython().run_cell_magic('dynscale',"


@magics_class
class DynscaleMagics(Magics):
    """The magic of a line and of a cell."""

    shell: InteractiveShell

    @magic_arguments()
    @argument(
        "-b",
        "--budget",
        type=budget_option,
        help="responses to draw in all, shared by the questions; at least one each",
    )
    @argument(
        "-m",
        "--model",
        help="a model on a server, or a variable with a model; the embedded one if left out",
    )
    @argument(
        "--base-url",
        help="address of an OpenAI-compatible server, up to and with /v1; the key comes from OPENAI_API_KEY",
    )
    @argument(
        "-p",
        "--policy",
        default="default",
        help="who is pulled next: uniform, ucb, ucb-entropy, paper, thompson, voi, okg ...; or with a stopping rule, okg+ac",
    )
    @argument("-c", type=float, help="weight of exploration of the ucb policies")
    @argument(
        "-o",
        "--out",
        metavar="NAME",
        help="variable that gets the result; with --background the handle of the run",
    )
    @argument(
        "--from",
        dest="source",
        metavar="NAME",
        help="questions from a variable: a list, dicts with gold answers, a table's column",
    )
    @argument(
        "--panel", action="store_true", help="show a panel to run and steer it, with live charts"
    )
    @argument(
        "--background",
        action="store_true",
        help="give a handle of the run at once: `await` it, or .stop() it",
    )
    @argument(
        "--parallel",
        type=int,
        default=4,
        help="independent responses to a question before the first chained one (4)",
    )
    @argument(
        "--depth", type=int, default=4, help="earlier responses in a chain; 0 draws no chains (4)"
    )
    @argument(
        "--chained-share",
        type=float,
        default=0.5,
        help="share of chained responses after the first ones (0.5)",
    )
    @argument(
        "--sources",
        choices=SOURCES,
        default="random",
        help="which earlier responses a chain is built from",
    )
    @argument("--warmup", type=int, help="responses to every question before the policy starts")
    @argument(
        "--stop",
        metavar="RULE",
        help="when a question has enough: ac, esc, doubling, flip-below ...; or your rule",
    )
    @argument(
        "--cancel-settled",
        action="store_true",
        help="give up what is in flight for a question that has enough",
    )
    @argument(
        "--extract",
        default="auto",
        help="how answers are read: auto, number, choice, text, latex, or your function",
    )
    @argument(
        "--equivalence",
        metavar="HOW",
        help="which answers are one vote: exact, words, latex, your function of two answers, or your Judge",
    )
    @argument(
        "--vote-weight",
        default="equal",
        metavar="HOW",
        help="what a vote weighs: equal, logprob, or your function of a completion",
    )
    @argument(
        "--depths",
        type=kinds_option,
        help="depths that a bandit chooses from for each response, as 0,2,4: for a question on its own",
    )
    @argument(
        "--concurrency", type=int, default=CONCURRENCY, help="requests in flight at most (16)"
    )
    @argument("--timeout", type=float, default=TIMEOUT, help="seconds that a request may take (60)")
    @argument("--seed", type=int, help="fixes every random choice")
    @argument("--temperature", type=float, help="of sampling; the server's own if left out")
    @argument(
        "--max-tokens",
        type=int,
        help="tokens that a response may take; the server's own if left out",
    )
    @argument(
        "--token-limit", type=int, help="tokens to use in all, never exceeded; needs --max-tokens"
    )
    @argument(
        "--cost-limit",
        type=float,
        help="money to spend in all, never exceeded; needs --prices and --max-tokens",
    )
    @argument("--prices", type=prices_option, metavar="IN,OUT[,CACHED]", help="of a million tokens")
    @argument(
        "--confirm-above", type=float, metavar="MONEY", help="ask before a run that may cost more"
    )
    @argument("--time-limit", type=float, help="seconds after which the run ends with what it has")
    @argument(
        "--store",
        default="auto",
        metavar="FILE",
        help="where responses are kept; the user's cache folder, or `none`",
    )
    @argument(
        "--resume",
        nargs="?",
        const=True,
        default=False,
        metavar="ID",
        help="go on from the latest such run, or from one by its id",
    )
    @argument(
        "--reuse",
        action="store_true",
        help="take recorded responses to the same prompts before drawing new ones",
    )
    @argument(
        "--in-memory",
        choices=KEEPS,
        default="all",
        help="what stays in memory: all responses, or the answers alone",
    )
    @argument("--cluster", metavar="NAME", help="a variable with a Dask client, whose workers draw")
    @line_cell_magic
    def dynscale(self, line: str, cell: str | None = None) -> Any:
        """Answer the questions in the cell, one a line, under one shared budget; `#` begins a comment. As a line: a panel to do so."""
        return self._line(line) if cell is None else self._cell(line, cell)

    def _line(self, line: str) -> Any:
        try:
            args = _parse(self.dynscale, line)
            return self._panel(args, variable(args.source) if args.source else None)
        except DynscalingError as error:
            raise UsageError(str(error)) from None

    async def _cell(self, line: str, cell: str) -> Any:
        try:
            args = _parse(self.dynscale, line)
            queries = _questions(args.source, cell)
            if args.panel:
                return self._panel(args, queries)
            if args.budget is None:
                raise InputError(
                    "say how many responses to draw in all: %%dynscale --budget 64", line
                )
            view = _View(3 if args.background else 1, stopped=CELLS.stop(this_cell()))
            run = start if args.background else arun
            given: Any = run(queries, **self._arguments(args), observers=[view.observer])
            if isinstance(given, RunHandle):
                CELLS.keep(this_cell(), given)
                given.when_done(lambda: view.close(given))
            else:
                given = await given
        except DynscalingError as error:
            raise UsageError(str(error)) from None
        self._bind(args.out, given)
        return given

    def _panel(self, args: argparse.Namespace, queries: Any) -> Any:
        panel = import_module("dynscaling_nb.notebook.widgets.panel").Panel
        return panel(
            queries or None,
            **self._arguments(args),
            source=args.source,
            on_result=lambda result: self._bind(args.out, result),
        )

    def _arguments(self, args: argparse.Namespace) -> dict[str, Any]:
        """What `arun` takes."""
        given = {name: getattr(args, name) for name in (field.name for field in fields(Settings))}
        given |= {
            "store": {"auto": None, "none": False}.get(args.store, args.store),
            "prices": args.prices,
            "confirm_above": args.confirm_above,
        }
        given |= {"confirm": _agrees, "cluster": variable(args.cluster) if args.cluster else None}
        for name in ("model", "extract", "equivalence", "vote_weight", "store", "stop"):
            value = self.shell.user_ns.get(given[name])
            if (
                callable(value) or hasattr(value, "open") or isinstance(value, Store)
            ):  # an object of the user's, by the name of its variable
                given[name] = value
        return given

    def _bind(self, name: str | None, value: Any) -> None:
        if name:
            self.shell.user_ns[name] = value


def _agrees(found: Estimate) -> bool:
    """Ask below the cell; where nobody can be asked that is no."""
    try:
        return input(f"This run may take {found}. Go on? [y/N] ").strip().casefold() in ("y", "yes")
    except (EOFError, NotImplementedError, RuntimeError):  # a kernel without standard input
        return False


def _questions(source: str | None, cell: str) -> Any:
    typed = read_lines(cell)
    if source is None:
        return typed
    if typed:
        raise InputError(
            "questions come either from the cell or from --from, not from both", source
        )
    return variable(source)


def _parse(magic: Any, line: str) -> argparse.Namespace:
    try:
        args: argparse.Namespace = parse_argstring(magic, line)
    except ValueError as error:
        raise InputError(
            f"cannot read the line {line!r}: {error}; close each quote", line
        ) from None
    except UsageError as error:
        raise InputError(f"{error}{_nearest_option(magic, str(error))}", line) from None
    if args.out is not None and (not args.out.isidentifier() or iskeyword(args.out)):
        raise InputError(
            f"-o must be the name of a variable, got {args.out!r}; try -o result", args.out
        )
    return args


def _nearest_option(magic: Any, message: str) -> str:
    words = [word for word in message.split() if word.startswith("-")]
    known = [option for action in magic.parser._actions for option in action.option_strings]
    near = (
        get_close_matches(words[0].split("=")[0], known, n=1)
        if "unrecognized" in message and words
        else []
    )
    return f"; did you mean {near[0]}?" if near else "; %%dynscale? shows the options"


class _View:
    """A progress line while the run goes on; it ends as blank as it began, or with what a run in the background found."""

    def __init__(self, outputs: int, *, stopped: bool) -> None:
        self._outputs = outputs
        self._fill: Callable[[Any], None] | None = None
        self.observer: Observer = Progress(self._show) if in_kernel() else on_terminal()
        if stopped:
            output(_bundle("The run that this cell started before was stopped."))

    def _show(self, line: str, *, over: bool) -> None:
        if self._fill is None:
            self._fill = places(self._outputs)
        self._fill([] if over else [(_bundle(line), {})])

    def close(self, handle: RunHandle) -> None:
        """Show what a run in the background found, where its progress stood."""
        if self._fill is None:
            return
        try:
            result = handle.result
        except DynscalingError as error:
            self._fill([(_bundle(str(error)), {})])
            return
        if result is not None:
            self._fill(_displays(result))


def _bundle(line: str) -> dict[str, str]:
    return {
        "text/plain": line,
        "text/html": f"<pre role='status' style='margin:0'>{escape(line)}</pre>",
    }


def _displays(result: Result) -> Any:
    """A result as a notebook shows it; the charts are loaded when the first one is shown."""
    return import_module("dynscaling_nb.notebook.charts").displays(result)


def show(result: Result) -> None:
    """Show a result in the cell that runs."""
    for bundle, metadata in _displays(result):
        output(bundle, metadata)


def awaited(lines: list[str]) -> list[str]:
    """An input transformer: a cell that calls the magic awaits what it returns.

    An empty cell becomes a blank one, since IPython refuses an empty one and `--from` needs no lines.
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
