"""Runs of digits as exact numbers, and back."""

from fractions import Fraction

import pytest

from dynscaling_nb.answers.numerals import numeral, shown_mark, written


@pytest.mark.parametrize(
    ("run", "value"),
    [
        ("1234", 1234),
        ("0012", 12),
        ("1,234", 1234),
        ("12,34,567", 1234567),
        ("1.234.567", 1234567),
        ("1'234'567.5", Fraction("1234567.5")),
        ("1 234 567,5", Fraction("1234567.5")),
        ("1.234,5", Fraction("1234.5")),
        ("1234,567", Fraction("1234.567")),
        ("0,123", Fraction("0.123")),
        ("2.5E-3", Fraction(1, 400)),
    ],
)
def test_a_run_of_digits_is_a_number(run, value):
    assert numeral(run) == value


@pytest.mark.parametrize(
    "run", ["3.10.2", "1,2,3", "1,23,4", "1.234.56", "1'2", "9" * 1000, "1e1000"]
)
def test_a_version_a_list_and_an_endless_number_are_none(run):
    assert numeral(run) is None


@pytest.mark.parametrize(
    ("run", "mark"),
    [("3.5", "."), ("3,5", ","), ("1.234,5", ","), ("1.234.567", ","), ("1,234,567", ".")],
)
def test_a_run_shows_its_decimal_mark(run, mark):
    assert shown_mark(run) == mark


@pytest.mark.parametrize("run", ["1,234", "1234", "1,2,3"])
def test_a_run_may_leave_the_decimal_mark_open(run):
    assert shown_mark(run) is None


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (Fraction(0), "0"),
        (Fraction(-6, 3), "-2"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-1, 40), "-0.025"),
        (Fraction(2, 6), "1/3"),
        (Fraction(-100, 3), "-100/3"),
        (Fraction(15 * 10**98), "15e98"),
        (Fraction(-15, 10**98), "-15e-98"),
        (Fraction(10**59), "1" + "0" * 59),
        (Fraction(int("7" * 100)), "7" * 100),
    ],
)
def test_a_value_has_one_form(value, form):
    assert written(value) == form
    assert "/" in form or numeral(form.removeprefix("-")) == abs(value)


@pytest.mark.parametrize("value", [10**1999, int("7" * 1000), Fraction(1, 3**3000)])
def test_a_value_of_too_many_digits_has_no_form(value):
    assert written(Fraction(value)) is None
