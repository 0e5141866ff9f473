"""Earlier runs: the runs in a store, and their results."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dynscaling_nb.engine.books import marks
from dynscaling_nb.engine.result import Result
from dynscaling_nb.engine.values import Standing
from dynscaling_nb.errors import InputError, StoreError
from dynscaling_nb.records import Keep, Response, Usage
from dynscaling_nb.storage.listing import Runs
from dynscaling_nb.storage.sqlite import Store


def runs(store: str | Path | Store | bool | None = None) -> Runs:
    """The runs in a store, the latest first.

    `store` is a path or a `Store`; None and True are the default file in the user's cache folder.
    """
    return open_store(store).runs()


def load(
    run: str, store: str | Path | Store | bool | None = None, *, in_memory: Keep = "all"
) -> Result:
    """The result of a run in a store, by its id; it may have been interrupted.

    Answers are as they were read then. With `in_memory="answers"` responses are read from disk when
    they are used. Raises `UnknownName` for an unknown run, `StoreError` for a file that cannot be
    used.
    """
    source = open_store(store)
    info, queries, stored = source.run(run), source.queries(run), source.responses(run)
    places = {query.id: place for place, query in enumerate(queries)}
    pairs: list[tuple[int, Response]] = []
    usage, counts, seconds = Usage(), Counter[str](), 0.0
    for response in stored:
        if response.query_id not in places:
            break
        pairs.append((places[response.query_id], response))
        usage += response.usage
        counts.update(marks(response))
        seconds = max(seconds, response.at)
    if not queries or len(pairs) < len(stored):
        raise StoreError(
            f"{source.path} holds a run {run} whose questions and responses do not fit together",
            run,
        )
    responses: Sequence[Response] = stored
    if in_memory == "all":
        responses = tuple(response for _, response in pairs)
    return Result.from_records(
        queries,
        [query.shown_gold for query in queries],
        Standing.of_responses(queries, pairs),
        responses,
        usage=usage,
        stopped=info.stopped or "user",
        budget=info.budget,
        model=info.model,
        policy=info.policy,
        seed=info.seed,
        time=seconds,
        error=info.error,
        run=run,
        counts=dict(counts),
    )


def open_store(store: str | Path | Store | bool | None) -> Store:
    """The store. Raises `InputError` for False, which means no store."""
    if store is False:
        raise InputError("store=False holds no runs; name a file, or leave store out", store)
    if store is None or store is True:
        return Store()
    return store if isinstance(store, Store) else Store(store)
