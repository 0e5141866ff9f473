"""Numbers as people and models write them, in one canonical form. Pure.

`1,200 km`, `$1200.00` and `1.2 × 10^3` read as `1200`; `0.50` and `1/2` as `0.5`; `2/6` as `1/3`.
A claim that may mean more than one number, such as `3-5` or `5:30`, or none, such as `5x`, has no
value: unread rather than wrong.
"""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from dynscaling_nb.answers.cardinals import in_digits
from dynscaling_nb.answers.clauses import BOUNDARIES, first, is_before, last
from dynscaling_nb.answers.formulas import on_one_line
from dynscaling_nb.answers.items import Item, items
from dynscaling_nb.answers.normal import plain
from dynscaling_nb.answers.numerals import DecimalMark, shown_mark, written
from dynscaling_nb.answers.sentences import sentences
from dynscaling_nb.answers.terms import END, Token, tokens
from dynscaling_nb.answers.units import CAPITAL, ORDINALS

LONGEST_CLAIM = 2000  # characters; a number begins well before
LONGEST_ENDING = 2000  # characters at the end of a text without a claim

_MAY_HOLD = re.compile(r"[\d^]")  # a number, or the power of a variable
_SIMPLE = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?")  # the same with any decimal mark
LONGEST_LABEL = 3  # words of "Total cost:"
_NAMED = frozenset(("am", "pm", "a", "p", "of"))  # "5 pm" is a time, "one of them" no number


def number(claim: str, mark: DecimalMark | None = None) -> str | None:
    """The first value of a claim in canonical form; None if it has none or is ambiguous.

    `mark` is the decimal mark of the question's other answers, None if it is unknown.
    """
    if _SIMPLE.fullmatch(claim):  # spares nine claims of ten the rest
        return written(Fraction(claim)) if "." in claim else str(int(claim))
    return _canonical(_parsed(claim, mark).value)


def plain_number(claim: str, mark: DecimalMark | None = None) -> str | None:
    """The claim as a canonical number if it is no more than that, with its unit; else None.

    A reader skips what may stand around it: "about 42", "x = 42", "42 (6 rows of 7)", "42 litres".
    """
    if _SIMPLE.fullmatch(claim):
        return number(claim, mark)
    words, parts, value = _parsed(claim, mark)
    return _canonical(value) if value is not None and _is_all(words, parts, value) else None


def last_number(text: str, mark: DecimalMark | None = None) -> str | None:
    """The value of the last sentence with a number, of a text that states no answer."""
    ending = text.rstrip()[-LONGEST_ENDING:]
    for sentence in reversed(sentences(ending)):
        text = on_one_line(plain(sentence.rstrip(" !")))
        value = last(items(tokens(text), mark)) if _MAY_HOLD.search(text) else None
        if value is not None:
            return _canonical(value)
    return None


def decimal_mark(texts: Iterable[str]) -> DecimalMark | None:
    """The decimal mark that most of these answers show; None if they leave it open.

    "3.5" and "1,234.5" show a point, "3,5" and "1.234.567" a comma; "1,234" may be either.
    """
    marks = [mark for text in texts for mark in [_mark(text)] if mark is not None]
    points, commas = marks.count("."), marks.count(",")
    if points == commas:
        return None
    return "." if points > commas else ","


def _mark(text: str) -> DecimalMark | None:
    if _SIMPLE.fullmatch(text):
        return "." if "." in text else None
    words, _, value = _parsed(text, None)
    if value is None or value.number is None:
        return None
    runs = [word.number for word in words[value.start : value.core] if word.number]
    return shown_mark(runs[0]) if len(runs) == 1 else None


class _Parsed(NamedTuple):
    """The tokens of a claim, its items, and the first value among them."""

    words: Sequence[Token]
    parts: Sequence[Item]
    value: Item | None


@lru_cache(maxsize=256)  # a claim is looked at, read, and asked for its decimal mark in turn
def _parsed(claim: str, mark: DecimalMark | None) -> _Parsed:
    words = _tokens(claim)
    if not words:  # of most claims in words
        return _Parsed([], [], None)
    parts = items(words, mark)
    return _Parsed(words, parts, first(parts))


def _tokens(claim: str) -> list[Token]:
    """The tokens of a claim; none if it has no number."""
    if len(claim) > LONGEST_CLAIM:
        claim = claim[:LONGEST_CLAIM].rpartition(" ")[0]
    text = on_one_line(plain(claim))
    if not any(map(str.isdecimal, text)):
        words, text = text, in_digits(text)
        if text == words:
            return []
    return tokens(text)


def _is_all(words: Sequence[Token], parts: Sequence[Item], value: Item) -> bool:
    """Whether a reader would call the whole claim this number, and not a name or a sum."""
    if value.form != "number":
        return False
    label = max((item.end for item in parts if _ends_label(item, words, value)), default=0)
    if not is_before([item for item in parts if item.start >= label], value.start):
        return False
    after = words[value.core] if value.core < len(words) else END
    if after.word in ORDINALS:
        after = words[value.core + 1] if value.core + 1 < len(words) else END
        return not after.word  # not "18th century"
    if after.word and (after.word.lower() in _NAMED or _is_name(after)):
        return False
    return not _goes_on([item for item in parts if item.start >= value.end])


def _goes_on(rest: Sequence[Item]) -> bool:
    """Whether a verb and another number follow in the same clause: "3 is less than 5"."""
    kinds = [item.kind for item in rest]
    end = min((kinds.index(kind) for kind in BOUNDARIES if kind in kinds), default=len(kinds))
    return "verb" in kinds[:end] and "value" in kinds[kinds.index("verb") : end]


def _ends_label(item: Item, words: Sequence[Token], value: Item) -> bool:
    """Whether the item ends what a number is called: "speed =", "Total cost:"."""
    if item.end > value.start:
        return False
    before = words[: item.start]
    if item.word == ":":
        return len(before) <= LONGEST_LABEL and all(len(word.word) > 1 for word in before)
    return item.kind == "equals"


def _is_name(word: Token) -> bool:
    """Whether the word after a number makes a name of it, as in "7 Up" and "50 Cent"."""
    return bool(word.space) and word.word[0].isupper() and word.word not in CAPITAL


def _canonical(value: Item | None) -> str | None:
    return None if value is None or value.number is None else written(value.number)
