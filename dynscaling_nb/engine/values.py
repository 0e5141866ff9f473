"""The values of a finished run, and the standing of each question. No tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from dynscaling_nb.answers.posterior import confidences, flip_probability
from dynscaling_nb.answers.unread import UnreadNote, unread_note
from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.stopping import SETTLED
from dynscaling_nb.records import Gold, Query, Response, State, Stopped, Usage
from dynscaling_nb.storage.sqlite import StoredResponses


@dataclass(frozen=True)
class Standing:
    """The standing of each question: lists with one value a question, in their order."""

    answers: list[str | None]
    confidence: list[float]
    pulls: list[int]
    independent_pulls: list[int]
    unread: list[int]
    states: list[State]

    @classmethod
    def of_ledger(cls, ledger: Ledger) -> "Standing":
        """The standing by the ledger of a run."""
        return cls(
            ledger.leaders,
            [round(value, 4) for value in ledger.confidence],
            ledger.done.tolist(),
            ledger.parallel.tolist(),
            [votes.unread for votes in ledger.votes],
            ledger.states,
        )

    @classmethod
    def of_responses(
        cls, queries: Sequence[Query], responses: Sequence[tuple[int, Response]]
    ) -> "Standing":
        """The standing by recorded responses, each with the place of its query."""
        votes = [Votes(query.prior) for query in queries]
        pulls, independent = [0] * len(queries), [0] * len(queries)
        for place, response in responses:
            pulls[place] += 1
            independent[place] += response.kind == "parallel"
            votes[place].add(response.answer, depth=len(response.sources), weight=response.weight)
        counts = [cast.top_two if cast.cast else (0, 0) for cast in votes]
        leader, runner_up = np.array(counts, np.int64).T
        settled = flip_probability(leader, runner_up) < SETTLED
        return cls(
            [cast.leader for cast in votes],
            [round(value, 4) for value in confidences(leader, runner_up).tolist()],
            pulls,
            independent,
            [cast.unread for cast in votes],
            ["settled" if done else "open" for done in settled],
        )


@dataclass(frozen=True, repr=False)
class ResultValues:
    """The fields of a `Result`, which explains them, and values that follow from them."""

    queries: tuple[Query, ...]
    answers: list[str | None]
    confidence: list[float]
    pulls: list[int]
    golds: list[Gold]
    correct: list[bool | None]
    states: list[State]
    independent_pulls: list[int]
    unread: list[int]
    readings: list[str | None]
    responses: Sequence[Response]
    usage: Usage
    stopped: Stopped
    budget: int
    model: str
    policy: str
    seed: int
    time: float
    error: str | None = None
    failures: int = 0
    judge_usage: Usage = field(default_factory=Usage)
    run: str | None = None
    resumed: int = 0
    cost: float | None = None
    late: bool = False
    server_notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def spent(self) -> int:
        """Responses drawn."""
        return sum(self.pulls)

    @cached_property
    def unread_note(self) -> UnreadNote | None:
        """How many responses could not be read, one of them, and what to try.

        None if they are at most a tenth of the responses.
        """
        return unread_note(sum(self.unread), self.spent, self._unread_responses())

    def _unread_responses(self) -> Iterator[Response]:
        """The responses without a readable answer; empty if no texts were kept."""
        responses: Iterable[Response] = self.responses
        if isinstance(self.responses, StoredResponses):
            places = (place for place, count in enumerate(self.unread) if count)
            responses = chain.from_iterable(map(self.responses.of, places))
        return (response for response in responses if response.answer is None)

    @property
    def accuracy(self) -> float | None:
        """Share of right answers among questions with a gold answer; None without gold answers."""
        verdicts = [right for right in self.correct if right is not None]
        return sum(verdicts) / len(verdicts) if verdicts else None

    def rows(self) -> list[dict[str, Any]]:
        """One row a question.

        Its columns are `id`, `question`, `answer`, `confidence`, `pulls`, `independent`, `chained`,
        `unread`, `reading`, `state`, `gold` and `correct`.
        """
        return [
            {
                "id": query.id,
                "question": query.text,
                "answer": self.answers[place],
                "confidence": self.confidence[place],
                "pulls": self.pulls[place],
                "independent": self.independent_pulls[place],
                "chained": self.pulls[place] - self.independent_pulls[place],
                "unread": self.unread[place],
                "reading": self.readings[place],
                "state": self.states[place],
                "gold": query.shown_gold,
                "correct": self.correct[place],
            }
            for place, query in enumerate(self.queries)
        ]
