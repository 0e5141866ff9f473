"""From what a user says to a run that can begin: models, plans, limits, stores by their names, and all of it checked."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import randbits
from typing import Any

from dynscaling_nb.answers import extract as answers
from dynscaling_nb.answers.equivalence import Equivalence, equivalence_by
from dynscaling_nb.answers.extract import Extractor
from dynscaling_nb.answers.judge import Judge
from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.answers.weights import VoteWeight, vote_weight_by
from dynscaling_nb.bandit import policies
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule, stop_rule
from dynscaling_nb.chains import plan as chains
from dynscaling_nb.chains.plan import Sources
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.cluster.coordinator import ClusterDriver
from dynscaling_nb.cluster.messages import ShardSpec
from dynscaling_nb.engine.estimate import Estimate, confirmed, estimate
from dynscaling_nb.engine.limits import SpendLimits
from dynscaling_nb.engine.run import Run
from dynscaling_nb.errors import InputError
from dynscaling_nb.events import Observer
from dynscaling_nb.inputs import as_queries, check_budget
from dynscaling_nb.models.abacus import AbacusModel
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.cached import CachedModel
from dynscaling_nb.models.openai.model import OpenAIModel
from dynscaling_nb.records import KEEPS, Keep, Messages, Prices, Query, Request
from dynscaling_nb.storage.listing import StoredRun
from dynscaling_nb.storage.recorder import RunRecorder, StoreCache, family_key, prompt_key
from dynscaling_nb.storage.sqlite import Store

CONCURRENCY = 16
TIMEOUT = 60.0


def prepare(
    queries: Any,
    *,
    budget: int,
    model: str | Model | None = None,
    policy: str | Policy = "default",
    c: float | None = None,
    base_url: str | None = None,
    parallel: int = 4,
    depth: int = 4,
    chained_share: float = 0.5,
    sources: Sources = "random",
    depths: Sequence[int] | None = None,
    warmup: int | None = None,
    stop: str | StopRule | None = None,
    cancel_settled: bool = False,
    extract: str | Extractor = "auto",
    equivalence: str | Equivalence | Judge | None = None,
    vote_weight: str | VoteWeight = "equal",
    template: Template | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    token_limit: int | None = None,
    cost_limit: float | None = None,
    prices: Prices | None = None,
    confirm_above: float | None = None,
    confirm: Callable[[Estimate], bool] | None = None,
    concurrency: int = CONCURRENCY,
    timeout: float = TIMEOUT,
    time_limit: float | None = None,
    seed: int | None = None,
    store: str | Path | Store | bool | None = None,
    resume: bool | str = False,
    reuse: bool = False,
    in_memory: Keep = "all",
    cluster: Any = None,
    observers: Sequence[Observer] = (),
) -> Run:
    """Answer a batch of queries under one budget of `budget` responses, spent where answers are still uncertain.

    `queries`: strings, dicts with `id`, `text` and optional `gold` and `prior`, `dn.Query` objects, in a list or from an iterator, a table
    with such columns, or the `Path` of a file (JSON lines, CSV, Parquet). `model`: a
    name on the server at `base_url` (OpenAI's if None), a model object, or None for the embedded one; `temperature` and `max_tokens` are
    for a model that is named. `policy`: a name or an object; `c` is the weight of exploration of the UCB forms.

    The first `parallel` responses to a query are independent; of those after them the share `chained_share` is chained over `depth` earlier
    ones, chosen by `sources` as `Plan` says. With `depths`, as (0, 2, 4), a bandit chooses how many earlier responses each one sees, in place of `depth`
    and `chained_share` (see `AdaptiveDepth`): for a query on its own. `warmup` responses go to every query before the policy starts (None: half of
    its mean share, from 1 to `parallel`). `stop`: the rule by which a query has enough, a name or an object; None draws the whole budget.

    With `cancel_settled` what is in flight for a query that has enough, by its stopping rule, is given up and goes back into the budget; a
    model that is named then streams, so that the tokens it had written are known.

    `extract`: how an answer is read from a text: `auto`, `number`, `choice`, `text`, `latex` or a function; `equivalence`: which answers are one vote:
    equal ones (`exact`), those of one mathematical value (`latex`, the default where they are read so; needs the extra of that name), those
    of the same `words`, or a function of two answers, or a `Judge`. `vote_weight`: what a vote weighs: one each (`equal`), more where the model
    was surer (`logprob`), or a function of a `Completion`.

    `token_limit` and `cost_limit` are further limits, the latter at `prices`, those of a million tokens in, out and, where it differs, in from the
    server's cache: the bound of each call is reserved before it is made, so they hold with any number in flight. They need `max_tokens`.
    Where the estimate goes above `confirm_above` in money, `confirm` is asked first. At most `concurrency` requests are in flight; an attempt
    may take `timeout` seconds, the run `time_limit`. `seed` fixes every random choice of ours.

    `store`: where responses are put on disk before they are counted: a path or a `Store`; True is the user's cache folder,
    False nowhere, None the cache folder for models on a server and nowhere for others. `resume`: go on from the latest run there of the same queries, model, plan and template, or from the one with
    that id; without one a new run begins. `reuse`: responses that any run there has drawn for a prompt are taken before new ones are drawn.
    `in_memory`: `all` responses in memory, or the `answers` alone, for a hundred thousand queries: responses are then read from the store when
    they are looked at. `cluster`: a `dask.distributed.Client` (needs the extra `dask`), whose workers draw the responses, each with
    `concurrency` requests in flight; see `ClusterDriver`.

    `await arun(...)` and `run(...)` give the `Result`; `start(...)` a `RunHandle` at once, with the run in the background.

    Cancelling (Ctrl-C, a notebook's stop button) returns what was drawn, with `stopped="user"`, as the deadline does. An error of the
    server ends the run with what was drawn, `stopped="error"` and the message in `result.error`; it is raised (`ModelError`) only
    where nothing was drawn. Raises `InputError` for bad input, before anything is spent.
    """
    reader = answers.extractor(extract)
    asked = [
        replace(query, prior=_read_prior(query, reader)) if query.prior else query
        for query in as_queries(queries)
    ]
    chosen = policies.policy(policy, **({} if c is None else {"c": c}))
    rule = stop_rule(stop)
    settings = {"temperature": temperature, "max_tokens": max_tokens, "seed": seed}
    settings |= {"logprobs": vote_weight == "logprob" or None, "stream": cancel_settled or None}
    source = resolve(model, base_url=base_url, timeout=timeout, **settings)
    plan, words = (
        chains.make_plan(parallel, depth, chained_share, sources, depths),
        template or Template(),
    )
    check_budget(budget, len(asked))
    if time_limit is not None and not time_limit > 0:
        raise InputError(
            f"time_limit must be a positive number of seconds, got {time_limit}", time_limit
        )
    purse = SpendLimits(token_limit, cost_limit, prices)
    if purse.limited:
        _check_bound(source, words.parallel(asked[0]), asked[0])
    held = stored(source, store)
    if in_memory not in KEEPS:
        raise InputError(
            f"in_memory must be one of {', '.join(KEEPS)}, got {in_memory!r}", in_memory
        )
    if in_memory == "answers" and held is None and plan.depth:
        raise InputError(
            "in_memory='answers' reads the responses of a chain from a store: give store=PATH, or depth=0 for no chains",
            in_memory,
        )
    most = source.max_tokens
    found = estimate(
        asked,
        budget,
        plan,
        words,
        max_tokens=most,
        prices=purse.prices,
        token_limit=token_limit,
        cost_limit=cost_limit,
    )
    confirmed(found, confirm_above, confirm)
    source.check(asked)
    kin = family_key(source, asked, plan, words)
    kept = None if held is None or not resume else _earlier(held, resume, asked, kin, seed)
    resumed = held.responses(kept.id) if held and kept else ()
    seed = kept.seed if kept else randbits(31) if seed is None else seed
    if len(resumed) > budget:
        raise InputError(
            f"the run to resume has drawn {len(resumed)} responses already; raise the budget of {budget}",
            budget,
        )
    ledger = Ledger(
        len(asked),
        budget,
        chosen,
        plan,
        warmup=warmup,
        stop=rule,
        seed=seed,
        priors=[query.prior for query in asked],
    )
    compared, weighing = comparison(extract, equivalence), vote_weight_by(vote_weight)
    reading = AnswerReader(asked, reader, compared, weighing)
    if reuse and held is not None:
        source = CachedModel(source, StoreCache(held), partial(_prompt, source))
    journal = None
    if held is not None:
        named = [
            replace(query, gold=gold) for query, gold in zip(asked, reading.golds, strict=True)
        ]
        journal = RunRecorder(
            held, kept.id if kept else None, queries=named, family=kin, model=source.name, seed=seed
        )
    given: dict[str, Any] = {
        "reader": reading,
        "template": words,
        "limits": purse,
        "recorder": journal,
        "history": resumed,
        "in_memory": in_memory,
        "concurrency": concurrency,
        "time_limit": time_limit,
        "cancel_settled": cancel_settled,
        "seed": seed,
        "observers": observers,
    }
    if cluster is None:
        return Run(asked, source, ledger, **given)
    _check_cluster(purse, reuse=reuse, readable=in_memory == "all" or held is not None)
    part = ShardSpec(
        queries=asked,
        model=source,
        template=words,
        extract=reader,
        equivalence=compared,
        vote_weight=weighing,
        warmup=ledger.warmup,
        seed=seed,
        cancel_settled=cancel_settled,
    )
    return Run(asked, source, ledger, driver=ClusterDriver(cluster, part), **given)


def _check_cluster(purse: SpendLimits, *, reuse: bool, readable: bool) -> None:
    """Raise `InputError` for what holds on one machine only."""
    if purse.limited or reuse or not readable:
        raise InputError(
            "a cluster takes no limit in tokens or money and no reuse, and in_memory='answers' only with a store; leave that out"
        )


def stored(model: Model, store: str | Path | Store | bool | None) -> Store | None:
    """The store that is meant: with True the one in the user's cache folder, with False none; with None as if True for a paid model."""
    if store is None:
        store = model.is_paid
    if isinstance(store, bool):
        return Store() if store else None
    return store if isinstance(store, Store) else Store(store)


def _earlier(
    store: Store, resume: bool | str, queries: Sequence[Query], kin: str, seed: int | None
) -> StoredRun | None:
    """The run to go on from. Raises `UnknownName`, and `InputError` for one of other queries."""
    if not isinstance(resume, str):
        return store.latest(kin, seed)
    kept = store.run(resume)
    if [(query.id, query.text) for query in store.queries(resume)] != [
        (query.id, query.text) for query in queries
    ]:
        raise InputError(f"run {resume} was of other queries; resume it with the same ones", resume)
    return kept


def _check_bound(model: Model, messages: Messages, query: Query) -> None:
    """Raise `InputError` for a model that cannot say what a call may take."""
    model.bound(Request(query, messages))


def _prompt(model: Model, request: Request) -> str:
    return prompt_key(model, request.messages)


def _read_prior(query: Query, read: Extractor) -> dict[str, int]:
    """A query's prior, its answers read as a response's would be."""
    votes: Counter[str] = Counter()
    for answer, count in query.prior.items():
        votes[answers.gold_answer(answer, read)] += count
    return dict(votes)


def comparison(
    read: str | Extractor, same: str | Equivalence | Judge | None
) -> Equivalence | Judge:
    """How answers are compared: as `same` says, else as befits how they are read."""
    if isinstance(same, Judge):
        return same
    return equivalence_by(same or ("latex" if read == "latex" else "exact"))


def resolve(
    model: str | Model | None,
    *,
    base_url: str | None = None,
    timeout: float = TIMEOUT,
    **settings: Any,
) -> Model:
    """The model that is meant: a model object itself, the embedded one for None or `abacus`, else that name at `base_url`.

    `settings`, where they are not None, are an `OpenAIModel`'s; a model object has its own.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    if model is None and base_url is not None:
        raise InputError(f"name the model to use at {base_url}: model=NAME, or -m NAME", base_url)
    if isinstance(model, str) and not (model == AbacusModel.name and base_url is None):
        return OpenAIModel(model, base_url, timeout=timeout, **given)
    for name in ("temperature", "max_tokens"):
        if name in given and (model is None or isinstance(model, str)) and name == "temperature":
            return AbacusModel(temperature=given[name])
        if name in given:
            raise InputError(
                f"{name} is for a model that is named; give a model object its own", given[name]
            )
    given.pop("stream", None)
    if "logprobs" in given and isinstance(model, OpenAIModel) and not model.logprobs:
        raise InputError(
            f"weighing by log-probabilities needs OpenAIModel({model.name!r}, logprobs=True, ...)",
            model.name,
        )
    return AbacusModel() if model is None or isinstance(model, str) else model
