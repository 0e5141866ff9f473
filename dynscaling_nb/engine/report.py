"""A finished run in words and as a table.

Every text of a user, a model or a server is made safe to show.
"""

from collections import Counter
from typing import Any, NamedTuple

from dynscaling_nb.engine.values import ResultValues
from dynscaling_nb.formatting import counted, html_table, line, plain, table

LONG = 60  # characters of a question that a table shows
FIGURES = (2, 3)  # columns of numbers, which are right-aligned
MOST_ROWS = 40  # of a table; with more questions it shows the least certain ones
OWN = "own function"  # the reading of a user's own extractor
REASONS = {
    "budget": "the budget is spent",
    "settled": "no question needs more",
    "user": "stopped by the user",
    "error": "ended by an error",
}


class Table(NamedTuple):
    """A heading and rows of texts."""

    head: list[str]
    rows: list[list[str]]


def reason(result: ResultValues) -> str:
    """Why the run ended, in words."""
    if result.late and result.stopped == "user":
        return "the time limit of the run has passed"
    return REASONS[result.stopped]


def summary(result: ResultValues) -> str:
    """One line: the responses spent and unread, right answers, model, policy, why the run ended."""
    questions = counted(len(result.queries), "question", "questions")
    parts = [f"{result.spent} of {result.budget} responses over {questions} in {result.time:.1f} s"]
    if result.accuracy is not None:
        verdicts = [right for right in result.correct if right is not None]
        parts.append(f"{sum(verdicts)} of {len(verdicts)} right")
    if result.unread_note is not None:
        parts.append(f"{result.unread_note.count} unread")
    error = f": {plain(result.error)}" if result.error else ""
    parts += [
        f"model {result.model}",
        f"policy {result.policy}",
        f"{reason(result)}{error}",
    ]
    if result.failures:
        parts.append(f"{counted(result.failures, 'call', 'calls')} failed")
    if result.resumed:
        parts.append(f"{result.resumed} drawn before")
    if result.cost is not None:
        parts.append(f"cost {result.cost:.4g}")
    return " · ".join(parts)


def report(result: ResultValues) -> str:
    """The run in sentences, one a line: spending, readings, unread responses, failures."""
    usage, questions = result.usage, counted(len(result.queries), "question", "questions")
    responses = counted(result.spent, "response", "responses")
    spent = (
        f"{responses} of {result.budget} over {questions} in {result.time:.1f} s, "
        f"by policy {result.policy}, from model {plain(result.model)}: {reason(result)}"
    )
    used = (
        f"used: {usage.prompt_tokens:,} tokens in, {usage.completion_tokens:,} out, "
        f"{counted(usage.requests, 'request', 'requests')}, {usage.retries} of them repeated"
    )
    if result.cost is not None:
        used += f", {result.cost:.4g} in money"
    votes = readings_in_words(result)
    read = [f"answers read {votes}"] if votes else []
    sentences = [_sentence(each) for each in (spent, used, *read)]
    sentences += _unread(result)
    sentences += [_sentence(each) for each in (*_happenings(result), *result.server_notes)]
    return "\n".join(sentences)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _happenings(result: ResultValues) -> list[str]:
    """The sentences of a report about what happened in this run only."""

    def responses(count: int) -> str:
        return counted(count, "response", "responses")

    failed = [
        plain(query.id)
        for query, state in zip(result.queries, result.states, strict=True)
        if state == "failed"
    ]
    truncated, refused, reused, cancelled = (
        result.counts.get(mark, 0) for mark in ("truncated", "refused", "reused", "cancelled")
    )
    judged = result.judge_usage.requests
    sentences: list[tuple[object, str]] = [
        (result.error, f"ended by: {plain(result.error or '')}"),
        (
            result.resumed,
            f"run {result.run} was resumed: {responses(result.resumed)} had been drawn before",
        ),
        (reused, f"{responses(reused)} came from the store and were not drawn again"),
        (
            result.failures,
            f"{counted(result.failures, 'pull', 'pulls')} failed and went back into the budget",
        ),
        (failed, f"set aside after repeated failures: {', '.join(failed)}"),
        (truncated, f"{responses(truncated)} cut off at the token limit"),
        (
            cancelled,
            f"{counted(cancelled, 'pull', 'pulls')} cancelled in flight, since the question had "
            "enough, and returned to the budget",
        ),
        (refused, f"{responses(refused)} refused, filtered or calls of a tool"),
        (
            judged,
            f"the judge compared answers with {counted(judged, 'request', 'requests')} "
            "beside the budget",
        ),
    ]
    return [sentence for happened, sentence in sentences if happened]


def _unread(result: ResultValues) -> list[str]:
    """The unread responses: all that is known of many of them, the number of a few."""
    if result.unread_note is not None:
        return result.unread_note.sentences
    count = sum(result.unread)
    few = f"{counted(count, 'response', 'responses')} could not be read, and cast no vote."
    return [few] if count else []


def readings_in_words(result: ResultValues) -> str:
    """What is voted on, such as `as numbers`; an empty text if that is not known."""
    counts = Counter(reading for reading in result.readings if reading is not None)
    if len(counts) == 1:
        return _reading(*counts)
    return ", ".join(
        f"{_reading(reading)} for {counted(count, 'question', 'questions')}"
        for reading, count in counts.most_common()
    )


def _reading(reading: str) -> str:
    return f"by {OWN}" if reading == OWN else f"as {reading}"


def as_text(result: ResultValues) -> str:
    """The note on unread responses, the table and the caption as text."""
    shown = answer_table(result)
    note = "" if result.unread_note is None else f"{result.unread_note.text}\n\n"
    return f"{note}{table(shown.head, shown.rows, right=FIGURES)}\n{caption(result)}"


def as_html(result: ResultValues) -> str:
    """The note on unread responses, the table and the caption as HTML."""
    shown = answer_table(result)
    note = "" if result.unread_note is None else result.unread_note.html
    return f"{note}{html_table(shown.head, shown.rows, FIGURES, caption(result))}"


def answer_table(result: ResultValues) -> Table:
    """Question, answer, confidence and responses.

    A column has the reading of each question if they differ, and one the verdicts on answers if
    there are gold ones.
    """
    rows = result.rows()
    if len(rows) > MOST_ROWS:
        rows = sorted(rows, key=lambda row: row["confidence"])[:MOST_ROWS]
    head = ["question", "answer", "confidence", "responses"]
    cells = [_cells(row) for row in rows]
    if len(set(result.readings)) > 1:
        head.append("read as")
        cells = [[*cell, row["reading"] or ""] for cell, row in zip(cells, rows, strict=True)]
    if result.accuracy is not None:
        head.append("right?")
        cells = [[*cell, _verdict(row)] for cell, row in zip(cells, rows, strict=True)]
    return Table(head, cells)


def caption(result: ResultValues) -> str:
    """The summary, the reading of all answers, and a note if the table leaves questions out."""
    parts = [summary(result)]
    if len(set(result.readings)) == 1 and result.readings[0] is not None:
        parts.append(f"answers read {readings_in_words(result)}")
    if len(result.queries) > MOST_ROWS:
        parts.append(f"the {MOST_ROWS} least certain questions; `to_frame()` has all")
    return " · ".join(parts)


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        line(row["question"], LONG),
        "no answer" if row["answer"] is None else line(row["answer"], LONG),
        f"{row['confidence']:.0%}",
        str(row["pulls"]),
    ]


def _verdict(row: dict[str, Any]) -> str:
    if row["correct"] is None:
        return ""
    return "✓ right" if row["correct"] else f"✗ wrong, it is {line(str(row['gold']), LONG)}"
