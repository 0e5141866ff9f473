"""Options of a multiple choice, in every form of a row."""

import numpy as np
import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.columns import Columns
from dynscaling_nb.inputs.options import Option, Options, below, options_of

XY = {"A": "x", "B": "y"}


def options(row):
    return options_of(Columns(row), "Which?")


@pytest.mark.parametrize(
    "row",
    [
        {"options": ["x", "y"]},
        {"Choices": ("x", "y")},
        {"options": np.array(["x", "y"])},
        {"options": {"A": "x", "B": "y"}},
        {"options": {"a": "x", "b": "y"}},
        {"options": {"1": "x", "2": "y"}},
        {"choices": {"text": ["x", "y"], "label": ["A", "B"]}},
        {"choices": {"text": np.array(["x", "y"]), "label": np.array(["1", "2"])}},
        {"choices": [{"label": "A", "text": "x"}, {"label": "B", "text": "y"}]},
        {"options": [{"key": "A", "value": "x"}, {"key": "B", "value": "y"}]},
        {"options": [{"text": "x"}, {"text": "y"}]},
        {"options": "['x', 'y']"},
        {"options": '["x", "y"]'},
        {"options": ["A) x", "B) y"]},
        {"options": ["(A) x", "(B) y"]},
        {"A": "x", "B": "y", "C": None},
        {"option_a": "x", "Option B": "y"},
        {"opa": "x", "opb": "y"},
        {"answerA": "x", "answerB": "y"},
        {"choice1": "x", "choice2": "y"},
    ],
)
def test_options_have_letters_in_whatever_form_they_come(row):
    assert options(row).by_letter == XY


def test_letters_of_their_own_stay():
    assert options({"options": {"E": "x", "F": "y"}}).by_letter == {"E": "x", "F": "y"}


def test_a_row_without_options_has_none():
    assert options({"text": "?", "A": "x", "c": "x", "d": "y", "options": []}) is None


def test_a_right_answer_is_shuffled_among_the_wrong_ones_by_the_question():
    row = {"Correct Answer": 3, "Incorrect Answer 1": 4, "Incorrect Answer 2": 5}
    places = set()
    for text in map(str, range(30)):
        shuffled = options_of(Columns(row), text)
        assert shuffled.by_letter[shuffled.right] == "3"
        assert sorted(shuffled.by_letter.values()) == ["3", "4", "5"]
        assert shuffled == options_of(Columns(row), text)
        places.add(shuffled.right)
    assert places == {"A", "B", "C"}
    together = options({"correct_answer": "x", "incorrect_answers": ["y", "z"]})
    assert sorted(together.by_letter.values()) == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"options": ["x"]}, "has 1 options; give 2 to 26"),
        ({"options": ["x"] * 27}, "has 27 options; give 2 to 26"),
        ({"options": "x, y"}, "has options that are no list in 'options', got 'x, y'"),
        ({"options": "['x' 'y']"}, "has 1 options"),
        ({"options": ["x", None]}, "has the option B that is no text, got None"),
        ({"options": ["x", ["y"]]}, "has the option B that is no text"),
        ({"choices": {"text": ["x", "y"], "label": ["A"]}}, "has 1 labels for 2 options"),
        ({"options": ["x", "y"], "choices": ["z", "w"]}, "in 'options' and in 'choices'"),
        ({"option_a": "x"}, "has 1 options"),
    ],
)
def test_options_that_are_none_are_refused(row, says):
    with pytest.raises(InputError, match=says.replace("[", r"\[")):
        options(row)


@pytest.mark.parametrize(
    ("row", "gold", "letter"),
    [
        (["0", "4", "2"], 1, "B"),
        (["0", "4", "2"], 1.0, "B"),
        (["0", "4", "2"], "4", "B"),
        (["x", "y"], "B", "B"),
        (["x", "y"], "(b)", "B"),
        (["x", "y"], "b.", "B"),
        (["x", "Y "], "y", "B"),
        (["x", "y"], "1", None),  # from 0 or from 1?
        (["x", "y"], 2, None),
        (["x", "y"], "z", None),
        ([1, 2, 3], 2, "B"),
        ([3, 4, 5], 4, "B"),
        ({"1": "x", "2": "y"}, "2", "B"),
        ({"1": "x", "2": "y"}, 2, "B"),
        ({"yes": "it is", "no": "it is not"}, "no", "B"),
    ],
)
def test_a_gold_answer_is_a_label_the_words_of_one_or_a_place_from_0(row, gold, letter):
    assert options({"options": row}).letter(gold) == letter


def test_options_stand_below_the_text_unless_they_are_in_it():
    assert below("Which?", XY) == "Which?\n\n(A) x\n(B) y"
    for text in ("Which?\n\n(A) x\n(B) y", "Which? A. x B. y", "Which?\nA: x\nB: y"):
        assert below(text, XY) == text
    assert below("x or y? (A) x", XY) == "x or y? (A) x\n\n(A) x\n(B) y"


def test_letters_follow_the_order_where_labels_are_not_all_letters():
    assert Options([Option("A", "x"), Option("A", "y")]).letters == ["A", "B"]
