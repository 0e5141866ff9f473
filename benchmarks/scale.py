"""From a class to a hundred thousand questions: cost of the controller, memory, many requests in flight, many workers.

`python benchmarks/scale.py [POOLS]`: with a folder of recorded answers allocation on a cluster is held against one machine's. About ten
minutes on two cores.
"""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import numpy as np
from distributed import Client, LocalCluster
from loopback import endpoint
from openai import AsyncOpenAI
from report import report

import dynscaling_nb as dn
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.evaluation.replay import read_pool
from dynscaling_nb.events import Drawn
from dynscaling_nb.models.abacus import held_out

SIZES = (100, 1000, 10_000, 100_000)
EACH = 10  # responses a query, of the controller and of memory
LATENCY, IN_FLIGHT, QUERIES, DRAWN = 0.5, 256, 2000, 4  # of the endpoint
WORKERS, SHEET, RESPONSES, OF_EACH = (1, 2, 4), 200, 1600, 16  # of the cluster
SEEDS = 5


def controller(queries: int) -> float:
    """Microseconds to choose a pull and to count its answer, over a whole run."""
    rng = np.random.default_rng(0)
    ledger = Ledger(queries, queries * EACH, policy("default"), Plan(depth=0), warmup=4)
    answers = ["abc"[i] for i in rng.integers(3, size=queries * EACH)]
    began = time.perf_counter()
    for answer in answers:
        ledger.tell(ledger.ask()[0], answer)
    return 1e6 * (time.perf_counter() - began) / len(answers)


