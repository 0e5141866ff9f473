"""Strategies side by side on the same samples."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dynscaling_nb.answers.equivalence import Equivalence
from dynscaling_nb.answers.extract import Extractor, extractor, reading_of
from dynscaling_nb.answers.judge import Judge
from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.answers.unread import UnreadNote, many, unread_note
from dynscaling_nb.answers.votes import is_right
from dynscaling_nb.answers.weights import vote_weight_by
from dynscaling_nb.bandit.arms import Floats
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.bandit.stopping import stop_rule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.engine.progress import SeriesProgress
from dynscaling_nb.engine.run import Run
from dynscaling_nb.errors import InputError
from dynscaling_nb.evaluation.comparison import Comparison, StrategyScore
from dynscaling_nb.evaluation.strategies import Strategy, strategy
from dynscaling_nb.events import Observer
from dynscaling_nb.inputs import as_queries
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.cached import CachedModel, ResponseCache
from dynscaling_nb.options import RunOptions
from dynscaling_nb.records import Completion, Prices, Query, Request, Response
from dynscaling_nb.resolve import equivalence_of, model_of
from dynscaling_nb.synchronous import synchronous

USUAL = ("self-consistency", "paper", "dynscaling")
BASELINE = "self-consistency"


async def acompare(
    queries: Any,
    strategies: Sequence[str | Strategy] = USUAL,
    budgets: Sequence[float] = (2, 4, 8),
    *,
    model: str | Model | Callable[[int], Model] | None = None,
    base_url: str | None = None,
    seeds: Sequence[int] = (0,),
    baseline: str | None = None,
    prices: Prices | None = None,
    cache: str | Path | None = None,
    extract: str | Extractor = "auto",
    equivalence: str | Equivalence | Judge | None = None,
    concurrency: int = RunOptions.concurrency,
    timeout: float = RunOptions.timeout,
) -> Comparison:
    """Run each strategy at each budget, once for each seed, on questions with gold answers.

    `await acompare(...)`, or `compare(...)` without `await`. For one seed, strategies that send the
    same prompt get the same responses in the same order. So each independent response is drawn
    once for all strategies; so is a chained one whose prompts agree.

    - `queries`, `base_url`, `extract`, `equivalence`, `concurrency`, `timeout`: as for `arun`.
    - `strategies`: names in `STRATEGIES`, or `Strategy` objects.
    - `budgets`: mean responses a question.
    - `model`: as for `arun`, or a function from a seed to a model.
    - `baseline`: the strategy that others are compared with. None means `self-consistency`, or the
      first one if that is not compared.
    - `prices`: of a million tokens, as for `arun`; the comparison then shows money.
    - `cache`: a file that gets every response before it counts, with its question and its answer,
      as a line of JSON. An interrupted comparison goes on from it.

    Raises `InputError` for bad input, and the model's error if a run ends with one.
    """
    questions = as_queries(queries)
    contenders = [strategy(which) for which in strategies]
    _check(questions, contenders, budgets, seeds)
    baseline = _baseline(baseline, [contender.name for contender in contenders])
    options = RunOptions(
        budget=1, base_url=base_url, timeout=timeout, extract=extract, equivalence=equivalence
    )
    models = _models(model, options, seeds, cache)
    setting = _Setting(questions, models, extractor(extract), equivalence_of(options), concurrency)
    trials = await _trials(setting, contenders, budgets, seeds)
    scores = tuple(_score(name, budget, each) for (name, budget), each in trials.items())
    note = _unread_note(trials)
    return Comparison(scores, baseline, len(questions), len(seeds), prices, note)


compare = synchronous(acompare)


@dataclass(frozen=True)
class _Setting:
    """What all strategies share: the questions, a model for each seed, how answers are read."""

    queries: Sequence[Query]
    models: Mapping[int, Model]
    extract: Extractor
    equivalence: Equivalence | Judge
    concurrency: int


class _Trial(NamedTuple):
    """One strategy at one budget and seed: which questions were `right`, 1 or 0, and its run."""

    right: Floats
    run: Run


def _check(
    queries: Sequence[Query],
    strategies: Sequence[Strategy],
    budgets: Sequence[float],
    seeds: Sequence[int],
) -> None:
    """Raise `InputError` for strategies, budgets or seeds that cannot be compared."""
    without = next((query for query in queries if query.gold is None), None)
    if without is not None:
        raise InputError(
            f"question {without.id!r} has no gold answer; to compare strategies each one needs it",
            without.id,
        )
    for name, values in (("strategies", strategies), ("budgets", budgets), ("seeds", seeds)):
        if not values:
            raise InputError(f"give at least one of {name}", values)
    low = next((budget for budget in budgets if not budget >= 1), None)
    if low is not None:
        raise InputError(f"a budget is mean responses a question, at least 1, got {low}", low)


def _baseline(name: str | None, names: Sequence[str]) -> str:
    """The name of the baseline. Raises `InputError` if it is not compared."""
    if name is None:
        return BASELINE if BASELINE in names else names[0]
    if name not in names:
        raise InputError(
            f"the baseline {name!r} is not among the strategies {', '.join(names)}", name
        )
    return name


def _models(
    model: str | Model | Callable[[int], Model] | None,
    options: RunOptions,
    seeds: Sequence[int],
    cache: str | Path | None,
) -> dict[int, Model]:
    """A model for each seed; all take their responses from one cache."""
    path = None if cache is None else Path(cache)
    responses = ResponseCache(path, _answer(extractor(options.extract)))
    models: dict[int, Model] = {}
    for seed in seeds:
        if callable(model):
            source = model(seed)
        else:
            source = model_of(replace(options, model=model, seed=seed))
        models[seed] = CachedModel(source, responses, _key(seed))
    return models


def _key(seed: int) -> Callable[[Request], str]:
    """The key of the cache for one seed: requests with the same key get the same responses."""

    def key(request: Request) -> str:
        prompt = [seed, request.query.id, request.query.text, list(request.messages)]
        return sha256(json.dumps(prompt).encode()).hexdigest()

    return key


def _answer(extract: Extractor) -> Callable[[Query, Completion], str | None]:
    """The answer of one response to a query, as the cache's file has it."""
    return lambda query, completion: reading_of(query, extract).read(0, completion)[0]


