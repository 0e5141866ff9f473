"""The rows of a file: JSON lines, a JSON list, a table with a header, Parquet."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.json_lines import Line, lines, parse
from dynscaling_nb.inputs.separated import SEPARATORS, table_rows_of
from dynscaling_nb.inputs.tables import parquet_rows
from dynscaling_nb.inputs.texts import read_text

OTHERS = (".xlsx", ".xls", ".ods", ".docx", ".pdf", ".zip", ".arrow", ".feather")  # not read
ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
QUESTION = '{"text": ...} with "id" and "gold", if any'  # the form of a row
_ITEM = re.compile(r"[^\s,]")  # the begin of an item of a JSON list


class Row(NamedTuple):
    """The cells of one question, and its place in the file, as `line 7`."""

    place: str
    cells: Any


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, which may be gzipped. Its ending tells the format, in any case.

    `.csv` and `.tsv` are tables with a header, `.parquet` is Parquet. Any other file holds JSON
    lines or a JSON list. Raises `InputError` that names the file and, in a text, the line.
    """
    ending = Path(path.name.casefold().removesuffix(".gz")).suffix
    if ending in OTHERS:
        message = f"cannot read {path}: save it as CSV, as JSON lines or as Parquet"
        raise InputError(message, str(path))
    if ending == ".parquet":
        for number, cells in enumerate(parquet_rows(path), start=1):
            yield Row(f"row {number}", cells)
    elif ending in SEPARATORS:
        for row in table_rows_of(path, SEPARATORS[ending]):
            yield Row(f"line {row.line}", row.cells)
    else:
        yield from json_rows(path, read_text(path), QUESTION)


def json_rows(path: Path, text: str, form: str) -> Iterator[Row]:
    """The rows of JSON lines or of a JSON list.

    Raises `InputError` that names the line and says the `form` of a row.
    """
    if _is_document(text):
        yield from _items(path, text, form)
        return
    for line in lines(text):
        try:
            cells = parse(line.text)
        except ValueError as error:
            raise _not_json(path, line, form) from error
        yield Row(f"line {line.number}", cells)


def _is_document(text: str) -> bool:
    """Whether the whole text is one JSON value: a list, or an object over several lines."""
    first = next(lines(text), Line(1, ""))
    if first.text.startswith("["):
        return True
    try:
        parse(first.text)
    except ValueError:
        try:
            return isinstance(parse(text), Mapping)
        except ValueError:
            return False
    return False


def _items(path: Path, text: str, form: str) -> Iterator[Row]:
    """The items of a JSON list, of the one list in a JSON object, or that object itself."""
    try:
        document = parse(text)
    except ValueError as error:
        number = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        source = text.split("\n")[number - 1].strip()
        raise _not_json(path, Line(number, source), form) from error
    if isinstance(document, Mapping):
        inside = [value for value in document.values() if _is_rows(value)]
        rows = inside[0] if len(inside) == 1 and "messages" not in document else [document]
        yield from (Row(f"item {number}", cells) for number, cells in enumerate(rows, start=1))
        return
    decoder, number = json.JSONDecoder(), 1
    end = text.index("[") + 1
    number += text.count("\n", 0, end)
    for _ in document:  # once more, for the line of each item
        begin = next(match.start() for match in _ITEM.finditer(text, end))
        number += text.count("\n", end, begin)
        cells, end = decoder.raw_decode(text, begin)
        yield Row(f"line {number}", cells)
        number += text.count("\n", begin, end)


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _not_json(path: Path, line: Line, form: str) -> InputError:
    place = f"{path}, line {line.number}"
    return InputError(f"{place}: not JSON: {line.text[:60]!r}; expected {form}", line.number)
