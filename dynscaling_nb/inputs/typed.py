"""Questions as a person types them into a cell or a field.

They stand one a line, or in blocks of several lines with a line `---` between them.
"""

import re
from itertools import pairwise

from dynscaling_nb.errors import InputError

BETWEEN = "---"
# "(A) 4", "A. 4", "[a] 4", "1) 4", "ii. 4", "- 4"
LABEL = re.compile(r"[(\[]?(?P<mark>[A-Za-z]|[0-9]{1,2}|[ivx]+)(?:[)\]]\s*|[.:]\s+)\S|[-*•]\s+\S")
FIRST_MARKS = ("a", "1", "i")
FENCE = re.compile(r"```|~~~")
REMEDY = f"a line {BETWEEN} between questions, or after a single one, keeps its lines together"


def typed_questions(text: str) -> list[str]:
    """The questions in a text. Empty ones are left out.

    A line that begins with `#` is a comment. Within a block this holds for its first lines only;
    after them the block is as it was typed. Raises `InputError` for lines that look like parts of
    one question without a line `---`.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    if any(line.strip() == BETWEEN for line in lines):
        return [block for block in _blocks(lines) if block]
    questions = [line.strip() for line in lines if not _is_silent(line)]
    _check(questions)
    return questions


def as_typed(questions: list[str]) -> str:
    """The text that `typed_questions` reads as these questions."""
    text = "\n".join(questions)
    if _is_read(text, questions):
        return text
    return f"\n{BETWEEN}\n".join([*questions, ""])


def can_be_typed(questions: list[str]) -> bool:
    """Whether there is a text that is read as these questions."""
    return _is_read(as_typed(questions), questions)


def _is_read(text: str, questions: list[str]) -> bool:
    try:
        return typed_questions(text) == questions
    except InputError:
        return False


def _is_silent(line: str) -> bool:
    """Whether the line is blank or a comment."""
    return not line.strip() or line.lstrip().startswith("#")


def _blocks(lines: list[str]) -> list[str]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip() == BETWEEN:
            blocks.append([])
        elif blocks[-1] or not _is_silent(line):
            blocks[-1].append(line)
    return ["\n".join(block).rstrip() for block in blocks]


def _check(lines: list[str]) -> None:
    """Raise `InputError` if lines look like the options of a question, or like code within one."""
    for line in lines:
        if FENCE.match(line):
            raise InputError(
                f"{line!r} begins a block of code, and each line is a question: {REMEDY}", line
            )
    for k, (above, line) in enumerate(pairwise(lines), start=1):
        if not _begins_options(above, line):
            continue
        options = _options(lines[k:])
        if len(options) > 1 and not all(option.endswith("?") for option in options):
            raise InputError(
                f"{line!r} looks like an option of the question above it, and each line is a "
                f"question: {REMEDY}",
                line,
            )


def _begins_options(above: str, line: str) -> bool:
    """Whether the line has the first label of a list, below a line without one."""
    label = LABEL.match(line)
    if label is None or LABEL.match(above):
        return False
    return label["mark"] is None or label["mark"].casefold() in FIRST_MARKS


def _options(lines: list[str]) -> list[str]:
    """The lines with a label at the beginning of these lines."""
    labels = [LABEL.match(line) for line in lines]
    count = labels.index(None) if None in labels else len(lines)
    return lines[:count]
