"""The knowledge gradient by hand."""

import numpy as np
import pytest

from dynscaling_nb.bandit.policies import KnowledgeGradient


def test_the_gain_by_hand(arms, rng):
    gain = np.exp(KnowledgeGradient().scores(arms([0, 1, 2], [0, 1, 1], [0, 0, 1]), rng))
    assert gain == pytest.approx([1 / 4, 1 / 8, 3 / 16])


def test_pulls_in_flight_count_as_votes_for_the_leader(arms, rng):
    gain = np.exp(KnowledgeGradient().scores(arms([1, 2], [0, 0], [0, 1], pending=[1, 1]), rng))
    assert gain == pytest.approx([1 / 8, 3 / 16])


def test_responses_that_cannot_be_read_make_a_query_less_urgent(arms, rng):
    scores = KnowledgeGradient().scores(arms([9, 1], [0, 0], [0, 0], votes=[0, 0]), rng)
    assert np.exp(scores) == pytest.approx([1 / 4 / 10, 1 / 4 / 2])
