"""JSON, one value a line: the only line ends are those that JSON cannot hold within a value."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Line(NamedTuple):
    """A line of a file that is not blank; `number` counts all lines from 1."""

    number: int
    text: str


def parse(text: str) -> Any:
    """The value of a JSON text. Raises `ValueError`, also for one that is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def lines(text: str) -> Iterator[Line]:
    """The lines of JSON lines.

    Not `str.splitlines`: it also ends a line at U+2028, U+0085 and others, which may stand in a
    JSON text.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield Line(number, line.strip())
