r"""Exact values of arithmetic in LaTeX: `2^{10}`, `5!`, `1\frac{4}{5}`, `(3+4)/2`. Pure.

Values are fractions, never floats: `\frac{1}{4096}` is not `\frac{1}{4097}`.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from math import factorial

MOST_BITS = 50_000  # of a power; a larger one has no value here
LARGEST_FACTORIAL = 3000
MOST_DIGITS = 1000  # of a number as it is written
DEEPEST = 40  # brackets within brackets

_TOKEN = re.compile(
    r"\\text\{[^{}]*\}"  # "\text{and}"
    r"|\\(?:begin|end)\{[A-Za-z]+\*?\}"  # "\begin{pmatrix}"
    r"|\\[A-Za-z]+|\\."  # "\frac", "\{"
    r"|\d+(?:\.\d+)?|\.\d+"  # "12", "1.5", ".5"
    r"|\S"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")


class TooLarge(ArithmeticError):
    """The value has too many digits to be written down."""


class _NoArithmetic(Exception):
    """The tokens are no arithmetic."""


def tokens(text: str) -> list[str]:
    """The numbers, letters, commands and signs of a text, without spacing."""
    return _TOKEN.findall(text)


def value(expression: Sequence[str]) -> Fraction | None:
    """The exact value of the tokens; None if they are no arithmetic.

    Raises `TooLarge` for a value that would not fit into memory, such as `9^{9^{9}}`.
    """
    if not any(token[0].isdigit() or token[0] == "." for token in expression):
        return None
    if max(map(len, expression)) > MOST_DIGITS:
        raise TooLarge
    try:
        return _Arithmetic(expression).whole()
    except (_NoArithmetic, ZeroDivisionError):
        return None


class _Arithmetic:
    """Reads tokens from left to right."""

    def __init__(self, expression: Sequence[str]) -> None:
        self._tokens = expression
        self._place = 0
        self._depth = 0

    def whole(self) -> Fraction:
        """The value of all tokens."""
        result = self._sum()
        self._take("\\%", "%")  # 25 % is read as 25
        if self._next:
            raise _NoArithmetic
        return result

    @property
    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self, *choices: str) -> str:
        """The next token if it is one of these, else an empty text."""
        token = self._next
        if token not in choices or not token:
            return ""
        self._place += 1
        return token

    def _sum(self) -> Fraction:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _NoArithmetic
        result = self._product()
        while sign := self._take("+", "-"):
            term = self._product()
            result += term if sign == "+" else -term
        self._depth -= 1
        return result

    def _product(self) -> Fraction:
        result = self._signed()
        while True:
            if self._take("*", "\\cdot", "\\times"):
                result *= self._signed()
            elif self._take("/", "\\div"):
                result /= self._signed()
            elif self._next in ("(", "\\frac"):  # "2(3)"; a mixed number is one factor
                result *= self._power()
            else:
                return result

    def _signed(self) -> Fraction:
        sign = -1 if self._take("-", "+") == "-" else 1
        return sign * self._power()

    def _power(self) -> Fraction:
        base = self._factor()
        if self._take("^"):
            base = _power(base, self._exponent())
        if self._take("!"):
            if self._next == "!":  # 5!! is another function
                raise _NoArithmetic
            base = _factorial(base)
        return base

    def _factor(self) -> Fraction:
        if self._next == "\\frac":
            return self._fraction()
        if self._next in ("(", "{"):
            return self._bracketed()
        if _NUMBER.fullmatch(self._next):
            number = Fraction(self._next)
            self._place += 1
            if self._next == "\\frac" and number.denominator == 1:
                return number + self._part()
            return number
        raise _NoArithmetic

    def _part(self) -> Fraction:
        r"""The `\frac{4}{5}` of `1\frac{4}{5}`."""
        part = self._fraction()
        if not 0 < part < 1:  # a product, or a slip: nobody can say
            raise _NoArithmetic
        return part

    def _fraction(self) -> Fraction:
        self._place += 1
        numerator = self._group()
        return numerator / self._group()

    def _group(self) -> Fraction:
        """What `\\frac` takes: a value in braces."""
        if self._next != "{":
            raise _NoArithmetic
        return self._bracketed()

    def _exponent(self) -> Fraction:
        """What `^` takes: a value in braces or, as people write it, a number such as `-3`."""
        if self._next in ("{", "("):
            return self._bracketed()
        sign = -1 if self._take("-") else 1
        if not self._next.isdecimal():
            raise _NoArithmetic
        self._place += 1
        return Fraction(sign * int(self._tokens[self._place - 1]))

    def _bracketed(self) -> Fraction:
        closing = {"(": ")", "{": "}"}[self._next]
        self._place += 1
        result = self._sum()
        if not self._take(closing):
            raise _NoArithmetic
        return result


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise _NoArithmetic
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits > 1 and abs(exponent) * bits > MOST_BITS:
        raise TooLarge
    return Fraction(base**exponent.numerator)


def _factorial(base: Fraction) -> Fraction:
    if base.denominator != 1 or base < 0:
        raise _NoArithmetic
    if base > LARGEST_FACTORIAL:
        raise TooLarge
    return Fraction(factorial(base.numerator))
