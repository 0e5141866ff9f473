"""The value of one more vote, in the normal approximation."""

import numpy as np

from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.bandit.policies.base import Policy


class ValueOfInformation(Policy):
    """The chance that the next vote changes the answer, in the normal approximation.

    Score: exp(-(a - b)^2 / (2 s)) / sqrt(s), times the share of readable responses. There are a
    leader votes and b runner-up votes, and s = a + b + 2. Pulls in flight count in a.
    """

    name = "voi"
    local = True

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        lead = arms.leader + arms.pending - arms.runner_up
        size = arms.leader + arms.pending + arms.runner_up + 2
        gain: Floats = np.exp(-(lead**2) / (2 * size)) / np.sqrt(size) * arms.readable
        return gain