async def _trials(
    setting: _Setting,
    contenders: Sequence[Strategy],
    budgets: Sequence[float],
    seeds: Sequence[int],
) -> dict[tuple[str, float], list[_Trial]]:
    """The trials of each strategy at each budget, one for each seed."""
    trials: dict[tuple[str, float], list[_Trial]] = {}
    most = sum(round(budget * len(setting.queries)) for budget in budgets)
    with SeriesProgress(most * len(contenders) * len(seeds)) as progress:
        for contender, budget, seed in product(contenders, budgets, seeds):
            progress.begin(f"{contender.name} at {budget:g}")
            trial = await _complete(setting, contender, budget, seed, progress)
            trials.setdefault((contender.name, budget), []).append(trial)
    return trials


async def _complete(
    setting: _Setting, contender: Strategy, budget: float, seed: int, observer: Observer
) -> _Trial:
    """Run one strategy at one budget and seed. Raises the error of a run that ends with one."""
    queries, limit = setting.queries, contender.max_responses
    plan = contender.plan_for(budget)
    ledger = Ledger(
        len(queries),
        round(budget * len(queries)),
        policy(contender.policy),
        plan,
        stop=stop_rule(contender.stop),
        seed=seed,
        limits=None if limit is None else [limit] * len(queries),
    )
    weight = vote_weight_by(contender.vote_weight)
    run = Run(
        queries,
        setting.models[seed],
        ledger,
        reader=AnswerReader(queries, setting.extract, setting.equivalence, weight),
        template=contender.template,
        concurrency=setting.concurrency,
        seed=seed,
        observers=[observer],
    )
    await run.complete()
    if run.error is not None:
        raise run.error
    return _Trial(_right(contender, plan, run), run)


def _right(contender: Strategy, plan: Plan, run: Run) -> Floats:
    """1 for each question with a right answer, else 0."""
    if contender.decide == "vote":
        answers = run.ledger.leaders
    else:
        by_query: dict[str, list[Response]] = {query.id: [] for query in run.queries}
        for response in sorted(run.responses, key=lambda r: r.index):
            by_query[response.query_id].append(response)
        answers = [contender.answer(responses, plan) for responses in by_query.values()]
    pairs = zip(answers, run.golds, strict=True)
    return np.array([bool(is_right(answer, gold)) for answer, gold in pairs], dtype=np.float64)


def _score(name: str, budget: float, trials: Sequence[_Trial]) -> StrategyScore:
    questions = sum(len(trial.right) for trial in trials)  # of all seeds
    usages = [trial.run.usage for trial in trials]
    return StrategyScore(
        strategy=name,
        budget=budget,
        right=np.mean([trial.right for trial in trials], axis=0),
        responses=_drawn(trials) / questions,
        prompt_tokens=sum(usage.prompt_tokens for usage in usages) / questions,
        completion_tokens=sum(usage.completion_tokens for usage in usages) / questions,
        unread=_unread(trials) / _drawn(trials),
    )


def _unread_note(trials: Mapping[tuple[str, float], Sequence[_Trial]]) -> UnreadNote | None:
    """The note on the strategies of which many responses are unread, over all budgets and seeds."""
    by_name: dict[str, list[_Trial]] = {}
    for (name, _), each in trials.items():
        by_name.setdefault(name, []).extend(each)
    bad = {name: each for name, each in by_name.items() if many(_unread(each), _drawn(each))}
    of_bad = [trial for each in bad.values() for trial in each]
    responses = (r for trial in of_bad for r in trial.run.responses if r.answer is None)
    source = "" if len(bad) == len(by_name) else ", ".join(bad)
    return unread_note(_unread(of_bad), _drawn(of_bad), responses, source)


def _unread(trials: Iterable[_Trial]) -> int:
    return sum(trial.run.counts["unread"] for trial in trials)


def _drawn(trials: Iterable[_Trial]) -> int:
    return sum(trial.run.ledger.spent for trial in trials)
