"""Strategies side by side on the same samples, with intervals that say what is shown and what is not."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dynscaling_nb.answers import extract as answers
from dynscaling_nb.answers.equivalence import Equivalence
from dynscaling_nb.answers.extract import Extractor
from dynscaling_nb.answers.judge import Judge
from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.answers.weights import vote_weight_by
from dynscaling_nb.api import synchronous
from dynscaling_nb.bandit.arms import Floats
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.bandit.stopping import stop_rule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.engine.progress import counted_off
from dynscaling_nb.engine.run import Run
from dynscaling_nb.errors import InputError
from dynscaling_nb.evaluation.strategies import Strategy, strategy
from dynscaling_nb.formatting import counted, html
from dynscaling_nb.inputs import as_queries
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.cached import CachedModel, ResponseCache
from dynscaling_nb.options import RunOptions
from dynscaling_nb.records import Query, Request, Response, Usage
from dynscaling_nb.resolve import equivalence_of, model_of

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 2000
LEVEL = 0.95  # of an interval
USUAL = ("self-consistency", "paper", "dynscaling")


@dataclass(frozen=True)
class Outcome:
    """One strategy at one mean budget, over all seeds: `right` is the share of seeds in which each query was right, shape (queries,); the
    rest are means a query.
    """

    strategy: str
    budget: float
    right: Floats
    responses: float
    prompt_tokens: float
    completion_tokens: float

    @property
    def accuracy(self) -> float:
        """Share of right answers, in [0, 1]."""
        return float(self.right.mean())


@dataclass(frozen=True)
class Difference:
    """How far `strategy` is ahead of the baseline at a budget: in accuracy, with the ends of a paired bootstrap interval over queries."""

    strategy: str
    budget: float
    gain: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, repr=False)
class Comparison:
    """What `compare` found. Intervals are of 95 % and come from resampling the queries, the same ones for all strategies."""

    outcomes: tuple[Outcome, ...]
    baseline: str
    queries: int
    seeds: int
    prices: tuple[float, float] | None = None

    def rows(self) -> list[dict[str, Any]]:
        """One row for each strategy and budget: `strategy`, `budget` in mean responses a query, `accuracy` in [0, 1] with the ends of its
        interval `low` and `high`, and what a query took: `responses`, `prompt_tokens`, `completion_tokens`, `money` (None without prices).
        """
        picks = self._picks()
        rows = []
        for outcome in self.outcomes:
            low, high = _interval(outcome.right[picks].mean(axis=1))
            used = Usage(round(outcome.prompt_tokens * 1e6), round(outcome.completion_tokens * 1e6))
            rows.append(
                {
                    "strategy": outcome.strategy,
                    "budget": outcome.budget,
                    "accuracy": outcome.accuracy,
                    "low": low,
                    "high": high,
                    "responses": outcome.responses,
                    "prompt_tokens": outcome.prompt_tokens,
                    "completion_tokens": outcome.completion_tokens,
                    "money": None if self.prices is None else used.cost(self.prices) / 1e6,
                }
            )
        return rows

    def to_frame(self) -> "pd.DataFrame":
        """The rows as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def differences(self) -> list[Difference]:
        """Every other strategy against the baseline, at each budget."""
        picks = self._picks()
        base = {
            outcome.budget: outcome
            for outcome in self.outcomes
            if outcome.strategy == self.baseline
        }
        found = []
        for outcome in self.outcomes:
            if outcome.strategy != self.baseline:
                ahead = outcome.right - base[outcome.budget].right
                found.append(
                    Difference(
                        outcome.strategy,
                        outcome.budget,
                        float(ahead.mean()),
                        *_interval(ahead[picks].mean(axis=1)),
                    )
                )
        return found

    def needed(self) -> dict[str, float | None]:
        """Mean responses a query with which each strategy first has the baseline's best accuracy, between budgets by a straight line; None
        where it never has.
        """
        best = max(
            outcome.accuracy for outcome in self.outcomes if outcome.strategy == self.baseline
        )
        return {name: _first_reach(curve, best) for name, curve in self.curves().items()}

    def curves(self) -> dict[str, list[Outcome]]:
        """The outcomes of each strategy, by budget."""
        names = dict.fromkeys(outcome.strategy for outcome in self.outcomes)
        return {
            name: sorted((o for o in self.outcomes if o.strategy == name), key=lambda o: o.budget)
            for name in names
        }

    def summary(self) -> str:
        """In words: what is shown against the baseline, and what is not."""
        lines: dict[bool, list[str]] = {True: [], False: []}
        for found in self.differences():
            lines[found.shown].append(
                f"{found.strategy} at {found.budget:g}: {100 * found.gain:+.1f} points "
                f"({100 * LEVEL:.0f} % interval {100 * found.low:+.1f} to {100 * found.high:+.1f})"
            )
        size = (
            f"{counted(self.queries, 'query', 'queries')}, {counted(self.seeds, 'seed', 'seeds')}"
        )
        return (
            f"Against {self.baseline}, {size}, mean responses a query:\n"
            f"Shown: {'; '.join(lines[True]) or 'nothing'}.\nNot significant: {'; '.join(lines[False]) or 'nothing'}."
        )

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.curves())} strategies at {len(self.outcomes) // max(len(self.curves()), 1)} budgets>"

    def __str__(self) -> str:
        return f"{self.to_frame().to_string(index=False, float_format=lambda x: f'{x:.3f}')}\n\n{self.summary()}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and a notebook without HTML show."""
        printer.text("Comparison(...)" if cycle else str(self))

    def _repr_html_(self) -> str:
        """The table and the summary; names of strategies are escaped."""
        known = self.to_frame().dropna(axis="columns", how="all")
        shares = dict.fromkeys(("accuracy", "low", "high"), "{:.1%}".format)
        said = "".join(f"<p>{html(line)}</p>" for line in self.summary().splitlines())
        return (
            f"{known.to_html(index=False, formatters=shares, float_format='{:.4g}'.format)}{said}"
        )

    def _picks(self) -> Any:
        """Queries resampled with replacement, shape (resamples, queries)."""
        return np.random.default_rng(0).integers(self.queries, size=(RESAMPLES, self.queries))


async def acompare(
    queries: Any,
    strategies: Sequence[str | Strategy] = USUAL,
    budgets: Sequence[float] = (2, 4, 8),
    *,
    model: str | Model | Callable[[int], Model] | None = None,
    base_url: str | None = None,
    seeds: Sequence[int] = (0,),
    baseline: str | None = None,
    prices: tuple[float, float] | None = None,
    cache: str | Path | None = None,
    extract: str | Extractor = "auto",
    equivalence: str | Equivalence | Judge | None = None,
    concurrency: int = RunOptions.concurrency,
    timeout: float = RunOptions.timeout,
) -> Comparison:
    """Run each strategy at each of the `budgets`, mean responses a query, once for each seed, on queries with gold answers.

    For one seed strategies that ask the same are given the same responses in the same order: independent ones are drawn once for all, chained
    ones where their prompts agree. `strategies` are names of `STRATEGIES` or `Strategy` objects; `baseline` is one of them, else
    `self-consistency` or the first. `model` is as for `arun`, or a function from a seed to a model. With a `cache` file every response is on
    disk before it is counted, and a comparison that was cut off goes on where it was. `prices` are those of a million tokens in and
    out. Raises `InputError` for bad input, the model's error where it gives out.

    `await acompare(...)`, or `compare(...)`, which waits.
    """
    asked = as_queries(queries)
    chosen = [strategy(which) for which in strategies]
    _check(asked, chosen, budgets, seeds)
    names = [s.name for s in chosen]
    against = baseline or ("self-consistency" if "self-consistency" in names else names[0])
    if against not in names:
        raise InputError(
            f"the baseline {against!r} is none of the strategies {', '.join(names)}", against
        )
    reader = answers.extractor(extract)
    shared = RunOptions(
        budget=1, base_url=base_url, timeout=timeout, extract=extract, equivalence=equivalence
    )
    alike = equivalence_of(shared)
    drawn = ResponseCache(None if cache is None else Path(cache))
    sources = {
        seed: CachedModel(
            model(seed) if callable(model) else model_of(replace(shared, model=model, seed=seed)),
            drawn,
            _key(seed),
        )
        for seed in seeds
    }
    runs: dict[tuple[str, float], list[tuple[Floats, Run]]] = {}
    for s, budget, seed in counted_off(list(product(chosen, budgets, seeds)), "runs"):
        plan = s.plan_for(budget)
        limits = None if s.max_responses is None else [s.max_responses] * len(asked)
        ledger = Ledger(
            len(asked),
            round(budget * len(asked)),
            policy(s.policy),
            plan,
            stop=stop_rule(s.stop),
            seed=seed,
            limits=limits,
        )
        run = Run(
            asked,
            sources[seed],
            ledger,
            reader=AnswerReader(asked, reader, alike, vote_weight_by(s.vote_weight)),
            template=s.template,
            concurrency=concurrency,
            seed=seed,
        )
        await run.complete()
        if run.error is not None:
            raise run.error
        runs.setdefault((s.name, budget), []).append((_right(s, plan, run), run))
    outcomes = tuple(
        _outcome(name, budget, found, len(asked)) for (name, budget), found in runs.items()
    )
    return Comparison(outcomes, against, len(asked), len(seeds), prices)


compare = synchronous(acompare)


def _key(seed: int) -> Callable[[Request], str]:
    """Who is given the same: whoever asks the same of the same query, under the same seed."""

    def key(request: Request) -> str:
        said = json.dumps([seed, request.query.id, request.query.text, list(request.messages)])
        return sha256(said.encode()).hexdigest()

    return key


def _check(
    queries: Sequence[Query],
    strategies: Sequence[Strategy],
    budgets: Sequence[float],
    seeds: Sequence[int],
) -> None:
    without = next((query for query in queries if query.gold is None), None)
    if without is not None:
        raise InputError(
            f"query {without.id!r} has no gold answer; to compare strategies each query needs one",
            without.id,
        )
    for name, values in (("strategies", strategies), ("budgets", budgets), ("seeds", seeds)):
        if not values:
            raise InputError(f"give at least one of {name}", values)
    low = next((budget for budget in budgets if not budget >= 1), None)
    if low is not None:
        raise InputError(f"a budget is mean responses a query, at least 1, got {low}", low)


def _right(s: Strategy, plan: Plan, run: Run) -> Floats:
    """Whether each query came out right, 1 or 0."""
    if s.decide == "vote":
        found = run.ledger.leaders
    else:
        by_query: dict[str, list[Response]] = {query.id: [] for query in run.queries}
        for response in sorted(run.responses, key=lambda r: r.index):
            by_query[response.query_id].append(response)
        found = [s.answer(responses, plan) for responses in by_query.values()]
    return np.array(
        [answer == gold for answer, gold in zip(found, run.golds, strict=True)], dtype=np.float64
    )


def _outcome(
    name: str, budget: float, found: Sequence[tuple[Floats, Run]], queries: int
) -> Outcome:
    many = len(found) * queries
    return Outcome(
        strategy=name,
        budget=budget,
        right=np.mean([right for right, _ in found], axis=0),
        responses=sum(len(run.responses) for _, run in found) / many,
        prompt_tokens=sum(run.usage.prompt_tokens for _, run in found) / many,
        completion_tokens=sum(run.usage.completion_tokens for _, run in found) / many,
    )


def _interval(resampled: Floats) -> tuple[float, float]:
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _first_reach(curve: Sequence[Outcome], accuracy: float) -> float | None:
    before: Outcome | None = None
    for outcome in curve:
        if outcome.accuracy >= accuracy:
            if before is None or outcome.accuracy == before.accuracy:
                return outcome.responses
            part = (accuracy - before.accuracy) / (outcome.accuracy - before.accuracy)
            return before.responses + part * (outcome.responses - before.responses)
        before = outcome
    return None
