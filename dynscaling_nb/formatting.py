"""Text of users, models and servers, made safe to show. Pure.

Nothing in such a text acts as markup, as a formula or as a command.
"""

import re
from collections.abc import Collection, Sequence
from html import escape

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_FORMULA = re.compile(r"[$\\`]|&(?:#36|#92);")


def plain(text: str) -> str:
    r"""The text with its control characters spelled out.

    ANSI's escape reads `\x1b`, a right-to-left override `\u202e`.
    """
    return _UNSEEN.sub(
        lambda match: match[0].encode("unicode_escape", "surrogatepass").decode("ascii"),
        text.replace("\r\n", "\n"),
    )


def line(text: str, limit: int) -> str:
    """The text on one line of at most `limit` characters."""
    words = " ".join(plain(text[: 8 * limit]).split())
    return words if len(words) <= limit and len(text) <= 8 * limit else words[: limit - 1] + "…"


def ending(text: str, limit: int) -> str:
    """The end of the text, on one line of at most `limit` characters, from a whole word on."""
    words = " ".join(plain(text[-8 * limit :]).split())
    if len(words) <= limit and len(text) <= 8 * limit:
        return words
    whole = words[-limit:].partition(" ")[2]
    return f"…{whole or words[1 - limit :]}"


def html(text: str) -> str:
    """The text for an HTML element, in its own direction.

    No page takes a dollar or a backslash in it for the start of a formula.
    """
    safe = _FORMULA.sub(lambda match: f"<span>{match[0]}</span>", escape(plain(text)))
    return f"<bdi>{safe}</bdi>"


def counted(n: int, one: str, many: str) -> str:
    """A number with its word: `1 question`, `2 questions`."""
    return f"{n} {one if n == 1 else many}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Columns with a rule below their heads; those at the places in `right` are right-aligned."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [
        [
            cell.rjust(w) if i in right else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        for row in [head, *rows]
    ]
    return "\n".join(
        "  ".join(line).rstrip() for line in [lines[0], ["─" * w for w in widths], *lines[1:]]
    )


def html_table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Collection[int] = (),
    caption: str = "",
) -> str:
    """The same columns as an HTML table, with a caption below; every text is escaped."""
    sides = [
        f"style='text-align:{'right' if place in right else 'left'}'" for place in range(len(head))
    ]
    heads = "".join(
        f"<th scope='col' {side}>{html(cell)}</th>" for side, cell in zip(sides, head, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td {side}>{html(cell)}</td>" for side, cell in zip(sides, row, strict=True))
        + "</tr>"
        for row in rows
    )
    below = f"<caption style='caption-side:bottom;text-align:left'>{html(caption)}</caption>"
    return (
        f"<table>{below if caption else ''}"
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )
