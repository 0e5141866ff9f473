"""The default policy by hand."""

import pytest

from dynscaling_nb.bandit.policies import FlipProbability


def test_the_score_is_the_flip_probability_over_the_root_of_the_pulls(arms, rng):
    scores = FlipProbability().scores(
        arms(pulls=[0, 1, 4, 4, 9], leader=[0, 1, 2, 1, 3], runner_up=[0, 0, 1, 1, 0]), rng
    )
    # Flip probabilities 1/2, 1/4, 5/16, 1/2, 1/16, over the roots 1 (of no pulls), 1, 2, 2, 3.
    assert scores == pytest.approx([1 / 2, 1 / 4, 5 / 32, 1 / 4, 1 / 48])


def test_pulls_in_flight_count_as_votes_for_the_leader_and_as_pulls(arms, rng):
    scores = FlipProbability().scores(arms([4], [2], [1], pending=[1]), rng)
    assert scores == pytest.approx([6 / 32 / 2])  # 3 to 1: at least 4 heads of 5 tosses


def test_of_two_even_votes_the_one_with_fewer_pulls_is_next(arms, rng):
    scores = FlipProbability().scores(arms([16, 2], [8, 1], [8, 1]), rng)
    assert scores == pytest.approx([1 / 8, 1 / 2 / 2**0.5])