def whole(queries: int) -> dict[str, float]:
    """A whole run on recorded answers with the answers alone kept: microseconds a pull, and the most memory in MB."""
    rng = np.random.default_rng(0)
    names = ["a", "b", "c"]
    answers = {str(i): [names[k] for k in rng.integers(3, size=40)] for i in range(queries)}
    asked = ({"id": str(i), "text": f"Question number {i}?"} for i in range(queries))
    began = time.perf_counter()
    dn.run(
        asked,
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
    """The same in a process of its own, so that its memory is its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--whole", str(queries)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def one_machine() -> None:
    rows = []
    for queries in SIZES:
        found = apart(queries)
        costs = [controller(queries) for _ in range(3 if queries < SIZES[-1] else 1)]
        rows.append(
            {
                "queries": queries,
                "us a pull, controller": min(costs),
                "us a pull, whole run": found["run"],
                "MB": found["memory"],
            }
        )
    report("scale controller: 10 responses a query, recorded answers, keep='answers'", rows)


def stored() -> None:
    """A run whose responses are put into a store and read from there for chains."""
    queries = SIZES[2]
    rng = np.random.default_rng(0)
    answers = {str(i): ["abc"[k] for k in rng.integers(3, size=40)] for i in range(queries)}
    asked = [{"id": str(i), "text": f"What is question number {i}?"} for i in range(queries)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "runs.sqlite"
        began = time.perf_counter()
        found = dn.run(
            asked,
            budget=EACH * queries,
            model=dn.ReplayModel(answers),
            seed=1,
            concurrency=64,
            in_memory="answers",
            store=path,
        )
        cost = 1e6 * (time.perf_counter() - began) / found.spent
        row = {
            "queries": queries,
            "responses": found.spent,
            "us a pull": cost,
            "MB on disk": path.stat().st_size / 1e6,
        }
    report("scale store: 10 responses a query, chains read from the store, keep='answers'", [row])


async def bare(url: str) -> float:
    limit = asyncio.Semaphore(IN_FLIGHT)
    began = time.perf_counter()
    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def one(i: int) -> None:
            async with limit:
                await client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": f"question {i % QUERIES}"}]
                )

        await asyncio.gather(*(one(i) for i in range(QUERIES * DRAWN)))
    return time.perf_counter() - began


async def ours(url: str) -> float:
    began = time.perf_counter()
    asked = [f"question {i}" for i in range(QUERIES)]
    await dn.arun(
        asked,
        budget=QUERIES * DRAWN,
        model=dn.OpenAIModel("m", url, max_n=1),
        concurrency=IN_FLIGHT,
        depth=0,
        seed=1,
        store=False,
    )
    return time.perf_counter() - began


def in_flight() -> None:
    with endpoint(LATENCY) as url:
        rounds = [(asyncio.run(bare(url)), asyncio.run(ours(url))) for _ in range(3)]
    rows = [
        {"what": "asyncio.gather", "seconds": median(b for b, _ in rounds), "ratio": 1.0},
        {
            "what": "dn.arun",
            "seconds": median(o for _, o in rounds),
            "ratio": median(o / b for b, o in rounds),
        },
    ]
    report(
        f"scale endpoint: {QUERIES * DRAWN} requests, {LATENCY} s each, {IN_FLIGHT} in flight, median of 3",
        rows,
    )


def many_workers() -> None:
    rows = []
    asked = [f"question {i}" for i in range(SHEET)]
    options = {"budget": RESPONSES, "concurrency": OF_EACH, "store": None, "seed": 1}
    with endpoint(LATENCY) as url:
        model = dn.OpenAIModel("m", url, max_n=1)
        began = time.perf_counter()
        dn.run(asked, model=model, **options)
        rows.append(
            {
                "workers": "none",
                "seconds": time.perf_counter() - began,
                "speed-up": None,
                "pulls": RESPONSES,
            }
        )
        for workers in WORKERS:
            with (
                LocalCluster(
                    n_workers=workers, threads_per_worker=1, dashboard_address=None
                ) as cluster,
                Client(cluster) as client,
            ):
                dn.run(
                    asked[:8], model=model, cluster=client, **{**options, "budget": 8}
                )  # imports
                began = time.perf_counter()
                found = dn.run(asked, model=model, cluster=client, **options)
                rows.append(
                    {
                        "workers": str(workers),
                        "seconds": time.perf_counter() - began,
                        "pulls": sum(found.pulls),
                    }
                )
                rows[-1]["speed-up"] = rows[1]["seconds"] / rows[-1]["seconds"]
    report(
        f"scale workers: {RESPONSES} responses, {LATENCY} s each, {OF_EACH} in flight a worker, loopback",
        rows,
    )


def killed() -> None:
    asked, dead = [f"question {i}" for i in range(SHEET)], []
    with (
        endpoint(LATENCY) as url,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):

        def kill(event: object) -> None:
            if isinstance(event, Drawn) and not dead and event.pull.number > RESPONSES // 2:
                dead.append(next(iter(cluster.workers.values())).pid)
                os.kill(dead[0], signal.SIGKILL)

        model = dn.OpenAIModel("m", url, max_n=1)
        found = dn.run(
            asked,
            budget=RESPONSES,
            model=model,
            cluster=client,
            concurrency=OF_EACH,
            observers=[kill],
            store=False,
            seed=1,
        )
    distinct = len({(r.query_id, r.index) for r in found.responses})
    row = {
        "budget": RESPONSES,
        "killed": len(dead),
        "responses": len(found.responses),
        "distinct": distinct,
        "seconds": found.time,
    }
    report("scale killed: one of 2 workers killed in the middle", [row])


def distance(pools: list[Path]) -> None:
    """Share of the pulls that go to another query than on one machine; and how far two runs on one machine are apart that differ in what is
    in flight alone.
    """
    rows = []
    with (
        LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        for path in pools:
            pool = read_pool(path)
            asked = [
                {"id": question.id, "text": question.id, "gold": question.gold} for question in pool
            ]
            gaps, inner, gains = [], [], []
            for seed in range(SEEDS):
                model = dn.ReplayModel(
                    {question.id: question.answers for question in pool}, seed=seed
                )
                options = {"budget": 8 * len(pool), "model": model, "depth": 0, "seed": seed}
                one, few = dn.run(asked, **options), dn.run(asked, **options, concurrency=4)
                many = dn.run(asked, cluster=client, concurrency=4, **options)
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
    report(
        f"scale allocation: 4 workers with 4 in flight against one machine with 16, 8 responses a query, {SEEDS} seeds",
        rows,
    )


def prefixes() -> None:
    """What lining chains up in a steady order saves a server that caches prefixes, and what it costs in answers; on the embedded model."""
    asked = held_out()
    found: dict[str, list[dn.Result]] = {
        pick: [
            dn.run(
                asked,
                budget=12 * len(asked),
                policy="uniform",
                sources=pick,
                seed=seed,
                concurrency=64,
            )
            for seed in range(SEEDS)
        ]
        for pick in ("random", "steady")
    }
    gain = 100 * np.mean(
        [
            np.array(s.correct, float) - np.array(r.correct, float)
            for r, s in zip(*found.values(), strict=True)
        ],
        axis=0,
    )
    rows = []
    for pick, results in found.items():
        known, all_of_them = zip(*(_known(result) for result in results), strict=True)
        chained = [r for result in results for r in result.responses if r.kind == "chained"]
        golds = {
            query.id: gold for query, gold in zip(results[0].queries, results[0].golds, strict=True)
        }
        rows.append(
            {
                "pick": pick,
                "prefix seen before, %": 100 * sum(known) / sum(all_of_them),
                "chained right, %": 100 * mean(r.answer == golds[r.query_id] for r in chained),
                "answers a query, chained": mean(_answers(result) for result in results),
                "accuracy, %": 100 * mean(result.accuracy or 0 for result in results),
                "against random": None if pick == "random" else gain.mean(),
                "95 %": None if pick == "random" else 1.96 * gain.std(ddof=1) / np.sqrt(len(gain)),
            }
        )
    report(
        f"scale prefixes: {len(asked)} questions, 12 responses each, {SEEDS} seeds, the embedded model",
        rows,
    )


def _known(result: dn.Result) -> tuple[int, int]:
    """Characters of chained prompts that an earlier prompt of the query begins with too, and all of them."""
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
    """How many different answers the chained responses to a query have, in the mean."""
    return mean(
        len({r.answer for r in result.responses_to(query.id) if r.kind == "chained"})
        for query in result.queries
    )


def _apart(first: list[int], second: list[int]) -> float:
    return 100 * sum(abs(a - b) for a, b in zip(first, second, strict=True)) / 2 / sum(first)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--whole"]:
        print(json.dumps(whole(int(arguments[1]))))
        return
    one_machine()
    stored()
    in_flight()
    many_workers()
    killed()
    prefixes()
    if arguments:
        distance(sorted(Path(arguments[0]).glob("*.jsonl.gz")))


if __name__ == "__main__":
    main(sys.argv[1:])
