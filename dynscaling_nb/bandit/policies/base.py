"""The base class of policies. The query with the highest score of the policy is pulled next.

A policy is a value: it holds its constants and nothing else. The arms and the random generator are
arguments. Pulls in flight count as pulls, so that many calls at once do not all go to one query.
"""

from abc import ABC, abstractmethod

import numpy as np

from dynscaling_nb.bandit.arms import Arms, Floats


class Policy(ABC):
    """Base class of policies: a subclass writes `scores`, everything else has a working default.

    - `name`: the name that people see; the name of the class by default.
    - `unit`: the number of responses that one pull draws.
    - `local`: True if the score of a query depends on its own arm alone. Then only queries that
      changed are scored again.
    """

    name: str
    unit: int = 1
    local: bool = False

    def __init_subclass__(cls) -> None:
        if "name" not in cls.__dict__:
            cls.name = cls.__name__

    @abstractmethod
    def scores(self, arms: Arms, rng: np.random.Generator) -> Floats:
        """The score of every query, shape (queries,), finite; the highest is pulled next.

        `rng` is the only source of randomness, and equal generators give equal scores.
        """

    def terms(self, arms: Arms) -> tuple[Floats, Floats] | None:
        """Exploitation and exploration if the score is their sum, else None."""
        return None
