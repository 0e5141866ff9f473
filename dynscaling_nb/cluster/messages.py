"""The messages between a coordinator and its workers.

Every order holds totals, not changes. So an order that is carried out twice does no harm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dynscaling_nb.answers.equivalence import Equivalence
from dynscaling_nb.answers.extract import Extractor
from dynscaling_nb.answers.judge import Judge
from dynscaling_nb.answers.weights import VoteWeight
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.errors import DynscalingError
from dynscaling_nb.models.base import Model, ServerStats
from dynscaling_nb.records import Query, Response, Usage


@dataclass(frozen=True)
class ShardSpec:
    """The parts of a shard: some queries of a run, their model, and how answers are read.

    Attributes:
        queries: of the shard; in the spec of a whole run, all queries.
        model, template, extract, equivalence, vote_weight: as of the run.
        warmup: responses to each query before the policy starts.
        seed: of the shard's own random choices.
        cancel_settled: whether calls for a query that has enough are cancelled.
    """

    queries: Sequence[Query]
    model: Model
    template: Template
    extract: Extractor
    equivalence: Equivalence | Judge
    vote_weight: VoteWeight
    warmup: int
    seed: int
    cancel_settled: bool = False


@dataclass(frozen=True)
class Order:
    """An order to a shard.

    Attributes:
        shard: its name.
        budget: total pulls since the shard began.
        heard: responses that the coordinator already has.
        forecast: number of next scores to report.
        elsewhere: pulls of all other shards.
        concurrency: requests in flight for this shard.
        policy, stop, plan: the rules for its pulls.
        version: grows whenever policy, stop or plan changes.
        paused: whether to send no further request.
        ended: whether to cancel the requests in flight and forget the shard.
    """

    shard: str
    budget: int
    heard: int
    forecast: int
    elsewhere: int
    concurrency: int
    policy: Policy
    stop: StopRule | None
    plan: Plan
    version: int = 0
    paused: bool = False
    ended: bool = False


@dataclass(frozen=True)
class Report:
    """The progress of a shard.

    Attributes:
        address: of the worker that carried out the order.
        holds_shard: False if this worker does not hold the shard; all else is then empty.
        responses: new since the last report.
        revised: answers by query and index that later responses made the worker read again.
        budget: total pulls that the shard may make, as the worker knows it.
        pulls: finished or in flight.
        in_flight: pulls in flight.
        scores: of the next pulls, if no response arrived in between.
        failures: failed pulls.
        set_aside: places in the shard of queries that failed too often.
        judge_usage: usage of a judge's calls.
        server_stats: events at the server.
        error: the error that ended the shard.
    """

    address: str
    holds_shard: bool = True
    responses: Sequence[Response] = ()
    revised: Mapping[str, Mapping[int, str | None]] = field(default_factory=dict)
    budget: int = 0
    pulls: int = 0
    in_flight: int = 0
    scores: Sequence[float] = ()
    failures: int = 0
    set_aside: Sequence[int] = ()
    judge_usage: Usage = field(default_factory=Usage)
    server_stats: Sequence[ServerStats] = ()
    error: DynscalingError | None = None
