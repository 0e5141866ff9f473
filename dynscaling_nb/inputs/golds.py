"""The right answers of a question, from the columns of its row."""

from collections.abc import Iterator, Mapping
from typing import Any

from dynscaling_nb.boxes import marked_answer
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.cells import is_list, is_missing, text_of
from dynscaling_nb.inputs.columns import (
    GOLD_ALIASES,
    GOLD_LISTS,
    GOLD_PLACES,
    GOLDS,
    SOLUTION,
    Cell,
    Columns,
    key,
)
from dynscaling_nb.inputs.options import Options

YES, NO = ("True", "yes"), ("False", "no")  # what a model may say for a cell that is True or False
WITHIN = ("value", "text", "texts", "spans", "groundtruth", "aliases")  # names within a mapping


def golds_of(columns: Columns, options: Options | None) -> list[str]:
    """The right answers of a row, the one that is shown first; [] without any.

    With options they are letters. Raises `InputError`.
    """
    if options is not None:
        return [options.right] if options.right else _letters(columns, options)
    cells = columns.every(*GOLDS)
    places = columns.every(*GOLD_PLACES)
    if not cells and places:
        raise InputError(
            f"has the place of its right option in {places[0].name!r} but no options; add "
            "them as a list 'options', or give the answer as 'gold'",
            places[0].value,
        )
    golds = [text_of(gold) for cell in cells[:1] for gold in _answers(cell)]
    for cell in cells[1:]:
        if key(cell.name) in GOLD_LISTS:
            golds.extend(_others(golds, cells[0], cell))
    golds += [text_of(gold) for cell in columns.every(GOLD_ALIASES) for gold in _answers(cell)]
    return list(dict.fromkeys(golds))


def _others(golds: list[str], first: Cell, cell: Cell) -> list[str]:
    """The right answers of a further column, which must hold the first one too."""
    others = [text_of(gold) for gold in _answers(cell)]
    if golds and not set(golds) & set(others):
        raise InputError(
            f"has {cell.name!r} and another answer in {first.name!r}; name it 'options' if it "
            "holds what to choose from, or keep one",
            cell.value,
        )
    return others


def _letters(columns: Columns, options: Options) -> list[str]:
    """The letters of the right options. Raises `InputError` for an answer that is none of them."""
    cells = [*columns.every(*GOLDS)[:1], *columns.every(*GOLD_PLACES)]
    letters: list[str] = []
    for cell in cells:
        answers = list(_answers(cell))
        named = [options.letter(answer) for answer in answers]
        known = list(dict.fromkeys(letter for letter in named if letter is not None))
        if answers and (not known or (None in named and not isinstance(cell.value, bool))):
            unknown = text_of(answers[named.index(None)])
            raise InputError(
                f"has the answer {unknown[:60]!r} in {cell.name!r}, which is none of its options; "
                f"give one of the letters {', '.join(options.letters)}, or the words of one",
                cell.value,
            )
        if letters and known and letters != known:
            raise InputError(
                f"has different answers in {cells[0].name!r} and {cell.name!r}; keep one",
                cell.value,
            )
        letters = letters or known
    return letters


def _answers(cell: Cell) -> Iterator[Any]:
    """The answers in a cell: itself, or each of a list or of a mapping such as TriviaQA's."""
    value = cell.value
    if isinstance(value, bool):
        yield from YES if value else NO
    elif isinstance(value, Mapping):
        parts = {key(str(name)): part for name, part in value.items()}
        if not set(parts) & set(WITHIN):
            raise InputError(
                f"has an answer in {cell.name!r} with the names {list(value)}; give a text, a "
                "number, or a list of right answers",
                value,
            )
        for name in WITHIN:
            if not is_missing(parts.get(name)):
                yield from _answers(Cell(cell.name, parts[name]))
    elif is_list(value):
        for part in value:
            if not is_missing(part):
                yield from _answers(Cell(cell.name, part))
    else:
        yield _stated(cell) if isinstance(value, str) else value


def _stated(cell: Cell) -> str:
    """The answer that a text states: the one that it marks if it is a worked solution."""
    text: str = cell.value.strip()
    answer = marked_answer(text)
    if answer is None and key(cell.name) == SOLUTION and "\n" in text:
        raise InputError(
            f"has a {cell.name!r} without \\boxed{{...}} around the answer; give the answer as "
            "'gold', or leave that column out",
            text,
        )
    return answer or text
