"""Tokens of a claim, and exact arithmetic on those that are numbers and operators. Pure.

`2^10`, `3 1/2`, `1.2 × 10^-3` and `5!` are numbers; so are `6 * 7` and `250 + 43`, once evaluated.
"""

import re
from fractions import Fraction
from math import factorial, log10
from typing import Literal, NamedTuple

from dynscaling_nb.answers.numerals import LONGEST, RUN, DecimalMark, numeral
from dynscaling_nb.answers.units import CURRENCIES

Form = Literal["number", "arithmetic", "range", "variable", "none"]

LARGEST_FACTORIAL = 400  # of fewer than 999 digits
SIGNS = ("+", "-")
DEPTH = 5  # of brackets within each other

_TOKEN = re.compile(rf"(\s*)(?:({RUN})|([^\W\d_]+)|(\S))")


class Token(NamedTuple):
    """A run of digits, a word or one other character, and the space before it."""

    space: str
    number: str
    word: str
    symbol: str


class Value(NamedTuple):
    """A number that begins at a token, and the token after it.

    `form` is "number" for one number and "arithmetic" for more than one with an operator. The
    other forms have no number: "range" for `3-5`, a date or `3 x 5`, "variable" for `5x`, "none".
    """

    form: Form
    number: Fraction | None
    end: int


END = Token("", "", "", "")


