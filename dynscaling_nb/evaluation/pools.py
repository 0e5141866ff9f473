"""Pools: questions with many recorded answers each, from which allocations are replayed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Any

from dynscaling_nb.answers.extract import Extractor, extractor, gold_answer
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.cells import is_list, is_missing, is_number, text_of
from dynscaling_nb.inputs.columns import Columns
from dynscaling_nb.inputs.files import Row, json_rows
from dynscaling_nb.inputs.golds import golds_of
from dynscaling_nb.inputs.texts import read_text
from dynscaling_nb.records import one_or_several, right_answers

RECORDED = "answers"  # the name of what was recorded, in a line of a pool
FORM = '{"id", "gold", "answers": [...]} and "tokens" with a number for each answer, if any'


@dataclass(frozen=True)
class RecordedQuery:
    """One question of a pool.

    - `gold`: the right answer, several of which each is right, or None if none is known.
    - `answers`: the recorded answers, None for a response without one.
    - `prior`: votes before the first response, as for a `Query`.
    - `tokens`: the length of each response; () if the pool does not record it.
    """

    id: str
    gold: str | Sequence[str] | None
    answers: tuple[str | None, ...]
    prior: Mapping[str, int] = field(default_factory=dict)
    tokens: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "gold", one_or_several(self.gold))

    @property
    def golds(self) -> tuple[str, ...]:
        """All right answers; () if none is known."""
        return right_answers(self.gold)

    @property
    def mode(self) -> str | None:
        """The most frequent recorded answer; in a tie the one recorded first."""
        counts = Counter(answer for answer in self.answers if answer is not None)
        return counts.most_common(1)[0][0] if counts else None


def read_pool(path: str | Path, *, extract: str | Extractor = "auto") -> list[RecordedQuery]:
    """A pool from JSON lines or a JSON list, gzipped or not.

    A line is `{"id", "gold", "answers": [...]}`, with `"tokens": [...]` if the lengths of the
    responses are known. An empty answer, null and NaN stand for a response without one; a null
    `gold` for a question without a right answer that is known. Answers are brought into canonical
    form by `extract`, as in a run, so 4.0 and "4" are one. Raises `InputError` that names the file
    and the line.
    """
    path = Path(path)
    reader = extractor(extract)
    canonical = lru_cache(maxsize=100_000)(lambda answer: gold_answer(answer, reader))
    pool = [_recorded(path, row, canonical) for row in json_rows(path, read_text(path), FORM)]
    if not pool:
        raise InputError(f"the pool {path} holds no questions", str(path))
    return pool


def _recorded(path: Path, row: Row, canonical: Callable[[str], str]) -> RecordedQuery:
    """The question in a row. Raises `InputError`."""
    try:
        cells = dict(row.cells)
        answers = cells.pop(RECORDED)
        if not is_list(answers):
            raise ValueError(f"{RECORDED!r} is no list")
        texts = [None if is_missing(answer) else canonical(text_of(answer)) for answer in answers]
        golds = [canonical(gold) for gold in golds_of(Columns(cells), None)]
        lengths = _lengths(cells.get("tokens"), len(texts))
        return RecordedQuery(text_of(cells["id"]), golds, tuple(texts), tokens=lengths)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}, {row.place}: expected {FORM}; got {str(row.cells)[:60]!r}", row.place
        ) from error


def _lengths(tokens: Any, responses: int) -> tuple[float, ...]:
    """The lengths of a question's responses. Raises `ValueError` unless there is one for each."""
    if tokens is None:
        return ()
    if len(tokens) != responses or not all(is_number(t) and 0 <= t < inf for t in tokens):
        raise ValueError("not one length for each answer")
    return tuple(tokens)


def check_tokens(pool: Sequence[RecordedQuery]) -> None:
    """Raise `InputError` unless the length of every response of the pool is known."""
    for question in pool:
        if len(question.tokens) != len(question.answers):
            raise InputError(
                "a budget in tokens needs a pool that records `tokens`, a number for each answer; "
                f"question {question.id!r} does not: add them, or give unit='responses'",
                question.id,
            )
