"""The same engine from a shell: `python -m dynscaling_nb run | runs | replay | demo`."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from dynscaling_nb import __version__
from dynscaling_nb.api import run
from dynscaling_nb.bandit.policies import POLICIES
from dynscaling_nb.bandit.stopping import STOP_RULES
from dynscaling_nb.cluster.dask import connect
from dynscaling_nb.declaration import arguments, budget_text, declarations
from dynscaling_nb.engine.estimate import Estimate
from dynscaling_nb.engine.progress import on_terminal
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import DynscalingError, InputError, ModelError, StoreError
from dynscaling_nb.evaluation.replay import UNITS, replay
from dynscaling_nb.events import Observer
from dynscaling_nb.front_ends import ShellOptions
from dynscaling_nb.inputs import read_file
from dynscaling_nb.models.abacus import held_out
from dynscaling_nb.options import RunOptions
from dynscaling_nb.storage.parquet import Parquet
from dynscaling_nb.storage.sqlite import Store

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130
DEMO_QUESTIONS = 10
DEMO_BUDGET = 120

RUN = """\
Answer the questions of a file under one shared budget of model responses.

  in   one JSON object a line: {"id": "q1", "text": "What is 19 - (4 + 7) * 3?", "gold": "-14"}
       (gold may be left out), or a table in CSV or Parquet
  out  one JSON object a line, in the same order: {"id", "answer", "confidence", "pulls"}

Without --model the embedded model answers; it reads sums only. With --model an OpenAI-compatible
server answers. Its key comes from the environment, OPENAI_API_KEY, and from nowhere else. After an
interrupt (Ctrl-C or SIGTERM) or an error of the server the answers so far are still written.
Responses of a server are on disk before they are counted; --resume goes on from them."""

RUN_EXAMPLES = """\
examples:
  python -m dynscaling_nb run questions.jsonl --budget 64 --out answers.jsonl
  python -m dynscaling_nb run questions.jsonl --budget 400 --model llama3 \\
      --base-url http://127.0.0.1:8080/v1 --out answers.jsonl

exit code: 0 done, 1 the server failed, 2 bad input, 130 interrupted"""

REPLAY = """\
Replay a policy on recorded answers: what accuracy would it have had from the same samples? No model
is called.

