"""Multiple choice: the options of a question, and the letter that a claim names. Pure."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from string import ascii_uppercase

from dynscaling_nb.answers.normal import plain
from dynscaling_nb.answers.numbers import plain_number
from dynscaling_nb.answers.sentences import sentences
from dynscaling_nb.answers.words import words

ANY_LETTER: Mapping[str, str] = dict.fromkeys(ascii_uppercase, "")  # of a question without options
LOOK_BACK = 1000  # characters at the end of a text that may name a letter without a claim

_MARKS = (  # how questions letter their options
    re.compile(r"\(([A-Z])\)"),  # "(A) red (B) green"
    re.compile(r"(?m)^[ \t>*-]*([A-Z])[).:](?=\s|$)"),  # lines "A. red", "B) green"
    re.compile(r"(?<![\w(])([A-Z])\)"),  # "A) red B) green"
    re.compile(r"(?<!\w)([A-Z])[.:](?=\s)"),  # "A. red B. green", "A: red"
)
_LETTER = r"(?:[(\[{]\s*[A-Z]\s*[)\]}]|[A-Z](?![\w'^]))"  # "(B)", "B"; not of "Bo", "I'm"
_LETTERS = rf"{_LETTER}(?:\s*(?:,|/|and|or|nor)+\s*{_LETTER}){{0,25}}+"  # "B", "B and (C)"
_FIRST = re.compile(  # "B", "(b)", "option B: Paris", "**D**, Louisiana"
    r"(?:(?:the|correct|option|choice|answer|letter|is)[\s:]+)*"
    r"(?:[(\[{]\s*(?P<bracketed>[A-Za-z])\s*[)\]}]|(?P<bare>[A-Z])(?![\w'^]))"
)
_WHOLE = re.compile(r"(?:[Oo]ption |[Cc]hoice )?([a-z])[).:]?")  # "b", "option b", and no more
_AFTER = re.compile(  # what may follow a letter that is named, not used as a word
    r"\s*(?:$|[).:,;(=→\]]|[-/]\s|-+>)|\s+(?i:is|as|because|since|not|which)\b"
)
_JOINED = re.compile(  # "or (B)", "and C", "/D": a second letter beside the first
    rf"[).:\]]*\s*(?:,?\s*(?i:or|and|and/or|oder|und|ou|et|o|y)\s+|[/&+,]\s*)(?:option\s+)?{_LETTER}"
)
_DENIED = re.compile(  # "not B", "rules out C", "rather than (D)"; "C is wrong"
    r"\b(?i:not|isn't|nor|neither|rul(?:es?|ed|ing)\s+out|eliminat\w+|exclud\w+|reject\w*|"
    rf"rather\s+than|instead\s+of|except|unlike)\s+(?i:options?\s+|choices?\s+)?{_LETTERS}"
    rf"|(?:(?i:options?|choices?)\s+)?{_LETTERS}\s+(?i:is|are|was|were|seems?|looks?)\s+"
    r"(?i:not|also\s+not|wrong|incorrect|false|too|out|impossible|invalid)\b"
)
_BRACKETED = re.compile(r"[(\[]([A-Z])[)\]]")
_NAMED = re.compile(  # "option A", "choose B", "it must be C"; "D is correct"
    r"\b(?i:option|choice|letter|choose|chose|pick|select|be|is|leaving|leaves|→|:)\s+"
    r"([A-Z])(?![\w'^]|\s+[a-z])"
    r"|\b(?i:option|choice|letter)\s+([A-Z])(?![\w'^])"
    r"|(?<![\w'.])([A-Z])\s+(?i:is|must\s+be|seems)\s+(?i:the\s+)?(?i:correct|right|true|best|answer)"
)
_LONE = re.compile(r"[A-Z]\b")  # without which no letter is named
_ALONE = re.compile(r"(?<![\w'.^])([A-Z])(?![\w'^]|\.\w)")
_USED_AS_WORD = re.compile(  # the article, the pronoun; not the A of "A or B"
    r"\b(?:A(?=\s+(?!or\b|and\b)[a-z])|I(?=\s+(?!or\b|and\b)[a-z]|'))"
)


def options_in(text: str) -> dict[str, str]:
    """The options that a question offers: their words by letter; empty if it offers none.

    At least two options stand in one of the usual forms, from A on and without a gap.
    """
    for form in _MARKS if "A" in text and "B" in text else ():
        marks = _row(list(form.finditer(text)))
        if marks:
            ends = [mark.start() for mark in marks[1:]]
            ends.append(_line_end(text, marks[-1].end()))
            return {
                mark[1]: text[mark.end() : end].strip(" \t\n,;*")
                for mark, end in zip(marks, ends, strict=True)
            }
    return {}


def _row(marks: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """The longest row of marks A, B, C and so on, the last one of equals; empty below two."""
    rows: list[list[re.Match[str]]] = [[]]
    for mark in marks:
        if mark[1] == ascii_uppercase[len(rows[-1]) % len(ascii_uppercase)]:
            rows[-1].append(mark)
        elif mark[1] == "A":
            rows.append([mark])
    longest = max(reversed(rows), key=len)
    return longest if len(longest) > 1 else []


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


@lru_cache(maxsize=1024)  # many responses make one claim
def first_letter(claim: str) -> str | None:
    """The letter that a claim begins with, if it names an option; None if it is a mere word.

    `B`, `(b)`, `option B`, `B) Paris`, `D, Louisiana` and `B, not C` name one. `E. coli` and
    `A car` name none, and `A or B` names no single one.
    """
    text = plain(claim).strip(" \"'*_`")
    whole = _WHOLE.fullmatch(text.rstrip(" ."))
    if whole:
        return whole[1].upper()
    match = _FIRST.match(text)
    if match is None or _JOINED.match(text, match.end()):
        return None
    rest = text[match.end() :]
    if match["bracketed"]:
        return match["bracketed"].upper()
    if not _AFTER.match(rest) or re.match(r"\.\s+[a-z]", rest):
        return None
    return match["bare"]


def is_of_several(claim: str) -> bool:
    """Whether a claim begins with two options or more: "A or B", "(B), (C), and (D)"."""
    text = plain(claim).strip(" \"'*_`")
    match = _FIRST.match(text)
    return match is not None and _JOINED.match(text, match.end()) is not None


def letter(claim: str, options: Mapping[str, str] = ANY_LETTER) -> str | None:
    """The letter of the option that a claim names, by its letter or by its words; else None.

    Only the letters of `options` count. A claim that names two is ambiguous.
    """
    first = first_letter(claim)
    if first in options:
        return first
    named = _by_words(claim, options) if any(options.values()) else None
    return named or _only_letter(plain(claim), options)


def _by_words(claim: str, options: Mapping[str, str]) -> str | None:
    """The option whose words, or whose number, the claim repeats; None for two of them."""
    text, value = words(claim), plain_number(claim)
    equal = [
        letter
        for letter, own in options.items()
        if own and (words(own) == text or (value is not None and plain_number(own) == value))
    ]
    return equal[0] if len(equal) == 1 else None


def _only_letter(text: str, options: Mapping[str, str]) -> str | None:
    """The one letter that a text names without denying it; None if it names several."""
    if not _LONE.search(text):
        return None
    affirmed = _DENIED.sub(" ", text)
    alone = {match[1] for match in _ALONE.finditer(_USED_AS_WORD.sub(" ", affirmed))}
    letters = next((row for row in (*_marked(text), alone) if len(row) == 1), set())
    return next(iter(letters & options.keys()), None)


def _marked(text: str) -> list[set[str]]:
    """The letters that a text affirms as options, and those that it has in brackets."""
    if not _LONE.search(text):
        return []
    affirmed = _DENIED.sub(" ", text)
    return [
        {next(filter(None, match.groups())) for match in form.finditer(affirmed)}
        for form in (_NAMED, _BRACKETED)
    ]


def last_letter(text: str, options: Mapping[str, str] = ANY_LETTER) -> str | None:
    """The letter that the end of a text names where nothing states an answer; else None.

    The last sentence that names a letter counts: as an option, in brackets, or as what `is` right.
    """
    for sentence in reversed(sentences(plain(text[-LOOK_BACK:]))):
        for letters in _marked(sentence):
            offered = letters & options.keys()
            if offered:
                return offered.pop() if len(offered) == 1 else None
    return None
