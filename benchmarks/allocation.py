"""Which policy and which stopping rule spend the same samples best? And is confidence calibrated?

python benchmarks/allocation.py FOLDER [--repeats 30]

All by replay of recorded answers. Gains are points over uniform at the same mean responses,
paired over repeats. The default was chosen on the pools `pools.CHOSEN_ON`; the others confirm it.
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
from report import destination, report

from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import DEFAULT, POLICIES, UCB, Policy, policy
from dynscaling_nb.bandit.stopping import (
    AdaptiveConsistency,
    BayesFactor,
    DirichletConsistency,
    Doubling,
    EarlyStopping,
    Margin,
    StopRule,
)
from dynscaling_nb.evaluation.pools import RecordedQuery
from dynscaling_nb.evaluation.replay import INDEPENDENT, Repeats, replays

BUDGETS = (1.5, 2, 3, 4, 6, 8, 12, 16)
MAX_RESPONSES = 40  # to a question, of a stopping rule on its own
# shares of the responses of a rule with which the default is tried
FRACTIONS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1.0)
RULES: Mapping[str, StopRule] = {
    "ac 0.80": AdaptiveConsistency(0.8),
    "ac 0.95": AdaptiveConsistency(),
    "ac-dirichlet 0.95": DirichletConsistency(),
    "esc 3": EarlyStopping(3),
    "esc 5": EarlyStopping(),
    "doubling": Doubling(),
    "margin 3": Margin(),
    "bayes-factor 10": BayesFactor(),
}
CANDIDATES: Mapping[str, tuple[Policy, StopRule | None]] = {
    **{name: (policy(name), None) for name in POLICIES if name != "uniform"},
    **{f"ucb c={c:g}": (UCB(c), None) for c in (0.1, 1.0, 3.0)},
    **{name: (policy("uniform"), rule) for name, rule in RULES.items()},
}

Pool = list[RecordedQuery]


def curves(pool: Pool, policy: Policy, stop: StopRule | None, repeats: int) -> list[Repeats]:
    """The replays at each budget."""
    return [replays(pool, policy, budget, stop=stop, repeats=repeats) for budget in BUDGETS]


def gains(
    runs: Mapping[tuple[str, str], list[Repeats]], names: Sequence[str], of: str, what: str
) -> np.ndarray:
    """Points over uniform in `what`, shape (pools, budgets, repeats)."""
    paired = [zip(runs[pool, of], runs[pool, "uniform"], strict=True) for pool in names]
    return np.array(
        [[100 * (getattr(a, what) - getattr(b, what)) for a, b in pairs] for pairs in paired]
    )


def error(values: np.ndarray) -> float:
    """Standard error of the mean over pools and budgets, from the repeats."""
    means = values.mean(axis=1)  # (pools, repeats)
    return float(np.sqrt((means.var(axis=1, ddof=1) / means.shape[1]).sum()) / len(means))


def summary(
    runs: Mapping[tuple[str, str], list[Repeats]],
    names: Sequence[str],
    known: Mapping[str, np.ndarray],
) -> list[dict]:
    chosen_on, confirmed = (
        [i for i, name in enumerate(names) if (name in CHOSEN_ON) == half] for half in (True, False)
    )
    rows = []
    for name in CANDIDATES:
        gain = gains(runs, names, name, "accuracy")
        rows.append(
            {
                "policy": name,
                **{f"at {budget:g}": gain[:, i].mean() for i, budget in enumerate(BUDGETS)},
                "mean": gain.mean(),
                "se": error(gain),
                "chosen on": gain[chosen_on].mean(),
                "confirmed": gain[confirmed].mean(),
                "agreement": gains(runs, names, name, "agreement").mean(),
            }
        )
    rows.sort(key=lambda row: -row["mean"])
    reach = np.array(
        [
            known[name] - 100 * np.array([r.accuracy.mean() for r in runs[name, "uniform"]])
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


def alone(pool: Pool, stop: StopRule, repeats: int) -> dict:
    """A stopping rule as published, each question on its own.

    `default needs` is the share of its responses with which the default is as accurate, within
    one standard error of their difference.
    """
    own = replays(
        pool,
        "uniform",
        MAX_RESPONSES,
        stop=stop,
        repeats=repeats,
        max_responses=MAX_RESPONSES,
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
    """Confidence of each answer, and whether it is the most frequent one of the recording."""
    confidences, correct = [], []
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
                confidences.append(sure)
                correct.append(votes.leader == mode[0][0])
    return confidences, correct


def reliability(confidences: np.ndarray, correct: np.ndarray) -> list[dict]:
    bins = np.digitize(confidences, edges := [0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
    names = [
        f"below {edges[0]}",
        *(f"{a} to {b}" for a, b in pairwise(edges)),
        f"above {edges[-1]}",
    ]
    return [
        {
            "confidence": names[b],
            "answers": int((bins == b).sum()),
            "mean confidence %": 100 * confidences[bins == b].mean(),
            "is the mode %": 100 * correct[bins == b].mean(),
        }
        for b in range(len(names))
        if (bins == b).any()
    ]


def calibration_error(confidences: np.ndarray, correct: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over equal bins of [0, 1]."""
    place = np.minimum((confidences * bins).astype(int), bins - 1)
    return sum(
        abs(confidences[place == b].mean() - correct[place == b].mean()) * (place == b).mean()
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
    folder = destination(parser, args)
    known = pools(args.folder)
    names, few = list(known), max(2, args.repeats // 6)
    with ProcessPoolExecutor(2) as workers:
        jobs = {
            (p, n): workers.submit(curves, known[p], *candidate, args.repeats)
            for p in names
            for n, candidate in {"uniform": (policy("uniform"), None), **CANDIDATES}.items()
        }
        best = {p: workers.submit(oracle, known[p], BUDGETS, few) for p in names}
        rules = {
            (p, n): workers.submit(alone, known[p], stop, args.repeats)
            for p in names
            for n, stop in RULES.items()
        }
        sure = {
            (p, b): workers.submit(calibration, known[p], few, b) for p in names for b in BUDGETS
        }
        runs = {key: job.result() for key, job in jobs.items()}
        oracles = {p: 100 * job.result() for p, job in best.items()}
        stopped = {key: job.result() for key, job in rules.items()}
        confident = {key: tuple(map(np.array, job.result())) for key, job in sure.items()}
    rows = [
        {
            "pool": p,
            "policy": n,
            **{
                f"at {b:g}": 100 * r.accuracy.mean()
                for b, r in zip(BUDGETS, runs[p, n], strict=True)
            },
        }
        for p in names
        for n in ("uniform", *CANDIDATES)
    ]
    report("accuracy: percent right at mean responses a question", rows, folder)
    report(
        f"gain: points over uniform, mean of {len(names)} pools (default: {DEFAULT})",
        summary(runs, names, oracles),
        folder,
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
        folder,
    )
    rows = [
        {"pool": p, **{f"at {b:g}": calibration_error(*confident[p, b]) for b in BUDGETS}}
        for p in names
    ]
    report(
        "calibration: expected calibration error of confidence, at mean responses a question",
        rows,
        folder,
    )
    confidences, correct = (
        np.concatenate(parts) for parts in zip(*(confident[p, 8] for p in names), strict=True)
    )
    report(
        "reliability: default policy at mean 8, all pools",
        reliability(confidences, correct),
        folder,
    )


if __name__ == "__main__":
    main()
