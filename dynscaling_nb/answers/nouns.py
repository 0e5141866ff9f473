"""The words for an answer and for a choice that stand in a text: "answer", "choose". Pure."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from dynscaling_nb.answers.wordings import WORDINGS, joined

RESULTS = frozenset(word for w in WORDINGS for word in w.result.split("|"))
VERBS = frozenset(("choose", "pick", "select", "go with"))
CHOSEN = frozenset(("选择", "選擇", "选", "選"))

_NOUNS = [  # the longest first; parts of regular expressions
    *joined([part for w in WORDINGS for part in (w.answer, w.result)]).split("|"),
    *("choose", "pick", "select", "go with", "选择", "選擇", "选", "選"),
]
_STEMS = ("ans", "result", "solu", "spost", "antwo", "ergebnis", "jawaban", "svar", "cho")


def _by_stem(nouns: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The nouns by a part that each holds: one of the stems, or all of a noun without one."""
    groups: dict[str, list[str]] = {}
    for noun in nouns:
        groups.setdefault(next((stem for stem in _STEMS if stem in noun), noun), []).append(noun)
    return groups


_BY_STEM = _by_stem(_NOUNS)
_ASCII_BY_STEM = _by_stem([noun for noun in _NOUNS if noun.isascii()])


def nouns(low: str) -> list[re.Match[str]]:
    """The words for an answer in a text in lower case, also those within longer words.

    A text has few of the stems. So a search for them, and then for their nouns alone, takes a
    third of the time of one search for all nouns.
    """
    stems = [stem for stem in (_ASCII_BY_STEM if low.isascii() else _BY_STEM) if stem in low]
    return list(_any_of(*stems).finditer(low)) if stems else []


@lru_cache(maxsize=256)
def _any_of(*stems: str) -> re.Pattern[str]:
    """The pattern of the nouns with these stems."""
    nouns = {noun for stem in stems for noun in _BY_STEM[stem]}
    return re.compile("|".join(noun for noun in _NOUNS if noun in nouns))
