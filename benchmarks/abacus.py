"""Accuracy, speed and memory of the embedded model.

python benchmarks/abacus.py [--quick]

The 200 questions are in no training batch. `--quick` asks every tenth of them.
"""

import argparse
import subprocess
import sys
import time
from collections import Counter

import numpy as np
from report import destination, report

import dynscaling_nb as dn
from dynscaling_nb.answers.extract import EXTRACTORS
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.inputs import as_queries
from dynscaling_nb.models.abacus import held_out, language
from dynscaling_nb.models.abacus.model import TEMPERATURE, WEIGHTS, load, prompt
from dynscaling_nb.records import Query, Response

SAMPLES = 40  # independent responses to a question
CHAINED = 8  # chained responses to a question
DEPTH = 4  # earlier responses in a chain
LEVELS = 5  # numbers of operations, 1 to 5, with equally many questions each


def draw(prompts: list, rng: np.random.Generator) -> list[str]:
    """The texts of one response to each prompt."""
    seeds = rng.integers(2**31, size=len(prompts)).tolist()
    return [language.working(tokens) for tokens in load().sample(prompts, seeds, TEMPERATURE)]


def answers_of(texts: list[list[str]]) -> np.ndarray:
    """The answers in these texts, "" for none, shape (queries, responses)."""
    return np.array([[EXTRACTORS["auto"](text) or "" for text in row] for row in texts])


def majority(answers: np.ndarray) -> np.ndarray:
    """The most frequent answer to each query, shape (queries,)."""
    return np.array(
        [Counter(a for a in row if a).most_common(1)[0][0] if any(row) else "" for row in answers]
    )


def by_level(right: np.ndarray) -> dict:
    """Percent right for each number of operations; the queries are in this order."""
    levels = np.array_split(right, LEVELS)
    percents = {f"{k + 1} op": 100 * level.mean() for k, level in enumerate(levels)}
    hard = np.concatenate(levels[2:])
    return {**percents, "3 to 5": 100 * hard.mean(), "all": 100 * right.mean()}


def chains(
    queries: list[Query], texts: list[list[str]], rng: np.random.Generator, count: int
) -> list[list[str]]:
    """The texts of `count` chained responses to each query, over DEPTH of these responses."""
    template = Template()
    prompts = []
    for query, row in zip(queries, texts, strict=True):
        earlier = [Response(query.id, i, "parallel", t, None, ()) for i, t in enumerate(row)]
        for _ in range(count):
            places = rng.choice(len(row), min(DEPTH, len(row)), replace=False)
            prompts.append(prompt(template.chained(query, [earlier[i] for i in places])))
    chained = draw(prompts, rng)
    return [chained[i * count : (i + 1) * count] for i in range(len(queries))]


def accuracy(queries: list[Query]) -> list[dict]:
    """Percent right of single responses, majorities and chains."""
    rng = np.random.default_rng(0)
    template = Template()
    gold = np.array([query.gold for query in queries])
    plain = draw([prompt(template.parallel(q)) for q in queries for _ in range(SAMPLES)], rng)
    texts = [plain[i * SAMPLES : (i + 1) * SAMPLES] for i in range(len(queries))]
    answers = answers_of(texts)
    right = answers == gold[:, None]
    chained = answers_of(chains(queries, texts, rng, CHAINED))
    rows = [
        {"what": "one response", **by_level(right)},
        {"what": f"majority of {SAMPLES}", **by_level(majority(answers) == gold)},
        {"what": f"right one among {SAMPLES}", **by_level(right.any(axis=1))},
        {"what": f"one chained response over {DEPTH}", **by_level(chained == gold[:, None])},
    ]
    for total in (8, 16):
        half = total // 2
        alone, mixed = [], []
        for start in range(0, SAMPLES - total + 1, total):
            alone.append(majority(answers[:, start : start + total]) == gold)
            first = answers[:, start : start + half]
            sources = [row[start : start + half] for row in texts]
            then = answers_of(chains(queries, sources, rng, half))
            mixed.append(majority(np.concatenate([then, first], axis=1)) == gold)
        rows.append({"what": f"majority of {total} parallel", **by_level(np.array(alone).T)})
        name = f"majority of {half} parallel + {half} chained"
        rows.append({"what": name, **by_level(np.array(mixed).T)})
    return rows


def allocation(queries: list[Query], repeats: int = 4, each: int = 6) -> list[dict]:
    """Policy and chains, each with and without, at equal numbers of responses."""
    rows = []
    for name, settings in {
        "uniform, parallel": {"policy": "uniform", "depth": 0},
        "default policy, parallel": {"depth": 0},
        "uniform, integrated": {"policy": "uniform"},
        "default policy, integrated": {},
    }.items():
        results = [
            dn.run(queries, budget=each * len(queries), concurrency=64, seed=s, **settings)
            for s in range(repeats)
        ]
        share = np.array([r.accuracy for r in results])
        tokens = np.mean(
            [r.usage.prompt_tokens + r.usage.completion_tokens for r in results]
        ) / len(queries)
        rows.append(
            {
                "strategy": name,
                "right %": 100 * share.mean(),
                "standard error": 100 * share.std(ddof=1) / repeats**0.5,
                "tokens a question": float(tokens),
            }
        )
    return rows


def fresh(code: str) -> str:
    """What this code prints in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


LOADING = """\
import time
from dynscaling_nb.models.abacus.model import load

began = time.perf_counter()
load()
print(time.perf_counter() - began)
"""
MEMORY = """\
import resource
import dynscaling_nb as dn

dn.run(["What is 2 + 3 * 4?"], budget=64)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def speed(queries: list[Query]) -> list[dict]:
    """Rates of sampling, time to load, memory of a process."""
    rng = np.random.default_rng(0)
    template = Template()
    prompts = [prompt(template.parallel(query)) for query in queries]
    draw([prompts[i] for i in rng.choice(len(prompts), 64)], rng)  # warm
    rates = []
    for _ in range(8):
        batch = [prompts[i] for i in rng.choice(len(prompts), 64)]
        began = time.perf_counter()
        draw(batch, rng)
        rates.append(64 / (time.perf_counter() - began))
    return [
        {"what": "responses a second, batches of 64, median", "value": float(np.median(rates))},
        {"what": "responses a second, batches of 64, best", "value": max(rates)},
        {"what": "seconds to load", "value": float(fresh(LOADING))},
        {"what": "MB resident after a run", "value": float(fresh(MEMORY))},
        {"what": "MB of weights", "value": WEIGHTS.stat().st_size / 1e6},
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    folder = destination(parser, args)
    queries = as_queries(held_out()[:: 10 if args.quick else 1])
    n = len(queries)
    report("abacus speed: NumPy on this machine", speed(queries), folder)
    report(f"abacus: percent right on {n} held-out questions", accuracy(queries), folder)
    report(f"abacus allocation: {n} questions, mean 6 responses", allocation(queries), folder)


if __name__ == "__main__":
    main()
