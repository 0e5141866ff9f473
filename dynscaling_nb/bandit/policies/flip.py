"""The default policy: it draws where the leader may be the wrong answer."""

import numpy as np

from dynscaling_nb.answers.posterior import flip_probability
from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.bandit.policies.base import Policy


class FlipProbability(Policy):
    """The chance that the leader is the wrong answer, over the root of the pulls made for it.

    Score of query i: P(the runner-up is truly ahead of the leader) / sqrt(n_i). This is uncertainty
    about the *order* of the answers: unlike 1 - leader share, it vanishes with more responses.
    The root keeps a query without a majority from taking the whole budget. Pulls in flight count
    as votes for the leader and in n_i.
    """

    name = "flip"
    local = True

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        flips = flip_probability(arms.leader + arms.pending, arms.runner_up)
        return flips / np.sqrt(np.maximum(arms.pulls, 1))
