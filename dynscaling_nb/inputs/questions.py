"""A row as a query: what is its text, what is right, what belongs to it."""

import json
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

from dynscaling_nb.encoding import encodable
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.cells import is_list, text_of
from dynscaling_nb.inputs.columns import (
    BESIDE,
    CONTEXTS,
    ID,
    PRIOR,
    TEXTS,
    Cell,
    Columns,
    has_text,
    is_known,
    key,
)
from dynscaling_nb.inputs.conversations import is_conversation, one_text
from dynscaling_nb.inputs.golds import golds_of
from dynscaling_nb.inputs.options import below, options_of
from dynscaling_nb.records import Query


def query_of(item: Any, place: int) -> Query:
    """The query in an item: a text, messages, a mapping, or a query.

    Raises `InputError` whose message goes on from the name of the question.
    """
    if isinstance(item, str) or is_conversation(item):
        item = {"text": item}
    elif isinstance(item, Query):
        item = item.to_json()
    if not isinstance(item, Mapping):
        raise InputError(f"must be a string, a dict or a Query, got {type(item).__name__}", item)
    columns = Columns(_opened(item))
    main = _main(columns, item)
    columns.check()
    text = _with_context(columns, main)
    options = options_of(columns, text)
    letters = {} if options is None else options.by_letter
    own, prior = columns.first(ID), columns.first(PRIOR)
    return _encodable(
        Query(
            text_of(place if own is None else own.value),
            below(text, letters) if letters else text,
            golds_of(columns, options),
            {} if prior is None else _votes(prior.value),
            letters,
        )
    )


def _encodable(query: Query) -> Query:
    """The query in text that can be sent and stored; see `encoding`."""
    texts = (query.id, query.text, *query.golds, *query.prior, *query.options.values())
    if all(encodable(text) is text for text in texts):
        return query
    whole = encodable(json.dumps(query.to_json(), ensure_ascii=False))
    return Query.from_json(json.loads(whole))


def _opened(item: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """The row; a question within it that has its own `stem` and choices lies open."""
    name = next((n for n, v in item.items() if isinstance(v, Mapping) and "stem" in v), None)
    if name is None:
        return item
    rest = {other: value for other, value in item.items() if other != name}
    return {**rest, **item[name], "text": item[name]["stem"]}


def _main(columns: Columns, item: Mapping[Any, Any]) -> Cell:
    """The cell with the text of the question. Raises `InputError` without one."""
    cell = columns.first(*TEXTS)
    if cell is not None:
        return cell
    if has_text(columns.names):
        raise InputError("is blank; write it out or leave it out", item)
    if _is_split(item):
        names = ", ".join(map(repr, columns.names))
        raise InputError(
            f"is a dataset with the splits {names}: pass one, as in data[{columns.names[-1]!r}]",
            item,
        )
    raise InputError(f"has no text: give it as 'text', got {columns.names}", item)


def _is_split(item: Mapping[Any, Any]) -> bool:
    """Whether a mapping holds the splits of a dataset and not the columns of a question."""
    return bool(item) and all(
        isinstance(part, Iterable) and not isinstance(part, str | bytes) and not is_known(str(name))
        for name, part in item.items()
    )


def _with_context(columns: Columns, main: Cell) -> str:
    """The text of the question, below what it is about."""
    text = _text(main)
    before = [*CONTEXTS, *(name for name in BESIDE if name != key(main.name))]
    for other in columns.every(*(name for name in TEXTS if name not in BESIDE)):
        if other != main and text not in _texts(other):
            raise InputError(
                f"has one text in {main.name!r} and another in {other.name!r}; keep one, or name "
                "one of them 'context'",
                other.value,
            )
    contexts = [text_of(part) for cell in columns.every(*before) for part in _context(cell)]
    return "\n\n".join([*(part for part in contexts if part not in text), text])


def _text(cell: Cell) -> str:
    if is_conversation(cell.value):
        return one_text(cell.value)
    if isinstance(cell.value, str):
        return cell.value.strip()
    kind = type(cell.value).__name__
    raise InputError(f"has no text: {cell.name!r} holds a {kind}, not a text", cell.value)


def _texts(cell: Cell) -> list[str]:
    """The text in a cell, or that of each message."""
    if is_conversation(cell.value):
        return [text_of(message.get("content")) for message in cell.value]
    return [_text(cell)]


def _context(cell: Cell) -> list[str]:
    parts = list(cell.value) if is_list(cell.value) else [cell.value]
    if all(isinstance(part, str) for part in parts):
        return parts
    raise InputError(
        f"has a context in {cell.name!r} that is no text, got {cell.value!r:.60}; make it one "
        "text, or leave it out",
        cell.value,
    )


def _votes(prior: Any) -> dict[str, int]:
    """Votes for each answer, from a mapping or from one answer. Raises `InputError`."""
    if isinstance(prior, str):
        return {prior: 1}
    if not isinstance(prior, Mapping) or not all(map(_is_count, prior.values())):
        raise InputError(
            f'has a prior that is not votes for each answer, as {{"42": 2}}, got {prior!r}', prior
        )
    return {str(answer): int(votes) for answer, votes in prior.items()}


def _is_count(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) > 0
