"""The responses of a finished run, allocated again by another policy. No model is called."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dynscaling_nb.answers.votes import is_right
from dynscaling_nb.bandit import policies
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule, stop_rule
from dynscaling_nb.engine.result import Result
from dynscaling_nb.evaluation.replay import INDEPENDENT
from dynscaling_nb.records import Gold, Response, State


@dataclass(frozen=True)
class Reallocation:
    """The responses of a finished run, allocated again.

    - `answers`, `states`, `pulls`: one value a query.
    - `responses`: in the order of their pulls. Element k of the curves `agreement` and `accuracy`
      is the state after k + 1 responses.
    - `agreement`: share of queries, in [0, 1], with the answer that all recorded responses give.
    - `accuracy`: share of right answers among queries with a gold answer; None without any.
    - `exhausted`: number of queries whose recorded responses ran out before the budget did.
    - `ran_out`: number of responses when that first happened, None if it did not. After that point
      a curve shows the end of the recording as well as the policy.
    """

    policy: str
    budget: int
    responses: list[Response]
    answers: list[str | None]
    states: list[State]
    agreement: list[float]
    accuracy: list[float] | None
    pulls: list[int]
    ran_out: int | None
    exhausted: int


class _Matches:
    """Counts the queries whose leader is their target; a query without a target never matches."""

    def __init__(self, targets: Sequence[Gold]) -> None:
        self.count = 0
        self._targets = targets
        self._matching = [False] * len(targets)

    def update(self, query: int, leader: str | None) -> None:
        """Note the leader of a query."""
        matches = leader is not None and bool(is_right(leader, self._targets[query]))
        self.count += matches - self._matching[query]
        self._matching[query] = matches


def reallocate(
    result: Result,
    policy: str | Policy = "default",
    budget: int | None = None,
    *,
    stop: str | StopRule | None = None,
    seed: int = 0,
    **constants: Any,
) -> Reallocation:
    """Spend `budget` of a run's recorded responses (None: all) by a policy with `constants`.

    The responses to a query come in their recorded order, so a chained one follows its sources.
    Every query gets one response first. For policies with unit 1, point k of a curve is therefore
    the outcome of a budget of k. With a larger budget than recorded responses, all are spent.
    Raises `InputError` for a budget below the number of queries.
    """
    decider = policies.policy(policy, **constants)
    recording = _recording(result)
    ledger = Ledger(
        len(recording),
        budget or max(len(result.responses), len(recording)),
        decider,
        INDEPENDENT,
        stop=stop_rule(stop),
        warmup=1,
        seed=seed,
        limits=[len(responses) for responses in recording],
        priors=[query.prior for query in result.queries],
    )
    return _follow(result, recording, ledger)


def _recording(result: Result) -> list[list[Response]]:
    """The recorded responses to each query."""
    by_id: dict[str, list[Response]] = {query.id: [] for query in result.queries}
    for response in result.responses:
        by_id[response.query_id].append(response)
    return list(by_id.values())


def _follow(
    result: Result, recording: Sequence[Sequence[Response]], ledger: Ledger
) -> Reallocation:
    """Serve the ledger's pulls from the recording, and record the curves."""
    agreeing, right = _Matches(result.answers), _Matches(result.golds)
    unanswered = sum(answer is None for answer in result.answers)  # they agree from the start
    responses: list[Response] = []
    agreement: list[float] = []
    correct: list[int] = []
    exhausted, ran_out = 0, None
    while pulls := ledger.ask():
        pull = pulls[0]
        response = recording[pull.query][pull.index]
        # the ledger asks for independent ones, but a tie goes to votes that were chained
        pull = replace(pull, sources=response.sources)
        ledger.tell(pull, response.answer, weight=response.weight)
        responses.append(response)
        leader = ledger.votes[pull.query].leader
        agreeing.update(pull.query, leader)
        right.update(pull.query, leader)
        agreement.append((agreeing.count + unanswered) / len(recording))
        correct.append(right.count)
        if pull.index + 1 == len(recording[pull.query]) and ledger.left:
            exhausted += 1
            ran_out = ran_out or len(responses)
    golds = sum(gold is not None for gold in result.golds)
    return Reallocation(
        policy=ledger.policy.name,
        budget=ledger.budget,
        responses=responses,
        answers=ledger.leaders,
        states=ledger.states,
        agreement=agreement,
        accuracy=[count / golds for count in correct] if golds else None,
        pulls=ledger.done.tolist(),
        ran_out=ran_out,
        exhausted=exhausted,
    )
