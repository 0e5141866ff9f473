"""The pools of recorded answers that benchmarks replay: those of a folder, and three made here."""

import gzip
import json
from pathlib import Path

import numpy as np

import dynscaling_nb as dn
from dynscaling_nb.evaluation.pools import RecordedQuery, read_pool
from dynscaling_nb.inputs import as_queries
from dynscaling_nb.models.abacus import sample

ABACUS = Path("build") / "abacus_pool.jsonl.gz"
QUESTIONS = 320  # of the embedded model's pool
ANSWERS = 64  # to each of them
CHOSEN_ON = ("aime_Qwen3-4B", "gpqa_diamond_Phi-4-reasoning", "gpt35_last_letters", "made choice")


def pools(folder: Path) -> dict[str, list[RecordedQuery]]:
    """Pools by name. The embedded model's pool is drawn once, in a minute, and kept in build/."""
    recorded = {
        path.name.removesuffix(".jsonl.gz"): read_pool(path)
        for path in sorted(folder.glob("*.jsonl.gz"))
    }
    return {**recorded, "made choice": choice(), "made numbers": numbers(), "abacus": abacus()}


def choice(questions: int = 300, answers: int = 80) -> list[RecordedQuery]:
    """Four-way choice: A is right.

    The shares of the letters are Dirichlet; their concentration differs between questions.
    """
    rng = np.random.default_rng(11)
    shares = [
        rng.dirichlet(np.exp(rng.normal(0.3, 0.8)) * np.array([0.55, 0.15, 0.15, 0.15]))
        for _ in range(questions)
    ]
    return [
        RecordedQuery(f"choice-{i}", "A", tuple("ABCD"[k] for k in rng.choice(4, answers, p=p)))
        for i, p in enumerate(shares)
    ]


def numbers(questions: int = 300, answers: int = 80) -> list[RecordedQuery]:
    """Numbers with common slips.

    A response is right, or one of up to three slips of its question, or a number of its own.
    """
    rng = np.random.default_rng(12)
    pool = []
    for i in range(questions):
        right, common, slips = (
            rng.beta(1.6, 1.0),
            rng.beta(2, 2),
            rng.dirichlet(np.ones(rng.integers(1, 4))),
        )
        kinds = rng.choice(3, answers, p=[right, (1 - right) * common, (1 - right) * (1 - common)])
        texts = [
            ("42", f"slip {rng.choice(len(slips), p=slips)}", str(rng.integers(100, 300)))[kind]
            for kind in kinds
        ]
        pool.append(RecordedQuery(f"numbers-{i}", "42", tuple(texts)))
    return pool


def abacus() -> list[RecordedQuery]:
    """The embedded model's answers to sums of this pool, which may have been in training."""
    if not ABACUS.exists():
        queries = as_queries(sample(QUESTIONS, seed=5))
        result = dn.run(
            queries, budget=QUESTIONS * ANSWERS, policy="uniform", depth=0, seed=3, concurrency=64
        )
        rows = [
            {
                "id": q.id,
                "gold": q.gold,
                "answers": [r.answer or "" for r in result.responses_to(q.id)],
            }
            for q in queries
        ]
        ABACUS.parent.mkdir(exist_ok=True)
        ABACUS.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return read_pool(ABACUS)
