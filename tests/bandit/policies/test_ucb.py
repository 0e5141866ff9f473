"""The policy of the paper by hand."""

import math

import pytest

from dynscaling_nb.bandit.policies import UCB, policy


def test_both_terms_by_hand(arms):
    exploitation, exploration = UCB(c=0.5).terms(arms([4, 4], [3, 4], [1, 0]))
    assert exploitation == pytest.approx([0.25, 0])
    assert exploration == pytest.approx([0.5 * math.sqrt(math.log(8) / 4)] * 2)


def test_pulls_in_flight_count_in_both_numbers_of_the_exploration(arms):
    _, exploration = UCB(c=1.0).terms(arms([2, 6], [2, 2], [0, 0], pending=[0, 4]))
    assert exploration == pytest.approx([math.sqrt(math.log(8) / n) for n in (2, 6)])


def test_pulls_in_other_shards_count_in_the_total(arms):
    _, exploration = UCB(c=1.0).terms(arms([2, 6], [2, 6], [0, 0], elsewhere=92))
    assert exploration == pytest.approx([math.sqrt(math.log(100) / n) for n in (2, 6)])


def test_a_query_without_pulls_counts_as_one_with_one(arms, rng):
    assert UCB(c=1.0).scores(arms([0, 1], [0, 1], [0, 0]), rng) == pytest.approx(
        [1 + math.sqrt(math.log(2)), math.sqrt(math.log(2))]
    )


def test_the_signal_may_be_the_entropy(arms):
    two = arms([4, 4], [3, 4], [1, 0])
    assert policy("ucb").terms(two)[0] is two.uncertainty
    assert policy("ucb-entropy").terms(two)[0] is two.entropy
