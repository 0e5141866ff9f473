"""The exact value of one more vote."""

import numpy as np

from dynscaling_nb.answers.posterior import log_factorials
from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.bandit.policies.base import Policy


class KnowledgeGradient(Policy):
    """Optimistic knowledge gradient (Chen, Lin, Zhou 2013; PETS allocates samples with it).

    The gain is the largest increase of P(the leader is the mode) by one vote. It is
    C(n + 1, a + 1) / 2^(n + 2) for a leader votes, b runner-up votes, n = a + b and a share
    Beta(1 + a, 1 + b). The score is the logarithm of the gain times the share of readable
    responses. The logarithm keeps tiny gains in order. Pulls in flight count in a.
    """

    name = "okg"
    local = True

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        a, b = arms.leader + arms.pending, arms.runner_up
        n = a + b
        log_factorial = log_factorials(int(n.max(initial=0)) + 1)
        log_choose = log_factorial[n + 1] - log_factorial[a + 1] - log_factorial[b]
        gain: Floats = log_choose - (n + 2) * np.log(2) + np.log(arms.readable)
        return gain
