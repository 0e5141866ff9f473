"""Recorded answers in place of a model: runs that cost nothing and can be repeated by a whole class."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np

from dynscaling_nb.errors import Exhausted, InputError
from dynscaling_nb.models.base import Model, Sampler
from dynscaling_nb.records import Completion, Query, Request


class ReplayModel(Model, Sampler):
    """Answers each query with its recorded answers, shuffled by `seed`, each given once.

    `answers` maps a query id to the answers that were drawn for it, None for one that could not be read. A chained pull gets a
    recorded answer like any other: what a chain would have done is not in the recording.
    """

    name = "replay"

    def __init__(self, answers: dict[str, Sequence[str | None]], *, seed: int = 0) -> None:
        orders = {
            id_: np.random.default_rng([seed, i]).permutation(len(given))
            for i, (id_, given) in enumerate(answers.items())
        }
        self._answers = {id_: [given[k] for k in orders[id_]] for id_, given in answers.items()}

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` for a query that is not in the recording."""
        for query in queries:
            if query.id not in self._answers:
                raise InputError(
                    f"query {query.id!r} is not among the {len(self._answers)} recorded ones",
                    query.id,
                )

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ReplayModel"]:
        """Itself: there is nothing to connect to."""
        yield self

    async def generate(self, request: Request) -> list[Completion]:
        """The recorded answer number `request.index`. Raises `Exhausted` where the recording ends."""
        given = self._answers[request.query.id]
        if request.index >= len(given):
            raise Exhausted(
                f"query {request.query.id!r} has only {len(given)} recorded answers",
                request.query.id,
            )
        answer = given[request.index]
        return [Completion("" if answer is None else f"The answer is {answer}.")]
