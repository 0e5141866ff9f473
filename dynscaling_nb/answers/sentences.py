"""Where a reader stops: the end of a claim in the text around it. Pure.

A claim ends with its line or its sentence, at a reason, at a bracket that explains, at `, not B`.
"""

import re

from dynscaling_nb.answers.normal import unmarked

LONGEST_CLAIM = 1_000  # characters

_CLOSERS = {  # mathematics and code are skipped over whole, where they are closed
    "\\[": "\\]",
    "\\(": "\\)",
    "\\begin{": "\\end{",
    "$$": "$$",
    "```": "```",
    "`": "`",
    "“": "”",
    "„": "“",
    "«": "»",
}
_REASONS = (  # each begins a reason or a remark, after a comma or without one
    "because|since|due to|given that|as (?:it|they|this|that|the|we|shown|there|you|he|she"
    "|[a-z]\\b)"
    "|so that|but|rather than|instead of|and not|not|which|where|who|whereas|while|although|though"
    "|if|i\\.e\\.|e\\.g\\."
    "|weil|denn|da|nicht|sondern|car|parce que|puisque|porque|ya que|pois|perché|poiché"
    "|потому что|так как|поскольку|а не"
)
_STOP = re.compile(
    r"(?P<opening>\\\[|\\\(|\\begin\{|\$\$|```|[`“„«])"
    r"|(?P<dollar>(?<!\\)\$)"
    r"|(?P<newline>\n|</[a-z_]{1,20}>)"
    r"|(?P<mark>[.!?]+|[。！？；])"
    r"|(?P<bracket>\s\(|（)"
    r"|(?P<comma>\s?[,;]\s+)"
    r"|(?P<wide>[，；](?=[^\W\da-zA-Z]))"
    r"|(?P<dash>\s++(?:[—–]|--?)\s+)"
    rf"|(?P<reason>\s++(?=(?:{_REASONS})\b))"
    r"|(?P<cause>\s*+(?:因为|因為|由于|由於|なぜなら))",
    re.IGNORECASE,
)
_PLAIN = re.compile(  # "42", "(B)", "3.5%" up to the end of its line, or to the text's full stop
    r"(?:[-()%/A-Za-z0-9]|[.,](?=[0-9])){1,60}(?=\n|\.\s*\Z|\Z)"
)
_SENTENCE_END = re.compile(r"\.\s+|!\s+|\?\s+|。\s+|\n\n*")  # each begins with a plain character
_DOLLARS = re.compile(  # "$x$" and "$ x $" on one line; not the signs of "$5 and $6"
    r"\$(?:(?=[^\s$])(?:\\.|[^$\\\n]){1,400}(?<=\S)\$(?!\d)|\s(?:\\.|[^$\\\n]){1,400}\s\$)"
)
_REASON = re.compile(rf"(?:{_REASONS})\b", re.IGNORECASE)
_ALWAYS = re.compile(  # reasons that end a claim of any length, without a comma
    r"because|since\b|due to|given that|rather than|instead of|weil|parce que|puisque|porque|ya que"
    r"|perché|poiché|потому|так как|поскольку",
    re.IGNORECASE,
)
_REMARK = re.compile(  # after a comma; "which is 6 rows", "so the others fail"
    r"(?:so|hence|thus|making|leaving|giving|meaning|i\.e|as|and (?:so|that|this|the|it|I|we)"
    r"|the others?|this|that is|it is|it's|we|I|you|there|he|she|they|wobei|also|dont|ce qui)\b",
)
VERDICTS = frozenset(("yes", "no", "true", "false", "ja", "nein", "oui", "non", "sí", "sì"))
_WORD = re.compile(r"(?!(?:and|or|und|oder|et|ou|y|e|o)\b)[a-z]{3}")
_OPENERS = re.compile(  # words that open a sentence, whatever stands before them
    r"[\"'“*_(]*(?:it|this|that|these|those|the|note|so|in|here|i|we|they|he|she|you|there|if|as"
    r"|since|because|therefore|thus|hence|let|please|to|for|and|but|however|options?|choices?|all"
    r"|each|write|now|both|others?|why|hope|thank|thanks|explanation|reason|no|not|when|while|its"
    r"|my"
    r"|es|das|die|der|wir|denn|la|le|les|il|elle|el|los|su)\b",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:st|dr|mr|mrs|ms|mt|ft|jr|sr|vs|no|nos|nr|approx|prof|inc|co|ltd|bros|gen|col"
    r"|lt|sgt|gov|sen|rep|hon|rev|ca|cf|fig|eq|sec|vol|op|bzw|hr|fr|mme|mlle|u\.a|z\.b|d\.h|e\.g"
    r"|i\.e"
    r"|a\.m|p\.m|[a-z](?:\.[a-z])+)$",
    re.IGNORECASE,
)
_INITIAL = re.compile(r"(?:^|(?P<name>[^\W\d_]+\.?)\s+|[\s(\"'*])(?P<letter>[^\W\d_])$")
_OF_LETTERS = ("option", "choice", "answer", "letter", "is", "be", "and", "or", "statement")
_DAY = re.compile(  # "3. Oktober"
    r"(?<!\d)\d{1,2}\. (?:jan|feb|mär|mar|apr|mai|jun|jul|aug|sep|okt|oct|nov|dez|dec)$",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(r"[^()（）]{0,80}?[^\W\d_]{2}")  # words, not "(II)", "(x + 1)", "(mod 7)"
_SUMS = re.compile(r"[\d\s.,+*/×·=-]+\)")  # "(6 × 7)"
_NO_REMARK = re.compile(r"p?mod\b|[ivxlc]+\)", re.IGNORECASE)
_NEVER_FOLLOWS = re.compile(r"\s*[=+*/^<>≤≥×·)\]}]")  # the "=" of "5! = 120"


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, however short; words with a full stop may be split."""
    pieces: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        pieces.append(text[start : end.start() + (end[0][0] != "\n")])
        start = end.end()
    return [*pieces, text[start:]]


def claim_end(text: str, start: int) -> int:
    """The position at which a reader of the claim from `start` on would stop."""
    if plain := _PLAIN.match(text, start):
        return plain.end()
    limit = min(len(text), start + LONGEST_CLAIM)
    position = start
    unclosed: set[str] = set()
    while match := _STOP.search(text, position, limit):
        kind = match.lastgroup or ""
        position = match.end()
        if kind == "opening":
            closer = _CLOSERS[match[0]]
            close = -1 if closer in unclosed else text.find(closer, position, limit)
            if close < 0 or (match[0] in "`“„«" and "\n" in text[position:close]):
                unclosed.add(closer)
            else:
                position = close + len(closer)
        elif kind == "dollar":
            span = _DOLLARS.match(text, match.start(), limit)
            position = span.end() if span else position
        elif _ENDS[kind](text, start, match):
            return match.start()
    return limit


def _line_ends(text: str, start: int, match: re.Match[str]) -> bool:
    return True


def _sentence_ends(text: str, start: int, match: re.Match[str]) -> bool:
    mark, after = match[0], match.end()
    if mark in "。！？；":
        return True
    if not text[start : match.start()].strip():
        return False  # the dots of "... 42"
    following = text[after : after + 80]
    rest = following.lstrip("\"'”’»)]}*_`")
    if not rest.strip():
        return True
    if not (rest[0].isspace() or _wide(rest[0])) or _NEVER_FOLLOWS.match(rest):
        return False
    if "\n" in rest[: len(rest) - len(rest.lstrip())] or mark not in (".", ".."):
        return True
    return not _abbreviated(text[start : match.start()], rest.lstrip())


def _wide(character: str) -> bool:
    """Whether the character is Chinese or the like, which needs no space between sentences."""
    return ord(character) >= 0x2E80


def _abbreviated(before: str, rest: str) -> bool:
    """Whether the full stop between these words belongs to an abbreviation."""
    tail = before[-20:]
    if _OPENERS.match(rest):
        return False
    if _ABBREVIATION.search(tail) or _DAY.search(tail + ". " + rest[:3]):
        return True
    initial = _INITIAL.search(tail)
    if not initial or not initial["letter"].isupper():
        return False
    if rest[0].islower():  # "E. coli"
        return True
    name = initial["name"]
    if name and not (name[0].isupper() and name.lower().rstrip(".") not in _OF_LETTERS):
        return False
    # "J. Smith", "B. New York"; not "B. Dogs are no answer to it"
    return len(re.split(r"[.!?\n]", rest, maxsplit=1)[0].split()) <= 3


def _bracket_explains(text: str, start: int, match: re.Match[str]) -> bool:
    before = unmarked(text[start : match.start()]).strip(" *_\"'$")
    if not before or _NO_REMARK.match(text, match.end()):
        return False
    if _EXPLAINS.match(text, match.end()):
        return "\\" not in text[match.end() : match.end() + 12]
    return before[-1].isdigit() and bool(_SUMS.match(text, match.end()))


def _comma_ends(text: str, start: int, match: re.Match[str]) -> bool:
    before = unmarked(text[start : match.start()]).strip(" *_\"'")
    if not before:
        return False
    after = match.end()
    if _REASON.match(text, after) or _REMARK.match(text, after) or before.lower() in VERDICTS:
        return True
    if before.replace(",", "").isdecimal() and _WORD.match(text, after):
        return True  # "72, altogether"
    return (
        ";" in match[0] and text[after : after + 1].islower() and text[after + 1 : after + 2] != " "
    )


def _dash_ends(text: str, start: int, match: re.Match[str]) -> bool:
    before = text[start : match.start()].strip(" *_()\"'")
    return len(before) > 1 and text[match.end() : match.end() + 2].replace("I ", "i ")[:1].islower()


def _reason_ends(text: str, start: int, match: re.Match[str]) -> bool:
    before = unmarked(text[start : match.start()]).strip(" *_,\"'")
    if not before:
        return False
    return bool(_ALWAYS.match(text, match.end())) or len(before.split()) == 1


_ENDS = {
    "newline": _line_ends,
    "mark": _sentence_ends,
    "bracket": _bracket_explains,
    "comma": _comma_ends,
    "wide": _line_ends,
    "dash": _dash_ends,
    "reason": _reason_ends,
    "cause": _line_ends,
}
