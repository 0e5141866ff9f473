"""The weight of a response's vote, by how sure the model was while it wrote. Pure.

A weight is a function of one completion, so votes are counted as they come. The weights of one
query need not sum to one: the leader is the same.
"""

from collections.abc import Callable, Mapping
from math import exp, inf

from dynscaling_nb.errors import InputError, lookup
from dynscaling_nb.records import Completion

VoteWeight = Callable[[Completion], float]
TEMPERATURE = 0.03  # of confidence, in nats a token


def equal(completion: Completion) -> float:
    """One response, one vote (self-consistency, Wang et al., ICLR 2023)."""
    return 1.0


class LogProb:
    """exp(l / T), where l <= 0 is the mean log-probability of the response's tokens, in nats.

    Within one query this is the softmax of confidences at temperature T (CISC, Taubenfeld et al.,
    2025). The measure of confidence is DeepConf's (Fu et al., 2025), over the whole response.
    A response without log-probabilities weighs 1, as much as a certain one.
    """

    def __init__(self, temperature: float = TEMPERATURE) -> None:
        if not temperature > 0:
            raise InputError(
                f"the temperature of confidence must be positive, got {temperature}", temperature
            )
        self.temperature = temperature

    def __call__(self, completion: Completion) -> float:
        """The weight of the completion's vote, in (0, 1]."""
        if completion.logprob is None:
            return 1.0
        return exp(max(completion.logprob / self.temperature, -700.0))  # exp(-746) is 0: no vote


WEIGHTS: Mapping[str, VoteWeight] = {"equal": equal, "logprob": LogProb()}


def vote_weight_by(how: str | VoteWeight) -> VoteWeight:
    """The vote weight of that name, or the function itself. Raises `UnknownName`."""
    return lookup("vote weight", how, WEIGHTS)


def valid_weight(weight: float) -> float:
    """The weight itself. Raises `InputError` unless it is finite and not negative."""
    if not 0 <= weight < inf:
        raise InputError(
            f"vote_weight must return a finite number that is not negative, got {weight!r}", weight
        )
    return float(weight)
