"""The course of a run, counted response by response: a live view and a finished result draw from the same table."""

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.answers.posterior import flip_probability
from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import UnknownName
from dynscaling_nb.formatting import line
from dynscaling_nb.records import Query, Response, State
from dynscaling_nb.storage.sqlite import StoredResponses

LABEL = 34  # characters of a query beside its bar
LONG = 160  # characters of a text in a tooltip
COLUMNS = 60  # steps of the run that a chart tells apart
NO_ANSWER = "no answer"


class RunHistory:
    """What is known of every query after the responses added so far.

    `rows` holds a table row for each query. Uncertainty is the flip probability, in [0, 1/2], 1/2 where there is no vote. Responses
    are kept here, but where they are `stored`: then they are read from there; or, without `keep`, nowhere.
    """

    def __init__(
        self,
        queries: Sequence[Query],
        golds: Sequence[str | None],
        stored: StoredResponses | None = None,
        *,
        keep: bool = True,
    ) -> None:
        self.queries = tuple(queries)
        self.votes = [Votes(query.prior) for query in queries]
        self.rows: list[dict[str, Any]] = [
            new_row(place, query) for place, query in enumerate(queries, start=1)
        ]
        self._golds = golds
        self._places = {query.id: i for i, query in enumerate(queries)}
        self._stored = stored
        self._keep = keep and stored is None
        self._kept: dict[int, list[Response]] = {}
        self._who = array("q")
        self._level = array("d")

    @classmethod
    def of(cls, result: Result) -> "RunHistory":
        """The course of a finished run."""
        course = cls(result.queries, result.golds)
        for response in result.responses:
            course.add(response)
        course.mark(result.states)
        return course

    @property
    def spent(self) -> int:
        """Responses added."""
        return len(self._who)

    def responses_to(self, place: int) -> list[Response]:
        """The responses to the query at this place, from 0, as they came."""
        return self._kept.get(place, []) if self._stored is None else self._stored.of(place)

    def place(self, query: str | Query) -> int:
        """The place of a query, from 0, by its id. Raises `UnknownName`."""
        id_ = query.id if isinstance(query, Query) else query
        if id_ not in self._places:
            raise UnknownName("query", str(id_), list(self._places))
        return self._places[id_]

    def add(self, response: Response) -> None:
        """Count a response."""
        i = self._places[response.query_id]
        row, votes = self.rows[i], self.votes[i]
        if self._keep:
            self._kept.setdefault(i, []).append(response)
        row[response.kind] += 1
        row["pulls"] += 1
        if response.answer is not None:
            votes.add(response.answer, depth=len(response.sources), weight=response.weight)
            row["uncertainty"] = round(float(flip_probability(*votes.top_two)), 3)
            if (leader := votes.leader) != row["leader"]:
                row["leader"], row["answer"] = leader, line(str(leader), LABEL)
                gold = self._golds[i]
                row["verdict"] = "" if gold is None else "right" if leader == gold else "wrong"
        else:
            votes.skip()
        self._who.append(i)
        self._level.append(row["uncertainty"])

    def mark(self, states: Sequence[State]) -> None:
        """Say of every query whether it is open, settled or failed."""
        for row, state in zip(self.rows, states, strict=True):
            row["state"] = state

    def levels(
        self, places: Sequence[int] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Uncertainty over the course of the run: the numbers of responses drawn at the ends of at most 60 equal steps, shape
        (steps,), and the uncertainty of each query at these places (None: of all) in each step, shape (places, steps), NaN before
        its first response.
        """
        places = range(len(self.rows)) if places is None else places
        row_of = np.full(len(self.rows), -1, np.int64)
        row_of[list(places)] = np.arange(len(places))
        rows = row_of[np.array(self._who)]
        these = (rows >= 0).nonzero()[0]
        steps = max(min(COLUMNS, self.spent), 1)
        ends = np.linspace(0, self.spent, steps + 1).round().astype(np.int64)[1:]
        known = np.full((len(places), steps + 1), -1, np.int64)  # which response a level is from
        known[rows[these], np.searchsorted(ends, these, side="right") + 1] = (
            these  # of several, numpy keeps the last
        )
        known = np.maximum.accumulate(known, axis=1)[:, 1:]
        levels = np.append(np.asarray(self._level), np.nan)  # the last stands for "none yet"
        return ends, levels[known]


def new_row(place: int, query: Query) -> dict[str, Any]:
    """The row of a query without responses."""
    return {
        "place": place,
        "query": line(query.text, LONG),
        "label": f"{place}. {line(query.text, LABEL)}",
        "parallel": 0,
        "chained": 0,
        "pulls": 0,
        "leader": None,
        "answer": NO_ANSWER,
        "uncertainty": 0.5,
        "verdict": "",
        "state": "open",
    }
