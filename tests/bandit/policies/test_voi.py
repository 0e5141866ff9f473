"""The value of information by hand."""

import math

import pytest

from dynscaling_nb.bandit.policies import ValueOfInformation


def test_the_gain_by_hand(arms, rng):
    gain = ValueOfInformation().scores(arms([4], [3], [1]), rng)
    assert gain == pytest.approx([math.exp(-4 / 12) / math.sqrt(6)])


def test_pulls_in_flight_count_as_votes_for_the_leader(arms, rng):
    gain = ValueOfInformation().scores(arms([4], [2], [1], pending=[1]), rng)
    assert gain == pytest.approx([math.exp(-4 / 12) / math.sqrt(6)])


def test_the_gain_is_less_where_responses_cannot_be_read(arms, rng):
    gain = ValueOfInformation().scores(arms([0, 9], [0, 0], [0, 0]), rng)
    assert gain == pytest.approx([1 / math.sqrt(2), 1 / math.sqrt(2) / 10])
