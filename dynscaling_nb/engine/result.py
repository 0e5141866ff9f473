"""The finished run as values, rows, text and HTML. Knows nothing of charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dynscaling_nb.engine.run import Run
from dynscaling_nb.formatting import counted, html, line, plain, table
from dynscaling_nb.inputs import answer_lines
from dynscaling_nb.models.openai.throttle import in_words
from dynscaling_nb.records import Query, Response, State, Stopped, Usage
from dynscaling_nb.storage.sqlite import StoredResponses

if TYPE_CHECKING:
    import pandas as pd

LONG = 60  # characters of a query that a table shows
RIGHT = (2, 3)  # columns of figures
MOST_ROWS = 40  # of a table; with more queries it shows the least certain ones
REASONS = {
    "budget": "the budget is spent",
    "settled": "no query needs more",
    "user": "stopped by the user",
    "error": "ended by an error",
}


@dataclass(frozen=True, repr=False)
class Result:
    """What a run found. `answers`, `confidence`, `pulls`, `golds`, `correct`, `states` hold one value a query, in the order of `queries`.

    `confidence` in [0, 1] is the posterior probability that the answer is the one the model gives most often, against its runner-up, with
    a prior learned from the whole batch; it says how sure the *vote* is, not that the answer is true. `golds` are the gold answers as an
    answer would read, `correct` says whether the answer is the gold one; both are None where none is known. A state is `settled` where
    the chance that the runner-up is ahead is small, `failed` where calls failed until the query was set aside, else `open`. `independent_pulls`
    says how many of the pulls were independent ones. `responses` are all that were drawn, in the order they came back, read from the
    store where a run kept its answers alone (none without one); `counts` says how many were `unread`, `truncated`, `refused` or `reused`,
    and pulls that were `cancelled`; `judge_usage` is what calls of a `Judge` used beside them. `run` is the id under which a store keeps it,
    `resumed` how many responses an earlier process had drawn; `cost` is what it cost at the prices that were given, None without. `time`
    is in seconds.
    """

    queries: tuple[Query, ...]
    answers: list[str | None]
    confidence: list[float]
    pulls: list[int]
    golds: list[str | None]
    correct: list[bool | None]
    states: list[State]
    independent_pulls: list[int]
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
    server_notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run) -> "Result":
        """The result of a run that has ended."""
        ledger = run.ledger
        answers = ledger.leaders
        return cls(
            queries=run.queries,
            answers=answers,
            confidence=[round(c, 4) for c in ledger.confidence],
            pulls=ledger.done.tolist(),
            golds=run.golds,
            correct=[
                None if gold is None else answer == gold
                for answer, gold in zip(answers, run.golds, strict=True)
            ],
            states=ledger.states,
            independent_pulls=ledger.parallel.tolist(),
            responses=run.responses
            if run.keep == "answers" and run.journal
            else tuple(run.responses if run.keep == "all" else ()),
            counts=dict(run.tally),
            usage=run.usage,
            stopped=run.stopped or "error",
            budget=ledger.budget,
            model=run.model.name,
            policy=ledger.policy.name,
            seed=run.seed,
            time=run.time,
            error=None if run.error is None else str(run.error),
            failures=run.failures,
            judge_usage=run.judging,
            run=None if run.journal is None else run.journal.run,
            resumed=run.resumed,
            cost=None if run.purse.prices is None else run.purse.money,
            server_notes=(
                *(["the deadline of the run passed"] if run.late else []),
                *(
                    ["the limit in tokens or money leaves no room for another call"]
                    if run.broke
                    else []
                ),
                *in_words(run.server_stats),
            ),
        )

    @property
    def spent(self) -> int:
        """Responses drawn."""
        return sum(self.pulls)

    @property
    def accuracy(self) -> float | None:
        """Share of right answers among the queries with a gold one, in [0, 1]; None where there is none."""
        known = [c for c in self.correct if c is not None]
        return sum(known) / len(known) if known else None

    def responses_to(self, query_id: str) -> list[Response]:
        """All responses to one query, by their index."""
        if isinstance(self.responses, StoredResponses):
            place = next(
                (place for place, query in enumerate(self.queries) if query.id == query_id), -1
            )
            return sorted(self.responses.of(place), key=lambda r: r.index)
        return sorted((r for r in self.responses if r.query_id == query_id), key=lambda r: r.index)

    def rows(self) -> list[dict[str, Any]]:
        """One row a query: `id`, `query`, `answer`, `confidence`, `pulls`, `parallel`, `chained`, `state`, `gold`, `correct`."""
        columns = zip(
            self.queries,
            self.answers,
            self.confidence,
            self.pulls,
            self.independent_pulls,
            self.states,
            self.correct,
            strict=True,
        )
        return [
            {
                "id": q.id,
                "query": q.text,
                "answer": a,
                "confidence": c,
                "pulls": n,
                "parallel": p,
                "chained": n - p,
                "state": s,
                "gold": q.gold,
                "correct": ok,
            }
            for q, a, c, n, p, s, ok in columns
        ]

    def to_frame(self) -> "pd.DataFrame":
        """The rows as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def summary(self) -> str:
        """One line: how much was spent on what, why it ended, how much is right."""
        parts = [
            f"{self.spent} of {self.budget} responses over {counted(len(self.queries), 'query', 'queries')} in {self.time:.1f} s",
            f"model {self.model}",
            f"policy {self.policy}",
            REASONS[self.stopped] + (f": {plain(self.error)}" if self.error else ""),
        ]
        if self.accuracy is not None:
            known = [c for c in self.correct if c is not None]
            parts.insert(1, f"{sum(known)} of {len(known)} right")
        if self.failures:
            parts.append(f"{counted(self.failures, 'call', 'calls')} failed")
        if self.resumed:
            parts.append(f"{self.resumed} drawn before")
        if self.cost is not None:
            parts.append(f"cost {self.cost:.4g}")
        return " · ".join(parts)

    def report(self) -> str:
        """What happened, in words, a sentence a line: what was spent, retried, failed, refused, left out, and how long it took."""
        usage, queries = self.usage, counted(len(self.queries), "query", "queries")
        spent = f"{counted(self.spent, 'response', 'responses')} of {self.budget} over {queries} in {self.time:.1f} s"
        used = f"used: {usage.prompt_tokens:,} tokens in, {usage.completion_tokens:,} out"
        sent = (
            f"{counted(usage.requests, 'request', 'requests')}, {usage.retries} of them sent anew"
        )
        lines = [
            f"{spent}, by policy {self.policy}, from model {plain(self.model)}: {REASONS[self.stopped]}",
            f"{used}, {sent}" if self.cost is None else f"{used}, {sent}, {self.cost:.4g} in money",
            *self._events(),
            *self.server_notes,
        ]
        return "\n".join(f"{line[0].upper()}{line[1:]}." for line in lines)

    def _events(self) -> list[str]:
        """What a report says only where it happened."""
        aside = [
            query.id
            for query, state in zip(self.queries, self.states, strict=True)
            if state == "failed"
        ]
        judging = self.judge_usage.requests
        unread, cut, refused, reused = (
            self.counts.get(mark, 0) for mark in ("unread", "truncated", "refused", "reused")
        )
        saved = self.counts.get("cancelled", 0)
        said = {
            f"ended by: {plain(self.error or '')}": self.error,
            f"run {self.run}: {counted(self.resumed, 'response', 'responses')} had been drawn before it was taken up again": self.resumed,
            f"{counted(reused, 'response', 'responses')} came from the store and were not drawn anew": reused,
            f"{counted(self.failures, 'pull', 'pulls')} failed and went back into the budget": self.failures,
            f"set aside after failing again and again: {', '.join(map(plain, aside))}": aside,
            f"{counted(unread, 'response', 'responses')} held no answer that could be read, and cast no vote": unread,
            f"{counted(cut, 'response', 'responses')} cut off at the token limit": cut,
            f"{counted(saved, 'pull', 'pulls')} given up in flight, since the query had enough, and returned to the budget": saved,
            f"{counted(refused, 'response', 'responses')} refused, filtered or calls of a tool": refused,
            f"judging which answers mean the same took {counted(judging, 'request', 'requests')} beside the budget": judging,
        }
        return [line for line, happened in said.items() if happened]

    def __repr__(self) -> str:
        return f"<Result: {self.summary()}>"

    def __str__(self) -> str:
        return f"{table(*self._table(), right=RIGHT)}\n{self._caption()}"

    def to_html(self) -> str:
        """The table and the summary; every text of a user, a model or a server is escaped."""
        head, rows = self._table()
        cells = "".join(
            f"<th scope='col' style='text-align:{'right' if i in RIGHT else 'left'}'>{html(h)}</th>"
            for i, h in enumerate(head)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f"<td style='text-align:{'right' if i in RIGHT else 'left'}'>{html(c)}</td>"
                for i, c in enumerate(row)
            )
            + "</tr>"
            for row in rows
        )
        return (
            f"<table><caption style='caption-side:bottom;text-align:left'>{html(self._caption())}</caption>"
            f"<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
        )

    _repr_html_ = to_html

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and a notebook without HTML show."""
        printer.text("Result(...)" if cycle else str(self))

    def save(self, path: str | Path) -> None:
        """Write the answers, `{"id", "answer", "confidence", "pulls"}` in the order of the queries: as JSON lines, or as Parquet (needs
        pyarrow) where the file is named so.
        """
        if Path(path).suffix == ".parquet":
            self.to_frame()[["id", "answer", "confidence", "pulls"]].to_parquet(path, index=False)
            return
        lines = answer_lines(self.queries, self.answers, self.confidence, self.pulls)
        Path(path).write_text(lines, encoding="utf-8")

    def _table(self) -> tuple[list[str], list[list[str]]]:
        scored = self.accuracy is not None
        shown = (
            sorted(self.rows(), key=lambda row: row["confidence"])[:MOST_ROWS]
            if len(self.queries) > MOST_ROWS
            else self.rows()
        )
        head = ["query", "answer", "confidence", "pulls", *(["right?"] if scored else [])]
        rows = [
            [
                line(row["query"], LONG),
                "no answer" if row["answer"] is None else line(row["answer"], LONG),
                f"{row['confidence']:.0%}",
                str(row["pulls"]),
                *([_verdict(row)] if scored else []),
            ]
            for row in shown
        ]
        return head, rows

    def _caption(self) -> str:
        rest = (
            f"the {MOST_ROWS} least certain queries; `to_frame()` has all"
            if len(self.queries) > MOST_ROWS
            else ""
        )
        return " · ".join(filter(None, [self.summary(), rest]))


def _verdict(row: dict[str, Any]) -> str:
    if row["correct"] is None:
        return ""
    return "✓ right" if row["correct"] else f"✗ wrong, it is {line(str(row['gold']), LONG)}"
