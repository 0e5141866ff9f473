"""Exact values of arithmetic in LaTeX."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from dynscaling_nb.answers.arithmetic import TooLarge, tokens, value

VALUES = [
    ("120", 120),
    (".5", "1/2"),
    ("5!", 120),
    ("3!-1", 5),
    ("2^{10}", 1024),
    ("10^6", 1_000_000),
    ("10^-3", "1/1000"),
    ("2^{-30}", "1/1073741824"),
    (r"1.2\times10^{-3}", "3/2500"),
    (r"1\frac{4}{5}", "9/5"),
    (r"-1\frac{4}{5}", "-9/5"),
    (r"33\frac{1}{3}\%", "100/3"),
    (r"\frac{\frac{1}{2}}{3}", "1/6"),
    ("(3+4)/2", "7/2"),
    ("3-2*4", -5),
    ("2(3)", 6),
    ("-2^2", -4),
    ("(-1)^{100000000}", 1),
]


@pytest.mark.parametrize(("text", "exact"), VALUES)
def test_arithmetic_has_its_exact_value(text, exact):
    assert value(tokens(text)) == Fraction(exact)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "5x",
            "3i",
            "6ab",
            "2n",
            "1 2",
            "5!!",
            "0^{-1}",
            "1/0",
            "2^{1/2}",
            r"\pi",
            "(1,2)",
            "3:2",
        ),
        *(r"2\frac{5}{3}", "((((", "(" * 500 + "1" + ")" * 500, "--5", "5)", ""),
    ],
)
def test_anything_else_has_none(text):
    assert value(tokens(text)) is None


@pytest.mark.parametrize(
    "text", ["9^{9^{9}}", "9^{9^{9^{9}}}", "99999!", "2^{-999999}", "1" * 5000]
)
def test_a_value_that_would_fill_the_memory_is_not_computed(text):
    with pytest.raises(TooLarge):
        value(tokens(text))


@given(st.fractions(), st.fractions())
def test_two_fractions_have_one_value_only_if_they_are_equal(one, other):
    texts = [rf"\frac{{{number.numerator}}}{{{number.denominator}}}" for number in (one, other)]
    assert (value(tokens(texts[0])) == value(tokens(texts[1]))) == (one == other)
