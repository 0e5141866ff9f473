"""Two rankings of the queries, and a weight that moves from one to the other."""

import numpy as np

from dynscaling_nb.answers.posterior import flip_probability, log_factorials
from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.bandit.policies.base import Policy


class BlendASC(Policy):
    """Blend of two rankings (Blend-ASC: Feng, Alonso, Odonnat 2025, arXiv 2511.12309).

    The first ranking is that of Adaptive-Consistency: P(the runner-up is truly ahead). The second
    is that of PPR-1v1, a prior-posterior ratio: the posterior density of equal shares. The weight
    of the second is the spent share of the budget. The paper's text was not available; the linear
    weight is an assumption. Pulls in flight count as votes for the leader.
    """

    name = "blend-asc"

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        a, b = arms.leader + arms.pending, arms.runner_up
        log_factorial = log_factorials(int((a + b).max(initial=0)) + 1)
        log_density = (
            log_factorial[a + b + 1] - log_factorial[a] - log_factorial[b] - (a + b) * np.log(2)
        )
        spent = min(arms.pulls.sum() / max(arms.budget, 1), 1.0)
        ranks: Floats = (1 - spent) * _ranks(flip_probability(a, b)) + spent * _ranks(log_density)
        return ranks


def _ranks(values: Floats) -> Floats:
    """The number of smaller values, for each value; equal values have equal ranks."""
    return np.searchsorted(np.sort(values), values).astype(np.float64)
