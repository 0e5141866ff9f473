"""From text to a canonical answer."""

import pytest
from hypothesis import given, strategies as st

from dynscaling_nb.answers.extract import (
    EXTRACTORS,
    extractor,
    gold_answer,
    readable,
)
from dynscaling_nb.errors import UnknownName
from dynscaling_nb.records import Completion

auto, number, choice, short = (EXTRACTORS[how] for how in ("auto", "number", "choice", "text"))


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
    assert auto("") is None
    assert number("no digits\nat all") is None


def test_a_text_of_one_line_is_an_answer_up_to_sixty_characters():
    assert short("x" * 60) == "x" * 60
    assert short("x" * 61) is None
    assert short("x\ny") is None


def test_a_number_extractor_falls_back_on_the_last_number():
    assert number("first 3\nthen 14 apples in all") == "14"


def test_absurd_input_is_no_number_and_no_crash():
    assert number("The answer is " + "9" * 10_000) is None
    assert auto("Answer: 1/0") == "1/0"


@given(st.text())
def test_every_extractor_takes_every_text(text):
    for extract in EXTRACTORS.values():
        answer = extract(text)
        assert answer is None or answer.strip()


@given(st.integers(-(10**9), 10**9))
def test_an_integer_is_read_back(value):
    assert auto(f"The answer is {value:,}.") == str(value)


def test_gold_is_read_as_a_response_would_be():
    assert gold_answer("1/2", auto) == "0.5"
    assert gold_answer("(b)", auto) == "B"


def test_an_extractor_is_a_name_or_a_function():
    assert extractor(str.upper) is str.upper
    assert extractor("number") is number
    with pytest.raises(UnknownName, match="unknown extractor 'numbr'; did you mean 'number'"):
        extractor("numbr")


@pytest.mark.parametrize("finish", ["refusal", "content_filter", "tool_calls", "function_call"])
def test_a_completion_that_ends_without_an_answer_is_not_read(finish):
    assert readable(Completion("The answer is 7.", finish=finish), auto) is None


def test_a_truncated_completion_answers_only_with_a_finished_line():
    assert readable(Completion("The answer is 7.\nWait, it", finish="length"), auto) == "7"
    assert readable(Completion("so\nThe answer is 7", finish="length"), auto) is None
    assert readable(Completion("7\nor", finish="length"), auto) is None  # a line, but no statement
