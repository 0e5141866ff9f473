"""Do richer signals help? Log-probabilities as weights, another model's answers as a prior, answers grouped by value, a bandit over kinds.

python benchmarks/signals.py FOLDER [--repeats 30] [--seeds 5]

FOLDER holds recorded answers of two models to the same questions and of one to questions with LaTeX answers. The live part asks the embedded
model 200 questions that it never saw in training; what was drawn is kept in build/signals.jsonl.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from report import report

import dynscaling_nb as dn
from dynscaling_nb.answers.equivalence import Spellings, latex
from dynscaling_nb.chains.plan import AdaptiveDepth, Plan
from dynscaling_nb.evaluation.replay import Recorded, read_pool, replays
from dynscaling_nb.models.abacus import held_out

BUDGETS = (2, 4, 8, 16)
MATHEMATICS = "math500_NVIDIA-Nemotron-Nano-9B-v2.jsonl.gz"
PAIRS = (
    ("aime_Qwen3-4B.jsonl.gz", "aime_gpt-oss-20b.jsonl.gz"),
    ("aime_gpt-oss-20b.jsonl.gz", "aime_Qwen3-4B.jsonl.gz"),
    ("gpqa_diamond_Phi-4-reasoning.jsonl.gz", "gpqa_diamond_gpt-oss-20b.jsonl.gz"),
    ("gpqa_diamond_gpt-oss-20b.jsonl.gz", "gpqa_diamond_Phi-4-reasoning.jsonl.gz"),
)
LIVE = (
    "self-consistency",
    "cisc",
    "integrated",
    "kinds",
    dn.Strategy("kinds, mostly alone", plan=AdaptiveDepth(parallel=4, depths=(0, 4))),
    "bandit",
    dn.Strategy("bandit + logprob", "default", vote_weight="logprob"),
    "dynscaling",
    dn.Strategy("ours + logprob", "default", Plan(), vote_weight="logprob"),
)


def with_prior(pool: list[Recorded], other: list[Recorded], votes: int) -> list[Recorded]:
    """Each question with so many votes from the first recorded answers of another model."""
    said = {question.id: question for question in other}
    found = []
    for question in pool:
        prior: dict[str, int] = {}
        for answer in said[question.id].answers[:votes]:
            if answer is not None:
                prior[answer] = prior.get(answer, 0) + 1
        found.append(replace(question, prior=prior))
    return found


def grouped(pool: list[Recorded]) -> list[Recorded]:
    """Each answer spelled as the first of its value, the gold one before all."""
    found = []
    for question in pool:
        spellings = Spellings(latex, [question.gold])
        found.append(
            replace(question, answers=tuple(a and spellings.of(a) for a in question.answers))
        )
    return found


def gains(name: str, before: list[Recorded], after: list[Recorded], repeats: int) -> list[dict]:
    rows = []
    for policy in ("uniform", "default"):
        row = {"signal": name, "policy": policy}
        for budget in BUDGETS:
            a, b = (
                replays(pool, policy, budget, repeats=repeats).accuracy for pool in (before, after)
            )
            row |= {
                f"without at {budget}": 100 * a.mean(),
                f"gain at {budget}": 100 * (b - a).mean(),
            }
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    rows = []
    for mine, others in PAIRS:
        pool, other = read_pool(args.folder / mine), read_pool(args.folder / others)
        for votes in (1, 2):
            name = (
                f"{mine.partition('.')[0]}, {votes} of {others.partition('_')[2].partition('.')[0]}"
            )
            rows += gains(name, pool, with_prior(pool, other, votes), args.repeats)
    report("prior: percent right, and points gained, with votes of another model", rows)
    pool = read_pool(args.folder / MATHEMATICS)
    report(
        "equivalence: percent right, and points gained, by grouping LaTeX answers",
        gains("math500", pool, grouped(pool), args.repeats),
    )
    Path("build").mkdir(exist_ok=True)
    seeds = list(range(args.seeds))
    live = dn.compare(
        held_out(), LIVE, BUDGETS, seeds=seeds, cache="build/signals.jsonl", concurrency=64
    )
    rows = [
        {
            "strategy": name,
            **{f"at {o.budget:g}": 100 * o.accuracy for o in curve},
            **{f"tokens at {o.budget:g}": o.prompt_tokens + o.completion_tokens for o in curve},
        }
        for name, curve in live.curves().items()
    ]
    report("signals live: percent right, and tokens a question, at mean responses", rows)
    rows = [
        {
            "strategy": d.strategy,
            "at": d.budget,
            "gain": 100 * d.gain,
            "low": 100 * d.low,
            "high": 100 * d.high,
        }
        for d in live.differences()
    ]
    report(
        "signals live: points over self-consistency, 95 % intervals, paired over questions", rows
    )


if __name__ == "__main__":
    main()
