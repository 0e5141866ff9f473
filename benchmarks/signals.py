"""Do richer signals help?

python benchmarks/signals.py FOLDER [--repeats 30] [--seeds 5] [--step 1]

The signals: log-probabilities as weights of votes, answers of another model as a prior, answers
grouped by value, and a bandit over depths. FOLDER holds recorded answers of two models to the same
questions, and of one model to questions with LaTeX answers. The live part asks the embedded model
every `step`-th of 200 questions that it never saw in training. Its responses are kept in
build/signals.jsonl.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from report import destination, report

import dynscaling_nb as dn
from dynscaling_nb.answers.equivalence import Spellings, latex

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
    "adaptive-depth",
    dn.Strategy("adaptive-depth, 0 or 4", plan=dn.AdaptiveDepth(parallel=4, depths=(0, 4))),
    "bandit",
    dn.Strategy("bandit, weighted", "default", vote_weight="logprob"),
    "dynscaling",
    dn.Strategy("dynscaling, weighted", "default", plan=dn.Plan(), vote_weight="logprob"),
)


def with_prior(
    pool: list[dn.RecordedQuery], other: list[dn.RecordedQuery], votes: int
) -> list[dn.RecordedQuery]:
    """Each question with a prior: the first `votes` recorded answers of another model."""
    recorded = {question.id: question for question in other}
    questions = []
    for question in pool:
        prior: dict[str, int] = {}
        for answer in recorded[question.id].answers[:votes]:
            if answer is not None:
                prior[answer] = prior.get(answer, 0) + 1
        questions.append(replace(question, prior=prior))
    return questions


def grouped(pool: list[dn.RecordedQuery]) -> list[dn.RecordedQuery]:
    """Each answer in the spelling of the first answer of its value; the gold answer comes first."""
    questions = []
    for question in pool:
        spellings = Spellings(latex, golds=[question.gold])
        questions.append(
            replace(question, answers=tuple(a and spellings.of(a) for a in question.answers))
        )
    return questions


def gains(
    name: str, before: list[dn.RecordedQuery], after: list[dn.RecordedQuery], repeats: int
) -> list[dict]:
    """Percent right before, and points gained after, by policy and budget."""
    rows = []
    for policy in ("uniform", "default"):
        row = {"signal": name, "policy": policy}
        for budget in BUDGETS:
            a, b = (
                dn.replays(pool, policy, budget, repeats=repeats).accuracy
                for pool in (before, after)
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
    parser.add_argument("--step", type=int, default=1)
    args = parser.parse_args()
    folder = destination(parser, args)
    rows = []
    for mine, others in PAIRS:
        pool, other = dn.read_pool(args.folder / mine), dn.read_pool(args.folder / others)
        for votes in (1, 2):
            name = (
                f"{mine.partition('.')[0]}, {votes} of {others.partition('_')[2].partition('.')[0]}"
            )
            rows += gains(name, pool, with_prior(pool, other, votes), args.repeats)
    report("prior: percent right, and points gained, with votes of another model", rows, folder)
    pool = dn.read_pool(args.folder / MATHEMATICS)
    report(
        "equivalence: percent right, and points gained, by grouping LaTeX answers",
        gains("math500", pool, grouped(pool), args.repeats),
        folder,
    )
    Path("build").mkdir(exist_ok=True)
    seeds = list(range(args.seeds))
    live = dn.compare(
        dn.held_out()[:: args.step],
        LIVE,
        BUDGETS,
        seeds=seeds,
        cache="build/signals.jsonl",
        concurrency=64,
    )
    rows = [
        {
            "strategy": name,
            **{f"at {o.budget:g}": 100 * o.accuracy for o in curve},
            **{f"tokens at {o.budget:g}": o.prompt_tokens + o.completion_tokens for o in curve},
        }
        for name, curve in live.curves().items()
    ]
    report("signals live: percent right, and tokens a question, at mean responses", rows, folder)
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
        "signals live: points over self-consistency, 95 % intervals, paired over questions",
        rows,
        folder,
    )


if __name__ == "__main__":
    main()
