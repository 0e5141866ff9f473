"""Allocation replayed on a pool: the accuracy of a policy on recorded answers.

No model is called. `reallocation` does the same with the responses of an earlier run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from dynscaling_nb.answers.votes import is_right
from dynscaling_nb.bandit import policies
from dynscaling_nb.bandit.arms import Floats
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule, stop_rule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.errors import InputError
from dynscaling_nb.evaluation.pools import RecordedQuery, check_tokens, read_pool

INDEPENDENT = Plan(depth=0)  # recorded answers are independent: there is nothing to chain

Pool = Sequence[RecordedQuery] | str | Path
Unit = Literal["responses", "tokens"]
UNITS: tuple[Unit, ...] = get_args(Unit)


@dataclass(frozen=True)
class Replay:
    """The mean over the repeats of a replay.

    - `policy`, `stop`: names; `stop` is None without a rule.
    - `budget`: mean a question, in `unit`.
    - `accuracy`: in [0, 1]. `stderr`: its standard error, None for one repeat.
    - `mean_pulls`: mean responses a question.
    """

    policy: str
    budget: float
    accuracy: float
    stderr: float | None
    mean_pulls: float
    stop: str | None = None
    unit: Unit = "responses"

    def to_json(self) -> dict[str, Any]:
        """A mapping of plain values."""
        return {
            "policy": self.policy,
            "budget": self.budget,
            "accuracy": self.accuracy,
            "stderr": self.stderr,
            "mean_pulls": self.mean_pulls,
        }


@dataclass(frozen=True)
class Repeats:
    """Each repeat of a replay, arrays of shape (repeats,).

    `accuracy`: share of right answers among questions with a gold answer, NaN without any.
    `agreement`: share of answers that equal the most frequent recorded one. Both are in [0, 1].
    `pulls`: responses a question.
    """

    accuracy: Floats
    agreement: Floats
    pulls: Floats


def replay(
    pool: Pool,
    policy: str | Policy = "default",
    budget: float = 8,
    *,
    stop: str | StopRule | None = None,
    unit: Unit = "responses",
    repeats: int = 30,
    seed: int = 0,
) -> Replay:
    """The mean of `replays`, with its standard error.

    Raises `InputError` for a pool without gold answers.
    """
    pool = read_pool(pool) if isinstance(pool, str | Path) else pool
    if not any(question.golds for question in pool):
        raise InputError(
            "no question of the pool has a gold answer: add 'gold', or take the agreement with the "
            "most frequent answers from dn.replays"
        )
    each = replays(pool, policy, budget, stop=stop, unit=unit, repeats=repeats, seed=seed)
    return Replay(
        policy=policy if isinstance(policy, str) else policy.name,
        budget=budget,
        accuracy=float(each.accuracy.mean()),
        stderr=float(each.accuracy.std(ddof=1) / np.sqrt(repeats)) if repeats > 1 else None,
        mean_pulls=float(each.pulls.mean()),
        stop=stop if stop is None or isinstance(stop, str) else stop.name,
        unit=unit,
    )


def replays(
    pool: Pool,
    policy: str | Policy = "default",
    budget: float = 8,
    *,
    stop: str | StopRule | None = None,
    unit: Unit = "responses",
    repeats: int = 30,
    seed: int = 0,
    max_responses: int | None = None,
) -> Repeats:
    """Spend `budget` a question over a pool by a policy, `repeats` times with shuffled samples.

    - `pool`: recorded questions, or the path of a pool; see `read_pool`.
    - `budget`, `unit`: mean responses or mean tokens a question.
    - `stop`: when a question has enough responses; None spends the whole budget.
    - `seed`: of the shuffling. It is the same for every policy, so differences are paired.
    - `max_responses`: the most responses of one question.

    In tokens, responses are drawn while the tokens spent are below the total. The first response
    that would pass the total ends the replay and does not count. The warm-up is that of the
    budget in responses, by the pool's mean length.
    """
    questions = read_pool(pool) if isinstance(pool, str | Path) else pool
    if repeats < 1:
        raise InputError(f"repeats must be 1 or more, got {repeats}", repeats)
    if unit not in UNITS:
        raise InputError(f"unit must be one of {', '.join(UNITS)}, got {unit!r}", unit)
    if not 0 < budget < inf:
        raise InputError(
            f"budget must be a positive number of {unit} a question, got {budget}", budget
        )
    if unit == "tokens":
        check_tokens(questions)
    trial = _Trial(
        questions,
        policies.policy(policy),
        stop_rule(stop),
        [min(len(q.answers), max_responses or len(q.answers)) for q in questions],
        budget * len(questions),
        unit,
    )
    modes = [question.mode for question in questions]
    ledgers = [trial.spend(seed + repeat) for repeat in range(repeats)]
    return Repeats(
        accuracy=np.array([_accuracy(ledger.leaders, questions) for ledger in ledgers]),
        agreement=np.array([_share(ledger.leaders, modes) for ledger in ledgers]),
        pulls=np.array([ledger.spent / len(questions) for ledger in ledgers]),
    )


def _accuracy(answers: Sequence[str | None], questions: Sequence[RecordedQuery]) -> float:
    pairs = zip(answers, questions, strict=True)
    verdicts = [is_right(answer, question.gold) for answer, question in pairs]
    known = [right for right in verdicts if right is not None]
    return float(np.mean(known)) if known else float("nan")


def _share(answers: Sequence[str | None], others: Sequence[str | None]) -> float:
    return float(np.mean([a == b for a, b in zip(answers, others, strict=True)]))


@dataclass(frozen=True)
class _Trial:
    """One allocation of a pool; `limits` holds the most responses of each question.

    `total` is the whole budget, in `unit`.
    """

    pool: Sequence[RecordedQuery]
    policy: Policy
    stop: StopRule | None
    limits: Sequence[int]
    total: float
    unit: Unit

    def spend(self, seed: int) -> Ledger:
        """The ledger after the whole budget, with the samples shuffled by `seed`."""
        rng = np.random.default_rng(seed)
        orders = [rng.permutation(len(question.answers)) for question in self.pool]
        ledger = self._ledger(seed)
        left = self.total if self.unit == "tokens" else inf
        while left > 0 and (pulls := ledger.ask()):
            pull = pulls[0]
            question = self.pool[pull.query]
            sample = orders[pull.query][pull.index]
            if self.unit == "tokens":
                left -= question.tokens[sample]
                if left < 0:
                    break
            ledger.tell(pull, question.answers[sample])
        return ledger

    def _ledger(self, seed: int) -> Ledger:
        ledger = Ledger(
            len(self.pool),
            self._responses(),
            self.policy,
            INDEPENDENT,
            stop=self.stop,
            seed=seed,
            limits=self.limits,
            priors=[question.prior for question in self.pool],
        )
        if self.unit == "tokens":  # the warm-up is fixed by now; only tokens end the replay
            ledger.resize(sum(self.limits))
        return ledger

    def _responses(self) -> int:
        """The budget in responses, by the mean length of the pool's responses."""
        if self.unit == "responses":
            return round(self.total)
        lengths = [length for question in self.pool for length in question.tokens]
        mean = sum(lengths) / len(lengths) if sum(lengths) else 1.0
        return max(round(self.total / mean), len(self.pool))
