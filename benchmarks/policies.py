"""Time to choose and record one pull, in microseconds, with 100, 1,000 and 10,000 queries that have a few votes each."""

import time

import numpy as np
from report import report

from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import POLICIES, policy
from dynscaling_nb.chains.plan import Plan

PULLS = 2000


def one(name: str, queries: int) -> float:
    rng = np.random.default_rng(0)
    ledger = Ledger(queries, queries * 4 + PULLS, policy(name), Plan(depth=0), warmup=4)
    for _ in range(queries * 4):
        for pull in ledger.ask():
            ledger.tell(pull, "abc"[rng.integers(3)])
    answers = ["abc"[i] for i in rng.integers(3, size=PULLS)]
    began = time.perf_counter()
    for answer in answers:
        ledger.tell(ledger.ask()[0], answer)
    return 1e6 * (time.perf_counter() - began) / PULLS


def main() -> None:
    rows = [
        {
            "policy": name,
            **{f"{n:,} queries": min(one(name, n) for _ in range(3)) for n in (100, 1000, 10_000)},
        }
        for name in POLICIES
    ]
    report("policies: microseconds a pull", rows)


if __name__ == "__main__":
    main()
