"""Variants of the default policy: the gain of other scores. The figures of docs/allocation.md.

python benchmarks/variants.py FOLDER [--repeats 40]

One response goes to each question; then the question with the highest score is pulled, one
response at a time. This is a small simulator in place of the ledger. A score depends on its own
question alone, so a heap gives the next question, and one pass gives every budget. Gains are points
over uniform, mean of the pools; `vs flip` is paired over repeats.
"""

import argparse
import heapq
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from pools import CHOSEN_ON, pools
from report import destination, report
from scipy.special import betainc, betaln, gammaln

from dynscaling_nb.answers.posterior import flip_probability
from dynscaling_nb.evaluation.pools import RecordedQuery

BUDGETS = (1.5, 2, 3, 4, 6, 8, 12, 16)
MAX_VOTES = 120  # larger counts are scored as this one
Score = Callable[[int, int, int], float]  # of leader votes, runner-up votes, responses
FLIPS = flip_probability(*np.indices((MAX_VOTES + 1, MAX_VOTES + 1)))


def flip(a: int, b: int, n: int, *, root: float = 0.5) -> float:
    return FLIPS[min(a, MAX_VOTES), min(b, MAX_VOTES)] / n**root


def ahead(
    a: int,
    b: int,
    n: int,
    *,
    prior: float = 1.0,
    votes: tuple[int, ...] = (1, 2, 4, 8, 16),
    power: float = 1.5,
    typical: float | None = None,
) -> float:
    """Look-ahead.

    The share of votes for the two leading answers is shrunk towards `typical`, the pool's share.
    """
    relevant = (1 + a + b) / (1 + n) if typical is None else (2 * typical + a + b) / (2 + n)
    return table(prior, votes)[min(a, MAX_VOTES), min(b, MAX_VOTES)] * relevant**power


def strict(a: int, b: int, n: int) -> float:
    """Look-ahead in which a question without a readable answer scores zero."""
    return table(1.0, (1, 2, 4, 8, 16))[min(a, MAX_VOTES), min(b, MAX_VOTES)] * (a + b) / (n + 1)


def uniform(_a: int, _b: int, n: int) -> float:
    return -n


@lru_cache
def table(prior: float, votes: tuple[int, ...]) -> np.ndarray:
    """The best rate of gain, with Beta(prior, prior) in place of the uniform prior."""
    reach = np.indices((MAX_VOTES + 1 + votes[-1],) * 2)
    wrong = betainc(prior + reach[0], prior + reach[1], 0.5)
    value, (a, b) = np.maximum(wrong, 1 - wrong), np.indices((MAX_VOTES + 1, MAX_VOTES + 1))
    best = np.full(a.shape, -np.inf)
    for m in votes:
        gain = -value[a, b]
        for k in range(m + 1):
            ways = gammaln(m + 1) - gammaln(k + 1) - gammaln(m - k + 1)
            gain = (
                gain
                + np.exp(
                    ways + betaln(prior + a + k, prior + b + m - k) - betaln(prior + a, prior + b)
                )
                * value[a + k, b + m - k]
            )
        best = np.maximum(best, gain / m)
    return best


RULES: dict[str, Score] = {
    "flip": flip,
    **{f"flip, pulls^{root:g}": partial(flip, root=root) for root in (0.25, 0.35, 0.7, 1.0)},
    **{f"look-ahead, relevance^{p:g}": partial(ahead, power=p) for p in (1.5, 1.0, 2.0)},
    **{
        f"look-ahead of {votes[-1]}": partial(ahead, votes=votes)
        for votes in ((1,), (1, 2), (1, 2, 4), (1, 2, 4, 8, 16, 32, 64))
    },
    **{f"look-ahead, prior {p:g}": partial(ahead, prior=p) for p in (0.3, 0.5, 2.0, 4.0)},
    "look-ahead, pool's relevance": ahead,  # which each pool fills in
    "look-ahead, unread is zero": strict,
}


