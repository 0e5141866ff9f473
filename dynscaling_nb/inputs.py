"""Questions as users hand them over, made into queries: strings, dicts, tables, files."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Query

TEXT_NAMES = ("text", "question", "query", "prompt")
GOLD_NAMES = ("gold", "answer", "target")


def as_queries(source: Any) -> list[Query]:
    """Queries from strings, mappings or `Query` objects, from a table, or from a file's `Path`.

    A mapping has `id`, `text` and optional `gold` and `prior`; so do the columns of a DataFrame. A
    query without an id gets its place, from 1. Raises `InputError` for an empty list, a blank text
    or an id that occurs twice.
    """
    if isinstance(source, Path):
        return read_file(source)
    queries = [as_query(item, place) for place, item in enumerate(_items(source), start=1)]
    if not queries:
        raise InputError("there are no questions: pass at least one", source)
    ids: set[str] = set()
    for query in queries:
        if query.id in ids:
            raise InputError(f"the id {query.id!r} has more than one question", query.id)
        ids.add(query.id)
    return queries


def _items(source: Any) -> Iterable[Any]:
    if isinstance(source, str | Query | Mapping):
        return [source]
    if hasattr(source, "to_dict") and hasattr(source, "columns"):  # a DataFrame of any library
        rows: list[dict[str, Any]] = source.to_dict(orient="records")
        return rows
    if isinstance(source, Iterable):
        return source
    raise InputError(f"questions must be a list, got {type(source).__name__}", source)


def as_query(item: Any, place: int) -> Query:
    """One query, from an item of `as_queries`. Raises `InputError`.

    A query without an id gets its `place` as id.
    """
    if isinstance(item, str):
        item = {"text": item}
    elif isinstance(item, Query):
        item = item.to_json()
    if not isinstance(item, Mapping):
        kind = type(item).__name__
        raise InputError(f"question {place} must be a string, a dict or a Query, got {kind}", item)
    text = next((item[name] for name in TEXT_NAMES if name in item), None)
    if not isinstance(text, str):
        raise InputError(f"question {place} has no text: give it as 'text', got {list(item)}", item)
    if not text.strip():
        raise InputError(f"question {place} is blank; write it out or leave it out", text)
    golds = [item[name] for name in GOLD_NAMES if name in item]
    gold = next((str(answer) for answer in golds if not _is_missing(answer)), None)
    own = item.get("id")
    id_ = str(place if _is_missing(own) else own)
    return Query(id_, text.strip(), gold, _prior(item.get("prior"), place))


def _prior(prior: Any, place: int) -> dict[str, int]:
    """Votes for each answer, from a mapping or from one answer. Raises `InputError`."""
    if _is_missing(prior):
        return {}
    if isinstance(prior, str):
        return {prior: 1}
    if not isinstance(prior, Mapping) or not all(map(_is_count, prior.values())):
        raise InputError(
            f"the prior of question {place} must be votes for each answer, as "
            f'{{"42": 2}}, got {prior!r}',
            prior,
        )
    return {str(answer): int(votes) for answer, votes in prior.items()}


def _is_count(value: Any) -> bool:
    return isinstance(value, Integral) and int(value) > 0


def _is_missing(value: Any) -> bool:
    """Whether the value is None or the empty cell of a table."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def check_budget(budget: Any, queries: int) -> None:
    """Raise `InputError` unless `budget` is a whole number, at least one for each query."""
    if isinstance(budget, bool) or not isinstance(budget, Integral) or budget <= 0:
        raise InputError(
            f"budget must be a positive whole number of responses, got {budget!r}", budget
        )
    if queries < 1:
        raise InputError("there are no questions: pass at least one", queries)
    if budget < queries:
        raise InputError(
            f"budget {budget} is smaller than the {queries} questions: each needs at least one "
            f"response; raise it to {queries} or more, or ask fewer questions",
            budget,
        )


def read_lines(text: str) -> list[str]:
    """One question a line; blank lines and lines that begin with `#` are skipped."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def parse(text: str) -> Any:
    """The value of a JSON text. Raises `ValueError`, also for one that is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_file(path: str | Path) -> list[Query]:
    """Queries from a file: a table if its name ends in `.csv` or `.parquet`, else JSON lines.

    Raises `InputError` that names the file.
    """
    path = Path(path)
    if path.suffix not in (".csv", ".parquet"):
        return read_jsonl(path)
    import pandas as pd  # heavy, and only needed here

    try:
        if path.suffix == ".csv":
            return as_queries(pd.read_csv(path, dtype=str))
        return as_queries(pd.read_parquet(path))
    except InputError as error:
        raise InputError(f"{path}: {error}", error.value) from error
    except (OSError, ValueError, ImportError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"cannot read {path}: {reason}", str(path)) from error


def read_jsonl(path: str | Path) -> list[Query]:
    """Queries from a file of JSON lines.

    Raises `InputError` that names the file and, if a line is bad, its number.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}", str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read {path}: {error}", str(path)) from error
    rows: list[Mapping[str, Any]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = parse(line)
            as_query(row, number)
        except ValueError as error:  # bad JSON, or an InputError
            reason = error if isinstance(error, InputError) else f"not JSON: {line[:60]!r}"
            message = f'{path}, line {number}: {reason}; expected {{"id", "text", "gold"?}}'
            raise InputError(message, number) from error
        rows.append(row)
    return as_queries(rows)


def answer_lines(
    queries: Sequence[Query],
    answers: Sequence[str | None],
    confidence: Sequence[float],
    pulls: Sequence[int],
) -> str:
    """The JSON lines of a finished run, in the order of the queries.

    A line is `{"id", "answer", "confidence", "pulls"}`.
    """
    rows = [
        {"id": query.id, "answer": answer, "confidence": sure, "pulls": count}
        for query, answer, sure, count in zip(queries, answers, confidence, pulls, strict=True)
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
