"""Digits with decimal marks and thousands separators as exact numbers, and back. Pure.

One value has one canonical form: an integer, a finite decimal or a reduced fraction.
"""

import re
from fractions import Fraction
from typing import Literal

DecimalMark = Literal[".", ","]

LONGEST = 999  # digits of a number; what takes more is no number
LONGEST_WRITTEN = 60  # digits that are written in full where a power of ten is shorter

RUN = (  # digits with all that may stand between them: "12 345,60", "1.234.567", "1'200", ".5"
    r"(?:[1-9]\d{0,2}(?: \d{3})+(?!\d)(?:[.,]\d+)?"
    r"|\d+(?:[.,']\d+)*|\.\d+)"
    r"(?:[eE][-+]?\d{1,4}(?!\w))?"  # "1.2e-3"
)
_GROUPS = re.compile(  # "1,234,567", "1.234.567", "1'234'567", "12 345"; Indian "1,23,45,678"
    r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?:'\d{3})+"
    r"|[1-9]\d{0,2}(?: \d{3})+|[1-9]\d?(?:,\d\d)+,\d{3}"
)
_DECIMAL = re.compile(r"(?P<whole>.*?)(?P<mark>[.,])(?P<places>\d+)")


def numeral(run: str, mark: DecimalMark | None = None) -> Fraction | None:
    """The number that a run of digits and separators writes; None for a version or a list.

    `mark` decides about `1,234` and `1.234`. Without it the point is the decimal mark and a comma
    before three digits separates thousands: 1.234 and 1234.
    """
    digits, exponent = run, 0
    if "e" in run or "E" in run:
        digits, _, power = run.lower().partition("e")
        exponent = int(power)
    if len(digits) > LONGEST or abs(exponent) > LONGEST:
        return None
    if digits.isdecimal():
        value = Fraction(int(digits))
    else:
        plain = _with_point(digits, mark)
        if plain is None:
            return None
        value = Fraction(plain)
    return value * Fraction(10) ** exponent if exponent else value


def _with_point(digits: str, mark: DecimalMark | None) -> str | None:
    """The digits without separators and with a point as their decimal mark."""
    if _GROUPS.fullmatch(digits) and not _is_decimal(digits, mark):
        return re.sub(r"\D", "", digits)
    match = _DECIMAL.fullmatch(digits)
    if match is None:
        return None
    whole, point = match["whole"], match["mark"]
    if not (whole.isdecimal() or not whole) and (point in whole or not _GROUPS.fullmatch(whole)):
        return None
    return re.sub(r"\D", "", whole) + "." + match["places"]


def _is_decimal(groups: str, mark: DecimalMark | None) -> bool:
    """Whether `1.234` or `1,234`, which look like thousands, are decimals."""
    separators = re.sub(r"\d", "", groups)
    return separators == (mark or ".")


def shown_mark(run: str) -> DecimalMark | None:
    """The decimal mark that one run shows: a comma in `3,5`, `1.234,56` and `1.234.567`."""
    digits = run.lower().partition("e")[0]
    separators = re.sub(r"[^.,]", "", digits)
    if not separators or numeral(digits) is None:
        return None
    last: DecimalMark = "." if separators[-1] == "." else ","
    other: DecimalMark = "," if last == "." else "."
    if _GROUPS.fullmatch(digits):
        return other if len(separators) > 1 else None
    return last


def written(value: Fraction) -> str | None:
    """The value as an integer, as a decimal if that is finite, else as a reduced fraction.

    Where that takes more than 60 digits, and a power of ten fewer: 10**999 is `1e999`. None if it
    takes more than 999.
    """
    twos = (value.denominator & -value.denominator).bit_length() - 1
    rest, fives = value.denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    if rest != 1:
        above, below = str(abs(value.numerator)), str(value.denominator)
        return f"{value.numerator}/{below}" if len(max(above, below, key=len)) <= LONGEST else None
    places = max(twos, fives)
    mantissa = str(abs(value.numerator) * (10**places // value.denominator))
    text = _positional(mantissa, places)
    digits = mantissa.rstrip("0")
    if len(text) > LONGEST_WRITTEN and len(digits) <= LONGEST_WRITTEN:
        exponent = len(mantissa) - len(digits) - places
        text = f"{digits}e{exponent}" if abs(exponent) <= LONGEST else ""
    if not text or len(text) > LONGEST:
        return None
    return f"-{text}" if value < 0 else text


def _positional(mantissa: str, places: int) -> str:
    """The digits with a point before the last `places` of them."""
    if not places:
        return mantissa
    digits = mantissa.rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
