"""Which of the numbers in a claim or in a sentence is its value. Pure.

"3 boxes of 6 is 18" gives 18, and so do "18 (3 boxes of 6)" and "18, which is 3 times 6". "3 or 4"
gives none.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dynscaling_nb.answers.items import Item
from dynscaling_nb.answers.units import words_of

WORDS = words_of(  # words before a number that do not change it
    "a about almost also altogether an answer approx approximately are around be been by ca circa "
    "equal equals exactly final finally hence i.e in is it its just must nearly no now nr number "
    "of only precisely result roughly simply so some still sum that the then there therefore thus "
    "to total value was were would"
)
MARKS = frozenset("'\"([{)]}*:.,-~#=|>_`!?→≈")
_SKIPPED = WORDS | MARKS
BOUNDARIES = ("join", "stop", "reason", "so")  # the kinds of item that begin a clause
MENTION, STATEMENT, EQUATION = range(3)  # how plainly a clause gives a number


class Choice(NamedTuple):
    """The number that a clause gives, and how plainly it says so, from 0 to 2."""

    item: Item
    strength: int


def first(items: Sequence[Item]) -> Item | None:
    """The item that a claim gives as its value; None if it has no number.

    Its form says whether it is a number: `5x` and `3-5` are none. It loses its number where
    another one may be meant as well.
    """
    outside = _outside(items)
    sentence = _sentence(outside)
    if not sentence:
        return None
    choices = [_choice(clause, outside) for clause in sentence]
    strength = max(choice.strength for choice in choices)
    best = next(i for i, choice in enumerate(choices) if choice.strength == strength)
    chosen = choices[best].item
    rivals = [choice.item for choice in choices[best + 1 :] if choice.strength == EQUATION]
    if best and is_before(items, choices[0].item.start):
        rivals.append(choices[0].item)
    rivals += _listed(sentence[best + 1 :])
    rivals += _beginning([item for item in outside if item.start >= chosen.end])
    if _is_tuple(outside, chosen) or any(item.number != chosen.number for item in rivals):
        return chosen._replace(form="none", number=None)
    return chosen


def last(items: Sequence[Item]) -> Item | None:
    """The item that a sentence without a claim ends on; None if it has no number."""
    clauses = _concluding(_clauses(_outside(items)))
    told = [clause for clause in clauses if not _is_reason(clause)] or clauses
    choices = [_choice(clause, items) for clause in told]
    equations = [choice for choice in choices if choice.strength == EQUATION]
    return (equations or choices)[-1].item if choices else None


def is_before(items: Sequence[Item], start: int) -> bool:
    """Whether only words stand before this token that a reader would skip."""
    return all(
        item.kind in ("join", "stop", "so", "equals", "verb") or item.word in _SKIPPED
        for item in items
        if item.start < start
    )


def _outside(items: Sequence[Item]) -> list[Item]:
    """The items outside brackets; those of the brackets if only they hold numbers."""
    depth = min((item.depth for item in items if item.kind == "value"), default=0)
    return [item for item in items if item.depth <= depth]


def _clauses(items: Sequence[Item]) -> list[list[Item]]:
    """The clauses with numbers, each from a comma, an "and" or a reason to the next."""
    clauses: list[list[Item]] = [[]]
    for item in items:
        if item.kind in BOUNDARIES:
            clauses.append([])
        clauses[-1].append(item)
    return [clause for clause in clauses if any(item.kind == "value" for item in clause)]


def _sentence(items: Sequence[Item]) -> list[list[Item]]:
    """The clauses of the first sentence with numbers, without reasons if it has others."""
    sentence: list[list[Item]] = []
    for clause in _clauses(items):
        if sentence and clause[0].kind == "stop":
            break
        sentence.append(clause)
    sentence = [clause for clause in sentence if not _is_reason(clause)] or sentence
    begins = bool(sentence) and is_before(items, _value(sentence[0]).start)
    return sentence if begins else _concluding(sentence)


def _concluding(clauses: list[list[Item]]) -> list[list[Item]]:
    """The clauses from the last "so" or "therefore"; all of them without one."""
    start = max((i for i, clause in enumerate(clauses) if clause[0].kind == "so"), default=0)
    return clauses[start:]


def _is_reason(clause: Sequence[Item]) -> bool:
    return clause[0].kind == "reason"


def _value(clause: Sequence[Item]) -> Item:
    """The first number of a clause."""
    return next(item for item in clause if item.kind == "value")


def _choice(clause: Sequence[Item], items: Sequence[Item]) -> Choice:
    """The number of one clause: the right side of an equation, what follows a verb, the first."""
    values = [item for item in clause if item.kind == "value"]
    equals = [item.start for item in clause if item.kind == "equals"]
    if equals:
        right = [item for item in values if item.start > equals[-1]]
        left = [item for item in values if item.start < equals[-1]]
        unknown = [item for item in left if item.form == "variable"]
        if right and left and left[-1].form == "number" and left[-1].number == right[0].number:
            right = left[-1:]  # the 42 of "42 = 6 * 7"
        return Choice((unknown or right or left[-1:])[0], EQUATION)
    begins = is_before(items, values[0].start)
    verb = next((i for i, item in enumerate(clause) if item.kind == "verb"), len(clause))
    after = [item for item in clause[verb:] if item.kind == "value"]
    if after and (not begins or is_before(clause[verb:], after[0].start)):
        return Choice(after[0], STATEMENT)
    return Choice(values[0], STATEMENT if begins else MENTION)


def _is_tuple(items: Sequence[Item], chosen: Item) -> bool:
    """Whether the number is one of several things in brackets: `(1, x)`."""
    commas = (item for item in items if item.word in (",", ";"))
    return chosen.depth > 0 and any(item.depth == chosen.depth for item in commas)


def _listed(clauses: Sequence[Sequence[Item]]) -> list[Item]:
    """The further numbers of a list: those with which the next clauses begin."""
    numbers: list[Item] = []
    for clause in clauses:
        beginning = _beginning(clause[1:])
        if not beginning or clause[0].kind != "join":
            break
        numbers += beginning
    return numbers


def _beginning(items: Sequence[Item]) -> list[Item]:
    """The number with which these items begin, if they do."""
    for item in items:
        if item.kind == "value":
            return [item]
        if item.word not in MARKS:
            break
    return []
