"""From what a user says to a run that can begin: models, plans, limits, stores by their names, and all of it checked."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import randbits
from typing import Any

from dynscaling_nb.answers import extract as answers
from dynscaling_nb.answers.equivalence import Same, same_by
from dynscaling_nb.answers.extract import Reader
from dynscaling_nb.answers.judge import Judge
from dynscaling_nb.answers.reader import Reading
from dynscaling_nb.answers.weights import Weigh, weigh_by
from dynscaling_nb.bandit import policies
from dynscaling_nb.bandit.arms import Policy
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.chains import plan as chains
from dynscaling_nb.chains.plan import Pick, Template
from dynscaling_nb.cluster.coordinator import ClusterRun
from dynscaling_nb.cluster.worker import Part
from dynscaling_nb.engine.estimate import Estimate, confirmed, estimate
from dynscaling_nb.engine.limits import Purse
from dynscaling_nb.engine.run import Run
from dynscaling_nb.errors import InputError
from dynscaling_nb.events import Observer
from dynscaling_nb.inputs import as_queries, check_budget
from dynscaling_nb.models.abacus import AbacusModel
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.cached import SharedModel
from dynscaling_nb.models.openai.model import OpenAIModel
from dynscaling_nb.records import KEEPS, Keep, Messages, Prices, Query, Request
from dynscaling_nb.storage.recorder import Journal, Recorded, fingerprint, kinship
from dynscaling_nb.storage.sqlite import Kept, Store

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
    share: float = 0.5,
    pick: Pick = "random",
    kinds: Sequence[int] | None = None,
    warmup: int | None = None,
    settle: float | None = None,
    cut: bool = False,
    read: str | Reader = "auto",
    same: str | Same | Judge | None = None,
    weigh: str | Weigh = "equal",
    template: Template | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    tokens: int | None = None,
    money: float | None = None,
    prices: Prices | None = None,
    confirm_above: float | None = None,
    confirm: Callable[[Estimate], bool] | None = None,
    concurrency: int = CONCURRENCY,
    timeout: float = TIMEOUT,
    deadline: float | None = None,
    seed: int | None = None,
    store: str | Path | Store | None = "auto",
    resume: bool | str = False,
    reuse: bool = False,
    keep: Keep = "all",
    cluster: Any = None,
    observers: Sequence[Observer] = (),
) -> Run:
    """Answer a batch of queries under one budget of `budget` responses, spent where answers are still uncertain.

    `queries`: strings, dicts with `id`, `text` and optional `gold` and `prior`, `dn.Query` objects, in a list or from an iterator, a table
    with such columns, or the `Path` of a file (JSON lines, CSV, Parquet). `model`: a
    name on the server at `base_url` (OpenAI's if None), a model object, or None for the embedded one; `temperature` and `max_tokens` are
    for a model that is named. `policy`: a name or an object; `c` is the weight of exploration of the UCB forms.

    The first `parallel` responses to a query are independent; of those after them the share `share` is chained over `depth` earlier
    ones, `pick`ed as `Plan` says. With `kinds`, as (0, 2, 4), a bandit chooses how many earlier responses each one sees, in place of `depth`
    and `share` (see `Kinds`): for a query on its own. `warmup` responses go to every query before the policy starts (None: half of
    its mean share, from 1 to `parallel`). `settle`: leave a query alone once the chance that its runner-up is truly ahead is below this.

    With `cut` what is in flight for a query that has enough, by `settle` or a stopping rule, is given up and goes back into the budget; a
    model that is named then streams, so that the tokens it had written are known.

    `read`: how an answer is read from a text: `auto`, `number`, `choice`, `text`, `latex` or a function; `same`: which answers are one vote:
    equal ones (`exact`), those of one mathematical value (`latex`, the default where they are read so; needs the extra of that name), those
    of the same `words`, or a function of two answers, or a `Judge`. `weigh`: what a vote weighs: one each (`equal`), more where the model
    was surer (`logprob`), or a function of a `Completion`.

    `tokens` and `money` are further limits, the latter at `prices`, those of a million tokens in, out and, where it differs, in from the
    server's cache: the bound of each call is reserved before it is made, so they hold with any number in flight. They need `max_tokens`.
    Where the estimate goes above `confirm_above` in money, `confirm` is asked first. At most `concurrency` requests are in flight; an attempt
    may take `timeout` seconds, the run `deadline`. `seed` fixes every random choice of ours.

    `store`: where responses are put on disk before they are counted: a path, a `Store`, None for nowhere; by default the user's cache folder
    for models on a server. `resume`: go on from the latest run there of the same queries, model, plan and template, or from the one with
    that id; without one a new run begins. `reuse`: responses that any run there has drawn for a prompt are taken before new ones are drawn.
    `keep`: `all` responses in memory, or the `answers` alone, for a hundred thousand queries: responses are then read from the store when
    they are looked at. `cluster`: a `dask.distributed.Client` (needs the extra `dask`), whose workers draw the responses, each with
    `concurrency` requests in flight; see `ClusterRun`.

    `await arun(...)` and `run(...)` give the `Result`; `start(...)` a `Handle` at once, with the run in the background.

    Cancelling (Ctrl-C, a notebook's stop button) returns what was drawn, with `stopped="user"`, as the deadline does. An error of the
    server ends the run with what was drawn, `stopped="error"` and the message in `result.error`; it is raised (`ModelError`) only
    where nothing was drawn. Raises `InputError` for bad input, before anything is spent.
    """
    reader = answers.reader(read)
    asked = [
        replace(query, prior=_read_prior(query, reader)) if query.prior else query
        for query in as_queries(queries)
    ]
    chosen = policies.policy(policy, **({} if c is None else {"c": c}))
    settings = {"temperature": temperature, "max_tokens": max_tokens, "seed": seed}
    settings |= {"logprobs": weigh == "logprob" or None, "stream": cut or None}
    source = resolve(model, base_url=base_url, timeout=timeout, **settings)
    plan, words = chains.plan(parallel, depth, share, pick, kinds), template or Template()
    check_budget(budget, len(asked))
    if deadline is not None and not deadline > 0:
        raise InputError(f"deadline must be a positive number of seconds, got {deadline}", deadline)
    purse = Purse(tokens, money, prices)
    if purse.limited:
        _check_bound(source, words.parallel(asked[0]), asked[0])
    held = stored(source, store)
    if keep not in KEEPS:
        raise InputError(f"keep must be one of {', '.join(KEEPS)}, got {keep!r}", keep)
    if keep == "answers" and held is None and plan.depth:
        raise InputError(
            "keep='answers' reads the responses of a chain from a store: give store=PATH, or depth=0 for no chains",
            keep,
        )
    most = getattr(source, "max_tokens", None)
    found = estimate(
        asked, budget, plan, words, max_tokens=most, prices=purse.prices, tokens=tokens, money=money
    )
    confirmed(found, confirm_above, confirm)
    source.check(asked)
    kin = kinship(source, asked, plan, words)
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
        settle=settle,
        seed=seed,
        priors=[query.prior for query in asked],
    )
    compared, weighing = comparison(read, same), weigh_by(weigh)
    reading = Reading(asked, reader, compared, weighing)
    if reuse and held is not None:
        source = SharedModel(source, Recorded(held), partial(_prompt, source))
    journal = None
    if held is not None:
        named = [
            replace(query, gold=gold) for query, gold in zip(asked, reading.golds, strict=True)
        ]
        journal = Journal(
            held, kept.id if kept else None, queries=named, kin=kin, model=source.name, seed=seed
        )
    given: dict[str, Any] = {
        "reading": reading,
        "template": words,
        "purse": purse,
        "journal": journal,
        "resumed": resumed,
        "keep": keep,
        "concurrency": concurrency,
        "deadline": deadline,
        "cut": cut,
        "seed": seed,
        "observers": observers,
    }
    if cluster is None:
        return Run(asked, source, ledger, **given)
    _check_cluster(purse, reuse=reuse, readable=keep == "all" or held is not None)
    part = Part(asked, source, words, reader, compared, weighing, ledger.warmup, settle, seed, cut)
    return ClusterRun(asked, source, ledger, client=cluster, part=part, **given)


def _check_cluster(purse: Purse, *, reuse: bool, readable: bool) -> None:
    """Raise `InputError` for what holds on one machine only."""
    if purse.limited or reuse or not readable:
        raise InputError(
            "a cluster takes no limit in tokens or money and no reuse, and keep='answers' only with a store; leave that out"
        )


def stored(model: Model, store: str | Path | Store | None) -> Store | None:
    """The store that is meant: by default the one in the user's cache folder for a model that is paid for, and none for others."""
    if store == "auto":
        return Store() if getattr(model, "paid", False) else None
    return store if store is None or isinstance(store, Store) else Store(store)


def _earlier(
    store: Store, resume: bool | str, queries: Sequence[Query], kin: str, seed: int | None
) -> Kept | None:
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
    if not hasattr(model, "bound"):
        raise InputError(
            f"a budget in tokens or money needs a model with a method `bound`, which {model.name!r} has not",
            model.name,
        )
    model.bound(Request(query, messages))


def _prompt(model: Model, request: Request) -> str:
    return fingerprint(model, request.messages)


def _read_prior(query: Query, read: Reader) -> dict[str, int]:
    """A query's prior, its answers read as a response's would be."""
    votes: Counter[str] = Counter()
    for answer, count in query.prior.items():
        votes[answers.gold_answer(answer, read)] += count
    return dict(votes)


def comparison(read: str | Reader, same: str | Same | Judge | None) -> Same | Judge:
    """How answers are compared: as `same` says, else as befits how they are read."""
    if isinstance(same, Judge):
        return same
    return same_by(same or ("latex" if read == "latex" else "exact"))


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
