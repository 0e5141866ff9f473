"""The policy of the paper: an upper confidence bound on the uncertainty of the answer."""

from typing import Literal

import numpy as np

from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.bandit.policies.base import Policy
from dynscaling_nb.errors import InputError


class UCB(Policy):
    """Upper confidence bound (Auer et al. 2002; DynScaling, arXiv 2506.16043).

    Score of query i: u_i + c * sqrt(ln N / n_i), with pulls in flight counted in N and n_i.

    - `c`: the weight of exploration, zero or a positive number.
    - `signal`: u_i, the paper's 1 - leader share (`uncertainty`) or normalised `entropy`.
    - `unit`: responses a pull; 8 in the paper.
    """

    def __init__(
        self,
        c: float = 0.3,
        signal: Literal["uncertainty", "entropy"] = "uncertainty",
        unit: int = 1,
    ) -> None:
        if not c >= 0:
            raise InputError(f"c must be zero or a positive number, got {c}", c)
        self.c = c
        self.signal = signal
        self.unit = unit
        self.name = "paper" if unit > 1 else "ucb-entropy" if signal == "entropy" else "ucb"

    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        exploitation, exploration = self.terms(arms)
        return exploitation + exploration

    def terms(self, arms: Arms) -> tuple[Floats, Floats]:
        """Exploitation u_i and exploration c * sqrt(ln N / n_i), whose sum is the score."""
        signal: Floats = arms.entropy if self.signal == "entropy" else arms.uncertainty
        pulls = np.maximum(arms.pulls, 1)
        return signal, self.c * np.sqrt(np.log(pulls.sum() + arms.elsewhere) / pulls)
