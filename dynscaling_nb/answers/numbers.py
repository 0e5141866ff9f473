"""Numbers as people and models write them, in one canonical form. Pure."""

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

from dynscaling_nb.answers.normal import plain

LONGEST_NUMBER = 200  # characters; a longer text is not a number
DecimalMark = Literal[".", ","]

_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-+]?\.\d+"  # "1,200.50", "-7", ".5"
_CURRENCY = r"(?:US|A|C)?[$€£¥₹]|(?:USD|EUR|GBP|CHF)\b"  # "$", "US$", "EUR"
_QUANTITY = re.compile(
    rf"(?P<sign>[-+])?\s*(?:{_CURRENCY})?\s*(?P<number>{_NUMBER})\s*"  # "-$1,200"
    # "1.2e3", "1.2 × 10^{3}"
    rf"(?:(?:[eE]|\s*[x×*]\s*10\s*\^)\s*[{{(]?(?P<power>[-+]?\d{{1,3}})[}})]?)?"
    # "1 1/2", "3/4"
    rf"(?:\s+(?P<numerator>\d+)\s*/\s*(?P<denominator>\d+)|\s*/\s*(?P<over>\d+(?:\.\d+)?))?"
    # "50 %", "12 km/h", "3 large red apples"
    r"(?P<unit>\s*(?:%|°|[A-Za-zµ€$£¥₹²³][\w%°²³./^-]*)?(?:\s+[A-Za-z][\w²³./^-]*){0,3})"
)
_NUMBER_WITHIN = re.compile(rf"(?:(?<![\w.,])|(?<=[$€£]))(?:{_NUMBER})")  # the 7 of "so 7 apples"
_ASSIGNED = re.compile(  # the "x =" of "x = 7", the "about" of "about 7"
    r"^(?:[A-Za-z]\w{0,2}\s*)?(?:=|≈|~|approximately\b|about\b)\s*"
)
_REASON = re.compile(r",?\s+(?:because|since|as)\b")  # the rest of "7, because it is odd"
_FRACTION = re.compile(  # "\frac{1}{2}", "\dfrac12"
    r"\\[dt]?frac\s*\{?\s*([-+]?[\d.,]+)\s*\}?\s*\{?\s*([\d.,]+)\s*\}?"
)


def decimal_mark(texts: Iterable[str]) -> DecimalMark | None:
    """The decimal mark that these texts show; None if they leave it open."""
    return None


def number(claim: str, mark: DecimalMark | None = None) -> str | None:
    """The first value of a claim in canonical form; None if it has none or is ambiguous.

    `mark` is the decimal mark of the question's other answers, None if it is unknown.
    """
    value = _value(claim)
    return value if value is not None else last_number(claim, mark)


def plain_number(claim: str, mark: DecimalMark | None = None) -> str | None:
    """The claim as a canonical number if it is no more than that, with its unit; else None."""
    return _value(claim)


def last_number(text: str, mark: DecimalMark | None = None) -> str | None:
    """The last number in a text that states no answer."""
    numbers = _NUMBER_WITHIN.findall(plain(text))
    return _value(numbers[-1]) if numbers else None


def _value(text: str) -> str | None:
    """The text as a canonical number without its unit; None if it is not a number."""
    if len(text) > LONGEST_NUMBER:
        return None
    text = _FRACTION.sub(r"\1/\2", plain(text))
    text = _ASSIGNED.sub("", text)
    match = _QUANTITY.fullmatch(_REASON.split(text)[0].rstrip(" .,;!"))
    if match is None:
        return None
    try:
        value = Fraction(match["number"].replace(",", ""))
        if match["power"]:
            value *= Fraction(10) ** int(match["power"])
        if match["numerator"]:
            part = Fraction(int(match["numerator"]), int(match["denominator"]))
            value += -part if value < 0 else part
        if match["over"]:
            value /= Fraction(match["over"])
    except ZeroDivisionError:
        return None
    return _written(-value if match["sign"] == "-" else value)


def _written(value: Fraction) -> str:
    """The value as an integer, as a decimal if that is finite, else as a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    twos_and_fives = value.denominator
    for prime in (2, 5):
        while twos_and_fives % prime == 0:
            twos_and_fives //= prime
    if twos_and_fives != 1:
        return f"{value.numerator}/{value.denominator}"
    places = 0
    while value.denominator != 1:
        value *= 10
        places += 1
    digits = str(abs(value.numerator)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
