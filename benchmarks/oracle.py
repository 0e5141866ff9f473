"""An upper bound: an allocator that knows the distribution of answers to every question.

It is greedy. It pulls where one response raises the chance that the leader is the mode most. It
looks up to 12 responses ahead, with 200 simulated futures each. It also knows which leaders are
right already, which no real allocator can know.
"""

import heapq
from collections.abc import Sequence

import numpy as np

from dynscaling_nb.evaluation.pools import RecordedQuery

AHEAD = (1, 2, 3, 5, 8, 12)
FUTURES = 200


def oracle(pool: Sequence[RecordedQuery], budgets: Sequence[float], repeats: int) -> np.ndarray:
    """Share of right answers at each budget, in mean responses a question."""
    coded = [_code(question) for question in pool]
    rng = np.random.default_rng(0)
    futures = [rng.choice(answers, (FUTURES, AHEAD[-1])) for answers, _, _ in coded]
    return np.mean(
        [_once(coded, futures, budgets, np.random.default_rng(seed)) for seed in range(repeats)],
        axis=0,
    )


def _code(question: RecordedQuery) -> tuple[np.ndarray, int, int]:
    """The answers as numbers, the most frequent one, and the right one; -1 for unread."""
    names = {
        name: i
        for i, name in enumerate(dict.fromkeys(a for a in question.answers if a is not None))
    }
    answers = np.array([-1 if a is None else names[a] for a in question.answers])
    mode = int(np.bincount(answers[answers >= 0]).argmax()) if names else -1
    return answers, mode, names.get(question.gold, -2)


def _once(
    coded: list, futures: list, budgets: Sequence[float], rng: np.random.Generator
) -> np.ndarray:
    marks = [round(budget * len(coded)) for budget in budgets]
    orders = [rng.permutation(answers) for answers, _, _ in coded]
    counts = [np.zeros(answers.max() + 2, int) for answers, _, _ in coded]
    leaders, counted, shares, total = [-1] * len(coded), [0] * len(coded), [], 0

    def draw(q: int) -> None:
        answer = orders[q][counted[q]]
        counted[q] += 1
        if answer >= 0:
            counts[q][answer] += 1
            if leaders[q] < 0 or counts[q][answer] > counts[q][leaders[q]]:
                leaders[q] = answer

    def entry(q: int) -> tuple[float, int, int]:
        return -_gain(counts[q], leaders[q], coded[q][1], futures[q]), counted[q], q

    for q in range(len(coded)):
        draw(q)
    total, heap = len(coded), [entry(q) for q in range(len(coded))]
    heapq.heapify(heap)
    while len(shares) < len(marks):
        if total >= marks[len(shares)] or not heap:
            shares.append(
                np.mean(
                    [leader == gold for leader, (_, _, gold) in zip(leaders, coded, strict=True)]
                )
            )
            continue
        q = heap[0][2]
        draw(q)
        total += 1
        heapq.heapreplace(heap, entry(q)) if counted[q] < len(orders[q]) else heapq.heappop(heap)
    return np.array(shares)


def _gain(counts: np.ndarray, leader: int, mode: int, future: np.ndarray) -> float:
    """The best rise a response in the chance that the leader is the mode."""
    if mode < 0:
        return 0.0
    votes = np.tile(counts + 0.5 * (np.arange(len(counts)) == leader), (len(future), 1))
    best, done, rows = -1.0, 0, np.arange(len(future))
    for ahead in AHEAD:
        for k in range(done, ahead):
            read = future[:, k] >= 0
            votes[rows[read], future[read, k]] += 1
        done = ahead
        best = max(best, ((votes.argmax(axis=1) == mode).mean() - (leader == mode)) / ahead)
    return best
