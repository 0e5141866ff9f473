"""The history of a run, counted response by response.

A live run and a finished result are counted in the same way, so both draw from the same rows.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.answers.posterior import flip_probability
from dynscaling_nb.answers.votes import Votes, is_right
from dynscaling_nb.engine.result import Result
from dynscaling_nb.formatting import line
from dynscaling_nb.records import Gold, Query, Response, State
from dynscaling_nb.storage.sqlite import StoredResponses

Row = dict[str, Any]
Rows = list[Row]

MAX_LABELLED = 40  # questions that get a labelled row each; more get a thin column each
MAX_SHOWN = 1000  # questions that are shown one by one, in charts and in lists
CONTESTED = 20  # questions that stand for all of a run with more than MAX_SHOWN
LABEL = 34  # characters of a question beside its bar
LONG = 160  # characters of a text in a tooltip
STEPS = 60  # stretches of the run that a chart tells apart
NO_ANSWER = "no answer"
STATES: tuple[State, ...] = get_args(State)

Order = Literal["as asked", "responses", "flip probability", "state"]
ORDERS: Mapping[Order, Callable[[Row], float]] = {
    "as asked": lambda row: row["place"],
    "responses": lambda row: -row["pulls"],
    "flip probability": lambda row: -row["flip_probability"],
    "state": lambda row: STATES.index(row["state"]),
}


class Levels(NamedTuple):
    """Flip probabilities over the course of a run.

    `ends`: responses drawn at the end of each step, shape (steps,). `values`: the flip probability
    of each question in each step, shape (questions, steps), NaN before its first response.
    """

    ends: NDArray[np.int64]
    values: NDArray[np.float64]


class Place(NamedTuple):
    """A question to draw: its index in the run, `query`, and its `rank` in the chart, from 0."""

    query: int
    rank: int


class RunHistory:
    """The state of every question after the responses added so far.

    `rows` holds a table row for each question, see `new_row`. The history keeps the responses in
    memory, unless `keep` is false. With `stored` it reads them from there instead.
    """

    def __init__(
        self,
        queries: Sequence[Query],
        golds: Sequence[Gold],
        stored: StoredResponses | None = None,
        *,
        keep: bool = True,
    ) -> None:
        self.queries = tuple(queries)
        self.votes = [Votes(query.prior) for query in queries]
        self.rows: Rows = [new_row(place, query) for place, query in enumerate(queries, start=1)]
        self._golds = golds
        self._places = {query.id: i for i, query in enumerate(queries)}
        self._stored = stored
        self._keep = keep and stored is None
        self._responses: dict[int, list[Response]] = {}
        # one element a response: the index of its query, and the flip probability after it
        self._query_of = array("q")
        self._flips = array("d")

    @classmethod
    def of(cls, result: Result) -> "RunHistory":
        """The history of a finished run."""
        history = cls(result.queries, result.golds)
        for response in result.responses:
            history.add(response)
        history.mark(result.states)
        return history

    @property
    def spent(self) -> int:
        """Responses added."""
        return len(self._query_of)

    def responses_to(self, index: int) -> list[Response]:
        """The responses to the question at this index, in the order they came."""
        if self._stored is not None:
            return self._stored.of(index)
        return self._responses.get(index, [])

    def unread_responses(self) -> Iterator[Response]:
        """The responses without a readable answer; empty if no texts are kept."""
        for index, votes in enumerate(self.votes):
            if votes.unread:
                yield from (r for r in self.responses_to(index) if r.answer is None)

    def add(self, response: Response) -> None:
        """Count a response."""
        i = self._places[response.query_id]
        row, votes = self.rows[i], self.votes[i]
        if self._keep:
            self._responses.setdefault(i, []).append(response)
        row[response.kind] += 1
        row["pulls"] += 1
        votes.add(response.answer, depth=len(response.sources), weight=response.weight)
        self._show_votes(i)
        self._query_of.append(i)
        self._flips.append(row["flip_probability"])

    def revise(self, index: int, answers: Mapping[int, str | None]) -> None:
        """Change answers of the question at this index, by the place of their responses."""
        responses = self._responses.get(index, [])
        for place, answer in answers.items():
            if place < len(responses):
                responses[place] = replace(responses[place], answer=answer)
        self.votes[index].revise(answers)
        self._show_votes(index)

    def _show_votes(self, index: int) -> None:
        """Bring the row of a question up to date with its votes."""
        row, votes = self.rows[index], self.votes[index]
        row["flip_probability"] = round(float(flip_probability(*votes.top_two)), 3)
        if (leader := votes.leader) != row["leader"]:
            row["leader"] = leader
            row["answer"] = answer_label(leader)
            row["verdict"] = verdict(leader, self._golds[index])

    def mark(self, states: Sequence[State]) -> None:
        """Set the state of every question: open, settled or failed."""
        for row, state in zip(self.rows, states, strict=True):
            row["state"] = state

    def places(self, order: Order = "as asked") -> list[Place]:
        """All questions, each with its rank in this order; a high number gets a low rank."""
        key = ORDERS[order]
        indices = sorted(range(len(self.rows)), key=lambda i: (key(self.rows[i]), i))
        ranks = [0] * len(indices)
        for rank, index in enumerate(indices):
            ranks[index] = rank
        return [Place(index, rank) for index, rank in enumerate(ranks)]

    def levels(self, indices: Sequence[int]) -> Levels:
        """Flip probabilities of these questions, in at most 60 equal steps of the run."""
        row_of = np.full(len(self.rows), -1, np.int64)
        row_of[list(indices)] = np.arange(len(indices))
        rows = row_of[np.array(self._query_of)]
        numbers = (rows >= 0).nonzero()[0]  # of the responses to these questions
        steps = max(min(STEPS, self.spent), 1)
        ends = np.linspace(0, self.spent, steps + 1).round().astype(np.int64)[1:]
        # latest[q, s]: number of the last response to question q by step s, -1 before the first.
        # If one step has several, numpy keeps the last one that is assigned.
        latest = np.full((len(indices), steps + 1), -1, np.int64)
        latest[rows[numbers], np.searchsorted(ends, numbers, side="right") + 1] = numbers
        latest = np.maximum.accumulate(latest, axis=1)[:, 1:]
        flips = np.append(np.asarray(self._flips), np.nan)  # index -1 stands for "no response yet"
        return Levels(ends, flips[latest])


def new_row(place: int, query: Query) -> Row:
    """The row of a question without responses. `place` counts from 1.

    `flip_probability` is the chance that the runner-up is truly ahead of the leader, in [0, 1/2].
    It is 1/2 without votes.
    """
    return {
        "place": place,
        "question": line(query.text, LONG),
        "label": f"{place}. {line(query.text, LABEL)}",
        "parallel": 0,
        "chained": 0,
        "pulls": 0,
        "leader": None,
        "answer": NO_ANSWER,
        "flip_probability": 0.5,
        "verdict": "",
        "state": "open",
    }


def answer_label(answer: str | None) -> str:
    """An answer as a chart shows it."""
    return NO_ANSWER if answer is None else line(str(answer), LABEL)


def verdict(answer: str | None, gold: Gold) -> str:
    """`right` or `wrong`; an empty text without a gold answer."""
    return {True: "right", False: "wrong", None: ""}[is_right(answer, gold)]
