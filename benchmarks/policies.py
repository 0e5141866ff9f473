"""Microseconds to choose and record one pull, by policy and number of queries.

python benchmarks/policies.py [--pulls 2000]

Every query has a few votes.
"""

import argparse
import time

import numpy as np
from report import destination, report

from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import POLICIES, policy
from dynscaling_nb.chains.plan import Plan

SIZES = (100, 1000, 10_000)  # queries


def one(name: str, queries: int, pulls: int) -> float:
    """Microseconds a pull."""
    rng = np.random.default_rng(0)
    ledger = Ledger(queries, queries * 4 + pulls, policy(name), Plan(depth=0), warmup=4)
    for _ in range(queries * 4):
        for pull in ledger.ask():
            ledger.tell(pull, "abc"[rng.integers(3)])
    answers = ["abc"[i] for i in rng.integers(3, size=pulls)]
    began = time.perf_counter()
    for answer in answers:
        ledger.tell(ledger.ask()[0], answer)
    return 1e6 * (time.perf_counter() - began) / pulls


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pulls", type=int, default=2000)
    args = parser.parse_args()
    rows = [
        {
            "policy": name,
            **{f"{n:,} queries": min(one(name, n, args.pulls) for _ in range(3)) for n in SIZES},
        }
        for name in POLICIES
    ]
    report("policies: microseconds a pull", rows, destination(parser, args))


if __name__ == "__main__":
    main()