def tokens(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    return [Token(*groups) for groups in _TOKEN.findall(text)]


def value(words: list[Token], start: int, mark: DecimalMark | None) -> Value | None:
    """The number or the arithmetic that begins at this token; None if there are no digits."""
    reader = _Reader(words, start, mark)
    try:
        number = reader.sum()
    except _NoNumberError:
        return Value("none", None, reader.at) if reader.digits else None
    signs = [sign for sign in reader.operators if sign != "^"]
    if not signs or signs == ["/"]:
        return Value("number", number, reader.at)
    powers = len(signs) < len(reader.operators)
    if (signs[0] == "-" and set(signs) <= {"-", "/"} and not powers) or "x" in signs:
        return Value("range", None, reader.at)
    if signs == ["/", "/"]:
        return Value("range", None, reader.at)
    return Value("arithmetic", number, reader.at)


_BITS = int(LONGEST * 3.4)  # bits of a number with the most digits


class _NoNumberError(Exception):
    """The tokens do not make a number."""


class _Reader:
    """A cursor over tokens that evaluates sums, products, powers and numbers, in this order."""

    def __init__(self, words: list[Token], start: int, mark: DecimalMark | None) -> None:
        self.at = start
        self.operators: list[str] = []  # all but those in brackets and exponents
        self.digits = False  # whether a number was among the tokens
        self._words = words
        self._mark = mark
        self._depth = 0

    def sum(self) -> Fraction:
        total = self._product()
        while (sign := self._operator("+-")) is not None:
            term = self._product()
            total += term if sign == "+" else -term
        return total

    def _product(self) -> Fraction:
        value = self._signed()
        while (sign := self._operator("*/×÷·x")) is not None:
            before = self.at
            factor = self._signed()
            if sign in "/÷":
                if not factor:
                    raise _NoNumberError
                value /= factor
            else:
                value *= factor
            if max(value.numerator.bit_length(), value.denominator.bit_length()) > _BITS:
                raise _NoNumberError
            if sign not in "/÷" and not self._depth and self._is_power_of_ten(before):
                self.operators.remove(sign)  # "1.2 x 10^-3" is one number
        return value

    def _is_power_of_ten(self, start: int) -> bool:
        return self._words[start].number == "10" and self.at > start + 1

    def _operator(self, signs: str) -> str | None:
        """The operator here, if it is one of these and a number follows it."""
        token = self._token()
        sign = token.symbol or (token.word if token.word in ("x", "times") else "")
        sign = {"times": "*"}.get(sign, sign)
        if not sign or sign not in signs or "\n" in token.space:
            return None
        if not self._operand_at(self.at + 1, sign):
            return None
        self.at += 1
        self._note(sign)
        return sign

    def _note(self, sign: str) -> None:
        if not self._depth:
            self.operators.append(sign)

    def _operand_at(self, at: int, sign: str) -> bool:
        """Whether a number begins here that this operator may take."""
        token = self._words[at] if at < len(self._words) else END
        if sign == "x":
            return token.symbol not in SIGNS and number_at(self._words, at)
        return (token.symbol == "(" and sign != "-") or number_at(self._words, at)

    def _signed(self) -> Fraction:
        """A power with signs and currencies before it: `-5`, `$-5`, `-US$5`."""
        sign = 1
        while True:
            token = self._token()
            if is_sign(token):
                sign *= 1 if token.symbol == "+" else -1
            elif not is_currency(token):
                return sign * self._power()
            self.at += 1

    def _power(self) -> Fraction:
        base = self._atom()
        token = self._token()
        if token.symbol == "!" and not token.space:
            return self._factorial(base)
        if token.symbol != "^" or not self._operand_at(self.at + 1, "^"):
            return base
        if self._depth > DEPTH:
            raise _NoNumberError
        self._note("^")
        self.at += 1
        self._depth += 1
        exponent = self._exponent()
        self._depth -= 1
        return _power(base, exponent)

    def _exponent(self) -> Fraction:
        sign = 1
        if self._token().symbol in SIGNS:
            sign = -1 if self._token().symbol == "-" else 1
            self.at += 1
        return sign * self._power()

    def _factorial(self, base: Fraction) -> Fraction:
        if base.denominator != 1 or not 0 <= base <= LARGEST_FACTORIAL:
            return base
        self.at += 1
        return Fraction(factorial(int(base)))

    def _atom(self) -> Fraction:
        token = self._token()
        if token.symbol == "(" and self._depth < DEPTH:
            self.at += 1
            self._depth += 1
            value = self.sum()
            self._depth -= 1
            if self._token().symbol != ")":
                raise _NoNumberError
            self.at += 1
            return value
        if not token.number:
            raise _NoNumberError
        return self._mixed(token)

    def _mixed(self, token: Token) -> Fraction:
        """A run of digits, a fraction such as `1⁄2`, or both: `3 1/2`."""
        whole = self._run()
        if self._token().symbol == "⁄":
            return self._below(whole)
        part, slash, below = (self._words[self.at : self.at + 3] + [END] * 3)[:3]
        if not token.number.isdecimal() or not part.number.isdecimal() or part.space != " ":
            return whole
        if slash.symbol not in ("/", "⁄") or slash.space or not below.number.isdecimal():
            return whole
        if slash.symbol == "/" and not is_proper(part.number, below.number):
            raise _NoNumberError
        return whole + self._below(self._run())

    def _below(self, above: Fraction) -> Fraction:
        """The fraction of a number and the one after the slash here."""
        self.at += 1
        below = self._run()
        if not below:
            raise _NoNumberError
        return above / below

    def _run(self) -> Fraction:
        self.digits = True
        number = numeral(self._token().number, self._mark) if self._token().number else None
        self.at += 1
        if number is None:
            raise _NoNumberError
        return number

    def _token(self) -> Token:
        return self._words[self.at] if self.at < len(self._words) else END


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    """The exact power. Raises if it is irrational, or too long to be anyone's answer."""
    if exponent.denominator != 1 or (not base and exponent < 0):
        raise _NoNumberError
    size = max(abs(base.numerator), base.denominator)
    if size > 1 and (abs(exponent) > _BITS or abs(exponent) * log10(size) > LONGEST):
        raise _NoNumberError
    return base ** int(exponent)


def number_at(words: list[Token], at: int) -> bool:
    """Whether a number begins here, with the signs and currencies before it."""
    for token in words[at : at + 4]:
        if token.number:
            return True
        if not is_sign(token) and not is_currency(token):
            return False
    return False


def is_proper(above: str, below: str) -> bool:
    """Whether these runs of digits make a fraction between 0 and 1."""
    return above.isdecimal() and below.isdecimal() and 0 < int(above) < int(below)


def is_sign(token: Token) -> bool:
    """Whether the token is a sign: "+", "-", or the word before "minus five"."""
    return token.symbol in SIGNS or token.word.lower() in ("minus", "negative")


def is_currency(token: Token) -> bool:
    """Whether the token is a currency that stands before its number."""
    return (token.symbol or token.word) in CURRENCIES
