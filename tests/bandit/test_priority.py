"""The queue gives the order of scoring everything before each pull, with far fewer scores."""

from dataclasses import replace

import numpy as np
import pytest

from dynscaling_nb.bandit.arms import Arms
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import POLICIES, Policy, Uniform, policy
from dynscaling_nb.bandit.priority import BATCH, PriorityQueue
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


def test_a_policy_of_ones_own_needs_scores_alone():
    class Mine(Policy):
        def scores(self, arms, rng):
            return arms.pulls.sum() * 0.0 - arms.pulls + np.arange(len(arms.pulls)) / 1e6

    ledger = Ledger(50, 200, Mine(), Plan(depth=0), warmup=1)
    assert [pull.query for pull in ledger.ask(60)][50:] == list(range(49, 39, -1))


class Counted(Uniform):
    """Uniform, which notes how many arms it is asked to score each time."""

    def __init__(self, local: bool) -> None:
        self.local = local
        self.sizes: list[int] = []

    def scores(self, arms, rng):
        self.sizes.append(len(arms.pulls))
        return super().scores(arms, rng)


def pull(queue: PriorityQueue, arms: Arms, policy: Policy, times: int) -> list[int]:
    """Pull the best query so many times, each as the ledger does."""
    queries = []
    for _ in range(times):
        query = queue.best(policy, lambda places: np.ones(len(arms.pulls), bool)[places]).query
        arms.pulls[query] += 1
        queue.touch(query)
        queries.append(query)
    return queries


class TestScoring:
    def test_after_the_first_pull_only_the_query_that_was_pulled_is_scored_again(self):
        arms, policy = Arms.fresh(2048), Counted(local=True)
        queue = PriorityQueue(arms, np.random.default_rng(0))
        assert pull(queue, arms, policy, 128) == list(range(128))
        assert policy.sizes == [2048] + [1] * 127

    def test_when_the_heap_is_used_up_all_are_scored_again(self):
        arms, policy = Arms.fresh(2048), Counted(local=True)
        queue = PriorityQueue(arms, np.random.default_rng(0))
        pull(queue, arms, policy, 129)  # one in 16 is in the heap
        assert policy.sizes == [2048] + [1] * 128 + [2048]

    def test_a_small_batch_is_in_the_heap_as_a_whole(self):
        arms, policy = Arms.fresh(40), Counted(local=True)
        queue = PriorityQueue(arms, np.random.default_rng(0))
        assert pull(queue, arms, policy, 200) == list(range(40)) * 5
        assert policy.sizes == [40] + [1] * 199

    def test_other_policies_score_everything_once_for_a_batch_of_pulls(self):
        arms, policy = Arms.fresh(4 * BATCH), Counted(local=False)
        queue = PriorityQueue(arms, np.random.default_rng(0))
        pull(queue, arms, policy, 12)
        assert policy.sizes == [4 * BATCH] * 3

    def test_and_before_every_pull_where_the_queries_are_few(self):
        arms, policy = Arms.fresh(2 * BATCH - 1), Counted(local=False)
        queue = PriorityQueue(arms, np.random.default_rng(0))
        pull(queue, arms, policy, 5)
        assert policy.sizes == [2 * BATCH - 1] * 5

    def test_forgetting_scores_everything_again(self):
        arms, policy = Arms.fresh(40), Counted(local=True)
        queue = PriorityQueue(arms, np.random.default_rng(0))
        pull(queue, arms, policy, 2)
        queue.forget()
        pull(queue, arms, policy, 1)
        assert policy.sizes == [40, 1, 40]


def test_the_choice_is_a_query_and_its_score_and_a_tie_goes_to_the_earlier_query():
    arms = Arms.fresh(3)
    arms.pulls[:] = [4, 2, 2]
    queue = PriorityQueue(arms, np.random.default_rng(0))
    assert queue.best(Uniform(), lambda places: np.ones(3, bool)[places]) == (1, -2.0)


def test_where_none_is_ready_there_is_no_choice():
    arms = Arms.fresh(3)
    queue = PriorityQueue(arms, np.random.default_rng(0))
    assert queue.best(Uniform(), lambda places: np.zeros(3, bool)[places]) is None


def test_a_copy_goes_on_in_the_same_order_on_its_own():
    arms = Arms.fresh(100)
    queue = PriorityQueue(arms, np.random.default_rng(0))
    pull(queue, arms, Uniform(), 10)
    twin_arms = replace(arms, pulls=arms.pulls.copy())
    twin = queue.copy(twin_arms, np.random.default_rng(0))
    assert pull(twin, twin_arms, Uniform(), 20) == list(range(10, 30))
    assert pull(queue, arms, Uniform(), 20) == list(range(10, 30))
