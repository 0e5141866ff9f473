r"""The notebook's variables in the text of a question: `{name}` becomes the value of `name`.

Nothing is evaluated. Other braces stay as they were typed: those of JSON, of a set, of an unknown
name, and those of LaTeX, as in `\frac{n}{2}`, `x_{n}` and `2^{n}`. Doubled braces `{{name}}` stand
for single ones.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dynscaling_nb.formatting import line

BRACE = re.compile(r"\\.|[{}]", re.DOTALL)  # a brace, or what a backslash makes no brace
LATEX = re.compile(r"(?:\\[A-Za-z]+\*?(?:\[[^\[\]{}]*\])?|[\^_])\Z")  # what an argument follows
LONGEST = 40  # characters of a command in LaTeX
NAME = re.compile(r"\s*([^\W\d]\w*)\s*(?=[}.\[:!+\-*/%])")
WIDTH = 60  # characters of a value, in the note


class Field(NamedTuple):
    """Braces around a variable, or around what begins with one."""

    start: int
    end: int  # after the closing brace
    name: str
    inside: str
    is_latex: bool

    @property
    def is_filled(self) -> bool:
        """Whether the value of the variable takes the place of the braces."""
        return not self.is_latex and self.inside == self.name


class Filled(NamedTuple):
    """Questions with the values of variables, and a line on what is not as it was typed, if any."""

    questions: list[str]
    note: str | None


def filled(questions: Sequence[str], variables: Mapping[str, Any]) -> Filled:
    """The questions with the values of these variables, by their names, as `str` writes them."""
    texts, fields = [], []
    for text in questions:
        closing = _closing(text)
        doubled = _doubled(closing)
        own = list(_fields(text, closing, doubled, variables))
        texts.append(_with_values(text, doubled, own, variables))
        fields.extend(own)
    return Filled(texts, _note(fields, variables))


def _closing(text: str) -> dict[int, int]:
    """The place of the brace that closes each opening one, in the order of the opening ones."""
    closing: dict[int, int] = {}
    opened = []
    for match in BRACE.finditer(text):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            closing[opened.pop()] = match.start()
    return dict(sorted(closing.items()))


def _doubled(closing: Mapping[int, int]) -> set[int]:
    """The places of the inner braces of doubled ones, as in `{{name}}`."""
    doubled: set[int] = set()
    for start, end in closing.items():
        if start not in doubled and closing.get(start + 1) == end - 1:
            doubled |= {start + 1, end - 1}
    return doubled


def _fields(
    text: str, closing: Mapping[int, int], doubled: set[int], variables: Mapping[str, Any]
) -> Iterator[Field]:
    """The fields of a text, in their order."""
    latex_ends: set[int] = set()
    for start, end in closing.items():
        command = LATEX.search(text, max(0, start - LONGEST), start)
        is_latex = command is not None or start - 1 in latex_ends
        if is_latex:
            latex_ends.add(end)
        name = NAME.match(text, start + 1, end + 1)
        is_single = start not in doubled and start + 1 not in doubled
        if is_single and name is not None and name[1] in variables:
            yield Field(start, end + 1, name[1], text[start + 1 : end], is_latex)


def _with_values(
    text: str, doubled: set[int], fields: Sequence[Field], variables: Mapping[str, Any]
) -> str:
    values = {field.start: field for field in fields if field.is_filled}
    parts, place = [], 0
    while place < len(text):
        field = values.get(place)
        if field is not None:
            parts.append(str(variables[field.name]))
        elif place not in doubled:
            parts.append(text[place])
        place = place + 1 if field is None else field.end
    return "".join(parts)


def _note(fields: Sequence[Field], variables: Mapping[str, Any]) -> str | None:
    """What people have to know of the questions as they are asked."""
    parts = []
    names = dict.fromkeys(field.name for field in fields if field.is_filled)
    if names:
        values = (f"{name} = {line(str(variables[name]), WIDTH)}" for name in names)
        parts.append(f"Filled in: {', '.join(values)}.")
    latex = next((f.name for f in fields if f.is_latex and f.inside == f.name), None)
    if latex is not None:
        parts.append(f"{{{latex}}} in LaTeX is asked as typed; {{{{{{{latex}}}}}}} fills it in.")
    other = next((f.inside for f in fields if not f.is_latex and not f.is_filled), None)
    if other is not None:
        parts.append(
            f"{{{line(other, WIDTH)}}} is asked as typed; a plain name is filled in, so assign "
            "the value to one."
        )
    return " ".join(parts) or None
