"""Questions as users hand them over, made into queries: texts, dicts, tables, files."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.conversations import is_conversation
from dynscaling_nb.inputs.files import ENDINGS, read_rows
from dynscaling_nb.inputs.questions import query_of
from dynscaling_nb.inputs.tables import table_rows
from dynscaling_nb.records import Query


def as_queries(source: Any) -> list[Query]:
    """Queries from texts, mappings or `Query` objects, from a table, or from a file's `Path`.

    A mapping and the columns of a table have a `text` and optional `id`, `gold`, `options`,
    `context` and `prior`, also by other common names; see `inputs.columns`. A list of datasets or
    tables is their questions one after the other. A query without an id gets its place, from 1.
    Raises `InputError` for an empty list, a blank text or an id that occurs twice.
    """
    if isinstance(source, Path):
        return read_file(source)
    items = enumerate(_items(source), start=1)
    return _batch([as_query(item, place) for place, item in items], source)


def read_file(path: str | Path) -> list[Query]:
    """Queries from a file: JSON lines or a JSON list, `.csv`, `.tsv` or `.parquet`; also gzipped.

    Raises `InputError` that names the file and the line.
    """
    path = Path(path)
    queries = []
    for place, row in enumerate(read_rows(path), start=1):
        try:
            queries.append(as_query(row.cells, place))
        except InputError as error:
            raise InputError(f"{path}, {row.place}: {error}", error.value) from error
    try:
        return _batch(queries, str(path))
    except InputError as error:
        raise InputError(f"{path}: {error}", error.value) from error


def as_query(item: Any, place: int) -> Query:
    """One query, from an item of `as_queries`. Raises `InputError`.

    A query without an id gets its `place` as id.
    """
    try:
        return query_of(item, place)
    except InputError as error:
        raise InputError(f"question {place} {error}", error.value) from error


def _items(source: Any) -> Iterator[Any]:
    """The questions of a source; those of a table or a dataset within a list, one by one."""
    if isinstance(source, str) and len(source.split()) == 1 and source.lower().endswith(ENDINGS):
        raise InputError(f"{source!r} is the name of a file: pass Path({source!r})", source)
    if isinstance(source, str | Query | Mapping) or is_conversation(source):
        yield source
        return
    inside = source if isinstance(source, list | tuple) else table_rows(source)
    inside = source if inside is None else inside
    if not isinstance(inside, Iterable):
        raise InputError(f"questions must be a list, got {type(source).__name__}", source)
    for item in inside:
        if isinstance(item, Iterable) and not isinstance(
            item, str | Query | Mapping | list | tuple
        ):
            yield from _items(item)
        else:
            yield item


def _batch(queries: list[Query], source: Any) -> list[Query]:
    """The queries. Raises `InputError` without any, or if two have one id."""
    if not queries:
        raise InputError("there are no questions: pass at least one", source)
    ids: set[str] = set()
    for query in queries:
        if query.id in ids:
            raise InputError(f"the id {query.id!r} has more than one question", query.id)
        ids.add(query.id)
    return queries


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
