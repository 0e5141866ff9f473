"""Posterior probabilities, by hand and against the integrals that they stand for."""

import math

import numpy as np
import pytest
from scipy.special import betainc

from dynscaling_nb.answers.posterior import (
    confidence,
    confidences,
    flip_probability,
    lead_probability,
    log_factorials,
    mode_probability,
)


def test_flip_probability_by_hand():
    assert flip_probability(0, 0) == 0.5
    assert flip_probability(1, 0) == 0.25
    assert flip_probability(2, 1) == pytest.approx(5 / 16)
    many = flip_probability(np.array([0, 9]), np.array([1, 4]))
    assert many == pytest.approx([0.75, 1471 / 2**14])


def test_flip_probability_is_a_beta_integral():
    for a, b in [(3, 1), (12, 9), (60, 41)]:
        assert flip_probability(a, b) == pytest.approx(betainc(a + 1, b + 1, 0.5))


def test_flip_probability_goes_on_smoothly_beyond_its_table():
    inside, beyond = flip_probability(999, 984), flip_probability(1005, 990)
    assert beyond == pytest.approx(float(inside), abs=0.002)


def test_confidence_is_one_less_the_flip_probability_and_zero_without_votes():
    assert confidence(1, 0) == 0.75
    assert confidence(0, 0) == 0


def test_a_lone_query_has_the_uniform_prior():
    assert confidences(np.array([3]), np.array([1])) == pytest.approx([confidence(3, 1)])
    assert confidences(np.array([0]), np.array([0])).tolist() == [0.0]


def test_a_few_clear_queries_do_not_move_the_prior_from_uniform():
    # the likelihood alone would take the smallest shape, and say 0.99
    assert confidences(np.array([2] * 3), np.array([0] * 3)) == pytest.approx([0.875] * 3)


def test_a_batch_that_agrees_makes_each_answer_surer():
    unanimous = confidences(np.array([2] * 50), np.array([0] * 50))
    split = confidences(np.array([2] * 50), np.array([2] * 50))
    assert unanimous[0] > 0.95 > confidence(2, 0) == 0.875
    assert split == pytest.approx([0.5] * 50)


@pytest.mark.parametrize(
    ("leader", "runner_up", "shape"), [(1, 0, 0.5), (3, 1, 0.25), (40, 33, 0.7), (2, 2, 0.05)]
)
def test_the_chance_of_a_lead_is_the_beta_integral(leader, runner_up, shape):
    integral = 1 - betainc(leader + shape, runner_up + shape, 0.5)
    assert lead_probability(leader, runner_up, shape) == pytest.approx(integral, abs=2e-3)


@pytest.mark.parametrize("model", ["unanimous", "contested"])
def test_confidence_is_calibrated_on_answers_that_were_not_used_to_make_it(model):
    rng = np.random.default_rng(4)
    shares = rng.beta(0.2, 0.2, 4000) if model == "unanimous" else rng.random(4000)
    first = rng.binomial(4, shares)
    leads, trails = np.maximum(first, 4 - first), np.minimum(first, 4 - first)
    right = np.where(first >= 2, shares > 0.5, shares < 0.5)
    sure = confidences(leads, trails)
    for level in np.unique(sure):
        assert right[sure == level].mean() == pytest.approx(level, abs=0.05)


def test_the_mode_probability_of_a_lone_answer_is_one():
    assert mode_probability([4]) == 1.0


def test_the_mode_probability_looks_at_the_counts_in_any_order():
    assert mode_probability([1, 5, 3]) == mode_probability([5, 3, 1])
    assert mode_probability([2, 2, 2, 2]) == pytest.approx(0.25, abs=1e-3)


def test_log_factorials_are_those():
    table = log_factorials(20)
    assert len(table) > 20
    assert table[:5].tolist() == pytest.approx([math.log(math.factorial(n)) for n in range(5)])
