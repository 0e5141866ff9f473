"""Ways to spend responses on questions, published ones and ours, each a few lines on the same core. Pure.

A strategy says who is pulled (`policy`), when a query has enough (`stop`), what a response sees (`plan`, `template`) and which
responses vote (`decide`). None of them needs a verifier.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.answers.weights import VoteWeight
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule
from dynscaling_nb.chains.plan import AdaptiveDepth, Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.errors import UnknownName
from dynscaling_nb.records import Response

MOST_READ = 8  # responses that an aggregating one is shown
ALONE = Plan(depth=0)  # every response on its own
IN_TURN = Plan(parallel=1, depth=1, chained_share=1, sources="last")  # each response sees the last

PLAIN = Template()
WAIT = Template(
    connector="Wait.",
    think_on="Wait. Think further, and then finish with one line of the form: The answer is X.",
)
AGGREGATE = Template(
    connector="Another attempt:",
    think_on=(
        "These are several attempts at the question. Weigh them against one another, decide which answer is right or work out a better "
        "one, and finish with one line of the form: The answer is X."
    ),
)


@dataclass(frozen=True)
class Strategy:
    """How a mean of `n` responses a query is spent. `plan` may depend on n, rounded.

    `decide` says who votes: all responses (`vote`), the `last` one, or the last `generation`, as many as came first on their own. `max_responses`
    is the most responses that one query gets, `vote_weight` what a vote weighs.
    """

    name: str
    policy: str | Policy = "uniform"
    stop: str | StopRule | None = None
    plan: Plan | Callable[[int], Plan] = ALONE
    template: Template = PLAIN
    decide: Literal["vote", "last", "generation"] = "vote"
    max_responses: int | None = None
    vote_weight: str | VoteWeight = "equal"

    def plan_for(self, mean: float) -> Plan:
        """The plan for a mean of so many responses a query."""
        return self.plan(max(round(mean), 1)) if callable(self.plan) else self.plan

    def answer(self, responses: Sequence[Response], plan: Plan) -> str | None:
        """What the responses to one query, in the order of their indices, come to."""
        votes = Votes()
        for response in responses[-self._voters(len(responses), plan) :]:
            if response.answer is not None:
                votes.add(response.answer, depth=len(response.sources), weight=response.weight)
        return votes.leader

    def _voters(self, drawn: int, plan: Plan) -> int:
        if self.decide == "last":
            return 1
        if self.decide == "generation" and drawn > plan.parallel:
            return (drawn - 1) % plan.parallel + 1
        return max(drawn, 1)


def _aggregation(n: int) -> Plan:
    return Plan(parallel=n - 1, depth=min(n - 1, MOST_READ), chained_share=1) if n > 2 else ALONE


def _integrated(n: int) -> Plan:
    return Plan(parallel=max(n // 2, 1), depth=4, chained_share=1) if n > 2 else ALONE


_ALL = (
    Strategy("one", max_responses=1),
    Strategy("self-consistency"),  # Wang et al., ICLR 2023
    Strategy("cisc", vote_weight="logprob"),  # confidence-weighted votes: Taubenfeld et al. 2025
    Strategy("sequential", plan=IN_TURN),  # each response revises the last; all vote
    Strategy(
        "wait", plan=IN_TURN, template=WAIT, decide="last"
    ),  # budget forcing: Muennighoff et al. 2025
    Strategy(
        "aggregate", plan=_aggregation, template=AGGREGATE, decide="last"
    ),  # parallel, then one call decides
    Strategy(
        "rsa",
        plan=Plan(parallel=4, depth=3, chained_share=1, sources="previous"),
        template=AGGREGATE,
        decide="generation",
    ),  # Venkatraman et al. 2025
    Strategy("ac", stop="ac"),
    Strategy("ac-dirichlet", stop="ac-dirichlet"),
    Strategy("esc", stop="esc"),
    Strategy("doubling", stop="doubling"),
    Strategy("margin", stop="margin"),
    Strategy("bayes-factor", stop="bayes-factor"),
    Strategy("blend-asc", "blend-asc"),
    Strategy("okg", "okg"),
    Strategy("paper", "paper", plan=Plan()),  # arXiv 2506.16043: units of 8, half chained on 4
    Strategy("integrated", plan=_integrated),  # its ablation without the bandit
    Strategy(
        "adaptive-depth", plan=AdaptiveDepth(parallel=2)
    ),  # a bandit over kinds of pull, each query on its own
    Strategy("parallel-ucb", "paper"),  # its ablation without chains
    Strategy("bandit", "default"),
    Strategy("dynscaling", "default", plan=Plan()),
)
STRATEGIES: Mapping[str, Strategy] = {strategy.name: strategy for strategy in _ALL}


def strategy(which: str | Strategy) -> Strategy:
    """The strategy of that name, or the object itself. Raises `UnknownName`."""
    if isinstance(which, Strategy):
        return which
    if which not in STRATEGIES:
        raise UnknownName("strategy", which, STRATEGIES)
    return STRATEGIES[which]
