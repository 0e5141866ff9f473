"""Allocation replayed on recorded answers: what would a policy have got from the same samples? No model is called."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dynscaling_nb.chains import Plan
from dynscaling_nb.errors import InputError
from dynscaling_nb.ledger import Ledger
from dynscaling_nb.policies import Policy, policy

INDEPENDENT = Plan(depth=0)  # recorded answers are independent ones: there is nothing to chain


@dataclass(frozen=True)
class Recorded:
    """One question of a pool: its gold answer and the answers that a model gave, None where one could not be read."""

    id: str
    gold: str
    answers: tuple[str | None, ...]


@dataclass(frozen=True)
class Replay:
    """Accuracy in [0, 1], averaged over repeats with the recorded answers shuffled; `stderr` is the standard error of that
    mean (None for one repeat), `budget` and `mean_pulls` are responses a query."""

    policy: str
    budget: float
    accuracy: float
    stderr: float | None
    mean_pulls: float

    def to_json(self) -> dict[str, Any]:
        """A mapping of plain values."""
        return {
            "policy": self.policy,
            "budget": self.budget,
            "accuracy": self.accuracy,
            "stderr": self.stderr,
            "mean_pulls": self.mean_pulls,
        }


def read_pool(path: str | Path) -> list[Recorded]:
    """A pool of JSON lines, `{"id", "gold", "answers": [...]}`, gzipped or not; an empty answer is one that could not be read.

    Raises `InputError` that names the file, and the line where one is bad.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the pool {path}: {error}", str(path)) from error
    pool = [_recorded(path, n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not pool:
        raise InputError(f"the pool {path} holds no questions", str(path))
    return pool


def _recorded(path: Path, number: int, line: str) -> Recorded:
    try:
        row = json.loads(line)
        answers = tuple(str(answer) or None for answer in row["answers"])
        return Recorded(str(row["id"]), str(row["gold"]), answers)
    except (ValueError, KeyError, TypeError) as error:
        message = f'{path}, line {number}: expected {{"id", "gold", "answers": [...]}}, got {line[:60]!r}'
        raise InputError(message, number) from error


def replay(pool: Sequence[Recorded], which: str | Policy = "default", budget: float = 8, *, repeats: int = 30, seed: int = 0) -> Replay:
    """Spend `budget` mean responses a query over the pool by a policy, `repeats` times with shuffled samples.

    The same seed shuffles alike for every policy, so that differences between policies are paired.
    """
    total = round(budget * len(pool))
    if repeats < 1:
        raise InputError(f"repeats must be 1 or more, got {repeats}", repeats)
    chosen = policy(which)
    scores, pulls = np.empty(repeats), np.empty(repeats)
    for r in range(repeats):
        scores[r], pulls[r] = _once(pool, chosen, total, seed=seed + r)
    stderr = float(scores.std(ddof=1) / np.sqrt(repeats)) if repeats > 1 else None
    name = which if isinstance(which, str) else type(which).__name__
    return Replay(name, budget, float(scores.mean()), stderr, float(pulls.mean()))


def _once(pool: Sequence[Recorded], chosen: Policy, total: int, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(question.answers)) for question in pool]
    ledger = Ledger(len(pool), total, chosen, INDEPENDENT, seed=seed, limits=[len(question.answers) for question in pool])
    while pulls := ledger.ask():
        for pull in pulls:
            ledger.tell(pull, pool[pull.query].answers[orders[pull.query][pull.index]])
    right = [leader == question.gold for leader, question in zip(ledger.leaders, pool, strict=True)]
    return float(np.mean(right)), ledger.spent / len(pool)
