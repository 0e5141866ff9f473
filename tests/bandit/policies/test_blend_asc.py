"""The blend of two rankings, on queries where the two disagree."""

import pytest

from dynscaling_nb.bandit.policies import BlendASC

# Query 0 has no votes, query 1 has 2 to 1. Flip probabilities 1/2 and 5/16: query 0 is first.
# Densities of equal shares 1 and 4 * 3/8 = 3/2: query 1 is first. 3 pulls are made.
TWO = {"pulls": [0, 3], "leader": [0, 2], "runner_up": [0, 1]}


def test_at_the_beginning_of_the_budget_the_flip_probability_ranks(arms, rng):
    assert BlendASC().scores(arms(**TWO, budget=10**9), rng) == pytest.approx([1, 0], abs=1e-6)


def test_at_the_end_of_the_budget_the_density_of_equal_shares_ranks(arms, rng):
    assert BlendASC().scores(arms(**TWO, budget=3), rng).tolist() == [0, 1]


def test_in_between_the_weight_is_the_spent_share_of_the_budget(arms, rng):
    assert BlendASC().scores(arms(**TWO, budget=12), rng) == pytest.approx([3 / 4, 1 / 4])


def test_a_budget_that_was_lowered_below_the_pulls_is_spent(arms, rng):
    assert BlendASC().scores(arms(**TWO, budget=1), rng).tolist() == [0, 1]


def test_pulls_in_flight_count_as_votes_for_the_leader_and_as_spent(arms, rng):
    # 1 to 1 with one more in flight is 2 to 1.
    scores = BlendASC().scores(arms([0, 3], [0, 1], [0, 1], pending=[0, 1], budget=12), rng)
    assert scores == pytest.approx([3 / 4, 1 / 4])


def test_queries_alike_share_a_rank(arms, rng):
    scores = BlendASC().scores(arms([2, 2, 3], [1, 1, 3], [1, 1, 0], budget=10**9), rng)
    assert scores == pytest.approx([1, 1, 0], abs=1e-6)
