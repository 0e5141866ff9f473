"""From a class to a hundred thousand questions: cost of the controller, memory, requests, workers.

python benchmarks/scale.py [POOLS] [--quick]

With a folder of recorded answers, allocation on a cluster is held against one machine's. About ten
minutes on two cores; `--quick` takes small numbers, to see that it works.
"""

import argparse
import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from distributed import Client, LocalCluster
from loopback import endpoint
from openai import AsyncOpenAI
from report import destination, report

import dynscaling_nb as dn
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.events import Drawn

EACH = 10  # responses a query, of the controller and of memory
LATENCY = 0.5  # seconds a response of the endpoint
IN_FLIGHT = 256  # requests to the endpoint at once, without a cluster
WORKER_IN_FLIGHT = 16  # of each worker of a cluster


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    queries: tuple[int, ...] = (100, 1000, 10_000, 100_000)  # of the controller
    stored: int = 10_000  # queries of the run with a store
    endpoint: int = 2000  # queries of the run on the endpoint, with 4 responses each
    workers: tuple[int, ...] = (1, 2, 4)
    sheet: int = 200  # queries of the runs on a cluster
    responses: int = 1600  # of the runs on a cluster
    seeds: int = 5
    rounds: int = 3


SMALL = Sizes((100, 1000), 200, 20, (1, 2), 20, 80, 1, 1)


def controller(queries: int) -> float:
    """Microseconds to choose a pull and to count its answer, over all pulls of a run."""
    rng = np.random.default_rng(0)
    ledger = Ledger(queries, queries * EACH, policy("default"), Plan(depth=0), warmup=4)
    answers = ["abc"[i] for i in rng.integers(3, size=queries * EACH)]
    began = time.perf_counter()
    for answer in answers:
        ledger.tell(ledger.ask()[0], answer)
    return 1e6 * (time.perf_counter() - began) / len(answers)


