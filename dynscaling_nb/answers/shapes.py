r"""The shape of an answer in LaTeX: a value, a list, a set, an interval, an equation ... Pure.

`\{1, 3\}` is a set of two values, `x \le 3` an order, `\frac{1}{2}` a value. The parts of a shape
are shapes themselves.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from dynscaling_nb.answers.arithmetic import tokens

LONGEST = 400  # characters; a longer text is a value
DEEPEST = 8  # shapes within shapes; what lies deeper is a value

Kind = Literal[
    "value",  # "5", "x+1", "Evelyn"
    "list",  # "1, 2", "1 and 2", "1 \pm \sqrt{2}"
    "set",  # "\{1, 2\}"
    "bracket",  # "(1, 2)", "[0, 5)", "(1, 2, 3)": a tuple or an interval
    "union",  # "(0, 1) \cup (2, 3)"
    "matrix",  # "\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"
    "equation",  # "y = x + 1", "f(x) = 2x = 6": its first and its last side
    "order",  # "1 < x \le 3"
    "approximation",  # "\sqrt{2} \approx 1.41": the exact side, then the other one
    "ratio",  # "3:2"
    "base",  # "1011_2"
]


@dataclass(frozen=True)
class Shape:
    """What an answer is made of.

    `text` holds its tokens without spacing. `marks` are the brackets of a bracket, the relations of
    an order, the digits and the base of a number in a base, the rows and columns of a matrix.
    """

    kind: Kind
    text: str
    parts: tuple["Shape", ...] = ()
    marks: tuple[str, ...] = ()


_CONNECTIVE = re.compile(  # "1 and 2", "1 \text{ or } 2", "x=1orx=2"
    r",?\s*(?:\\text\{\s*,?\s*(?:and|or)\s*\}|(?<![A-Za-z\\])(?:and|or)(?![a-z]{2}))\s*,?"
)
_OPENING = {"(": ")]", "[": ")]", "{": "}", "\\{": "\\}"}
_CLOSING = (")", "]", "}", "\\}")
_ORDERS = ("<", ">", "\\le", "\\ge", "\\ne")
_BASE = re.compile(r"([0-9A-Z]*[0-9][0-9A-Z]*)_\{?(\d+)\}?")  # "1011_2", "A3_{16}"
_MATRIX = re.compile(r"\\begin\{([bBpvV]?matrix|array|cases)\}")
_DETERMINANTS = ("vmatrix", "Vmatrix")


@lru_cache(maxsize=4096)
def shape(text: str) -> Shape:
    """The shape of an answer in canonical form."""
    if len(text) > LONGEST:
        return Shape("value", text)
    return _shape(tokens(_CONNECTIVE.sub(",", text)), DEEPEST)


def joined(parts: Sequence[str]) -> str:
    r"""The tokens as one text. A command keeps a space before a letter: `\pi x`."""
    text = ""
    for token in parts:
        if text and token[0].isalpha() and re.search(r"\\[A-Za-z]+$", text):
            text += " "
        text += token
    return text


def _shape(parts: list[str], depth: int) -> Shape:
    while parts and parts[0] == "{" and _end(parts) == len(parts) - 1:
        parts = parts[1:-1]
    text = joined(parts)
    if not depth or not parts:
        return Shape("value", text)
    for separators in ((";",), (",",)):
        pieces = _split(parts, separators)
        if len(pieces) > 1:
            return _group("list", text, pieces, depth)
    return (
        _relation(parts, text, depth)
        or _matrix(parts, text, depth)
        or _enclosed(parts, text, depth)
        or _alternatives(parts, text, depth)
        or _ratio(parts, text, depth)
        or _single(text)
    )


def _single(text: str) -> Shape:
    if match := _BASE.fullmatch(text):
        return Shape("base", text, (), (match[1], match[2]))
    return Shape("value", text)


def _group(kind: Kind, text: str, pieces: list[list[str]], depth: int) -> Shape:
    r"""Shapes side by side. The two values of a `\pm` are two of them."""
    parts: list[Shape] = []
    for piece in pieces:
        part = _shape(piece, depth - 1)
        parts.extend(part.parts if part.kind == "list" and "\\pm" in piece else [part])
    return Shape(kind, text, tuple(parts))


def _relation(parts: list[str], text: str, depth: int) -> Shape | None:
    sides = _split(parts, ("\\approx",))
    if len(sides) > 1 and len(sides[0]) == 1 and sides[0][0].isalpha():  # "x \approx 11"
        return _shape([*sides[0], "=", *sides[1]], depth - 1)
    if len(sides) > 1:  # "x = 1/3 \approx 0.33"
        return _group("approximation", text, [sides[0], sides[-1]], depth)
    sides = _split(parts, ("\\in",))
    if len(sides) == 2:
        return _shape(sides[1], depth - 1)
    sides = _split(parts, _ORDERS)
    if len(sides) > 1:
        inside = tuple(_shape(side, depth - 1) for side in sides)
        return Shape("order", text, inside, tuple(_separators(parts, _ORDERS)))
    sides = _split(parts, ("=",))
    if len(sides) > 1:
        first_and_last = _shape(sides[0], depth - 1), _shape(sides[-1], depth - 1)
        return Shape("equation", text, first_and_last)
    sides = _split(parts, ("\\cup",))
    return _group("union", text, sides, depth) if len(sides) > 1 else None


def _matrix(parts: list[str], text: str, depth: int) -> Shape | None:
    match = _MATRIX.fullmatch(parts[0])
    if match is None or match[1] in _DETERMINANTS or _end(parts) != len(parts) - 1:
        return None
    inside = parts[1:-1]
    if match[1] == "cases":
        return _group("list", text, _split(inside, ("\\\\",)), depth)
    if match[1] == "array" and inside and inside[0] == "{":  # "{cc}"
        inside = inside[(_end(inside) or 0) + 1 :]
    rows = [_split(row, ("&",)) for row in _split(inside, ("\\\\",))]
    columns = len(rows[0]) if rows else 0
    if not columns or any(len(row) != columns for row in rows):
        return None
    cells = tuple(_shape(cell, depth - 1) for row in rows for cell in row)
    return Shape("matrix", text, cells, (str(len(rows)), str(columns)))


def _enclosed(parts: list[str], text: str, depth: int) -> Shape | None:
    if parts[0] not in ("(", "[", "\\{") or _end(parts) != len(parts) - 1:
        return None
    inside = parts[1:-1]
    separators = (";",) if ";" in inside else (",",)
    pieces = _split(inside, separators)
    if parts[0] == "\\{":
        return _group("set", text, pieces, depth) if pieces else Shape("value", "\\emptyset")
    if len(pieces) == 1:
        return _shape(pieces[0], depth - 1)
    marks = (parts[0], parts[-1])
    return Shape("bracket", text, tuple(_shape(piece, depth - 1) for piece in pieces), marks)


def _alternatives(parts: list[str], text: str, depth: int) -> Shape | None:
    r"""The two values of `1 \pm \sqrt{2}`."""
    if not {"\\pm", "\\mp"} & set(parts):
        return None
    upper, lower = (
        [signs.get(token, token) for token in parts]
        for signs in ({"\\pm": "+", "\\mp": "-"}, {"\\pm": "-", "\\mp": "+"})
    )
    values = tuple(
        _shape(value[1:] if value[0] == "+" else value, depth - 1) for value in (upper, lower)
    )
    return Shape("list", text, values)


def _ratio(parts: list[str], text: str, depth: int) -> Shape | None:
    sides = _split(parts, (":",))
    if len(sides) == 1:
        return None
    return Shape("ratio", text, tuple(_shape(side, depth - 1) for side in sides))


def _depths(parts: Sequence[str]) -> list[int]:
    """For each token, the number of brackets that are open behind it."""
    depths, depth = [], 0
    for token in parts:
        if token in _OPENING or token.startswith("\\begin{"):
            depth += 1
        elif token in _CLOSING or token.startswith("\\end{"):
            depth -= 1
        depths.append(depth)
    return depths


def _end(parts: Sequence[str]) -> int | None:
    """Where the bracket that the tokens open with is closed; None if it is not."""
    depths = _depths(parts)
    return depths.index(0) if 0 in depths else None


def _separators(parts: Sequence[str], separators: Collection[str]) -> list[str]:
    """The separators outside of brackets."""
    return [
        token
        for token, depth in zip(parts, _depths(parts), strict=True)
        if depth == 0 and token in separators
    ]


def _split(parts: Sequence[str], separators: Collection[str]) -> list[list[str]]:
    """The tokens between the separators outside of brackets, without empty pieces."""
    pieces: list[list[str]] = [[]]
    for token, depth in zip(parts, _depths(parts), strict=True):
        if depth == 0 and token in separators:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [piece for piece in pieces if piece]