A pool is JSON lines, gzipped or not: {"id", "gold", "answers": ["42", "41", ...]}; "" stands for a
response without an answer. For budgets in tokens a line also has "tokens": [...], the length of
each response."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns the exit code."""
    _show_every_character()
    args = _parser().parse_args(argv)
    try:
        code: int = args.do(args)
    except InputError as error:
        return _complain(error, BAD_INPUT)
    except (ModelError, StoreError) as error:
        return _complain(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _show_every_character() -> None:
    """Put ? for what the console's encoding lacks, such as a block on Windows or a check mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a test or a notebook has streams of its own
            stream.reconfigure(errors="replace")


def _complain(error: DynscalingError, code: int) -> int:
    print(f"dynscaling_nb: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    first = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m dynscaling_nb", description=first)
    parser.add_argument("--version", action="version", version=f"dynscaling_nb {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(commands)
    _add_runs(commands)
    _add_replay(commands)
    _add_demo(commands)
    return parser


def _add_run(commands: Any) -> None:
    command = commands.add_parser(
        "run",
        help="answer the questions of a file",
        description=RUN,
        epilog=RUN_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("file", metavar="FILE.jsonl", help="the questions")
    for kind in (RunOptions, ShellOptions):
        for flags, form in arguments(kind):
            command.add_argument(*flags, **form)
    command.set_defaults(do=_run)


def _add_runs(commands: Any) -> None:
    command = commands.add_parser("runs", help="list the stored runs, or write one to a file")
    command.add_argument(
        "--store",
        metavar="FILE",
        help="another file of runs than the one in the user's cache folder",
    )
    command.add_argument(
        "--export",
        nargs=2,
        metavar=("ID", "FILE"),
        help="write a run's responses: .jsonl, .parquet, or .sqlite for another machine",
    )
    command.set_defaults(do=_runs)


def _add_replay(commands: Any) -> None:
    command = commands.add_parser(
        "replay",
        help="try a policy on recorded answers",
        description=REPLAY,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names, rules = ", ".join(POLICIES), ", ".join(STOP_RULES)
    command.add_argument("pool", metavar="POOL.jsonl[.gz]", help="the recorded answers")
    command.add_argument(
        "-p",
        "--policy",
        default="default",
        help=f"which question gets the next response: default, {names}",
    )
    command.add_argument("--stop", metavar="RULE", help=f"when a question has enough: {rules}")
    command.add_argument(
        "--budget", required=True, type=float, help="mean responses (or tokens) a question"
    )
    command.add_argument(
        "--unit",
        choices=UNITS,
        default=UNITS[0],
        help="what the budget counts (%(default)s)",
    )
    command.add_argument(
        "--repeats",
        type=int,
        default=30,
        help="number of replays, each with the samples in another order (%(default)s)",
    )
    command.add_argument("--seed", type=int, default=0, help="fixes the orders (%(default)s)")
    command.add_argument("--json", action="store_true", help="print JSON instead of a sentence")
    command.set_defaults(do=_replay)


def _add_demo(commands: Any) -> None:
    command = commands.add_parser(
        "demo", help="watch the embedded model answer questions it has not seen"
    )
    command.add_argument(
        "--budget",
        type=budget_text,
        default=DEMO_BUDGET,
        help="responses to draw in all (%(default)s)",
    )
    command.add_argument(
        "--seed", type=int, default=1, help="fixes every random choice (%(default)s)"
    )
    command.set_defaults(do=_demo)


def _run(args: argparse.Namespace) -> int:
    queries = read_file(args.file)
    shell = ShellOptions(**_typed(args, ShellOptions))
    out = Path(shell.out)
    if not out.parent.is_dir():
        raise InputError(f"there is no folder {out.parent} to write {out.name} to", shell.out)
    options = _typed(args, RunOptions)
    observers: list[Observer] = [on_terminal()]
    if shell.responses is not None:
        observers.append(Parquet(shell.responses))
    with _cluster(options.pop("cluster", None)) as cluster, _terminated_as_interrupted():
        result = run(
            queries,
            **options,
            cluster=cluster,
            confirm=_agrees(shell.yes),
            observers=observers,
        )
    result.save(out)
    print(result.report() if shell.report else _outcome(result))
    if result.stopped == "error":
        print(f"dynscaling_nb: {result.error}", file=sys.stderr)
    return {"error": FAILED, "user": INTERRUPTED}.get(result.stopped, 0)


def _outcome(result: Result) -> str:
    """The summary and, if many responses are unread, the note on them."""
    note = result.unread_note
    return result.summary() if note is None else f"{result.summary()}\n{note.text}"


def _typed(args: argparse.Namespace, kind: type) -> dict[str, Any]:
    """The options of this kind on the command line."""
    return {name: value for name, value in vars(args).items() if name in declarations(kind)}


def _cluster(address: str | None) -> AbstractContextManager[Any]:
    """A client of the scheduler at this address, None without one."""
    return nullcontext() if address is None else connect(address)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM, as `kill` and job schedulers send it, ends a run as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _agrees(yes: bool) -> Callable[[Estimate], bool]:
    """A question on the terminal; without a terminal only `--yes` agrees."""

    def ask(estimate: Estimate) -> bool:
        if yes or not sys.stdin.isatty():
            return yes
        answer = input(f"This run may take {estimate}. Go on? [y/N] ")
        return answer.strip().casefold() in ("y", "yes")

    return ask


def _runs(args: argparse.Namespace) -> int:
    store = Store(args.store)
    print(store.export(*args.export) if args.export else store.runs())
    return 0


def _replay(args: argparse.Namespace) -> int:
    outcome = replay(
        args.pool,
        args.policy,
        args.budget,
        stop=args.stop,
        unit=args.unit,
        repeats=args.repeats,
        seed=args.seed,
    )
    if args.json:
        print(json.dumps(outcome.to_json()))
        return 0
    error = "" if outcome.stderr is None else f" +- {100 * outcome.stderr:.2f}"
    name = outcome.policy if args.stop is None else f"{outcome.policy}, stop {args.stop}"
    print(
        f"{name}: {100 * outcome.accuracy:.2f}{error} % right at {outcome.mean_pulls:.2f} "
        "responses a question"
    )
    return 0


def _demo(args: argparse.Namespace) -> int:
    questions = held_out()
    queries = questions[:: len(questions) // DEMO_QUESTIONS]
    print(
        f"{len(queries)} questions, {args.budget} responses to share, answered by the model that "
        "comes with the package:\n"
    )
    result = run(queries, budget=args.budget, seed=args.seed, observers=[on_terminal()])
    print(f"\n{result}\n\nWhere the budget went:")
    rows = zip(result.queries, result.pulls, strict=True)
    for place, (query, count) in enumerate(rows, start=1):
        print(f"{place:>3}  {'█' * count} {count}  {query.text}")
    return 0 if result.stopped in ("budget", "settled") else INTERRUPTED