def whole(queries: int) -> dict[str, float]:
    """A whole run on recorded answers: microseconds a pull, and the most memory in MB."""
    rng = np.random.default_rng(0)
    names = ["a", "b", "c"]
    answers = {str(i): [names[k] for k in rng.integers(3, size=40)] for i in range(queries)}
    questions = ({"id": str(i), "text": f"Question number {i}?"} for i in range(queries))
    began = time.perf_counter()
    dn.run(
        questions,
        budget=EACH * queries,
        model=dn.ReplayModel(answers),
        depth=0,
        seed=1,
        concurrency=64,
        in_memory="answers",
    )
    seconds = time.perf_counter() - began
    return {
        "run": 1e6 * seconds / (EACH * queries),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def apart(queries: int) -> dict[str, float]:
    """The same in a process of its own, for its memory."""
    done = subprocess.run(
        [sys.executable, __file__, "--whole", str(queries)],
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def one_machine(sizes: Sizes, folder: Path) -> None:
    """The controller alone, and a whole run."""
    rows = []
    for queries in sizes.queries:
        figures = apart(queries)
        repeats = 3 if queries < 100_000 else 1
        costs = [controller(queries) for _ in range(repeats)]
        rows.append(
            {
                "queries": queries,
                "us a pull, controller": min(costs),
                "us a pull, whole run": figures["run"],
                "MB": figures["memory"],
            }
        )
    report(
        "scale controller: 10 responses a query, recorded answers, in_memory='answers'",
        rows,
        folder,
    )


def stored(sizes: Sizes, folder: Path) -> None:
    """A run whose responses go into a store; chains read them from there."""
    queries = sizes.stored
    rng = np.random.default_rng(0)
    answers = {str(i): ["abc"[k] for k in rng.integers(3, size=40)] for i in range(queries)}
    questions = [{"id": str(i), "text": f"What is question number {i}?"} for i in range(queries)]
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "runs.sqlite"
        began = time.perf_counter()
        result = dn.run(
            questions,
            budget=EACH * queries,
            model=dn.ReplayModel(answers),
            seed=1,
            concurrency=64,
            in_memory="answers",
            store=path,
        )
        cost = 1e6 * (time.perf_counter() - began) / result.spent
        row = {
            "queries": queries,
            "responses": result.spent,
            "us a pull": cost,
            "MB on disk": path.stat().st_size / 1e6,
        }
    title = "scale store: 10 responses a query, chains read from the store, in_memory='answers'"
    report(title, [row], folder)


async def bare(url: str, queries: int) -> float:
    """Seconds of 4 requests a query by asyncio.gather."""
    limit = asyncio.Semaphore(IN_FLIGHT)
    began = time.perf_counter()
    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def one(i: int) -> None:
            async with limit:
                await client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": f"question {i % queries}"}]
                )

        await asyncio.gather(*(one(i) for i in range(4 * queries)))
    return time.perf_counter() - began


async def engine(url: str, queries: int) -> float:
    """Seconds of a run with as many requests."""
    began = time.perf_counter()
    questions = [f"question {i}" for i in range(queries)]
    await dn.arun(
        questions,
        budget=4 * queries,
        model=dn.OpenAIModel("m", url, max_n=1),
        concurrency=IN_FLIGHT,
        depth=0,
        seed=1,
        store=False,
    )
    return time.perf_counter() - began


def in_flight(sizes: Sizes, folder: Path) -> None:
    """Many requests at once: the engine against asyncio.gather."""
    n = sizes.endpoint
    with endpoint(LATENCY) as url:
        rounds = [
            (asyncio.run(bare(url, n)), asyncio.run(engine(url, n))) for _ in range(sizes.rounds)
        ]
    rows = [
        {"what": "asyncio.gather", "seconds": median(b for b, _ in rounds), "ratio": 1.0},
        {
            "what": "dn.arun",
            "seconds": median(o for _, o in rounds),
            "ratio": median(o / b for b, o in rounds),
        },
    ]
    title = f"scale endpoint: {4 * n} requests, {LATENCY} s each, {IN_FLIGHT} in flight"
    report(f"{title}, median of {sizes.rounds}", rows, folder)


def many_workers(sizes: Sizes, folder: Path) -> None:
    """Speed by number of workers."""
    rows = []
    questions = [f"question {i}" for i in range(sizes.sheet)]
    options: dict[str, Any] = {
        "budget": sizes.responses,
        "concurrency": WORKER_IN_FLIGHT,
        "store": False,
        "seed": 1,
    }
    with endpoint(LATENCY) as url:
        model = dn.OpenAIModel("m", url, max_n=1)
        began = time.perf_counter()
        dn.run(questions, model=model, **options)
        rows.append(
            {
                "workers": "none",
                "seconds": time.perf_counter() - began,
                "speed-up": None,
                "pulls": sizes.responses,
            }
        )
        for workers in sizes.workers:
            with (
                LocalCluster(
                    n_workers=workers, threads_per_worker=1, dashboard_address=None
                ) as cluster,
                Client(cluster) as client,
            ):
                warm = {**options, "budget": 8}  # a small run first: imports
                dn.run(questions[:8], model=model, cluster=client, **warm)
                began = time.perf_counter()
                result = dn.run(questions, model=model, cluster=client, **options)
                rows.append(
                    {
                        "workers": str(workers),
                        "seconds": time.perf_counter() - began,
                        "pulls": sum(result.pulls),
                    }
                )
                rows[-1]["speed-up"] = rows[1]["seconds"] / rows[-1]["seconds"]
    title = f"scale workers: {sizes.responses} responses, {LATENCY} s each"
    report(f"{title}, {WORKER_IN_FLIGHT} in flight a worker, loopback", rows, folder)


def killed(sizes: Sizes, folder: Path) -> None:
    """A run in whose middle one of two workers is killed."""
    questions = [f"question {i}" for i in range(sizes.sheet)]
    dead: list[int] = []
    with (
        endpoint(LATENCY) as url,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):

        def kill(event: object) -> None:
            if isinstance(event, Drawn) and not dead and event.pull.number > sizes.responses // 2:
                dead.append(next(iter(cluster.workers.values())).pid)
                os.kill(dead[0], signal.SIGKILL)

        model = dn.OpenAIModel("m", url, max_n=1)
        result = dn.run(
            questions,
            budget=sizes.responses,
            model=model,
            cluster=client,
            concurrency=WORKER_IN_FLIGHT,
            observers=[kill],
            store=False,
            seed=1,
        )
    distinct = len({(r.query_id, r.index) for r in result.responses})
    row = {
        "budget": sizes.responses,
        "killed": len(dead),
        "responses": len(result.responses),
        "distinct": distinct,
        "seconds": result.time,
    }
    report("scale killed: one of 2 workers killed in the middle", [row], folder)


def distance(pools: list[Path], sizes: Sizes, folder: Path) -> None:
    """Share of the pulls that go to another query on a cluster than on one machine.

    Beside it, the same for two runs on one machine with 16 and with 4 in flight.
    """
    rows = []
    with (
        LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        for path in pools:
            pool = dn.read_pool(path)
            questions = [{"id": q.id, "text": q.id, "gold": q.gold} for q in pool]
            gaps, inner, gains = [], [], []
            for seed in range(sizes.seeds):
                model = dn.ReplayModel(
                    {question.id: question.answers for question in pool}, seed=seed
                )
                options = {"budget": 8 * len(pool), "model": model, "depth": 0, "seed": seed}
                one = dn.run(questions, **options)
                few = dn.run(questions, **options, concurrency=4)
                many = dn.run(questions, cluster=client, concurrency=4, **options)
                gaps.append(_apart(one.pulls, many.pulls))
                inner.append(_apart(one.pulls, few.pulls))
                gains.append(100 * ((many.accuracy or 0) - (one.accuracy or 0)))
            name = path.name.removesuffix(".jsonl.gz")
            rows.append(
                {
                    "pool": name,
                    "queries": len(pool),
                    "differ, %": mean(gaps),
                    "16 against 4 in flight, %": mean(inner),
                    "accuracy, points": mean(gains),
                }
            )
    title = "scale allocation: 4 workers with 4 in flight against one machine with 16"
    report(f"{title}, 8 responses a query, {sizes.seeds} seeds", rows, folder)


def prefixes(sizes: Sizes, folder: Path) -> None:
    """Chains that begin alike, on the embedded model.

    How much of a prompt a server with a cache of prefixes has read before, and what it costs in
    answers.
    """
    questions = dn.held_out() if sizes.seeds > 1 else dn.held_out()[::20]
    runs: dict[str, list[dn.Result]] = {
        sources: [
            dn.run(
                questions,
                budget=12 * len(questions),
                policy="uniform",
                sources=sources,
                seed=seed,
                concurrency=64,
            )
            for seed in range(sizes.seeds)
        ]
        for sources in ("random", "ordered")
    }
    gain = 100 * np.mean(
        [
            np.array(s.correct, float) - np.array(r.correct, float)
            for r, s in zip(*runs.values(), strict=True)
        ],
        axis=0,
    )
    rows = []
    for sources, results in runs.items():
        known, total = zip(*(_known(result) for result in results), strict=True)
        chained = [r for result in results for r in result.responses if r.kind == "chained"]
        golds = {
            query.id: gold for query, gold in zip(results[0].queries, results[0].golds, strict=True)
        }
        rows.append(
            {
                "sources": sources,
                "prefix seen before, %": 100 * sum(known) / sum(total),
                "chained right, %": 100 * mean(r.answer == golds[r.query_id] for r in chained),
                "answers a query, chained": mean(_answers(result) for result in results),
                "accuracy, %": 100 * mean(result.accuracy or 0 for result in results),
                "against random": None if sources == "random" else gain.mean(),
                "95 %": None
                if sources == "random"
                else 1.96 * gain.std(ddof=1) / np.sqrt(len(gain)),
            }
        )
    title = f"scale prefixes: {len(questions)} questions, 12 responses each, {sizes.seeds} seeds"
    report(f"{title}, the embedded model", rows, folder)


def _known(result: dn.Result) -> tuple[int, int]:
    """Characters of chained prompts that begin an earlier prompt of the query too, and all."""
    known = every = 0
    for query in result.queries:
        earlier: list[str] = []
        for response in result.responses_to(query.id):
            prompt = "\n".join(message["content"] for message in response.messages)
            if response.kind == "chained":
                known += max(
                    (len(os.path.commonprefix([prompt, other])) for other in earlier), default=0
                )
                every += len(prompt)
            earlier.append(prompt)
    return known, every


def _answers(result: dn.Result) -> float:
    """Different answers in the chained responses to a query, in the mean."""
    return mean(
        len({r.answer for r in result.responses_to(query.id) if r.kind == "chained"})
        for query in result.queries
    )


def _apart(first: list[int], second: list[int]) -> float:
    """Percent of the pulls that go to another query."""
    return 100 * sum(abs(a - b) for a, b in zip(first, second, strict=True)) / 2 / sum(first)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pools", type=Path, nargs="?", help="a folder of recorded answers")
    parser.add_argument("--quick", action="store_true", help="small numbers")
    parser.add_argument("--whole", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.whole:
        print(json.dumps(whole(args.whole)))
        return
    folder = destination(parser, args)
    sizes = SMALL if args.quick else Sizes()
    for measure in (one_machine, stored, in_flight, many_workers, killed, prefixes):
        measure(sizes, folder)
    if args.pools:
        distance(sorted(args.pools.glob("*.jsonl.gz")), sizes, folder)


if __name__ == "__main__":
    main()
