"""Who spends the same samples best? Every policy and stopping rule by replay of recorded answers, and how well confidence is calibrated.

python benchmarks/allocation.py FOLDER [--repeats 30]

Gains are points over uniform at the same mean responses, paired over repeats. The default was chosen on the pools `pools.CHOSEN_ON`; the
others confirm it.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
from oracle import oracle
from pools import CHOSEN_ON, pools
from report import report

from dynscaling_nb.bandit.arms import Policy
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import DEFAULT, POLICIES, UCB, Stopping, Uniform, policy
from dynscaling_nb.bandit.stopping import (
    AdaptiveConsistency,
    BayesFactor,
    DirichletConsistency,
    Doubling,
    EarlyStopping,
    Margin,
    Stop,
)
from dynscaling_nb.evaluation.replay import INDEPENDENT, Recorded, Repeats, replays

BUDGETS = (1.5, 2, 3, 4, 6, 8, 12, 16)
MOST = 40  # responses that a stopping rule may draw for a question
FRACTIONS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1.0)
RULES: Mapping[str, Stop] = {
    "ac 0.80": AdaptiveConsistency(0.8),
    "ac 0.95": AdaptiveConsistency(),
    "ac-dirichlet 0.95": DirichletConsistency(),
    "esc 3": EarlyStopping(3),
    "esc 5": EarlyStopping(),
    "doubling": Doubling(),
    "margin 3": Margin(),
    "bayes-factor 10": BayesFactor(),
}
CANDIDATES: Mapping[str, Policy] = {
    **{name: policy(name) for name in POLICIES if name != "uniform"},
    **{f"ucb c={c:g}": UCB(c) for c in (0.1, 1.0, 3.0)},
    **{name: Stopping(Uniform(), rule, name) for name, rule in RULES.items()},
}

Pool = list[Recorded]


def curves(pool: Pool, chosen: Policy, repeats: int) -> list[Repeats]:
    return [replays(pool, chosen, budget, repeats=repeats) for budget in BUDGETS]


def gains(
    found: Mapping[tuple[str, str], list[Repeats]], names: Sequence[str], of: str, what: str
) -> np.ndarray:
    """Points over uniform, shape (pools, budgets, repeats)."""
    paired = [zip(found[pool, of], found[pool, "uniform"], strict=True) for pool in names]
    return np.array(
        [[100 * (getattr(a, what) - getattr(b, what)) for a, b in pairs] for pairs in paired]
    )


def error(values: np.ndarray) -> float:
    """Standard error of the mean over pools and budgets, from the repeats."""
    means = values.mean(axis=1)  # (pools, repeats)
    return float(np.sqrt((means.var(axis=1, ddof=1) / means.shape[1]).sum()) / len(means))


def summary(
    found: Mapping[tuple[str, str], list[Repeats]],
    names: Sequence[str],
    known: Mapping[str, np.ndarray],
) -> list[dict]:
    chosen_on, confirmed = (
        [i for i, name in enumerate(names) if (name in CHOSEN_ON) == half] for half in (True, False)
    )
    rows = []
    for name in CANDIDATES:
        gain = gains(found, names, name, "accuracy")
        rows.append(
            {
                "policy": name,
                **{f"at {budget:g}": gain[:, i].mean() for i, budget in enumerate(BUDGETS)},
                "mean": gain.mean(),
                "se": error(gain),
                "chosen on": gain[chosen_on].mean(),
                "confirmed": gain[confirmed].mean(),
                "agreement": gains(found, names, name, "agreement").mean(),
            }
        )
    rows.sort(key=lambda row: -row["mean"])
    reach = np.array(
        [
            known[name] - 100 * np.array([r.accuracy.mean() for r in found[name, "uniform"]])
            for name in names
        ]
    )
    rows.append(
        {
            "policy": "oracle",
            **{f"at {b:g}": reach[:, i].mean() for i, b in enumerate(BUDGETS)},
            "mean": reach.mean(),
        }
    )
    return rows


def rule(pool: Pool, stop: Stop, repeats: int) -> dict:
    """A stopping rule as published, each question on its own, and the share of its responses with which the default is as accurate, within
    one standard error of their difference.
    """
    own = replays(
        pool, Stopping(Uniform(), stop, stop.name), MOST, repeats=repeats, max_responses=MOST
    )
    spent, needs = float(own.pulls.mean()), np.nan
    for fraction in FRACTIONS:
        behind = (
            own.accuracy
            - replays(pool, policy(), max(fraction * spent, 1.0), repeats=repeats).accuracy
        )
        if behind.mean() <= behind.std(ddof=1) / np.sqrt(repeats):
            needs = max(fraction, 1 / spent)
            break
    return {
        "responses": spent,
        "accuracy": 100 * float(own.accuracy.mean()),
        "default needs": needs,
    }


def calibration(pool: Pool, repeats: int, budget: float) -> tuple[list[float], list[bool]]:
    """Confidence of each answer, and whether it is the most frequent one of the whole recording."""
    said, true = [], []
    modes = [Counter(a for a in q.answers if a).most_common(1) for q in pool]
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        orders = [rng.permutation(len(q.answers)) for q in pool]
        ledger = Ledger(
            len(pool),
            round(budget * len(pool)),
            policy(),
            INDEPENDENT,
            seed=seed,
            limits=[len(q.answers) for q in pool],
        )
        while pulls := ledger.ask():
            for pull in pulls:
                ledger.tell(pull, pool[pull.query].answers[orders[pull.query][pull.index]])
        for votes, sure, mode in zip(ledger.votes, ledger.confidence, modes, strict=True):
            if votes.leader is not None and mode:
                said.append(sure)
                true.append(votes.leader == mode[0][0])
    return said, true


def reliability(said: np.ndarray, true: np.ndarray) -> list[dict]:
    bins = np.digitize(said, edges := [0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
    names = [
        f"below {edges[0]}",
        *(f"{a} to {b}" for a, b in pairwise(edges)),
        f"above {edges[-1]}",
    ]
    return [
        {
            "confidence": names[b],
            "answers": int((bins == b).sum()),
            "mean said %": 100 * said[bins == b].mean(),
            "is the mode %": 100 * true[bins == b].mean(),
        }
        for b in range(len(names))
        if (bins == b).any()
    ]


def calibration_error(said: np.ndarray, true: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over equal bins of [0, 1]."""
    place = np.minimum((said * bins).astype(int), bins - 1)
    return sum(
        abs(said[place == b].mean() - true[place == b].mean()) * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=30)
    args = parser.parse_args()
    known = pools(args.folder)
    names, few = list(known), max(2, args.repeats // 6)
    with ProcessPoolExecutor(2) as workers:
        jobs = {
            (p, n): workers.submit(curves, known[p], c, args.repeats)
            for p in names
            for n, c in {"uniform": Uniform(), **CANDIDATES}.items()
        }
        best = {p: workers.submit(oracle, known[p], BUDGETS, few) for p in names}
        rules = {
            (p, n): workers.submit(rule, known[p], stop, args.repeats)
            for p in names
            for n, stop in RULES.items()
        }
        sure = {
            (p, b): workers.submit(calibration, known[p], few, b) for p in names for b in BUDGETS
        }
        found = {key: job.result() for key, job in jobs.items()}
        oracles = {p: 100 * job.result() for p, job in best.items()}
        stopped = {key: job.result() for key, job in rules.items()}
        confident = {key: tuple(map(np.array, job.result())) for key, job in sure.items()}
    rows = [
        {
            "pool": p,
            "policy": n,
            **{
                f"at {b:g}": 100 * r.accuracy.mean()
                for b, r in zip(BUDGETS, found[p, n], strict=True)
            },
        }
        for p in names
        for n in ("uniform", *CANDIDATES)
    ]
    report("accuracy: percent right at mean responses a question", rows)
    report(
        f"gain: points over uniform, mean of {len(names)} pools (default: {DEFAULT})",
        summary(found, names, oracles),
    )
    averages = []
    for n in RULES:
        mine = [stopped[p, n] for p in names]
        needs = [m["default needs"] for m in mine]
        averages.append(
            {
                "rule": n,
                "responses": float(np.mean([m["responses"] for m in mine])),
                "accuracy": float(np.mean([m["accuracy"] for m in mine])),
                "default needs, share": float(np.nanmean(needs)),
                "largest": float(np.nanmax(needs)),
                "not reached on": int(sum(np.isnan(m["default needs"]) for m in mine)),
            }
        )
    report(
        "rules: stopping rules as published, up to 40 responses a question, mean of the pools",
        averages,
    )
    rows = [
        {"pool": p, **{f"at {b:g}": calibration_error(*confident[p, b]) for b in BUDGETS}}
        for p in names
    ]
    report(
        "calibration: expected calibration error of confidence, at mean responses a question", rows
    )
    said, true = (
        np.concatenate(parts) for parts in zip(*(confident[p, 8] for p in names), strict=True)
    )
    report("reliability: default policy at mean 8, all pools", reliability(said, true))


if __name__ == "__main__":
    main()
