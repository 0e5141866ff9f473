"""Thompson sampling: its scores have the mean and the spread of the posterior."""

import numpy as np
import pytest

from dynscaling_nb.bandit.policies import Thompson

DRAWS = 20_000  # the mean of so many draws is off by less than 0.01 in six standard errors


@pytest.mark.parametrize(
    ("leader", "votes", "pending", "a", "b"),
    [
        (2, 4, 0, 3, 3),
        (2, 4, 8, 3, 11),  # eight in flight count as votes for the leader: mean 3/14, not 1/2
        (4, 5, 0, 2, 5),
        (0, 0, 0, 1, 1),
    ],
)
def test_the_score_is_a_draw_from_the_posterior(arms, rng, leader, votes, pending, a, b):
    one = arms([votes + pending], [leader], [votes - leader], pending=[pending], votes=[votes])
    draws = np.array([Thompson().scores(one, rng)[0] for _ in range(DRAWS)])
    assert draws.mean() == pytest.approx(a / (a + b), abs=0.012)
    spread = np.sqrt(a * b / (a + b + 1)) / (a + b)
    assert draws.std() == pytest.approx(spread, rel=0.05)
