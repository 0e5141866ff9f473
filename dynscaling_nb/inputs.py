"""What users hand over as queries, turned into records: strings, dicts, Query objects, tables, JSON lines."""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Query

TEXT_NAMES = ("text", "question", "query", "prompt")
GOLD_NAMES = ("gold", "answer", "target")


def as_queries(given: Any) -> list[Query]:
    """Queries from strings, mappings with `id`, `text` and optional `gold`, `Query` objects, in any iterable, a Series or a DataFrame with
    such columns, or the `Path` of a file.

    An id that is missing is the place in the list, from 1. Raises `InputError` for an empty list, a blank text or an id given twice.
    """
    if isinstance(given, Path):
        return read_file(given)
    queries = [as_query(item, place) for place, item in enumerate(_items(given), start=1)]
    if not queries:
        raise InputError("there are no queries: pass at least one question", given)
    seen: set[str] = set()
    for query in queries:
        if query.id in seen:
            raise InputError(
                f"the id {query.id!r} is given to more than one query; ids must differ", query.id
            )
        seen.add(query.id)
    return queries


def _items(given: Any) -> Iterable[Any]:
    if isinstance(given, str | Query):
        return [given]
    if hasattr(given, "to_dict") and hasattr(given, "columns"):
        rows: list[dict[str, Any]] = given.to_dict(orient="records")
        return rows
    if isinstance(given, Mapping):
        return [given]
    if isinstance(given, Iterable):
        return given
    raise InputError(f"queries must be a list of questions, got {type(given).__name__}", given)


def as_query(item: Any, place: int) -> Query:
    """One query, as `as_queries` takes them; without an id of its own it goes by its `place`. Raises `InputError`."""
    if isinstance(item, str):
        item = {"text": item}
    elif isinstance(item, Query):
        item = item.to_json()
    if not isinstance(item, Mapping):
        raise InputError(
            f"query {place} must be a string, a dict or a Query, got {type(item).__name__}", item
        )
    text = next((item[name] for name in TEXT_NAMES if name in item), None)
    if not isinstance(text, str):
        raise InputError(f"query {place} has no text: give it as 'text', got {list(item)}", item)
    if not text.strip():
        raise InputError(f"query {place} is blank; write a question or leave it out", text)
    gold = next(
        (item[name] for name in GOLD_NAMES if name in item and not _missing(item[name])), None
    )
    id_ = item.get("id")
    return Query(
        str(place if _missing(id_) else id_),
        text.strip(),
        None if gold is None else str(gold),
        _prior(item.get("prior"), place),
    )


def _prior(given: Any, place: int) -> dict[str, int]:
    """Votes for each answer, from a mapping or one answer that counts once. Raises `InputError`."""
    if _missing(given):
        return {}
    if isinstance(given, str):
        return {given: 1}
    if not isinstance(given, Mapping) or not all(
        isinstance(n, Integral) and int(n) > 0 for n in given.values()
    ):
        raise InputError(
            f'the prior of query {place} must be votes for each answer, as {{"42": 2}}, got {given!r}',
            given,
        )
    return {str(answer): int(votes) for answer, votes in given.items()}


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124  a table's empty cell


def budget_option(text: str) -> int:
    """A budget as typed in a shell or behind a magic. Raises argparse's error, which both show as one line."""
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(
            f"budget must be a positive whole number of responses, got {text!r}"
        )
    return int(text)


def kinds_option(text: str) -> tuple[int, ...]:
    """Depths as typed in a shell or behind a magic, `0,2,4`. Raises argparse's error."""
    if not all(part.isdecimal() for part in text.split(",")):
        raise ArgumentTypeError(
            f"kinds must be whole numbers of earlier responses with commas between, as 0,2,4, got {text!r}"
        )
    return tuple(int(part) for part in text.split(","))


def prices_option(text: str) -> tuple[float, ...]:
    """Prices as typed in a shell or behind a magic, `0.15,0.60` or `0.15,0.60,0.075`. Raises argparse's error."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) not in (2, 3):
        raise ArgumentTypeError(
            f"prices must be two or three numbers with commas between, IN,OUT or IN,OUT,CACHED, got {text!r}"
        )
    return found


def check_budget(budget: Any, queries: int) -> None:
    """Raise `InputError` unless `budget` is a whole number of responses, at least one for each of the `queries`."""
    if isinstance(budget, bool) or not isinstance(budget, Integral) or budget <= 0:
        raise InputError(
            f"budget must be a positive whole number of responses, got {budget!r}", budget
        )
    if queries < 1:
        raise InputError("there are no queries: pass at least one question", queries)
    if budget < queries:
        raise InputError(
            f"budget {budget} is smaller than the {queries} queries: each needs at least one response; "
            f"raise it to {queries} or more, or ask fewer queries",
            budget,
        )


def read_lines(text: str) -> list[str]:
    """One query a line; blank lines and lines that begin with `#` are skipped."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def parse(text: str) -> Any:
    """The value of a JSON text. Raises `ValueError`, also for one that is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_file(path: str | Path) -> list[Query]:
    """Queries from a file: a table where it ends in `.csv` or `.parquet`, else JSON lines. Raises `InputError` that names the file."""
    path = Path(path)
    if path.suffix not in (".csv", ".parquet"):
        return read_jsonl(path)
    import pandas as pd

    try:
        return as_queries(
            pd.read_csv(path, dtype=str) if path.suffix == ".csv" else pd.read_parquet(path)
        )
    except InputError as error:
        raise InputError(f"{path}: {error}", error.value) from error
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"cannot read {path}: {' '.join(str(error).split())[:200]}", str(path)
        ) from error


def read_jsonl(path: str | Path) -> list[Query]:
    """Queries from a file of JSON lines. Raises `InputError` that names the file, and the line where one is bad."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or error}", str(path)
        ) from error
    rows: list[Mapping[str, Any]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = parse(line)
            as_query(row, number)
        except ValueError as error:  # bad JSON, or an InputError
            reason = error if isinstance(error, InputError) else f"not JSON: {line[:60]!r}"
            raise InputError(
                f'{path}, line {number}: {reason}; expected {{"id", "text", "gold"?}}', number
            ) from error
        rows.append(row)
    return as_queries(rows)


def answer_lines(
    queries: Sequence[Query],
    answers: Sequence[str | None],
    confidence: Sequence[float],
    pulls: Sequence[int],
) -> str:
    """The JSON lines of a finished run: `{"id", "answer", "confidence", "pulls"}`, in the order of the queries."""
    rows = zip(queries, answers, confidence, pulls, strict=True)
    return "".join(
        json.dumps({"id": q.id, "answer": a, "confidence": c, "pulls": n}, ensure_ascii=False)
        + "\n"
        for q, a, c, n in rows
    )
