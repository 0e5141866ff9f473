"""Strategies: ways to spend responses on questions, published ones and the package's own. Pure.

A strategy says which question is pulled (`policy`) and when it has enough (`stop`). It also says
what a response sees (`plan`, `template`) and which responses vote (`decide`). No strategy needs a
verifier.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.answers.weights import VoteWeight
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule
from dynscaling_nb.chains.plan import AdaptiveDepth, Plan
from dynscaling_nb.chains.prompt import LAST_LINE, Template
from dynscaling_nb.errors import UnknownName
from dynscaling_nb.records import Response

MOST_READ = 8  # responses that an aggregating call is shown
ALONE = Plan(depth=0)  # every response is independent
IN_TURN = Plan(parallel=1, depth=1, chained_share=1, sources="last")  # each response sees the last

PLAIN = Template()
WAIT = Template(
    connector="Wait.",
    think_on=f"Wait. Think further. {LAST_LINE}\n\nThe question again: {{question}}",
)
AGGREGATE = Template(
    connector="Another attempt:",
    think_on=(
        "These are several attempts at the question. Weigh them against one another, and decide "
        f"which answer is right or work out a better one. {LAST_LINE}\n\n"
        "The question again: {question}"
    ),
)


@dataclass(frozen=True)
class Strategy:
    """How a mean of n responses a question is spent.

    - `policy`, `stop`, `template`, `vote_weight`: as the options of `arun`.
    - `plan`: a `Plan`, or a function from n, rounded, to one.
    - `decide`: whose votes count. All responses (`vote`), the `last` one, or the last
      `generation`, which is as many responses as the plan's `parallel`.
    - `max_responses`: the most responses of one question.
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
        """The plan for this mean number of responses a question."""
        return self.plan(max(round(mean), 1)) if callable(self.plan) else self.plan

    def answer(self, responses: Sequence[Response], plan: Plan) -> str | None:
        """The answer from the responses to one question, in the order of their indices."""
        votes = Votes()
        for response in responses[-self._voters(len(responses), plan) :]:
            if response.answer is not None:
                votes.add(response.answer, depth=len(response.sources), weight=response.weight)
        return votes.leader

    def _voters(self, responses: int, plan: Plan) -> int:
        """The number of latest responses that vote."""
        if self.decide == "last":
            return 1
        if self.decide == "generation" and responses > plan.parallel:
            return (responses - 1) % plan.parallel + 1
        return max(responses, 1)


def _aggregation(n: int) -> Plan:
    """All responses but one in parallel, and one that reads them."""
    return Plan(parallel=n - 1, depth=min(n - 1, MOST_READ), chained_share=1) if n > 2 else ALONE


def _integrated(n: int) -> Plan:
    """Half of the responses in parallel, half chained."""
    return Plan(parallel=max(n // 2, 1), depth=4, chained_share=1) if n > 2 else ALONE


GENERATIONS = Plan(parallel=4, depth=3, chained_share=1, sources="previous")
_ALL = (
    Strategy("one", max_responses=1),
    # Majority vote: Wang et al., ICLR 2023.
    Strategy("self-consistency"),
    # Votes weighted by confidence: Taubenfeld et al. 2025.
    Strategy("cisc", vote_weight="logprob"),
    # Each response revises the last; all vote.
    Strategy("sequential", plan=IN_TURN),
    # Budget forcing: Muennighoff et al. 2025.
    Strategy("wait", plan=IN_TURN, template=WAIT, decide="last"),
    # In parallel, then one call decides.
    Strategy("aggregate", plan=_aggregation, template=AGGREGATE, decide="last"),
    # Recursive self-aggregation: Venkatraman et al. 2025.
    Strategy("rsa", plan=GENERATIONS, template=AGGREGATE, decide="generation"),
    # Stopping rules; see `bandit.stopping`.
    Strategy("ac", stop="ac"),
    Strategy("ac-dirichlet", stop="ac-dirichlet"),
    Strategy("esc", stop="esc"),
    Strategy("doubling", stop="doubling"),
    Strategy("margin", stop="margin"),
    Strategy("bayes-factor", stop="bayes-factor"),
    # Policies; see `bandit.policies`.
    Strategy("blend-asc", "blend-asc"),
    Strategy("okg", "okg"),
    # DynScaling, arXiv 2506.16043: units of 8, half of each chained on 4.
    Strategy("paper", "paper", plan=Plan()),
    # Its ablations: without the bandit, and without chains.
    Strategy("integrated", plan=_integrated),
    Strategy("parallel-ucb", "paper"),
    # A bandit over the depth of a chain, each question on its own.
    Strategy("adaptive-depth", plan=AdaptiveDepth(parallel=2)),
    # The package's defaults: the bandit alone, and with chains.
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
