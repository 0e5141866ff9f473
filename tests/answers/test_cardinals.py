"""English number words become digits."""

import pytest

from dynscaling_nb.answers.cardinals import in_digits


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("zero", "0"),
        ("Twelve apples", "12 apples"),
        ("forty-two", "42"),
        ("forty two", "42"),
        ("a hundred", "100"),
        ("nine point eight gallons", "9.8 gallons"),
        ("one hundred point zero five", "100.05"),
        ("one point of two", "1 point of 2"),
        ("one hundred and twenty-one", "121"),
        ("two hundred thousand and five", "200005"),
        ("two million, one hundred thousand", "2100000"),
        ("two-thirds", "2/3"),
        ("three fourths", "3/4"),
        ("one half", "1/2"),
        ("half", "1/2"),
        ("three and a half hours", "3 1/2 hours"),
        ("two and three quarters", "2 and 3/4"),
        ("a dozen", "12"),
        ("half a dozen", "6"),
        ("one or two", "1 or 2"),
        ("two to three", "2 to 3"),
        ("nineteen eighty-four", "19 84"),
    ],
)
def test_number_words_become_digits(text, digits):
    assert in_digits(text) == digits


@pytest.mark.parametrize("text", ["someone", "sixth", "often", "an hour and a half", "Paris"])
def test_other_words_stay(text):
    assert in_digits(text) == text
