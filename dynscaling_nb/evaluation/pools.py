"""Pools: questions with many recorded answers each, from which allocations are replayed."""

import gzip
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import parse

MOST_BYTES = 500_000_000  # of an unpacked pool: a small file can unpack to more than any memory


@dataclass(frozen=True)
class RecordedQuery:
    """One question of a pool.

    - `answers`: the recorded answers, None for a response without one.
    - `prior`: votes before the first response, as for a `Query`.
    - `tokens`: the length of each response; () if the pool does not record it.
    """

    id: str
    gold: str
    answers: tuple[str | None, ...]
    prior: Mapping[str, int] = field(default_factory=dict)
    tokens: tuple[float, ...] = ()

    @property
    def mode(self) -> str | None:
        """The most frequent recorded answer; in a tie the one recorded first."""
        counts = Counter(answer for answer in self.answers if answer is not None)
        return counts.most_common(1)[0][0] if counts else None


def read_pool(path: str | Path) -> list[RecordedQuery]:
    """A pool from JSON lines, gzipped or not.

    A line is `{"id", "gold", "answers": [...]}`, with `"tokens": [...]` if the lengths of the
    responses are known. An empty answer stands for a response without one. Raises `InputError`
    that names the file and, if a line is bad, its number.
    """
    path = Path(path)
    lines = enumerate(_text(path).splitlines(), start=1)
    pool = [_recorded(path, number, line) for number, line in lines if line.strip()]
    if not pool:
        raise InputError(f"the pool {path} holds no questions", str(path))
    return pool


def _text(path: Path) -> str:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) <= MOST_BYTES:
            return raw.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the pool {path}: {error}", str(path)) from error
    raise InputError(
        f"the pool {path} holds more than {MOST_BYTES // 10**6} MB; split it", str(path)
    )


def _recorded(path: Path, number: int, line: str) -> RecordedQuery:
    try:
        row = parse(line)
        answers = tuple(str(answer) or None for answer in row["answers"])
        tokens = _lengths(row.get("tokens"), len(answers))
        return RecordedQuery(str(row["id"]), str(row["gold"]), answers, tokens=tokens)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f'{path}, line {number}: expected {{"id", "gold", "answers": [...]}} and '
            f'"tokens" with a number for each answer, if any; got {line[:60]!r}',
            number,
        ) from error


def _lengths(tokens: Any, responses: int) -> tuple[float, ...]:
    """The lengths of a question's responses. Raises `ValueError` unless there is one for each."""
    if tokens is None:
        return ()
    if len(tokens) != responses or not all(0 <= length < inf for length in tokens):
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
