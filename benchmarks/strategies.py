"""The paper's experiment in small, live on the embedded model.

python benchmarks/strategies.py [--seeds 5] [--step 2]

Parallel, sequential and integrated sampling, with and without the bandit. The questions are every
`step`-th of 200 that the model never saw in training. Responses are kept in
build/strategies.jsonl, so a second run continues where the first one stopped.
"""

import argparse
from pathlib import Path

from report import destination, report

import dynscaling_nb as dn

BUDGETS = (2, 4, 8, 16)  # mean responses a question
SHAPES = {
    f"depth {depth}, share {share:g}, {sources}": dn.Plan(
        depth=depth, chained_share=share, sources=sources
    )
    for depth, share, sources in (
        (4, 0.5, "random"),
        (4, 0.25, "random"),
        (2, 0.5, "random"),
        (4, 0.5, "disagreeing"),
        (2, 0.25, "disagreeing"),
    )
}
STRATEGIES = (
    "one",
    "self-consistency",
    "sequential",
    "wait",
    "aggregate",
    "rsa",
    "integrated",
    "parallel-ucb",
    "paper",
    "okg",
    "bandit",
    "dynscaling",
    *(
        dn.Strategy(f"dynscaling: {name}", "default", plan=plan)
        for name, plan in SHAPES.items()
        if plan != dn.Plan()
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--step", type=int, default=2)
    args = parser.parse_args()
    folder = destination(parser, args)
    Path("build").mkdir(exist_ok=True)
    comparison = dn.compare(
        dn.held_out()[:: args.step],
        STRATEGIES,
        BUDGETS,
        seeds=list(range(args.seeds)),
        cache="build/strategies.jsonl",
        concurrency=64,
    )
    rows = []
    for name, curve in comparison.curves().items():
        tokens = [o.prompt_tokens + o.completion_tokens for o in curve]
        rows.append(
            {
                "strategy": name,
                **{f"at {o.budget:g}": 100 * o.accuracy for o in curve},
                **{f"tokens at {o.budget:g}": t for o, t in zip(curve, tokens, strict=True)},
            }
        )
    report("strategies: percent right, and tokens a question, at mean responses", rows, folder)
    rows = [
        {
            "strategy": d.strategy,
            "at": d.budget,
            "gain": 100 * d.gain,
            "low": 100 * d.low,
            "high": 100 * d.high,
            "shown": "yes" if d.shown else "",
        }
        for d in comparison.differences()
    ]
    report(
        "differences: points over self-consistency, 95 % intervals, paired over questions",
        rows,
        folder,
    )


if __name__ == "__main__":
    main()
