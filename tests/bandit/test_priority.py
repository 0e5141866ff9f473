"""The order of the queries is the one that scoring everything before each pull gives, however many there are and whatever changes."""

import numpy as np
import pytest

from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import POLICIES, Policy, policy
from dynscaling_nb.bandit.priority import BATCH
from dynscaling_nb.bandit.stopping import FlipBelow, StopRule
from dynscaling_nb.chains.plan import Plan

LOCAL = [name for name, make in POLICIES.items() if make().local]


def by_hand(ledger: Ledger) -> int | None:
    """Score all, take the highest; fewer pulls, then the earlier one, where scores are equal."""
    ready = ledger.ready
    if not ready.any():
        return None
    scores = np.where(ready, ledger.policy.scores(ledger.arms, np.random.default_rng(0)), -np.inf)
    tied = (scores == scores.max()).nonzero()[0]
    return int(tied[ledger.arms.pulls[tied].argmin()])


def play(name: str, queries: int, plan: Plan, *, stop: StopRule | None = None) -> int:
    """Pull, answer and fail at random; how many pulls the policy decided."""
    rng = np.random.default_rng(queries)
    ledger = Ledger(
        queries,
        queries * 6,
        policy(name),
        plan,
        warmup=1,
        stop=stop,
        limits=rng.integers(3, 14, queries),
    )
    waiting, decided = [], 0
    for turn in range(queries * 8):
        if rng.random() < 0.6 or not waiting:
            expected = by_hand(ledger)
            for pull in ledger.ask():
                waiting.append(pull)
                if pull.score is not None:
                    assert pull.query == expected
                    decided += 1
        else:
            pull = waiting.pop(rng.integers(len(waiting)))
            if rng.random() < 0.05:
                ledger.fail(pull)
            else:
                ledger.tell(
                    pull,
                    None
                    if rng.random() < 0.1
                    else "abc"[min(rng.geometric(0.3 + 0.5 * (pull.query % 2)), 3) - 1],
                )
        if turn == queries * 4:
            ledger.change_plan(Plan(depth=2) if plan.depth == 0 else Plan(depth=0))
            ledger.close(int(rng.integers(queries)))
    assert ledger.spent == ledger.done.sum()
    return decided


@pytest.mark.parametrize(
    "name", ["uniform", "ucb", "ucb-entropy", "voi", "okg", "flip", "blend-asc", "lookahead"]
)
def test_a_small_batch_is_pulled_as_by_scoring_everything_each_time(name):
    assert play(name, 40, Plan()) > 20


@pytest.mark.parametrize("name", LOCAL)
@pytest.mark.parametrize("stop", [None, FlipBelow(0.05)])
def test_so_is_a_large_one_where_scores_are_each_arms_own(name, stop):
    assert play(name, 2 * BATCH + 200, Plan(depth=0), stop=stop) > BATCH


@pytest.mark.parametrize("name", ["ucb", "thompson", "blend-asc"])
def test_others_are_chosen_in_batches_each_pull_of_one_to_another_query(name):
    queries = 4 * BATCH
    ledger = Ledger(queries, queries * 4, policy(name), Plan(depth=0), warmup=1)
    for pull in ledger.ask(queries):
        ledger.tell(pull, "ab"[pull.query % 2])
    first = ledger.ask(4)
    assert len({pull.query for pull in first}) == 4
    for pull in first:
        ledger.tell(pull, "a")
    assert len(ledger.ask(queries)) == queries
    assert ledger.in_flight == queries


def test_a_policy_of_ones_own_needs_to_say_nothing():
    class Mine(Policy):
        def scores(self, arms, rng):
            return arms.pulls.sum() * 0.0 - arms.pulls + np.arange(len(arms.pulls)) / 1e6

    ledger = Ledger(50, 200, Mine(), Plan(depth=0), warmup=1)
    assert [pull.query for pull in ledger.ask(60)][50:] == list(range(49, 39, -1))
