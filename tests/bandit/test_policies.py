"""Every policy through the same cases, and the formulas by hand."""

import math
from fractions import Fraction

import numpy as np
import pytest

from dynscaling_nb.bandit.arms import Arms
from dynscaling_nb.bandit.policies import (
    POLICIES,
    UCB,
    BlendASC,
    KnowledgeGradient,
    Lookahead,
    ValueOfInformation,
    policy,
)
from dynscaling_nb.errors import InputError, UnknownName


def arms(pulls, leader, runner_up, pending=None, votes=None) -> Arms:
    pulls, leader, runner_up = (np.array(x, dtype=np.int64) for x in (pulls, leader, runner_up))
    pending = np.zeros_like(pulls) if pending is None else np.array(pending)
    votes = leader + runner_up if votes is None else np.array(votes)
    uncertainty = np.where(votes > 0, 1 - leader / np.maximum(votes, 1), 1.0)
    return Arms(
        pulls,
        pending,
        votes,
        leader,
        runner_up,
        uncertainty,
        uncertainty,
        unread=np.maximum(pulls - pending - votes, 0),
    )


@pytest.mark.parametrize("name", POLICIES)
class TestEveryPolicy:
    def test_scores_every_query_with_a_finite_number(self, name):
        scores = policy(name).scores(
            arms([0, 1, 4, 4], [0, 1, 4, 2], [0, 0, 0, 2]), np.random.default_rng(0)
        )
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
    gain = np.exp(
        KnowledgeGradient().scores(arms([0, 1, 2], [0, 1, 1], [0, 0, 1]), np.random.default_rng(0))
    )
    assert gain == pytest.approx([1 / 4, 1 / 8, 3 / 16])


def test_value_of_information_by_hand():
    gain = ValueOfInformation().scores(arms([4], [3], [1]), np.random.default_rng(0))
    assert gain == pytest.approx([math.exp(-4 / 12) / math.sqrt(6)])


def expected_value(a: int, b: int, ahead: int) -> Fraction:
    """The chance to report the better of two answers after so many more votes, from a uniform prior, by going through all of them."""
    if ahead:
        share = Fraction(1 + a, 2 + a + b)
        return share * expected_value(a + 1, b, ahead - 1) + (1 - share) * expected_value(
            a, b + 1, ahead - 1
        )
    tosses = a + b + 1
    flip = Fraction(sum(math.comb(tosses, k) for k in range(a + 1, tosses + 1)), 2**tosses)
    return max(flip, 1 - flip)


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 0), (1, 1), (2, 0), (3, 1), (5, 5), (9, 2)])
def test_look_ahead_is_what_going_through_all_votes_gives(a, b):
    best = max((expected_value(a, b, m) - expected_value(a, b, 0)) / m for m in (1, 2, 4, 8))
    best = max(best, (expected_value_of_16(a, b) - expected_value(a, b, 0)) / 16)
    (score,) = Lookahead().scores(arms([a + b], [a], [b]), np.random.default_rng(0))
    assert score == pytest.approx(float(best), rel=1e-9)


def expected_value_of_16(a: int, b: int) -> Fraction:
    chances = {(a, b): Fraction(1)}
    for _ in range(16):
        after: dict[tuple[int, int], Fraction] = {}
        for (x, y), chance in chances.items():
            share = Fraction(1 + x, 2 + x + y)
            after[x + 1, y] = after.get((x + 1, y), Fraction(0)) + chance * share
            after[x, y + 1] = after.get((x, y + 1), Fraction(0)) + chance * (1 - share)
        chances = after
    return sum(
        (chance * expected_value(x, y, 0) for (x, y), chance in chances.items()), Fraction(0)
    )


def test_look_ahead_counts_only_votes_for_the_two_leading_answers():
    few, many = Lookahead(relevance=1.0).scores(
        arms([2, 9], [1, 1], [1, 1], votes=[2, 9]), np.random.default_rng(0)
    )
    assert many / few == pytest.approx((3 / 10) / (3 / 3))


def test_look_ahead_keeps_on_beyond_its_table():
    scores = Lookahead().scores(
        arms([900, 900, 4000], [450, 500, 4000], [450, 400, 0]), np.random.default_rng(0)
    )
    assert scores[0] > scores[1] >= scores[2] >= 0


def test_blend_asc_goes_from_one_ranking_to_the_other():
    early, late = arms([10, 10], [2, 6], [0, 4]), arms([10, 10], [2, 6], [0, 4])
    early.budget, late.budget = 10**9, 20
    by_flip, by_density = (
        BlendASC().scores(early, np.random.default_rng(0)),
        BlendASC().scores(late, np.random.default_rng(0)),
    )
    assert by_flip == pytest.approx([0, 1], abs=1e-6)  # P(flip) 1/8 and 0.27
    assert by_density == pytest.approx([0, 1])  # 3/4 and 2.3 at equal shares
    unlike = arms(
        [9, 60], [1, 25], [0, 12]
    )  # flip 0.25 and 0.02, density 1 and 0.45: both the same way round
    assert (np.argsort(BlendASC().scores(unlike, np.random.default_rng(0))) == [1, 0]).all()


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
