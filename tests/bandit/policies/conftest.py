"""Arms from lists of counts, for tests that work scores out by hand."""

import numpy as np
import pytest

from dynscaling_nb.bandit.arms import Arms


@pytest.fixture(name="arms")
def _arms():
    def make(pulls, leader, runner_up, pending=None, votes=None, budget=0, elsewhere=0) -> Arms:
        """One number a query; without `votes`, every vote is for one of the two leading answers."""
        pulls, leader, runner_up = (np.array(x, np.int64) for x in (pulls, leader, runner_up))
        pending = np.zeros_like(pulls) if pending is None else np.array(pending)
        votes = leader + runner_up if votes is None else np.array(votes)
        uncertainty = np.where(votes > 0, 1 - leader / np.maximum(votes, 1), 1.0)
        unread = np.maximum(pulls - pending - votes, 0)
        return Arms(
            pulls,
            pending,
            votes,
            leader,
            runner_up,
            uncertainty,
            uncertainty**2,  # no entropy, but another number in [0, 1]
            budget,
            unread,
            elsewhere,
        )

    return make


@pytest.fixture
def rng():
    return np.random.default_rng(0)
