"""Exploration by chance: the score is a draw from a posterior."""

import numpy as np

from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.bandit.policies.base import Policy


class Thompson(Policy):
    """Thompson sampling on the uncertainty of the answer (Thompson 1933).

    Score of query i: a draw from Beta(1 + votes against the leader, 1 + votes for the leader).
    Pulls in flight count as votes for the leader.
    """

    name = "thompson"

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        return rng.beta(1 + arms.votes - arms.leader, 1 + arms.leader + arms.pending)
