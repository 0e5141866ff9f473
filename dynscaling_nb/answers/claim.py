"""What a response states as its answer, in its own words. Pure.

Finding the statement is one step. Reading a value from it is another.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from dynscaling_nb.answers.conclusions import conclusions
from dynscaling_nb.answers.marked import from_json, marked
from dynscaling_nb.answers.normal import unified, unmarked
from dynscaling_nb.answers.silence import is_filler
from dynscaling_nb.answers.statements import Rank, Statement, statements

WINDOW = 20_000  # characters at the end of a text, where its statement is looked for first
MOST_CLAIMS = 6
BLANK = "_____"  # the claim of a statement that ends before its value
WORKING_LINE = 120  # characters; a longer line after "A:" holds working

_END_OF_TEXT = re.compile(  # "<|im_end|>", "</s>"; what follows is another turn
    r"<\|?(?:im_end|im_start|eot_id|eom_id|end_of_text|endoftext|end|eos|return|end_of_turn|s)\|?>"
    r"|</s>|\[(?:EOS|/INST)\]|<｜[^｜<>]{1,40}｜>|<\|(?:user|assistant|system|end_of_turn_token)\|>"
    r"|<(?:end|start)_of_turn>|\[UNUSED_TOKEN_\d+\]",
    re.IGNORECASE,
)
_MAY_END = re.compile(r"[<\[][|｜/A-Za-z]")  # not of "x < y", "<<6*7=42>>"
_NEXT_QUESTION = re.compile(  # a base model goes on with a question of its own
    r"\n[ \t*#>]{0,8}(?:Q|Question|Human|User|Problem|Instruction|Input|问题|Frage)[* ]{0,4}\d{0,4}"
    r"[*]{0,3}\s?:"
)
_SHORT_LABEL = re.compile(  # "A: 42"
    r"^[ \t>*_]{0,8}A[*_]{0,4} ?:[*_]{0,4}[ \t]{0,8}(?=\S)", re.MULTILINE
)
_A_COLON = re.compile(r"A[*_]{0,4} ?:")  # without which there is none
_OTHER_LABEL = re.compile(r"^[ \t>*_]{0,8}B[*_]{0,4} ?[:.)]", re.MULTILINE)
_WRAPPINGS = (
    ("\\[", "\\]"),
    ("\\(", "\\)"),
    ("$$", "$$"),
    ("$", "$"),
    ("“", "”"),
    ("«", "»"),
    ('"', '"'),
    ("'", "'"),
)
_EMOJI = "\U0001f300-\U0001faff✅✔☑✨⭐❤"
_FLOURISH = re.compile(rf"(?<=[^\s{_EMOJI}])\s[\s{_EMOJI}]+$")  # the party popper of "B 🎉"
_ENDINGS = re.compile(r"(?:です|である|だ|となります|になります|입니다|이다|이에요|예요|है)$")


class Claim(NamedTuple):
    """Words of a response that may be its answer.

    `weak`: no wording says that they are the answer; a last line or a conclusion may be it.
    """

    text: str
    weak: bool = False


def claims(text: str) -> Sequence[Claim]:
    """The statements of the answer in a text, best first; empty if it states none.

    The last statement counts first, in words or between marks such as `\\boxed{}`; one that holds
    another gives way to it. Where nothing is stated, the last line or the conclusion is a weak
    claim, and so is a text of one short line.
    """
    page = _page(text[-WINDOW:])
    stated = _stated(page)
    if not stated and len(text) > WINDOW:
        stated = _stated(_page(text))
    strong = _distinct([c for c in stated if not c.weak and not is_filler(c.text)])
    if strong:
        return strong
    ends = [Claim(words, weak=True) for words in map(bare, conclusions(page)) if words]
    return _distinct([*ends, *stated])


def _distinct(some: Iterable[Claim]) -> list[Claim]:
    return list(dict.fromkeys(some))[:MOST_CLAIMS]


def _page(text: str) -> str:
    """The text in one form of its characters, up to where its turn ends."""
    text = unified(text)
    if ("<" in text or "[" in text) and _MAY_END.search(text):
        for end in _END_OF_TEXT.finditer(text):
            if text[: end.start()].strip():
                return text[: end.start()]
    return text


def _stated(page: str) -> list[Claim]:
    """The claims that a page states, the last one first."""
    whole = from_json(page) if "{" in page else None
    if whole is not None:
        return [Claim(bare(whole))]
    low = page.lower()
    if len(low) != len(page):  # "İ" alone has a longer lower case
        low = page.replace("İ", "I").lower()
    places = list(marked(page))  # before words that begin at the same place
    places += [(place, page[place.start : place.stop]) for place in statements(page, low)]
    has_label = ":" in page
    places += _after_short_label(page) if has_label else []
    places.sort(key=lambda item: item[0].start, reverse=True)
    turn = _NEXT_QUESTION.search(page) if places and has_label else None
    if turn and any(place.start <= turn.start() for place, _ in places):
        places = [item for item in places if item[0].start <= turn.start()]
    return [
        Claim(bare(words) or BLANK, place.rank is Rank.STEP) for place, words in _innermost(places)
    ]


def _innermost(places: Iterable[tuple[Statement, str]]) -> list[tuple[Statement, str]]:
    """The statements that hold no other of their rank, the surest first and then the last."""
    chosen: list[tuple[Statement, str]] = []
    for place, words in places:
        inner = chosen[-1][0] if chosen else None
        if inner is None or not place.start <= inner.start < place.stop:
            chosen.append((place, words))
        elif place.rank < inner.rank:
            chosen[-1] = place, words
    return sorted(chosen, key=lambda item: item[0].rank)


def _after_short_label(page: str) -> list[tuple[Statement, str]]:
    """The line after `A:`, unless it is one of several options."""
    labels = list(_SHORT_LABEL.finditer(page)) if _A_COLON.search(page) else []
    if not labels or _OTHER_LABEL.search(page):
        return []
    start = labels[-1].end()
    end = page.find("\n", start)
    end = len(page) if end < 0 else end
    line = page[start:end]
    rank = Rank.STEP if len(line) > WORKING_LINE else Rank.ANSWER
    return [(Statement(labels[-1].start(), end, rank), line)]


@lru_cache(maxsize=1024)  # many responses make one claim
def bare(claim: str) -> str:
    """The claim without markup and punctuation at its ends, and out of its wrapping."""
    claim = unmarked(claim.strip()).strip()
    if not claim.isascii():
        claim = _FLOURISH.sub("", claim)
    while not (claim[:1].isalnum() and claim[-1:].isalnum()):
        before = claim
        claim = claim.strip(" \t\n*`").lstrip(",:;。，、").rstrip(".,:;。，、")
        if not claim.endswith("\\_"):
            claim = claim.strip("_")
        claim = _unwrapped(claim)
        for quote in '"“”':
            if claim.count(quote) == 1 and not claim[-2:-1].isdigit():
                claim = claim.strip(quote)
        if claim.endswith("$") and claim.count("$") == 1 and not claim[:-1].rstrip()[-1:].isdigit():
            claim = claim[:-1]
        if claim == before:
            break
    return _ENDINGS.sub("", claim).rstrip() if not claim.isascii() else claim


def _unwrapped(claim: str) -> str:
    """The claim out of the brackets, quotes and signs of mathematics that hold all of it."""
    for opening, closing in _WRAPPINGS:
        if claim.startswith(opening) and claim.endswith(closing):
            inner = claim[len(opening) : -len(closing)]
            marks = inner.replace("\\$", "")
            if inner.strip() and closing not in marks and opening not in marks:
                claim = inner
    return claim
