"""The same engine from a shell: `python -m dynscaling_nb run | runs | replay | demo`."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from dynscaling_nb import __version__
from dynscaling_nb.api import run
from dynscaling_nb.bandit.policies import POLICIES
from dynscaling_nb.build import CONCURRENCY, TIMEOUT
from dynscaling_nb.cluster.dask import connect
from dynscaling_nb.engine.estimate import Estimate
from dynscaling_nb.engine.progress import on_terminal
from dynscaling_nb.errors import DynscalingError, InputError, ModelError, StoreError
from dynscaling_nb.evaluation.replay import read_pool, replay
from dynscaling_nb.events import Observer
from dynscaling_nb.inputs import budget_option, prices_option, read_file
from dynscaling_nb.models.abacus import held_out
from dynscaling_nb.records import KEEPS
from dynscaling_nb.storage.parquet import Parquet
from dynscaling_nb.storage.sqlite import Store

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130
DEMO_QUESTIONS, DEMO_BUDGET = 10, 120

OPTIONS = (
    "budget",
    "model",
    "base_url",
    "policy",
    "c",
    "concurrency",
    "timeout",
    "seed",
    "time_limit",
    "temperature",
    "max_tokens",
    "token_limit",
    "cost_limit",
    "prices",
    "confirm_above",
    "resume",
    "reuse",
    "in_memory",
)

RUN = """\
Answer the questions of a file under one shared budget of model responses.

  in   one JSON object a line: {"id": "q1", "text": "What is 19 - (4 + 7) * 3?", "gold": "-14"}; gold may be left out
  out  one JSON object a line, in the same order: {"id", "answer", "confidence", "pulls"}

Without --model the embedded model answers; it reads sums only. With --model, any OpenAI-compatible server does; the key comes
from the environment, OPENAI_API_KEY, and from nowhere else. Interrupted (Ctrl-C) or cut off by an error of the server, what
was drawn so far is still written. Responses of a server are on disk before they are counted; --resume goes on from them."""

RUN_EXAMPLES = """\
examples:
  python -m dynscaling_nb run questions.jsonl --budget 64 --out answers.jsonl
  python -m dynscaling_nb run questions.jsonl --budget 400 --model llama3 --base-url http://127.0.0.1:8080/v1 --out answers.jsonl

exit code: 0 done, 1 the server failed, 2 bad input, 130 interrupted"""

REPLAY = """\
Replay a policy on recorded answers: what accuracy would it have had from the same samples? No model is called.

A pool is JSON lines, gzipped or not: {"id", "gold", "answers": ["42", "41", ...]}; "" is an answer that could not be read."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns the exit code."""
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


def _complain(error: DynscalingError, code: int) -> int:
    print(f"dynscaling_nb: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dynscaling_nb", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--version", action="version", version=f"dynscaling_nb {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    raw = argparse.RawDescriptionHelpFormatter
    names = f"{', '.join([*POLICIES, 'default'])}"

    asking = commands.add_parser(
        "run",
        help="answer the questions of a file",
        description=RUN,
        epilog=RUN_EXAMPLES,
        formatter_class=raw,
    )
    asking.add_argument("file", metavar="FILE.jsonl", help="the questions")
    asking.add_argument(
        "--budget",
        required=True,
        type=budget_option,
        help="responses to draw in all; at least one a question",
    )
    asking.add_argument(
        "--out",
        required=True,
        metavar="OUT.jsonl",
        help="where the answers go; Parquet if it ends in .parquet",
    )
    asking.add_argument("--model", help="name of a model on a server; the embedded one if left out")
    asking.add_argument(
        "--base-url", help="address of the server, up to and with /v1; OpenAI's if left out"
    )
    asking.add_argument("--policy", default="default", help=f"who is pulled next: {names}")
    asking.add_argument("-c", type=float, help="weight of exploration of the ucb policies")
    asking.add_argument(
        "--concurrency",
        type=int,
        default=CONCURRENCY,
        help="requests in flight at most (%(default)s)",
    )
    asking.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT,
        help="seconds that a request may take (%(default)g)",
    )
    asking.add_argument("--seed", type=int, help="fixes every random choice")
    asking.add_argument(
        "--time-limit", type=float, help="seconds after which the run ends with what it has"
    )
    asking.add_argument(
        "--temperature", type=float, help="of sampling; the server's own if left out"
    )
    asking.add_argument(
        "--max-tokens",
        type=int,
        help="tokens that a response may take; the server's own if left out",
    )
    asking.add_argument(
        "--token-limit", type=int, help="tokens to use in all, never exceeded; needs --max-tokens"
    )
    asking.add_argument(
        "--cost-limit",
        type=float,
        help="money to spend in all, never exceeded; needs --prices and --max-tokens",
    )
    asking.add_argument(
        "--prices", type=prices_option, metavar="IN,OUT[,CACHED]", help="of a million tokens"
    )
    asking.add_argument(
        "--confirm-above", type=float, metavar="MONEY", help="ask before a run that may cost more"
    )
    asking.add_argument("--yes", action="store_true", help="answer that question with yes")
    asking.add_argument(
        "--store",
        default="auto",
        metavar="FILE",
        help="where responses are kept; the user's cache folder, or `none`",
    )
    asking.add_argument(
        "--resume",
        nargs="?",
        const=True,
        default=False,
        metavar="ID",
        help="go on from the latest such run, or from one by its id",
    )
    asking.add_argument(
        "--reuse",
        action="store_true",
        help="take recorded responses to the same prompts before drawing new ones",
    )
    asking.add_argument(
        "--in-memory",
        choices=KEEPS,
        default="all",
        help="what stays in memory: all responses, or the answers alone",
    )
    asking.add_argument(
        "--responses", metavar="FOLDER", help="write every response there as it comes, as Parquet"
    )
    asking.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="a Dask scheduler, as tcp://127.0.0.1:8786, whose workers draw",
    )
    asking.add_argument("--report", action="store_true", help="say in words what happened")
    asking.set_defaults(do=_run)

    past = commands.add_parser("runs", help="list the runs that are kept, or write one to a file")
    past.add_argument(
        "--store",
        default="auto",
        metavar="FILE",
        help="another file of runs than that in the user's cache folder",
    )
    past.add_argument(
        "--export",
        nargs=2,
        metavar=("ID", "FILE"),
        help="write a run's responses: .jsonl, .parquet, or .sqlite for another machine",
    )
    past.set_defaults(do=_runs)

    again = commands.add_parser(
        "replay", help="try a policy on recorded answers", description=REPLAY, formatter_class=raw
    )
    again.add_argument("pool", metavar="POOL.jsonl[.gz]", help="the recorded answers")
    again.add_argument("--policy", default="default", help=f"who is pulled next: {names}")
    again.add_argument("--budget", required=True, type=float, help="mean responses a question")
    again.add_argument(
        "--repeats",
        type=int,
        default=30,
        help="times, with the samples shuffled anew (%(default)s)",
    )
    again.add_argument("--seed", type=int, default=0, help="of the shuffling (%(default)s)")
    again.add_argument("--json", action="store_true", help="print JSON instead of a sentence")
    again.set_defaults(do=_replay)

    demo = commands.add_parser(
        "demo", help="watch the embedded model answer questions it has not seen"
    )
    demo.add_argument(
        "--budget",
        type=budget_option,
        default=DEMO_BUDGET,
        help="responses to draw in all (%(default)s)",
    )
    demo.add_argument("--seed", type=int, default=1, help="fixes every random choice (%(default)s)")
    demo.set_defaults(do=_demo)
    return parser


