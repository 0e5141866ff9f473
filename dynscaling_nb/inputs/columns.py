"""Which column of a row holds what: names as people and public data sets write them.

A name counts in any case and with any separators: `answerKey`, `Answer Key` and `answer_key` are
one. A cell that looks like a part of the question, by another name, is refused and not dropped.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.cells import is_missing, is_number

TEXTS = (
    *("text", "question", "query", "prompt", "problem", "questionstem", "sentence", "ctx"),
    *("messages", "instruction", "input"),
)
BESIDE = ("instruction", "input")  # with another text they go before it
CONTEXTS = (
    *("context", "passage", "story", "article", "background", "support", "paragraph", "hint"),
    "premise",
)
OPTIONS = ("options", "choices", "answerchoices", "endings")
RIGHT_OPTION = "correctanswer"
WRONG_OPTIONS = re.compile(r"(?:incorrectanswer|wronganswer|distractor)s?[0-9]{0,2}")
ONE_OPTION = re.compile(r"(?:option|choice|opt|op|answer)[a-h]|(?:option|choice)[0-9]{1,2}")
SOLUTION = "solution"  # worked, with the answer in it
GOLDS = (  # the likelier first
    *("gold", "goldanswer", "goldtarget", "goldlabel", "answer", "target", "answerkey"),
    *("groundtruth", "correctanswer", "correctanswers", "bestanswer", "correct", "correctoption"),
    *("correctchoice", "correctlabel", "rightanswer", "expectedanswer", "expectedoutput"),
    *("expected", "ideal", "finalanswer", "answers", "answersspans", "label", "referenceanswer"),
    *("reference", "rewardmodel", "output", "completion", SOLUTION),
)
GOLD_LISTS = ("answers", "correctanswers")
GOLD_PLACES = (  # of the right option: its number from 0, or its letter
    *("answerindex", "answeridx", "goldindex", "goldidx", "correctindex", "correctidx"),
    *("labelindex", "labelidx", "cop"),
)
GOLD_ALIASES = "answeraliases"
ID, PRIOR = "id", "prior"

_KNOWN = {*TEXTS, *CONTEXTS, *OPTIONS, *GOLDS, *GOLD_PLACES, GOLD_ALIASES, ID, PRIOR}
_OPTION_WORDS = {
    *("option", "options", "choice", "choices", "candidate", "candidates", "alternatives"),
    *("endings", "distractors"),
}
_SCORED_OPTIONS = ("targetscores", "multiplechoicetargets", "multiplechoicescores")
_CONTEXT_WORDS = {
    *("context", "contexts", "passage", "passages", "paragraph", "paragraphs", "article"),
    *("document", "documents", "premise", "background"),
}
_PICTURE_WORDS = {"image", "images", "picture", "pictures", "figure", "audio", "video"}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Cell(NamedTuple):
    """A cell that is not empty, with the name of its column as it is written."""

    name: str
    value: Any


@lru_cache(maxsize=1024)
def key(name: str) -> str:
    """The name of a column without case, spaces, dashes and underscores."""
    return "".join(character for character in name.casefold() if character.isalnum())


def has_text(names: Collection[Any]) -> bool:
    """Whether one of the columns of these names holds the text of a question."""
    return any(key(str(name)) in TEXTS for name in names)


def is_known(name: str) -> bool:
    """Whether a column of this name has a meaning."""
    return key(name) in _KNOWN


class Columns:
    """The cells of one row that are not empty. Raises `InputError` if two have one name."""

    def __init__(self, row: Mapping[Any, Any]) -> None:
        self.names = [str(name) for name in row]
        self._cells: dict[str, Cell] = {}
        for name, value in zip(self.names, row.values(), strict=True):
            if is_missing(value):
                continue
            other = self._cells.setdefault(key(name), Cell(name, value))
            if other.name != name:
                raise InputError(f"has two columns {other.name!r} and {name!r}; keep one", name)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._cells.values())

    def first(self, *names: str) -> Cell | None:
        """The first cell of these columns."""
        return next(iter(self.every(*names)), None)

    def every(self, *names: str) -> list[Cell]:
        """The cells of these columns, in the order of `names`."""
        return [self._cells[name] for name in names if name in self._cells]

    def like(self, pattern: re.Pattern[str]) -> list[Cell]:
        """The cells of columns with such a name, in their own order."""
        return [cell for name, cell in self._cells.items() if pattern.fullmatch(name)]

    def check(self) -> None:
        """Raise `InputError` for a cell that looks like a part of the question, by another name."""
        for name, cell in self._cells.items():
            if name in _KNOWN or ONE_OPTION.fullmatch(name) or WRONG_OPTIONS.fullmatch(name):
                continue
            part = _part(cell)
            if part == "picture":
                raise InputError(
                    f"has a picture, a sound or a film in {cell.name!r}, which no prompt holds; "
                    "leave out that column or the question",
                    cell.name,
                )
            if part is not None:
                raise InputError(
                    f"has {cell.name!r}, which looks like a part of it; name that column "
                    f"{part!r}, or leave it out",
                    cell.name,
                )


def _part(cell: Cell) -> str | None:
    """The part of a question that a cell with another name may hold; None for metadata."""
    if is_number(cell.value) or isinstance(cell.value, bool):
        return None
    if isinstance(cell.value, Mapping) and any(key(str(name)) in OPTIONS for name in cell.value):
        return "options"
    if key(cell.name) in _SCORED_OPTIONS:
        return "options"
    part = _part_by_name(cell.name)
    if part != "picture" and isinstance(cell.value, str) and len(cell.value.split()) == 1:
        return None  # one word, such as a document's name
    return part


@lru_cache(maxsize=1024)
def _part_by_name(name: str) -> str | None:
    last = next(reversed(_WORD.findall(name)), "").casefold()
    if last in _OPTION_WORDS:
        return "options"
    if last in _PICTURE_WORDS:
        return "picture"
    return "context" if last in _CONTEXT_WORDS else None
