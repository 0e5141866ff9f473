"""Equal shares by hand."""

from dynscaling_nb.bandit.policies import Uniform


def test_the_score_is_minus_the_pulls_in_flight_included(arms, rng):
    scores = Uniform().scores(arms([0, 3, 5], [0, 3, 1], [0, 0, 1], pending=[0, 0, 3]), rng)
    assert scores.tolist() == [0, -3, -5]
