"""Queries, responses and times from the rows of a store, checked field by field."""

from datetime import datetime
from math import isfinite

from dynscaling_nb.errors import StoreError
from dynscaling_nb.inputs.json_lines import parse
from dynscaling_nb.records import Query, Response


def read_query(row: str) -> Query:
    """The query in a row. Raises `StoreError` for a row without one."""
    try:
        query = Query.from_json(parse(row))
        options = (*query.options, *query.options.values())
        if all(isinstance(text, str) for text in (query.id, query.text, *query.golds, *options)):
            return query
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # JSON of another form
    raise StoreError(f"the store holds a row that is not a query: {row[:60]!r}", row[:60])


def read_response(row: str) -> Response:
    """The response in a row. Raises `StoreError` for a row without one."""
    try:
        response = Response.from_json(parse(row))
        if _sound(response):
            return response
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # JSON of another form
    raise StoreError(f"the store holds a row that is not a response: {row[:60]!r}", row[:60])


def read_time(text: str) -> datetime:
    """A time. Raises `StoreError`."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        message = f"the store holds an invalid time: {text[:40]!r}"
        raise StoreError(message, text[:40]) from error


def _sound(response: Response) -> bool:
    """Whether each field has its type. A file from elsewhere may hold anything."""
    texts = (
        response.query_id,
        response.text,
        response.thoughts,
        response.finish,
        response.answer or "",
    )
    counts = (response.index, *response.sources, *response.usage.to_json().values())
    numbers = (response.time, response.at, response.weight, response.logprob or 0.0)
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(count, int) and 0 <= count < 2**53 for count in counts)
        and all(isinstance(number, int | float) and isfinite(number) for number in numbers)
        and response.kind in ("parallel", "chained")
        and all(isinstance(message["content"], str) for message in response.messages)
    )
