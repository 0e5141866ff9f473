"""Recorded answers in place of a model, for runs that cost nothing and can be repeated exactly."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np

from dynscaling_nb.errors import Exhausted, InputError
from dynscaling_nb.models.base import Model, Sampler
from dynscaling_nb.questions import entry_of
from dynscaling_nb.records import Completion, Query, Request


class ReplayModel(Model, Sampler):
    """A model that gives each query its recorded answers, shuffled by `seed`, each answer once.

    `answers`: recorded answers by a query's id or text, None for a response without an answer. A
    chained pull gets a recorded answer like any other, since a recording cannot tell what a chain
    would answer.
    """

    name = "replay"

    def __init__(self, answers: dict[str, Sequence[str | None]], *, seed: int = 0) -> None:
        self._answers: dict[str, list[str | None]] = {}
        for place, (query_id, recorded) in enumerate(answers.items()):
            order = np.random.default_rng([seed, place]).permutation(len(recorded))
            self._answers[query_id] = [recorded[k] for k in order]

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` for a query that is not in the recording."""
        for query in queries:
            if entry_of(self._answers, query) is None:
                raise InputError(
                    f"question {query.id!r} is not among the {len(self._answers)} recorded ones",
                    query.id,
                )

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ReplayModel"]:
        """The model itself: it has no connections."""
        yield self

    async def generate(self, request: Request) -> list[Completion]:
        """The recorded answer number `request.index`. Raises `Exhausted` beyond the last one."""
        recorded = entry_of(self._answers, request.query) or []
        if request.index >= len(recorded):
            raise Exhausted(
                f"question {request.query.id!r} has only {len(recorded)} recorded answers",
                request.query.id,
            )
        answer = recorded[request.index]
        return [Completion("" if answer is None else f"The answer is {answer}.")]
