"""From options to a run that can begin.

Names become objects, and everything is checked before anything is spent.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from secrets import randbits
from typing import Any

from dynscaling_nb.answers.extract import Extractor, extractor, reading_of
from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.answers.weights import vote_weight_by
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.stopping import stop_rule
from dynscaling_nb.cluster.coordinator import ClusterDriver
from dynscaling_nb.cluster.messages import ShardSpec
from dynscaling_nb.engine.estimate import confirmed
from dynscaling_nb.engine.run import Run
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import as_queries, check_budget
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.cached import CachedModel
from dynscaling_nb.models.openai.secrets import Secret
from dynscaling_nb.options import RunOptions
from dynscaling_nb.records import Query, Request
from dynscaling_nb.resolve import (
    check_options,
    equivalence_of,
    estimate_of,
    limits_of,
    model_of,
    plan_of,
    policy_of,
    store_of,
    template_of,
)
from dynscaling_nb.storage.listing import StoredRun
from dynscaling_nb.storage.recorder import RunRecorder, StoreCache, family_key, prompt_key
from dynscaling_nb.storage.sqlite import Store


def prepare(queries: Any, **options: Any) -> Run:
    """A run of these queries with the options of `RunOptions`, ready to begin.

    Nothing is spent. Raises `InputError`.
    """
    return build(queries, RunOptions.of(**options))


def build(queries: Any, options: RunOptions, api_key: Secret | None = None) -> Run:
    """A run of these queries with these options, ready to begin.

    `api_key` is used only for a model chosen by name. Nothing is spent. Raises `InputError`.
    """
    batch = read_queries(queries, options)
    check_budget(options.budget, len(batch))
    model = model_of(options, api_key)
    store = store_of(options, model)
    _check_limits(batch[0], options, model, store)
    confirmed(estimate_of(batch, options, model), options.confirm_above, options.confirm)
    model.check(batch)
    family = family_key(model, batch, plan_of(options), template_of(options))
    earlier = _earlier_run(store, options, batch, family)
    seed = earlier.seed if earlier else randbits(31) if options.seed is None else options.seed
    reader = AnswerReader(
        batch,
        extractor(options.extract),
        equivalence_of(options),
        vote_weight_by(options.vote_weight),
    )
    recorder = None
    if store is not None:
        canonical = [
            replace(query, gold=gold) for query, gold in zip(batch, reader.golds, strict=True)
        ]
        recorder = RunRecorder(
            store,
            earlier.id if earlier else None,
            queries=canonical,
            family=family,
            model=model.name,
            seed=seed,
        )
    return _assemble(batch, options, model, reader, recorder, earlier, seed)


def read_queries(queries: Any, options: RunOptions) -> list[Query]:
    """The queries, with the answers of their priors in canonical form. Raises `InputError`."""
    extract = extractor(options.extract)
    return [
        replace(query, prior=_read_prior(query, extract)) if query.prior else query
        for query in as_queries(queries)
    ]


def _read_prior(query: Query, extract: Extractor) -> dict[str, int]:
    reading, votes = reading_of(query, extract), Counter[str]()
    for answer, count in query.prior.items():
        votes[reading.value(answer)] += count
    return dict(votes)


def _check_limits(query: Query, options: RunOptions, model: Model, store: Store | None) -> None:
    """Raise `InputError` for options that do not go together."""
    check_options(options)
    limited = limits_of(options).limited
    if limited:
        model.bound(Request(query, template_of(options).parallel(query)))
    if options.in_memory == "answers" and store is None and options.depth:
        raise InputError(
            "in_memory='answers' reads the responses of a chain from a store: give store=PATH, or "
            "depth=0 for no chains",
            options.in_memory,
        )
    if options.cluster is None:
        return
    if limited or options.reuse or (options.in_memory == "answers" and store is None):
        raise InputError(
            "a cluster takes no token_limit, no cost_limit and no reuse, and in_memory='answers' "
            "only with a store; leave that option out"
        )


def _earlier_run(
    store: Store | None, options: RunOptions, queries: Sequence[Query], family: str
) -> StoredRun | None:
    """The stored run to resume, or None.

    Raises `UnknownName`, and `InputError` for a run of other queries or one with more responses
    than the budget.
    """
    if store is None or not options.resume:
        return None
    if options.resume is True:
        earlier = store.latest(family, options.seed)
    else:
        earlier = store.run(options.resume)
        texts = [(query.id, query.text) for query in store.queries(options.resume)]
        if texts != [(query.id, query.text) for query in queries]:
            raise InputError(
                f"run {options.resume} was of other questions; resume it with the same ones",
                options.resume,
            )
    if earlier is not None and earlier.spent > options.budget:
        raise InputError(
            f"the run to resume has {earlier.spent} responses already, more than the budget of "
            f"{options.budget}; raise it",
            options.budget,
        )
    return earlier


def _assemble(
    queries: Sequence[Query],
    options: RunOptions,
    model: Model,
    reader: AnswerReader,
    recorder: RunRecorder | None,
    earlier: StoredRun | None,
    seed: int,
) -> Run:
    """Put the parts of a run together."""
    ledger = Ledger(
        len(queries),
        options.budget,
        policy_of(options),
        plan_of(options),
        stop=stop_rule(options.stop),
        warmup=options.warmup,
        seed=seed,
        priors=[query.prior for query in queries],
    )
    history = recorder.store.responses(earlier.id) if recorder and earlier else ()
    source = model
    if options.reuse and recorder is not None:
        source = CachedModel(model, StoreCache(recorder.store), partial(_prompt, model))
    driver = None
    if options.cluster is not None:
        driver = _cluster_driver(queries, options, model, ledger.warmup, seed)
    return Run(
        queries,
        source,
        ledger,
        reader=reader,
        template=template_of(options),
        limits=limits_of(options),
        recorder=recorder,
        history=history,
        in_memory=options.in_memory,
        concurrency=options.concurrency,
        time_limit=options.time_limit,
        cancel_settled=options.cancel_settled,
        seed=seed,
        observers=options.observers,
        driver=driver,
    )


def _prompt(model: Model, request: Request) -> str:
    return prompt_key(model, request.messages)


def _cluster_driver(
    queries: Sequence[Query], options: RunOptions, model: Model, warmup: int, seed: int
) -> ClusterDriver:
    spec = ShardSpec(
        queries=queries,
        model=model,
        template=template_of(options),
        extract=extractor(options.extract),
        equivalence=equivalence_of(options),
        vote_weight=vote_weight_by(options.vote_weight),
        warmup=warmup,
        seed=seed,
        cancel_settled=options.cancel_settled,
    )
    return ClusterDriver(options.cluster, spec)
