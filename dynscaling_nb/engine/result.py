"""The result of a run, for users. It knows nothing of charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dynscaling_nb.answers.votes import is_right
from dynscaling_nb.engine import report
from dynscaling_nb.engine.run import Run
from dynscaling_nb.engine.values import ResultValues, Standing
from dynscaling_nb.inputs import answer_lines
from dynscaling_nb.models.base import server_notes
from dynscaling_nb.questions import QuestionName, index_of
from dynscaling_nb.records import Gold, Query, Response
from dynscaling_nb.storage.sqlite import StoredResponses

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Result(ResultValues):
    """The result of a run. The first ten fields hold one value a question, in their order.

    Attributes:
        queries: the questions.
        answers: the answer with the most votes, None if no response had a readable one.
        confidence: in [0, 1], the posterior probability that the answer is the model's most
            frequent one, against its runner-up. The prior is learned from the whole batch. It says
            how sure the *vote* is, not that the answer is true.
        pulls: number of responses.
        golds: gold answers in canonical form, several of which each is right, or None.
        correct: whether the answer is the gold one, None without a gold answer.
        states: `settled` if the chance that the runner-up is ahead is small, `failed` if the
            question was set aside after failed calls, else `open`.
        independent_pulls: number of independent responses.
        unread: number of responses without a readable answer; they cast no vote.
        readings: what is voted on: `numbers`, `letters`, `words`, `mathematics`, or
            `own function`; None where that is not known, as in a run from a store or on a cluster.
        responses: all responses in the order in which they came. A run with only answers in memory
            reads them from its store; without a store this is empty.
        counts: responses that were `unread`, `truncated`, `refused` or `reused`, pulls `cancelled`.
        usage, judge_usage: tokens and requests of the run, and those of its `Judge`.
        cost: at the prices of the run, None without prices.
        run, resumed: the id in the store, and the number of responses from an earlier process.
        time: in seconds.
        late: whether its time limit ended the run; `stopped` is then `user`.
        server_notes: sentences on limits that were reached, and on events at the server.
    """

    @classmethod
    def from_records(
        cls,
        queries: Sequence[Query],
        golds: list[Gold],
        standing: Standing,
        responses: Sequence[Response],
        readings: Sequence[str | None] | None = None,
        **details: Any,
    ) -> "Result":
        """A result from the standing of each question; `details` are the other fields."""
        correct = [
            is_right(answer, gold) for answer, gold in zip(standing.answers, golds, strict=True)
        ]
        return cls(
            queries=tuple(queries),
            answers=standing.answers,
            confidence=standing.confidence,
            pulls=standing.pulls,
            golds=golds,
            correct=correct,
            states=standing.states,
            independent_pulls=standing.independent_pulls,
            unread=standing.unread,
            readings=[None] * len(queries) if readings is None else list(readings),
            responses=responses,
            **details,
        )

    @classmethod
    def of(cls, run: Run) -> "Result":
        """The result of a run that has ended."""
        responses: Sequence[Response] = ()
        if run.in_memory == "all":
            responses = tuple(run.responses)
        elif run.recorder is not None:
            responses = run.recorder.responses
        notes = server_notes(run.server_stats)
        if run.limits.exhausted:
            notes = ["the limit in tokens or money leaves no room for another call", *notes]
        return cls.from_records(
            run.queries,
            run.golds,
            Standing.of_ledger(run.ledger),
            responses,
            run.reader.readings,
            usage=run.usage,
            stopped=run.stopped or "error",
            budget=run.ledger.budget,
            model=run.model.name,
            policy=run.ledger.policy.name,
            seed=run.seed,
            time=run.time,
            error=None if run.error is None else str(run.error),
            failures=run.failures,
            judge_usage=run.judge_usage,
            run=None if run.recorder is None else run.recorder.run,
            resumed=run.resumed,
            cost=None if run.limits.prices is None else run.limits.cost,
            late=run.late,
            server_notes=tuple(notes),
            counts=dict(run.counts),
        )

    def responses_to(self, question: QuestionName) -> list[Response]:
        """All responses to one question, by their index.

        The question is named by its id, its place from 1, or its text. Raises `UnknownName`.
        """
        place = index_of(self.queries, question)
        if isinstance(self.responses, StoredResponses):
            own = self.responses.of(place)
        else:
            id_ = self.queries[place].id
            own = [response for response in self.responses if response.query_id == id_]
        return sorted(own, key=lambda response: response.index)

    def to_frame(self) -> "pd.DataFrame":
        """The rows as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def save(self, path: str | Path) -> None:
        """Write `id`, `answer`, `confidence` and `pulls` of each question, in their order.

        A path that ends in `.parquet` gets Parquet (needs pyarrow), any other JSON lines.
        """
        if Path(path).suffix == ".parquet":
            self.to_frame()[["id", "answer", "confidence", "pulls"]].to_parquet(path, index=False)
            return
        lines = answer_lines(self.queries, self.answers, self.confidence, self.pulls)
        Path(path).write_text(lines, encoding="utf-8")

    def summary(self) -> str:
        """One line: the responses spent, right answers, and why the run ended."""
        return report.summary(self)

    def report(self) -> str:
        """The run in sentences, one a line."""
        return report.report(self)

    def to_html(self) -> str:
        """The table and the summary; every text of a user, a model or a server is escaped."""
        return report.as_html(self)

    _repr_html_ = to_html

    def __repr__(self) -> str:
        return f"<Result: {self.summary()}>"

    def __str__(self) -> str:
        return report.as_text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The text that IPython and a notebook without HTML show."""
        printer.text("Result(...)" if cycle else str(self))
