"""What follows a number: its scale and its unit, or what makes it no number. Pure.

"5 km/h", "3 million" and "42 apples" are numbers. `5x` is a product, `5:30` a time, "3 to 5" a
range and "5 feet 6 inches" two numbers.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from dynscaling_nb.answers.terms import END, SIGNS, Form, Token, is_proper, number_at
from dynscaling_nb.answers.units import (
    BETWEEN,
    COMPOUND,
    GLUED,
    MAGNITUDES,
    MARKS,
    MONTHS,
    NO_NOUNS,
    ORDINALS,
    SMALL_WORDS,
    SPACED,
)

OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
MATHEMATICS = frozenset(
    "+*/×÷·^_<>≤≥≠±√∞π∈∪∩\\"
)  # beside a number, and no number on the other side
NEAR = 40  # tokens in which the end of a bracket is sought
EAST_ASIAN = 0x2E80  # the first code point of characters that are words by themselves


class Quantity(NamedTuple):
    """A number with its scale, of form "number" if it is one, and the token after its unit."""

    form: Form
    number: Fraction
    end: int


def quantity(words: list[Token], at: int, number: Fraction) -> Quantity:
    """The quantity of a number that ends before this token."""
    after = _After(words, at, number)
    return Quantity(after.form(), after.number, after.at)


def has_variable(words: Sequence[Token]) -> bool:
    """Whether a single letter comes before the end of the bracket with which the tokens begin."""
    before = END
    for token, after in zip(words, [*words[1:], END], strict=True):
        if token.symbol in CLOSING:
            break
        times = token.word == "x" and before.number and after.number  # "50 x 2"
        if token.symbol in ("\\", "π") or (len(token.word) == 1 and not times):
            return True
        before = token
    return False


class _After:
    """A cursor over the tokens after a number."""

    def __init__(self, words: list[Token], at: int, number: Fraction) -> None:
        self.at = at
        self.number = number
        self._words = words

    def form(self) -> Form:
        """The form of the number, read to the end of its unit."""
        if self.at == len(self._words):
            return "number"
        if self._token().word.lower() == "and":
            self._add_half()
        if self._token().symbol in MARKS:
            mark = self._token().symbol
            self.at += 1
            if self._token().number and mark in "'′°":
                return self._two_numbers()
            if mark == "°" and self._token().word in ("C", "F", "K"):
                self.at += 1
        self._scale()
        token = self._token()
        if token.word:
            form = self._spaced(token) if token.space else self._glued(token)
            if form != "number":
                return form
        return self._symbol()

    def _token(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self._words[at] if at < len(self._words) else END

    def _is_date(self) -> bool:
        """Whether a month follows the "5th": "5th May", "5th of May"."""
        month = self._token(1).word if self._token().word == "of" else self._token().word
        return month[:1].isupper() and month.lower() in MONTHS

    def _add_half(self) -> None:
        """Add the part of "3 and a half" and of "3 and 1/2"."""
        above, slash, below = (self._token(ahead) for ahead in (1, 2, 3))
        part = Fraction(0)
        if above.word.lower() in ("a", "one") and slash.word.lower() == "half":
            part = Fraction(1, 2)
            self.at += 3
        elif slash.symbol == "/" and is_proper(above.number, below.number):
            part = Fraction(int(above.number), int(below.number))
            self.at += 4
        self.number += part if self.number >= 0 else -part

    def _scale(self) -> None:
        """Multiply by the "million" of "3 million"."""
        word = self._token().word
        scale = MAGNITUDES.get(word) or MAGNITUDES.get(word.lower())
        if scale:
            self.number *= scale
            self.at += 1

    def _glued(self, token: Token) -> Form:
        """A word without a space before it: a unit that is known, or a factor as in `5x`."""
        word = token.word
        if word in ORDINALS or ord(word[0]) >= EAST_ASIAN:
            self.at += 1
            if self._is_date():
                return "none"
            return self._two_numbers() if word in COMPOUND and self._token().number else "number"
        if word in GLUED or (len(word) > 1 and word.lower() in COMPOUND):
            return self._unit()
        self.at += 1
        return "variable"

    def _spaced(self, token: Token) -> Form:
        """A word after a space: a unit, a thing that is counted, or a variable."""
        word = token.word.lower()
        if self._is_between(word):
            return self._two_numbers()
        if word in NO_NOUNS or (word in MONTHS and token.word[0].isupper()):
            return "none"
        if token.word in SPACED or word in COMPOUND:
            return self._unit()
        letter = self._token(1).symbol == "." and not self._token(1).space  # the "p" of "7 p.m."
        noun = (
            (letter and len(self._token(2).word) == 1)
            or len(word) > 2
            or word in SMALL_WORDS
            or not word.isascii()
        )
        if noun or (self._token(1).word and self._token(1).space):
            return "number"
        return "variable"

    def _is_between(self, word: str) -> bool:
        """Whether the word makes a range or a ratio: "3 to 5", "1 in 6", "5 less than 8"."""
        second = self._token(1).word
        return (
            (word in BETWEEN and number_at(self._words, self.at + 1))
            or (word in ("less", "fewer", "more") and second == "than" and self._number(2))
            or (word == "out" and second == "of" and self._number(2))
            or (word == "in" and self._number(1) and (self.number == 1 or self._token(2) == END))
        )

    def _number(self, ahead: int) -> bool:
        return bool(self._token(ahead).number)

    def _unit(self) -> Form:
        """A unit such as "km/h" or "m/s^2"; a second number after it makes two of one."""
        compound = self._token().word in COMPOUND or self._token().word.lower() in COMPOUND
        self.at += 1
        while self._is_unit_going_on():
            self.at += 1
        dot = self._token().symbol == "." and not self._token().space
        after = self._token(1) if dot else self._token()
        return self._two_numbers() if compound and after.number else "number"

    def _is_unit_going_on(self) -> bool:
        token = self._token()
        if token.symbol == "^":
            self._exponent()
            return True
        if token.symbol in ("/", "*", "×", "·") and self._token(1).word:
            self.at += 1
            return True
        word = token.word
        return bool(token.space) and len(word) < 3 and word in SPACED and word not in SMALL_WORDS

    def _exponent(self) -> None:
        """To the last token of the "^2" or "^(-2)" after a unit."""
        bracket = self._token(1).symbol == "("
        end = (2 if bracket else 1) + (self._token(2 if bracket else 1).symbol in SIGNS)
        self.at += end + bracket

    def _symbol(self) -> Form:
        """What a character after the number and its unit makes of it."""
        token, after = self._token(), self._token(1)
        if not token.symbol:
            return "number"
        if self._is_range(token, after):
            return self._two_numbers()
        if token.symbol == "/" and len(after.word) > 1:
            self.at += 1
            return self._unit()
        if token.symbol == "-" and self._is_subtracted(after):
            return "variable"
        if token.symbol in OPENING and self._is_factor():
            return "variable" if has_variable(self._words[self.at : self.at + NEAR]) else "none"
        at = self.at
        while at < len(self._words) and self._words[at].symbol in CLOSING:  # "[0] ∪ [3]"
            at += 1
        symbol = self._words[at].symbol if at < len(self._words) else ""
        return "none" if symbol in MATHEMATICS else "number"

    def _is_subtracted(self, after: Token) -> bool:
        """Whether the dash here is the minus of `3 - x` or of `1 - √2`."""
        letter = len(after.word) == 1 and after.word.lower() not in SMALL_WORDS
        bracket = after.symbol in OPENING and has_variable(self._words[self.at + 2 :][:NEAR])
        return letter or bracket or after.symbol in ("√", "\\", "π")

    def _is_range(self, token: Token, after: Token) -> bool:
        """Whether "-", ":" or dots join the number to another."""
        if token.symbol in ("-", "~"):
            return number_at(self._words, self.at + 1)
        if token.symbol == ":":
            return bool(after.number) and bool(token.space) == bool(after.space)
        if token.symbol == "." and after.symbol == "." and not token.space:  # "0.333..."
            while self._token().symbol == ".":
                self.at += 1
            return bool(self._token().number)  # "3..5"
        return token.symbol == "." and after.symbol == "\\" and not token.space  # "0.\dot{3}"

    def _is_factor(self) -> bool:
        """Whether the bracket here multiplies the number: `2(x+1)`, not "42 (6 rows of 7)"."""
        glued = not self._token().space
        words = []
        for token in self._words[self.at + 1 : self.at + NEAR]:
            if token.symbol in CLOSING:
                break
            words.append(token.word)
        if any(word in NO_NOUNS for word in words):  # "3 (mod 5)"
            return True
        return glued and not any(len(word) > 2 for word in words)

    def _two_numbers(self) -> Form:
        """Past the second number of a range, a ratio, a time or a quantity in two units."""
        end = next((i for i in range(NEAR) if self._token(i).number), 0)
        self.at += end
        self.at += 1
        return "range"
