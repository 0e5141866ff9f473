"""How much a response's vote weighs, by how sure its model was while it wrote. Pure.

A weight is a function of one completion, so that votes can be counted as they come: weights of one query need not sum to one for the
leader to be the same.
"""

from collections.abc import Callable, Mapping
from math import exp, inf

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import named
from dynscaling_nb.records import Completion

VoteWeight = Callable[[Completion], float]
TEMPERATURE = 0.03  # of confidence, in nats a token


def equal(completion: Completion) -> float:
    """One response, one vote (self-consistency, Wang et al., ICLR 2023)."""
    return 1.0


class LogProb:
    """exp(l / T), where l <= 0 is the mean log-probability of the response's tokens, in nats.

    Within one query that is the softmax of confidences at temperature T (CISC, Taubenfeld et al., 2025), with the sure-to-unsure measure of
    DeepConf (Fu et al., 2025), taken over the whole response. A response without log-probabilities weighs as a certain one does, 1.
    """

    def __init__(self, temperature: float = TEMPERATURE) -> None:
        if not temperature > 0:
            raise InputError(
                f"the temperature of confidence must be positive, got {temperature}", temperature
            )
        self.temperature = temperature

    def __call__(self, completion: Completion) -> float:
        """In (0, 1]."""
        return (
            1.0
            if completion.logprob is None
            else exp(max(completion.logprob / self.temperature, -700.0))
        )


WEIGHTS: Mapping[str, VoteWeight] = {"equal": equal, "logprob": LogProb()}


def vote_weight_by(how: str | VoteWeight) -> VoteWeight:
    """The weighing of that name, or the function itself. Raises `UnknownName`."""
    return named("weighing of votes", how, WEIGHTS)


def checked(weight: float) -> float:
    """The weight, where it is a finite number from 0 on. Raises `InputError`."""
    if not 0 <= weight < inf:
        raise InputError(f"a vote must weigh a number from 0 on, got {weight!r}", weight)
    return float(weight)
