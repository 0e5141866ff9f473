"""Equal shares, the baseline of every comparison."""

import numpy as np

from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.bandit.policies.base import Policy


class Uniform(Policy):
    """Every query in turn: the one with the fewest pulls is next.

    Score of query i: -n_i, with pulls in flight counted in n_i.
    """

    name = "uniform"
    local = True

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        return -arms.pulls.astype(np.float64)