def simulate(pool: Sequence[RecordedQuery], score: Score, seed: int) -> list[float]:
    """Share of right answers at each budget."""
    rng = np.random.default_rng(seed)
    orders = [
        [question.answers[k] for k in rng.permutation(len(question.answers))] for question in pool
    ]
    counts: list[dict[str, int]] = [{} for _ in pool]
    leaders: list[str | None] = [None] * len(pool)
    top, second, pulls = [0] * len(pool), [0] * len(pool), [0] * len(pool)
    marks, shares, right, spent = [round(b * len(pool)) for b in BUDGETS], [], 0, 0

    def draw(q: int) -> None:
        nonlocal right, spent
        answer = orders[q][pulls[q]]
        pulls[q] += 1
        spent += 1
        if answer is None:
            return
        count = counts[q][answer] = counts[q].get(answer, 0) + 1
        before = leaders[q]
        if answer == before or before is None:
            top[q], leaders[q] = count, answer
        elif count > top[q]:
            second[q], top[q], leaders[q] = top[q], count, answer
        else:
            second[q] = max(second[q], count)
        right += (leaders[q] == pool[q].gold) - (before == pool[q].gold)

    known: dict[tuple[int, int, int], float] = {}

    def entry(q: int) -> tuple[float, int, int]:
        key = (top[q], second[q], pulls[q])
        if key not in known:
            known[key] = float(score(*key))
        return -known[key], pulls[q], q

    for q in range(len(pool)):
        draw(q)
    heap = [entry(q) for q in range(len(pool))]
    heapq.heapify(heap)
    while len(shares) < len(marks):
        if spent >= marks[len(shares)] or not heap:
            shares.append(right / len(pool))
            continue
        q = heap[0][2]
        draw(q)
        heapq.heapreplace(heap, entry(q)) if pulls[q] < len(orders[q]) else heapq.heappop(heap)
    return shares


def gains(pool: Sequence[RecordedQuery], repeats: int) -> dict[str, np.ndarray]:
    """Points over uniform of each rule, shape (repeats, budgets)."""
    leading = [
        sorted(
            (q.answers.count(a) / len(q.answers) for a in set(q.answers) if a is not None),
            reverse=True,
        )[:2]
        for q in pool
    ]
    rules = {
        **RULES,
        "look-ahead, pool's relevance": partial(
            ahead, typical=float(np.mean([sum(s) for s in leading]))
        ),
    }
    base = np.array([simulate(pool, uniform, seed) for seed in range(repeats)])
    return {
        name: 100 * (np.array([simulate(pool, rule, seed) for seed in range(repeats)]) - base)
        for name, rule in rules.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=40)
    args = parser.parse_args()
    folder = destination(parser, args)
    known = pools(args.folder)
    with ProcessPoolExecutor(2) as workers:
        gain = dict(
            zip(known, workers.map(gains, known.values(), [args.repeats] * len(known)), strict=True)
        )
    rows = []
    for name in RULES:
        row = {"rule": name, "mean": float(np.mean([gain[p][name].mean() for p in known]))}
        for half, chosen in (("chosen on", True), ("confirmed", False)):
            names = [p for p in known if (p in CHOSEN_ON) == chosen]
            ahead_of = [(gain[p][name] - gain[p]["flip"]).mean(axis=1) for p in names]
            row[f"{half}, vs flip"] = float(np.mean([d.mean() for d in ahead_of]))
            row[f"se {half}"] = float(np.sqrt(sum(d.var(ddof=1) / len(d) for d in ahead_of))) / len(
                names
            )
        rows.append(
            {
                **row,
                **{
                    f"at {b:g}": float(np.mean([gain[p][name][:, i].mean() for p in known]))
                    for i, b in enumerate(BUDGETS)
                },
            }
        )
    report("variants: points over uniform", rows, folder)


if __name__ == "__main__":
    main()
