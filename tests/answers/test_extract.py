"""From text to a canonical answer."""

import pytest
from hypothesis import given, strategies as st

from dynscaling_nb.answers import extract as answers
from dynscaling_nb.answers.extract import auto, choice, gold_answer, number, short, stated
from dynscaling_nb.errors import UnknownName


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 1,200.",
        "The answer is $1,200.00.",
        "so \\boxed{1200}",
        "Answer: 1200 dollars",
        "**Answer:** 1200",
        "The answer is 1.2e3",
        "The answer is $1.2 \\times 10^{3}$",
        "The answer is \\(1200\\)",
        "The final answer is: **1200 km/h**.",
        "the answer is 1200 because x",
        "Thus x = 3\n#### 1200",
        "The answer is 5.\nNo, wait. The answer is 1200.",
        "1200",
    ],
)
def test_spellings_of_one_number_are_one_vote(text):
    assert auto(text) == number(text) == "1200"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\\boxed{\\frac{3}{4}}", "0.75"),
        ("Answer: 3/4", "0.75"),
        ("Answer: 0.750", "0.75"),
        ("Answer: 2/6", "1/3"),
        ("Answer: -1 1/2 cups", "-1.5"),
        ("Answer: .5", "0.5"),
        ("Answer: −5", "-5"),
        ("Answer: -$5", "-5"),
        ("Answer: 50%", "50"),
        ("Answer: x = 7", "7"),
        ("Answer: $\\frac12$", "0.5"),
        ("Answer: 30^\\circ", "30"),
        ("Answer: 7,000,000", "7000000"),
    ],
)
def test_numbers_have_one_canonical_form(text, value):
    assert auto(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "Answer: (B)",
        "The answer is B.",
        "The answer is (B) Paris",
        "Answer: option b",
        "\\boxed{\\text{(B)}}",
    ],
)
def test_spellings_of_one_choice_are_one_vote(text):
    assert auto(text) == choice(text) == "B"


def test_short_texts_lose_case_articles_and_punctuation():
    assert (
        auto("Answer: The Eiffel Tower.") == short("The answer is eiffel  tower") == "eiffel tower"
    )


def test_a_text_that_states_nothing_casts_no_vote():
    assert auto("I am not sure\nabout this one") is None
    assert stated("") is None
    assert number("no digits\nat all") is None


def test_a_number_reader_falls_back_on_the_last_number():
    assert number("first 3\nthen 14 apples in all") == "14"


def test_absurd_input_is_no_number_and_no_crash():
    assert number("The answer is " + "9" * 10_000) is None
    assert auto("Answer: 1/0") == "1/0"


@given(st.text())
def test_every_reader_takes_every_text(text):
    for read in answers.EXTRACTORS.values():
        found = read(text)
        assert found is None or found.strip()


@given(st.integers(-(10**9), 10**9))
def test_an_integer_is_read_back(value):
    assert auto(f"The answer is {value:,}.") == str(value)


def test_gold_is_read_as_a_response_would_be():
    assert gold_answer("1/2", auto) == "0.5"
    assert gold_answer("(b)", auto) == "B"


def test_a_reader_is_a_name_or_a_function():
    assert answers.extractor(str.upper) is not None
    with pytest.raises(UnknownName, match="did you mean 'number'"):
        answers.extractor("numbr")
