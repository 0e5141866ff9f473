"""`%%dynscale`: parses a line, calls `arun`, shows how far it is and what came of it.

The magic is awaited: a cell that IPython has turned into `get_ipython().run_cell_magic('dynscale', ...)` gets `await` before
it, so that the kernel handles clicks and the interrupt button while the cell runs.
"""

import argparse
from collections.abc import Coroutine
from difflib import get_close_matches
from html import escape
from keyword import iskeyword
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from dynscaling_nb.api import CONCURRENCY, TIMEOUT, arun
from dynscaling_nb.engine import Observer
from dynscaling_nb.errors import DynscalingError, InputError
from dynscaling_nb.inputs import budget_option, read_lines
from dynscaling_nb.notebook import charts
from dynscaling_nb.progress import Progress, on_terminal
from dynscaling_nb.results import Result

_CALL = "get_ipython().run_cell_magic('dynscale',"


@magics_class
class DynscaleMagics(Magics):
    """The cell magic."""

    shell: InteractiveShell

    @magic_arguments()
    @argument("-b", "--budget", type=budget_option, help="responses to draw in all, shared by the questions; at least one each")
    @argument("-m", "--model", help="name of a model on a server; the embedded one if left out")
    @argument("--base-url", help="address of an OpenAI-compatible server, up to and with /v1; the key comes from OPENAI_API_KEY")
    @argument("-p", "--policy", default="default", help="who is pulled next: uniform, ucb, ucb-entropy, paper, thompson, voi, okg")
    @argument("-c", type=float, help="weight of exploration of the ucb policies")
    @argument("-o", "--out", metavar="NAME", help="variable that gets the result")
    @argument("--from", dest="source", metavar="NAME", help="questions from a variable: a list, dicts with gold answers, a table's column")
    @argument("--parallel", type=int, default=4, help="independent responses to a question before the first chained one (4)")
    @argument("--depth", type=int, default=4, help="earlier responses in a chain; 0 draws no chains (4)")
    @argument("--share", type=float, default=0.5, help="share of chained responses after the first ones (0.5)")
    @argument("--warmup", type=int, help="responses to every question before the policy starts")
    @argument("--settle", type=float, help="leave a question alone once the chance that its runner-up is ahead is below this")
    @argument("--read", default="auto", help="how answers are read: auto, number, choice, text, or the name of your function")
    @argument("--concurrency", type=int, default=CONCURRENCY, help="requests in flight at most (16)")
    @argument("--timeout", type=float, default=TIMEOUT, help="seconds that a request may take (60)")
    @argument("--seed", type=int, help="fixes every random choice")
    @cell_magic
    def dynscale(self, line: str, cell: str) -> Coroutine[Any, Any, Result]:
        """Answer the questions in the cell, one a line, under one shared budget; `#` begins a comment."""
        return self._dynscale(line, cell)

    async def _dynscale(self, line: str, cell: str) -> Result:
        try:
            args = _parse(self.dynscale, line)
            view = _View(self.shell)
            result = await arun(
                self._questions(args.source, cell), budget=args.budget, model=args.model, policy=args.policy, c=args.c,
                base_url=args.base_url, parallel=args.parallel, depth=args.depth, share=args.share, warmup=args.warmup,
                settle=args.settle, read=self._reader(args.read), concurrency=args.concurrency, timeout=args.timeout,
                seed=args.seed, observers=[view.observer],
            )  # fmt: skip
        except DynscalingError as error:
            raise UsageError(str(error)) from None
        view.close(result)
        if args.out:
            self.shell.user_ns[args.out] = result
        return result

    def _questions(self, source: str | None, cell: str) -> Any:
        typed = read_lines(cell)
        if source is None:
            return typed
        if typed:
            raise InputError("questions come either from the cell or from --from, not from both", source)
        return self._variable(source, "variable")

    def _reader(self, name: str) -> Any:
        function = self.shell.user_ns.get(name)
        return function if callable(function) else name

    def _variable(self, name: str, kind: str) -> Any:
        """A variable of the notebook, or a column of one: `NAME`, `NAME.column`, `NAME['column']`."""
        first = name.replace("[", ".").split(".")[0]
        if first not in self.shell.user_ns:
            known = [n for n in self.shell.user_ns if not n.startswith("_")]
            near = get_close_matches(first, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InputError(f"there is no {kind} {first!r} in this notebook{hint}", name)
        try:
            return self.shell.ev(name)
        except Exception as error:
            raise InputError(f"cannot take questions from {name}: {type(error).__name__}: {error}", name) from error


def _parse(magic: Any, line: str) -> argparse.Namespace:
    try:
        args: argparse.Namespace = parse_argstring(magic, line)
    except UsageError as error:
        raise InputError(f"{error}{_nearest_option(magic, str(error))}", line) from None
    if args.budget is None:
        raise InputError("say how many responses to draw in all: %%dynscale --budget 64", line)
    if args.out is not None and (not args.out.isidentifier() or iskeyword(args.out)):
        raise InputError(f"-o must be the name of a variable, got {args.out!r}; try -o result", args.out)
    return args


def _nearest_option(magic: Any, message: str) -> str:
    words = [word for word in message.split() if word.startswith("-")]
    known = [option for action in magic.parser._actions for option in action.option_strings]  # noqa: SLF001
    near = get_close_matches(words[0].split("=")[0], known, n=1) if "unrecognized" in message and words else []
    return f"; did you mean {near[0]}?" if near else "; %%dynscale? shows the options"


class _View:
    """A progress line while the run goes on; it ends as blank as it began, and the picture follows."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._handle: Any = None
        in_kernel = getattr(shell, "kernel", None) is not None
        self.observer: Observer = Progress(self._show) if in_kernel else on_terminal()

    def _show(self, line: str, *, over: bool) -> None:
        if self._handle is None:
            self._handle = display(_bundle(""), raw=True, display_id=True)
        self._handle.update(_bundle("" if over else line), raw=True)

    def close(self, result: Result) -> None:
        if self._handle is not None and result.responses:
            bundle, metadata = charts.picture(charts.pulls(result), charts.description(result))
            display(bundle, raw=True, metadata=metadata)


def _bundle(line: str) -> dict[str, str]:
    html = f"<pre role='status' style='margin:0'>{escape(line)}</pre>" if line else ""
    return {"text/plain": line, "text/html": html}


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


def load(shell: InteractiveShell) -> None:
    """Register the magic and the transformer, once."""
    shell.register_magics(DynscaleMagics)
    if awaited not in shell.input_transformers_post:
        shell.input_transformers_post.append(awaited)


def unload(shell: InteractiveShell) -> None:
    """Take the transformer and the magic away."""
    if awaited in shell.input_transformers_post:
        shell.input_transformers_post.remove(awaited)
    shell.magics_manager.magics["cell"].pop("dynscale", None)
