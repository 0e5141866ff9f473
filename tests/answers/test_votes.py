"""From answers to votes, and what is known from them."""

import numpy as np
import pytest
from scipy.special import betainc

from dynscaling_nb.answers.votes import Votes, _lead, confidence, confidences, flip_probability


def test_a_tie_goes_to_chained_votes_then_to_who_was_first():
    votes = Votes()
    for answer in ("a", "b", "b", "a"):
        votes.add(answer)
    assert votes.leader == "b"  # both have two; b had them first
    votes.add("c")
    votes.add("c", depth=3)
    assert votes.leader == "c"
    assert votes.top_two == (2, 2)


def test_entropy_is_normalised():
    votes = Votes()
    votes.add("a")
    assert votes.entropy == 0
    votes.add("b")
    assert votes.entropy == pytest.approx(1)


def test_flip_probability_by_hand():
    assert flip_probability(0, 0) == 0.5
    assert flip_probability(1, 0) == 0.25
    assert flip_probability(2, 1) == pytest.approx(5 / 16)
    assert flip_probability(np.array([0, 9]), np.array([1, 4])) == pytest.approx(
        [0.75, 1471 / 2**14]
    )
    assert confidence(1, 0) == 0.75
    assert confidence(0, 0) == 0


def test_flip_probability_goes_on_smoothly_beyond_its_table():
    assert flip_probability(1005, 990) == pytest.approx(
        float(flip_probability(999, 984)), abs=0.002
    )


def test_a_lone_query_has_the_uniform_prior():
    assert confidences(np.array([3]), np.array([1])) == pytest.approx([confidence(3, 1)])
    assert confidences(np.array([0]), np.array([0])).tolist() == [0.0]


def test_a_batch_that_agrees_makes_each_answer_surer():
    unanimous, split = (
        confidences(np.array([2] * 50), np.array([0] * 50)),
        confidences(np.array([2] * 50), np.array([2] * 50)),
    )
    assert unanimous[0] > 0.95 > confidence(2, 0) == 0.875
    assert split == pytest.approx([0.5] * 50)


@pytest.mark.parametrize(
    ("a", "b", "shape"), [(1, 0, 0.5), (3, 1, 0.25), (40, 33, 0.7), (2, 2, 0.05)]
)
def test_the_chance_of_a_lead_is_the_beta_integral(a, b, shape):
    assert _lead(float(a), float(b), shape) == pytest.approx(
        1 - betainc(a + shape, b + shape, 0.5), abs=2e-3
    )


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
