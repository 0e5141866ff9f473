"""Exact arithmetic on the tokens of a claim."""

from fractions import Fraction

import pytest

from dynscaling_nb.answers.terms import tokens, value


def read(text):
    result = value(tokens(text), 0, None)
    return None if result is None else (result.form, result.number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        ("-$5", -5),
        ("minus 5", -5),
        ("3/4", Fraction(3, 4)),
        ("3 1/2", Fraction(7, 2)),
        ("3 1⁄2", Fraction(7, 2)),
        ("2^10", 1024),
        ("2^(-3)", Fraction(1, 8)),
        ("2^3^2", 512),
        ("(1/2)^2", Fraction(1, 4)),
        ("1.2 x 10^(-3)", Fraction(3, 2500)),
        ("5!", 120),
    ],
)
def test_one_number_is_exact(text, number):
    assert read(text) == ("number", number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("6 * 7", 42),
        ("6 times 7", 42),
        ("250 + 43", 293),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("2^10 - 1", 1023),
        ("7 ÷ 2 × 4", 14),
    ],
)
def test_operators_make_arithmetic(text, number):
    assert read(text) == ("arithmetic", number)


@pytest.mark.parametrize("text", ["3-5", "3 - 5", "12/25/2024", "2024-12-25", "3x5", "4 x 6"])
def test_ranges_dates_and_sizes_have_no_number(text):
    assert read(text) == ("range", None)


@pytest.mark.parametrize(
    "text",
    [
        *("1/0", "3^(1/2)", "0^-1", "9^9^9", "3 7/2", "10^999 * 10^999"),
        *("10^" + "9" * 400, "2^-" + "9" * 400, "(3/2)^(10^400)", "9" * 400 + "^" + "9" * 400),
    ],
)
def test_what_is_no_exact_number_of_bearable_length_has_none(text):
    assert read(text) == ("none", None)


def test_words_are_no_number():
    assert read("apples") is None
