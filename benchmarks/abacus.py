"""The embedded model on the 200 questions that no training batch contained: accuracy, speed, memory."""

import subprocess
import sys
import time
from collections import Counter

import numpy as np
from report import report

import dynscaling_nb as dn
from dynscaling_nb.answers.extract import auto
from dynscaling_nb.chains.plan import Template
from dynscaling_nb.models.abacus import held_out, language
from dynscaling_nb.models.abacus.model import TEMPERATURE, WEIGHTS, load, prompt
from dynscaling_nb.records import Query, Response

SAMPLES, CHAINED, DEPTH, LEVEL = 40, 8, 4, 40
QUERIES = [Query.from_json(row) for row in held_out()]
GOLD = np.array([q.gold for q in QUERIES])


def draw(prompts: list, rng: np.random.Generator) -> list[str]:
    drawn = load().sample(prompts, rng.integers(2**31, size=len(prompts)).tolist(), TEMPERATURE)
    return [language.working(tokens) for tokens in drawn]


def majority(answers: np.ndarray) -> np.ndarray:
    return np.array(
        [Counter(a for a in row if a).most_common(1)[0][0] if any(row) else "" for row in answers]
    )


def by_level(right: np.ndarray) -> dict:
    levels = {f"{k + 1} op": 100 * right[k * LEVEL : (k + 1) * LEVEL].mean() for k in range(5)}
    return {**levels, "3 to 5": 100 * right[2 * LEVEL :].mean(), "all": 100 * right.mean()}


def chains(
    texts: list[list[str]], rng: np.random.Generator, n: int, pool: int, count: int
) -> list[list[str]]:
    """`count` chained responses a query, each over DEPTH of its first `pool` independent ones."""
    template = Template()
    prompts = []
    for query, drawn in zip(QUERIES, texts, strict=True):
        earlier = [
            Response(query.id, i, "parallel", text, None, ())
            for i, text in enumerate(drawn[n : n + pool])
        ]
        for _ in range(count):
            chosen = [earlier[i] for i in rng.choice(pool, min(DEPTH, pool), replace=False)]
            prompts.append(prompt(template.chained(query, chosen)))
    said = draw(prompts, rng)
    return [said[i * count : (i + 1) * count] for i in range(len(QUERIES))]


def accuracy() -> list[dict]:
    rng = np.random.default_rng(0)
    template = Template()
    plain = draw([prompt(template.parallel(q)) for q in QUERIES for _ in range(SAMPLES)], rng)
    texts = [plain[i * SAMPLES : (i + 1) * SAMPLES] for i in range(len(QUERIES))]
    answers = np.array([[auto(t) or "" for t in row] for row in texts])
    right = answers == GOLD[:, None]
    chained = np.array(
        [[auto(t) or "" for t in row] for row in chains(texts, rng, 0, SAMPLES, CHAINED)]
    )
    rows = [
        {"what": "one response", **by_level(right)},
        {"what": f"majority of {SAMPLES}", **by_level(majority(answers) == GOLD)},
        {"what": f"right one among {SAMPLES}", **by_level(right.any(axis=1))},
        {"what": f"one chained response over {DEPTH}", **by_level(chained == GOLD[:, None])},
    ]
    for total in (8, 16):
        half = total // 2
        groups = SAMPLES // total
        alone, mixed = [], []
        for g in range(groups):
            alone.append(majority(answers[:, g * total : (g + 1) * total]) == GOLD)
            first = answers[:, g * total : g * total + half]
            then = np.array(
                [[auto(t) or "" for t in row] for row in chains(texts, rng, g * total, half, half)]
            )
            mixed.append(majority(np.concatenate([then, first], axis=1)) == GOLD)
        rows.append({"what": f"majority of {total} parallel", **by_level(np.array(alone).T)})
        rows.append(
            {"what": f"majority of {half} parallel + {half} chained", **by_level(np.array(mixed).T)}
        )
    return rows


def allocation(repeats: int = 4, each: int = 6) -> list[dict]:
    """The whole thing: default policy and integrated sampling against uniform majority voting, at equal numbers of responses."""
    rows = []
    for name, settings in {
        "uniform, parallel": {"policy": "uniform", "depth": 0},
        "default policy, parallel": {"depth": 0},
        "uniform, integrated": {"policy": "uniform"},
        "default policy, integrated": {},
    }.items():
        results = [
            dn.run(QUERIES, budget=each * len(QUERIES), concurrency=64, seed=s, **settings)
            for s in range(repeats)
        ]
        found = np.array([r.accuracy for r in results])
        tokens = np.mean(
            [r.usage.prompt_tokens + r.usage.completion_tokens for r in results]
        ) / len(QUERIES)
        rows.append(
            {
                "strategy": name,
                "right %": 100 * found.mean(),
                "standard error": 100 * found.std(ddof=1) / repeats**0.5,
                "tokens a query": float(tokens),
            }
        )
    return rows


def speed() -> list[dict]:
    rng = np.random.default_rng(0)
    template = Template()
    prompts = [prompt(template.parallel(q)) for q in QUERIES]
    batch = [prompts[i] for i in rng.permutation(200)[:64]]
    draw(batch, rng)
    rates = []
    for _ in range(8):
        chosen = [prompts[i] for i in rng.permutation(200)[:64]]
        began = time.perf_counter()
        draw(chosen, rng)
        rates.append(64 / (time.perf_counter() - began))
    code = (
        "import time, resource; from dynscaling_nb.models.abacus.model import load; b = time.perf_counter(); load();"
        "print(time.perf_counter() - b, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    loading, _ = map(
        float,
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split(),
    )
    ask = code.replace(
        "load();", "load(); import dynscaling_nb as dn; dn.run(['What is 2 + 3 * 4?'] , budget=64);"
    )
    _, memory = map(
        float,
        subprocess.run(
            [sys.executable, "-c", ask], capture_output=True, text=True, check=True
        ).stdout.split(),
    )
    return [
        {"what": "responses a second, batches of 64, median", "value": float(np.median(rates))},
        {"what": "responses a second, batches of 64, best", "value": max(rates)},
        {"what": "seconds to load", "value": loading},
        {"what": "MB resident after a run", "value": memory},
        {"what": "MB of weights", "value": WEIGHTS.stat().st_size / 1e6},
    ]


def main() -> None:
    report("abacus speed: NumPy on this machine", speed())
    report("abacus: percent right on 200 held-out questions", accuracy())
    report("abacus allocation: 200 questions, mean 6 responses", allocation())


if __name__ == "__main__":
    main()
