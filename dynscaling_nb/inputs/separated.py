"""Tables as text: cells with commas, semicolons, tabs or bars between them, below a header."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.columns import has_text
from dynscaling_nb.inputs.texts import read_text

SEPARATORS = {".csv": ",;\t|", ".tsv": "\t,;|"}  # for each ending the likeliest first


class TableRow(NamedTuple):
    """A row by the names of its columns; `line` is its first line, counted from 1."""

    line: int
    cells: dict[str, str]


def table_rows_of(path: Path, separators: str) -> Iterator[TableRow]:
    """The rows of a file with a header. Nothing is guessed: "NA", "None" and "007" are texts.

    The separator is the one that finds a question's text among the names in the header. Raises
    `InputError` that names the file and the line.
    """
    text = read_text(path)
    if text[:4].casefold() == "sep=":  # how Excel names the separator, in a line of its own
        separators, text = text[4:5], "\n" + text.partition("\n")[2]
    head: list[str] = []
    for line, cells in _rows(path, text, _separator(text, separators)):
        if not head:
            head = _head(path, line, cells)
            continue
        if len(cells) > len(head):
            raise InputError(
                f"{path}, line {line}: {len(cells)} cells below {len(head)} columns; put double "
                "quotes around a text that holds the separator",
                line,
            )
        named = zip(head, cells, strict=False)  # a short row ends with empty cells
        yield TableRow(line, {name: cell for name, cell in named if name})


class _Row(NamedTuple):
    line: int
    cells: list[str]


def _rows(path: Path, text: str, separator: str) -> Iterator[_Row]:
    """The rows that are not empty, without empty cells at their ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    end = 0
    try:
        for cells in reader:
            line, end = end + 1, reader.line_num
            while cells and not cells[-1].strip():
                cells.pop()
            if cells:
                yield _Row(line, cells)
    except csv.Error as error:
        raise InputError(
            f"{path}, line {end + 1}: {error}; a text with a double quote needs double quotes "
            "around it, and that quote twice",
            end + 1,
        ) from error


def _separator(text: str, separators: str) -> str:
    """The first separator that finds a question's text among the names in the header."""
    header = next((line for line in io.StringIO(text) if line.strip()), "")
    for separator in separators:
        if has_text(next(csv.reader([header], delimiter=separator))):
            return separator
    return separators[0]


def _head(path: Path, line: int, names: list[str]) -> list[str]:
    """The names of the columns. An unnamed one, as pandas writes its index, is left out."""
    head = [name.strip() for name in names]
    twice = next((name for name in head if name and head.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path}, line {line}: two columns are named {twice!r}; rename one", line)
    return head
