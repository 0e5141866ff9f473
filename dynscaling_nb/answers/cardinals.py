"""English number words as digits: `forty-two apples` is `42 apples`. Pure."""

import re

_DIGITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8}
_PARTS |= {f"{part}s": below for part, below in _PARTS.items()} | {"tenth": 10, "tenths": 10}
_SCALES = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_UNITS = {word: value for value, word in enumerate(("zero", *_DIGITS, *_TEENS))}
_UNITS |= {word: 10 * value for value, word in enumerate(_TENS, 2)}

_DIGIT = "|".join(_DIGITS)
_TEEN = "|".join(_TEENS)
_TEN = rf"(?:{'|'.join(_TENS)})(?:[ -](?:{_DIGIT})\b)?"  # "forty", "forty-two"
_UP_TO_99 = rf"(?:{_TEN}|{_TEEN}|{_DIGIT}|zero)\b"
_UP_TO_999 = rf"(?:(?:{_UP_TO_99}|an?) hundred\b(?:(?: and)? {_UP_TO_99})?|{_UP_TO_99})"
_SCALE = rf"(?:{'|'.join(_SCALES)})\b"
_WHOLE = (  # "two million, one hundred thousand and five", "a thousand"
    rf"(?:{_UP_TO_999}|an?) {_SCALE}(?:,?(?: and)? {_UP_TO_999} {_SCALE})*"
    rf"(?:,?(?: and)? {_UP_TO_999})?|{_UP_TO_999}"
)
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_CARDINAL = re.compile(  # "nine point five", "three and a half", "two-thirds", "half"
    rf"\b(?:(?P<whole>{_WHOLE})(?: point(?P<decimals>(?: (?:{_DIGIT}|zero)\b)+))?"
    rf"(?:(?P<and> and (?:an? |one[ -])(?={_PART}))?[ -]?(?P<part>{_PART})\b)?"
    rf"|(?P<dozen>half a dozen|an? dozen)\b|(?P<alone>(?<!and )(?:an? )?(?<!and a )half\b))",
    re.IGNORECASE,
)
_WORD = re.compile("[a-z]+")
_WORDS = {*_UNITS, *_SCALES, "half", "dozen"}  # each number holds one


def in_digits(text: str) -> str:
    """The text with its number words as digits."""
    if _WORDS.isdisjoint(_WORD.findall(text.lower())):
        return text  # spares most claims in words a long search
    return _CARDINAL.sub(_digits, text)


def _digits(match: re.Match[str]) -> str:
    if match["dozen"]:
        return "6" if match["dozen"].lower().startswith("half") else "12"
    if match["alone"]:
        return "1/2"
    value = str(_cardinal(re.findall(r"[a-z]+", match["whole"].lower())))
    if match["decimals"]:
        digits = match["decimals"].lower().split()
        return f"{value}.{''.join(str(_UNITS[digit]) for digit in digits)}"
    if not match["part"]:
        return value
    below = _PARTS[match["part"].lower()]
    return f"{value} 1/{below}" if match["and"] else f"{value}/{below}"


def _cardinal(words: list[str]) -> int:
    """The value of the words of one number, by its scales from left to right."""
    total = part = 0
    for word in words:
        if word == "hundred":
            part = max(part, 1) * 100
        elif word in _SCALES:
            total += max(part, 1) * _SCALES[word]
            part = 0
        else:
            part += _UNITS.get(word, 0)
    return total + part
