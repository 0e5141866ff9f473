"""Which query is pulled next: one file a policy, and the registry of their names.

To add a policy, write its file and add one line to `POLICIES`.
"""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

import numpy as np

from dynscaling_nb.bandit.arms import Arms, Floats
from dynscaling_nb.bandit.policies.base import Policy
from dynscaling_nb.bandit.policies.blend_asc import BlendASC
from dynscaling_nb.bandit.policies.flip import FlipProbability
from dynscaling_nb.bandit.policies.knowledge_gradient import KnowledgeGradient
from dynscaling_nb.bandit.policies.lookahead import Lookahead
from dynscaling_nb.bandit.policies.thompson import Thompson
from dynscaling_nb.bandit.policies.ucb import UCB
from dynscaling_nb.bandit.policies.uniform import Uniform
from dynscaling_nb.bandit.policies.voi import ValueOfInformation
from dynscaling_nb.errors import InputError, UnknownName

__all__ = [
    "DEFAULT",
    "POLICIES",
    "UCB",
    "BlendASC",
    "FlipProbability",
    "KnowledgeGradient",
    "Lookahead",
    "Policy",
    "Thompson",
    "Uniform",
    "ValueOfInformation",
    "policy",
    "terms",
]

POLICIES: Mapping[str, Callable[..., Policy]] = {
    "uniform": Uniform,
    "ucb": UCB,
    "ucb-entropy": lambda c=0.3: UCB(c, signal="entropy"),
    "paper": lambda c=0.25: UCB(c, unit=8),
    "thompson": Thompson,
    "voi": ValueOfInformation,
    "okg": KnowledgeGradient,
    "flip": FlipProbability,
    "blend-asc": BlendASC,
    "lookahead": Lookahead,
}
DEFAULT = "flip"


def terms(policy: Policy, arms: Arms, rng: np.random.Generator) -> dict[str, Floats]:
    """The parts of the scores, each of shape (queries,): the score is their sum.

    The keys are `exploitation` and `exploration` if the policy has these terms, else `score`.
    """
    parts = policy.terms(arms)
    if parts is None:
        return {"score": policy.scores(arms, rng)}
    return {"exploitation": parts[0], "exploration": parts[1]}


def policy(which: str | Policy = "default", **constants: Any) -> Policy:
    """The policy with this name and these constants, for instance `c`; a policy is returned as is.

    Raises `UnknownName` for an unknown name, `InputError` for a constant that the policy lacks.
    """
    if isinstance(which, Policy):
        return which
    if not isinstance(which, str):
        raise InputError(
            f"policy must be the name of a policy or a dn.Policy, got {which!r}", which
        )
    name = DEFAULT if which == "default" else which
    if name not in POLICIES:
        raise UnknownName("policy", which, [*POLICIES, "default"])
    accepted = signature(POLICIES[name]).parameters
    for constant, value in constants.items():
        if constant not in accepted:
            owners = [n for n, make in POLICIES.items() if constant in signature(make).parameters]
            hint = f"; it belongs to {', '.join(owners)}" if owners else ""
            raise InputError(f"policy {name!r} has no constant {constant!r}{hint}", value)
    return POLICIES[name](**constants)
