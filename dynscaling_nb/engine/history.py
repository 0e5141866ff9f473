"""Runs of the past: which ones a store holds, and what they found."""

from dataclasses import replace
from pathlib import Path

from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import Uniform
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.engine.result import Result
from dynscaling_nb.engine.run import Run
from dynscaling_nb.errors import StoreError
from dynscaling_nb.models.scripted import ScriptedModel
from dynscaling_nb.records import Keep
from dynscaling_nb.storage.recorder import RunRecorder
from dynscaling_nb.storage.sqlite import Runs, Store


def runs(store: str | Path | Store | None = None) -> Runs:
    """The runs that a store holds, the latest first: a path or a `Store`, by default that in the user's cache folder."""
    return _store(store).runs()


def load(run: str, store: str | Path | Store | None = None, *, in_memory: Keep = "all") -> Result:
    """The result of a run that a store holds, by its id; of one that was cut off, what it has so far. See `runs`.

    Answers are as they were read then. With `in_memory="answers"` alone it leaves the responses on disk until they are looked at. Raises
    `UnknownName` for a run that is not there, `StoreError` for a file that cannot be used.
    """
    held = _store(store)
    kept, queries, responses = held.run(run), held.queries(run), held.responses(run)
    places = {query.id: place for place, query in enumerate(queries)}
    misfit = StoreError(
        f"{held.path} holds a run {run} whose queries and responses do not fit together", run
    )
    if not queries:
        raise misfit
    ledger = Ledger(
        len(queries),
        max(len(responses), len(queries)),
        Uniform(),
        priors=[query.prior for query in queries],
    )
    reading = AnswerReader(queries, lambda text: None)
    journal = RunRecorder(held, run)
    past = Run(
        queries,
        ScriptedModel({}),
        ledger,
        reading=reading,
        template=Template(),
        journal=journal,
        seed=kept.seed,
        keep=in_memory,
    )
    for response in responses:
        if response.query_id not in places:
            raise misfit
        past.take(places[response.query_id], response)
    past.stopped = kept.stopped or "user"
    return replace(
        Result.of(past), budget=kept.budget, model=kept.model, policy=kept.policy, error=kept.error
    )


def _store(store: str | Path | Store | None) -> Store:
    return store if isinstance(store, Store) else Store(store)