def _run(args: argparse.Namespace) -> int:
    queries = read_file(args.file)
    out = Path(args.out)
    if not out.parent.is_dir():
        raise InputError(f"there is no folder {out.parent} to write {out.name} to", args.out)
    options = {name: getattr(args, name) for name in OPTIONS}
    store = {"auto": None, "none": False}.get(args.store, args.store)
    observers: list[Observer] = [
        on_terminal(),
        *([Parquet(args.responses)] if args.responses else []),
    ]
    with connect(args.cluster) if args.cluster else nullcontext() as cluster:
        result = run(
            queries,
            **options,
            store=store,
            cluster=cluster,
            confirm=_agrees(args.yes),
            observers=observers,
        )
    result.save(out)
    print(result.report() if args.report else result.summary())
    if result.stopped == "error":
        print(f"dynscaling_nb: {result.error}", file=sys.stderr)
    return {"error": FAILED, "user": INTERRUPTED}.get(result.stopped, 0)


def _agrees(yes: bool) -> Callable[[Estimate], bool]:
    """Ask on the terminal; without one only `--yes` is yes."""

    def ask(found: Estimate) -> bool:
        if yes or not sys.stdin.isatty():
            return yes
        return input(f"This run may take {found}. Go on? [y/N] ").strip().casefold() in ("y", "yes")

    return ask


def _runs(args: argparse.Namespace) -> int:
    store = Store(None if args.store == "auto" else args.store)
    print(store.export(*args.export) if args.export else store.runs())
    return 0


def _replay(args: argparse.Namespace) -> int:
    found = replay(
        read_pool(args.pool), args.policy, args.budget, repeats=args.repeats, seed=args.seed
    )
    if args.json:
        print(json.dumps(found.to_json()))
    else:
        error = "" if found.stderr is None else f" +- {100 * found.stderr:.2f}"
        print(
            f"{found.policy}: {100 * found.accuracy:.2f}{error} % right at {found.mean_pulls:.2f} responses a question"
        )
    return 0


def _demo(args: argparse.Namespace) -> int:
    questions = held_out()
    queries = questions[:: len(questions) // DEMO_QUESTIONS]
    print(
        f"{len(queries)} questions, {args.budget} responses to share, answered by the model that comes with the package:\n"
    )
    result = run(queries, budget=args.budget, seed=args.seed, observers=[on_terminal()])
    print(f"\n{result}\n\nWhere the budget went:")
    for place, (query, count) in enumerate(zip(result.queries, result.pulls, strict=True), start=1):
        print(f"{place:>3}  {'█' * count} {count}  {query.text}")
    return 0 if result.stopped in ("budget", "settled") else INTERRUPTED
