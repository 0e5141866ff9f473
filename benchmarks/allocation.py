"""Accuracy of every policy at mean responses 2, 4, 8, 16, by replay of recorded answers; and how well confidence is calibrated.

python benchmarks/allocation.py FOLDER [--repeats 30]
"""

import argparse
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
from report import report

from dynscaling_nb.answers import confidence
from dynscaling_nb.evaluate import INDEPENDENT, read_pool, replay
from dynscaling_nb.ledger import Ledger
from dynscaling_nb.policies import POLICIES, policy

BUDGETS = (2, 4, 8, 16)


def one(path: Path, name: str, repeats: int) -> dict:
    pool = read_pool(path)
    row = {"pool": path.name.removesuffix(".jsonl.gz"), "policy": name}
    for budget in BUDGETS:
        found = replay(pool, name, budget, repeats=repeats)
        row[f"at {budget}"] = 100 * found.accuracy
        row[f"se {budget}"] = 100 * (found.stderr or 0)
    return row


def majority(path: Path, repeats: int, most: int = 40) -> dict:
    found = replay(read_pool(path), "uniform", most, repeats=repeats)
    return {"pool": path.name.removesuffix(".jsonl.gz"), "policy": f"majority of {most}", "at 16": 100 * found.accuracy}


def calibration(paths: list[Path], repeats: int, budget: int = 8) -> list[dict]:
    """Of the answers shown with a confidence in a bin, how many are the most frequent one of the whole recording?"""
    said, true = [], []
    for path in paths:
        pool = read_pool(path)
        modes = [Counter(a for a in q.answers if a).most_common(1) for q in pool]
        for seed in range(repeats):
            rng = np.random.default_rng(seed)
            orders = [rng.permutation(len(q.answers)) for q in pool]
            ledger = Ledger(len(pool), budget * len(pool), policy(), INDEPENDENT, seed=seed, limits=[len(q.answers) for q in pool])
            while pulls := ledger.ask():
                for pull in pulls:
                    ledger.tell(pull, pool[pull.query].answers[orders[pull.query][pull.index]])
            for votes, mode in zip(ledger.votes, modes, strict=True):
                if votes.leader is not None and mode:
                    said.append(confidence(*votes.top_two))
                    true.append(votes.leader == mode[0][0])
    bins = np.digitize(said, edges := [0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
    said, true = np.array(said), np.array(true)
    names = [f"below {edges[0]}", *(f"{a} to {b}" for a, b in pairwise(edges)), f"above {edges[-1]}"]
    return [
        {"confidence": names[b], "answers": int((bins == b).sum()), "mean said %": 100 * said[bins == b].mean(), "is the mode %": 100 * true[bins == b].mean()}
        for b in range(len(names))
        if (bins == b).any()
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=30)
    args = parser.parse_args()
    paths = sorted(args.folder.glob("*.jsonl.gz"))
    if not paths:
        parser.error(f"no pools (*.jsonl.gz) in {args.folder}")
    with ProcessPoolExecutor(2) as workers:
        jobs = [workers.submit(one, path, name, args.repeats) for path in paths for name in POLICIES]
        jobs += [workers.submit(majority, path, args.repeats) for path in paths]
        rows = sorted((job.result() for job in jobs), key=lambda row: row["pool"])
    report("allocation: percent right at mean responses a question", rows)
    report("calibration: default policy at mean 8, all pools", calibration(paths, max(1, args.repeats // 6)))


if __name__ == "__main__":
    main()
