"""The options of a multiple choice: from the columns of a row to letters, and into its text."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from random import Random
from string import ascii_uppercase
from typing import Any, NamedTuple

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.cells import is_list, is_missing, is_number, text_of, whole
from dynscaling_nb.inputs.columns import (
    ONE_OPTION,
    OPTIONS,
    RIGHT_OPTION,
    WRONG_OPTIONS,
    Cell,
    Columns,
    key,
)

LETTERS = ascii_uppercase
_LABELS = ("label", "labels", "key", "letter", "id")  # names within a mapping
_WORDS = ("text", "texts", "value", "option", "content", "words")


class Option(NamedTuple):
    """One option: its label as the row has it, such as "b" or "1", and its words or its number."""

    label: str
    words: Any


@dataclass(frozen=True)
class Options:
    """Two to 26 options in their order; `right` is the letter of the right one, if it is known."""

    options: Sequence[Option]
    right: str | None = None

    @property
    def labels(self) -> list[str]:
        """The labels as the row has them."""
        return [option.label for option in self.options]

    @property
    def letters(self) -> list[str]:
        """A letter for each option: its own label if all are letters, else A, B, C and so on."""
        own = [label.upper() for label in self.labels]
        are_letters = all(len(label) == 1 and label in LETTERS for label in own)
        return own if are_letters and len(set(own)) == len(own) else list(LETTERS[: len(own)])

    @property
    def by_letter(self) -> dict[str, str]:
        """The words of each letter, without the letter before them."""
        words = [text_of(option.words) for option in self.options]
        label = r"\(?{}[).:\]]\s*(.*)"
        plain = [
            re.fullmatch(label.format(letter), text, re.DOTALL)
            for letter, text in zip(self.letters, words, strict=True)
        ]
        if all(plain):
            words = [match[1] for match in plain if match]
        return dict(zip(self.letters, words, strict=True))

    def letter(self, gold: Any) -> str | None:
        """The letter that a gold answer means: a label, the words of one, or a place from 0.

        A text is never a place, since some data sets count from 1. None for any other.
        """
        text, place = text_of(gold), whole(gold)
        named_by_number = text in self.labels or all(is_number(o.words) for o in self.options)
        if place is not None and not named_by_number and 0 <= place < len(self.options):
            return self.letters[place]
        for names in (self.labels, self.letters, self.by_letter.values()):
            plain = [_plain(name) for name in names]
            if _plain(text) in plain:
                return self.letters[plain.index(_plain(text))]
        return None


def below(text: str, options: Mapping[str, str]) -> str:
    """The text with the options below it, each as `(A) ...`, unless it holds them already."""
    if all(_is_offered(text, letter, words) for letter, words in options.items()):
        return text
    listed = "\n".join(f"({letter}) {words}" for letter, words in options.items())
    return f"{text}\n\n{listed}"


def _is_offered(text: str, letter: str, words: str) -> bool:
    return re.search(rf"(?<!\w){letter}[).:\]]\s*{re.escape(words)}", text) is not None


def options_of(columns: Columns, text: str) -> Options | None:
    """The options of a row, None without any.

    A right answer with wrong ones is shuffled, with the question's `text` as the seed. Raises
    `InputError`.
    """
    cells = columns.every(*OPTIONS)
    if len(cells) > 1:
        first, second, *_ = (cell.name for cell in cells)
        raise InputError(f"has options in {first!r} and in {second!r}; keep one", second)
    if cells:
        return _checked(_listed(cells[0]))
    right, wrong = columns.first(RIGHT_OPTION), columns.like(WRONG_OPTIONS)
    if right is not None and wrong:
        words = [right.value]
        for cell in wrong:
            words.extend(cell.value if is_list(cell.value) else [cell.value])
        order = Random(text).sample(range(len(words)), len(words))
        options = [Option(letter, words[k]) for letter, k in zip(LETTERS, order, strict=False)]
        return _checked(options, LETTERS[order.index(0)])
    spread = columns.like(ONE_OPTION) or _lettered(columns)
    return _checked([Option(_label(cell.name), cell.value) for cell in spread]) if spread else None


def _lettered(columns: Columns) -> list[Cell]:
    """The columns A, B and so on; a single one is no option."""
    cells = {cell.name.strip(): cell for cell in columns}
    present = [cells[letter] for letter in takewhile(cells.__contains__, LETTERS)]
    return present if len(present) > 1 else []


def _label(name: str) -> str:
    """The letter or the number at the end of a column's name."""
    parts: list[str] = re.findall(r"[0-9]+|.", key(name))
    return parts[-1].upper()


def _listed(cell: Cell) -> list[Option]:
    """The options in one cell: a list, or a mapping of labels to words, in any common form."""
    value = _unpacked(cell.value) if isinstance(cell.value, str) else cell.value
    if isinstance(value, Mapping):
        labels, words = _part(value, _LABELS), _part(value, _WORDS)
        if is_list(labels) and is_list(words):
            return _paired(list(labels), list(words), cell)
        return _paired(list(value), list(value.values()), cell)
    if not is_list(value):
        raise InputError(
            f"has options that are no list in {cell.name!r}, got {cell.value!r:.60}; give a list "
            "of texts",
            cell.value,
        )
    items = list(value)
    places = [*LETTERS, *range(len(LETTERS), len(items))][: len(items)]
    if items and all(isinstance(item, Mapping) for item in items):
        labels = [_part(item, _LABELS) for item in items]
        words = [_part(item, _WORDS) for item in items]
        return _paired(places if None in labels else labels, words, cell)
    return _paired(places, items, cell)


def _paired(labels: list[Any], words: list[Any], cell: Cell) -> list[Option]:
    if len(labels) != len(words):
        message = f"has {len(labels)} labels for {len(words)} options in {cell.name!r}"
        raise InputError(f"{message}; give one for each", cell.value)
    return [Option(text_of(label), w) for label, w in zip(labels, words, strict=True)]


def _unpacked(text: str) -> Any:
    """The list or mapping that a table holds as a text; the text itself if it is none."""
    try:
        return ast.literal_eval(text.strip())  # JSON too, apart from its three constants
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _part(value: Mapping[Any, Any], names: Sequence[str]) -> Any:
    return next((part for name, part in value.items() if key(str(name)) in names), None)


def _checked(options: list[Option], right: str | None = None) -> Options:
    """The options. Raises `InputError` for fewer than two, more than 26, or an empty one."""
    if not 1 < len(options) <= len(LETTERS):
        raise InputError(f"has {len(options)} options; give 2 to {len(LETTERS)}", options)
    for option in options:
        if is_missing(option.words) or is_list(option.words) or isinstance(option.words, Mapping):
            raise InputError(
                f"has the option {option.label} that is no text, got {option.words!r:.60}; write "
                "it out",
                option.words,
            )
    return Options(options, right)


def _plain(text: str) -> str:
    return text.strip().strip("()[].: ").casefold()
