"""The cells of rows: whether one is empty, and its text."""

from collections.abc import Iterable, Mapping, Sized
from math import isfinite, isnan
from numbers import Integral, Real
from typing import Any, TypeGuard

NO_VALUES = ("NAType", "NaTType")  # pandas' own, known by name so that pandas is not needed


def is_missing(cell: Any) -> bool:
    """Whether a cell is empty: None, NaN, pandas' NA, a blank text, or a list without items."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return not cell.strip()
    if isinstance(cell, Real):
        return isnan(cell)
    if isinstance(cell, Sized):
        return len(cell) == 0
    return type(cell).__name__ in NO_VALUES


def is_list(cell: Any) -> TypeGuard[Iterable[Any]]:
    """Whether a cell holds several values: a list, a tuple, an array, a column."""
    return isinstance(cell, Iterable) and not isinstance(cell, str | bytes | Mapping)


def is_number(cell: Any) -> TypeGuard[float]:
    """Whether a cell is a number; True and False are none."""
    return isinstance(cell, Real) and not isinstance(cell, bool)


def whole(cell: Any) -> int | None:
    """A whole number, also one that a table holds as 7.0; None for anything else."""
    if not is_number(cell):
        return None
    if isinstance(cell, Integral):
        return int(cell)
    return int(float(cell)) if isfinite(cell) and float(cell).is_integer() else None


def text_of(cell: Any) -> str:
    """The text of a cell, without spaces around it. A whole number has no decimals."""
    number = whole(cell)
    return str(cell).strip() if number is None else str(number)
