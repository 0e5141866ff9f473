"""Multiple choice: the options of a question, and the letter of a claim."""

import pytest

from dynscaling_nb.answers.choices import (
    first_letter,
    is_of_several,
    last_letter,
    letter,
    options_in,
)

CITIES = {"A": "Rome", "B": "Paris", "C": "Lima"}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("Which? (A) red (B) green", {"A": "red", "B": "green"}),
        ("Which?\nA. red\nB. green\nC. blue", {"A": "red", "B": "green", "C": "blue"}),
        ("Which? A) red B) green", {"A": "red", "B": "green"}),
        ("(A) Is it so? Which?\nOptions:\n(A) yes\n(B) no\nA: ", {"A": "yes", "B": "no"}),
        ("Vitamin A. or vitamin D. helps?", {}),
        ("(a) Find x. (b) Find y.", {}),
        ("What is 6 * 7?", {}),
    ],
)
def test_options_stand_in_the_question(text, options):
    assert options_in(text) == options


@pytest.mark.parametrize(
    ("claim", "named"),
    [
        ("B", "B"),
        ("(b)", "B"),
        ("d", "D"),
        ("option b", "B"),
        ("**A**", "A"),
        ("A - Alkaline soil", "A"),
        ("D, Louisiana", "D"),
        ("I", "I"),
        ("B) Paris", "B"),
        ("E. coli", None),
        ("A car", None),
        ("I think so", None),
        ("(A) or (B)", None),
        ("B and C", None),
        ("Boron", None),
    ],
)
def test_a_claim_begins_with_a_letter_or_with_a_word(claim, named):
    assert first_letter(claim) == named


@pytest.mark.parametrize("claim", ["(A) or (B)", "B, C, and D", "option A or option B", "C/E"])
def test_a_claim_of_several_options_is_known(claim):
    assert is_of_several(claim)


@pytest.mark.parametrize("claim", ["B", "A, not B", "A car or a bus", "a neighbor's house"])
def test_a_claim_of_one_option_or_of_words_is_not_of_several(claim):
    assert not is_of_several(claim)


@pytest.mark.parametrize(
    ("claim", "named"),
    [
        ("A, not B", "A"),
        ("Paris", "B"),
        ("rules out C, leaving B", "B"),
        ("I think it is C", "C"),
        ("D", None),
        ("A or B", None),
        ("none of them", None),
    ],
)
def test_only_the_letters_and_the_words_of_the_options_count(claim, named):
    assert letter(claim, CITIES) == named


def test_a_number_names_the_option_with_that_number():
    assert letter("8.0", {"A": "6", "B": "8"}) == "B"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("B is wrong. Option A is correct.", "A"),
        ("It could be (F). In the end: option J. Dogs are no answer.", "J"),
        ("All of (A) and (B) hold.", None),
        ("A car moves. I saw it.", None),
    ],
)
def test_without_a_claim_the_last_sentence_that_names_an_option_counts(text, named):
    assert last_letter(text) == named
