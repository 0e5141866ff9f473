"""Every policy through the same cases, and the formulas by hand."""

import math

import numpy as np
import pytest

from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.policies import POLICIES, UCB, Arms, KnowledgeGradient, ValueOfInformation, policy


def arms(pulls, leader, runner_up, pending=None, votes=None) -> Arms:
    pulls, leader, runner_up = (np.array(x, dtype=np.int64) for x in (pulls, leader, runner_up))
    pending = np.zeros_like(pulls) if pending is None else np.array(pending)
    votes = leader + runner_up if votes is None else np.array(votes)
    uncertainty = np.where(votes > 0, 1 - leader / np.maximum(votes, 1), 1.0)
    return Arms(pulls, pending, votes, leader, runner_up, uncertainty, uncertainty)


@pytest.mark.parametrize("name", POLICIES)
class TestEveryPolicy:
    def test_scores_every_query_with_a_finite_number(self, name):
        scores = policy(name).scores(arms([0, 1, 4, 4], [0, 1, 4, 2], [0, 0, 0, 2]), np.random.default_rng(0))
        assert scores.shape == (4,)
        assert np.isfinite(scores).all()

    def test_the_same_generator_gives_the_same_scores(self, name):
        given = arms([4, 4, 5], [4, 2, 3], [0, 2, 2])
        first, second = (policy(name).scores(given, np.random.default_rng(3)) for _ in range(2))
        assert (first == second).all()

    def test_prefers_a_split_vote_to_a_unanimous_one_on_average(self, name):
        given = arms([10, 10], [10, 5], [0, 5])
        rng = np.random.default_rng(0)
        means = np.mean([policy(name).scores(given, rng) for _ in range(200)], axis=0)
        assert means[1] >= means[0]
        assert name == "uniform" or means[1] > means[0]

    def test_pulls_in_flight_make_a_query_less_urgent(self, name):
        given = arms([4, 12], [2, 2], [2, 2], pending=[0, 8])
        rng = np.random.default_rng(0)
        means = np.mean([policy(name).scores(given, rng) for _ in range(200)], axis=0)
        assert means[0] > means[1]


def test_ucb_by_hand():
    exploit, explore = UCB(c=0.5).terms(arms([4, 4], [3, 4], [1, 0]))
    assert exploit == pytest.approx([0.25, 0])
    assert explore == pytest.approx([0.5 * math.sqrt(math.log(8) / 4)] * 2)


def test_knowledge_gradient_by_hand():
    gain = np.exp(KnowledgeGradient().scores(arms([0, 1, 2], [0, 1, 1], [0, 0, 1]), np.random.default_rng(0)))
    assert gain == pytest.approx([1 / 4, 1 / 8, 3 / 16])


def test_value_of_information_by_hand():
    gain = ValueOfInformation().scores(arms([4], [3], [1]), np.random.default_rng(0))
    assert gain == pytest.approx([math.exp(-4 / 12) / math.sqrt(6)])


def test_responses_that_cannot_be_read_make_a_query_less_urgent():
    given = arms([9, 1], [0, 0], [0, 0], votes=[0, 0])
    scores = KnowledgeGradient().scores(given, np.random.default_rng(0))
    assert scores[1] > scores[0]


def test_a_wrong_name_or_constant_says_what_is_right():
    with pytest.raises(UnknownName, match="did you mean 'thompson'"):
        policy("tompson")
    with pytest.raises(InputError, match="belongs to ucb, ucb-entropy, paper"):
        policy("voi", c=1.0)
    with pytest.raises(InputError, match="-1"):
        policy("ucb", c=-1.0)
