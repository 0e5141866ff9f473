"""Every policy through the same cases, and the registry of their names."""

import numpy as np
import pytest

from dynscaling_nb.bandit.policies import DEFAULT, POLICIES, UCB, Policy, Uniform, policy, terms
from dynscaling_nb.errors import InputError, UnknownName


@pytest.mark.parametrize("name", POLICIES)
class TestEveryPolicy:
    def test_scores_every_query_with_a_finite_number(self, name, arms, rng):
        scores = policy(name).scores(arms([0, 1, 4, 4], [0, 1, 4, 2], [0, 0, 0, 2]), rng)
        assert scores.shape == (4,)
        assert np.isfinite(scores).all()

    def test_the_same_generator_gives_the_same_scores(self, name, arms):
        three = arms([4, 4, 5], [4, 2, 3], [0, 2, 2])
        first, second = (policy(name).scores(three, np.random.default_rng(3)) for _ in range(2))
        assert (first == second).all()

    def test_prefers_a_split_vote_to_a_unanimous_one_on_average(self, name, arms, rng):
        two = arms([10, 10], [10, 5], [0, 5])
        means = np.mean([policy(name).scores(two, rng) for _ in range(200)], axis=0)
        assert means[1] >= means[0]
        assert name == "uniform" or means[1] > means[0]

    def test_pulls_in_flight_make_a_query_less_urgent(self, name, arms, rng):
        two = arms([4, 12], [2, 2], [2, 2], pending=[0, 8])
        means = np.mean([policy(name).scores(two, rng) for _ in range(200)], axis=0)
        assert means[0] > means[1] + 0.01

    def test_the_parts_of_a_score_add_up_to_it(self, name, arms, rng):
        two = arms([4, 5], [4, 3], [0, 2])
        parts = terms(policy(name), two, np.random.default_rng(0))
        assert sum(parts.values()) == pytest.approx(policy(name).scores(two, rng))

    def test_a_local_score_is_its_own_arms_alone(self, name, arms, rng):
        rule = policy(name)
        if rule.local:
            pair = rule.scores(arms([4, 9], [3, 5], [1, 4], budget=20), rng)
            alone = rule.scores(arms([4], [3], [1], budget=20), rng)
            assert pair[0] == alone[0]


def test_the_default_is_flip():
    assert policy().name == policy("default").name == DEFAULT == "flip"


def test_names_are_those_of_the_registry():
    assert [policy(name).name for name in POLICIES] == list(POLICIES)


def test_a_policy_is_returned_as_it_is():
    own = UCB(2.0)
    assert policy(own) is own


def test_constants_go_to_the_policy():
    assert policy("ucb", c=1.5).c == 1.5
    assert (policy("paper").c, policy("paper").unit) == (0.25, 8)
    assert policy("lookahead", relevance=0.5).relevance == 0.5


def test_a_wrong_name_or_constant_says_what_is_right():
    with pytest.raises(UnknownName, match="did you mean 'thompson'"):
        policy("tompson")
    with pytest.raises(InputError, match="belongs to ucb, ucb-entropy, paper"):
        policy("voi", c=1.0)
    with pytest.raises(InputError, match="-1"):
        policy("ucb", c=-1.0)
    with pytest.raises(InputError, match="name of a policy or a dn.Policy, got 3"):
        policy(3)


def test_a_class_without_a_name_has_that_of_the_class():
    class Mine(Policy):
        def scores(self, arms, rng):
            return arms.pulls * 0.0

    class Named(Uniform):
        name = "named"

    assert (Mine.name, Named.name) == ("Mine", "named")
    assert (Mine().unit, Mine().local, Mine().terms(None)) == (1, False, None)
