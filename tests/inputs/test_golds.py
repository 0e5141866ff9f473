"""Right answers, from rows of public data sets and of people."""

import numpy as np
import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.columns import Columns
from dynscaling_nb.inputs.golds import golds_of
from dynscaling_nb.inputs.options import Option, Options

ABC = Options([Option("A", "x"), Option("B", "y"), Option("C", "z")])


@pytest.mark.parametrize(
    ("row", "golds"),
    [
        ({}, []),
        ({"gold": None}, []),
        ({"answer": 7.0}, ["7"]),
        ({"answerKey": "B"}, ["B"]),
        ({"Ground Truth": "7"}, ["7"]),
        ({"expected_output": "7"}, ["7"]),
        ({"label": 0}, ["0"]),
        ({"gold": "NA"}, ["NA"]),
        ({"gold": "7", "answer": "8"}, ["7"]),  # `answer` may be what a model answered
        ({"gold": ["7", "seven", None, "7"]}, ["7", "seven"]),
        ({"gold": np.array(["7", "seven"])}, ["7", "seven"]),
        ({"answer": True}, ["True", "yes"]),
        ({"answer": False}, ["False", "no"]),
        (
            {"answers": {"text": ["Paris", "Paris", "the city"], "answer_start": [1, 1, 1]}},
            ["Paris", "the city"],
        ),
        ({"answers": {"text": [], "answer_start": []}}, []),
        ({"answers": [{"text": "x"}, {"text": "y"}]}, ["x", "y"]),
        (
            {"answer": {"aliases": ["US", "USA"], "value": "USA", "normalized_value": "usa"}},
            ["USA", "US"],
        ),
        ({"answer": "x", "answers": ["x", "y"]}, ["x", "y"]),
        ({"answer": "x", "answer_aliases": ["y"]}, ["x", "y"]),
        ({"reward_model": {"style": "rule", "ground_truth": "4"}}, ["4"]),
        ({"answer": "3 * 6 = <<3*6=18>>18\n#### 18"}, ["18"]),
        ({"solution": r"So \boxed{1} or rather $\boxed{\frac{1}{2}}$."}, [r"\frac{1}{2}"]),
        ({"solution": "18"}, ["18"]),
        ({"answer": "18", "solution": "first\nthen"}, ["18"]),
    ],
)
def test_right_answers_are_found_in_every_common_form(row, golds):
    assert golds_of(Columns(row), None) == golds


@pytest.mark.parametrize(
    ("row", "letters"),
    [
        ({}, []),
        ({"answer": "B"}, ["B"]),
        ({"answer": 2}, ["C"]),
        ({"answer": "B", "answer_index": 1}, ["B"]),
        ({"answer": "y", "answer_idx": "B"}, ["B"]),
        ({"cop": 0}, ["A"]),
        ({"gold": ["A", "z"]}, ["A", "C"]),
    ],
)
def test_with_options_they_are_letters(row, letters):
    assert golds_of(Columns(row), ABC) == letters


def test_a_truth_is_the_option_that_says_so():
    said = Options([Option("A", "no"), Option("B", "yes")])
    assert golds_of(Columns({"answer": True}), said) == ["B"]


def test_the_right_option_of_a_row_is_its_gold_answer():
    assert golds_of(Columns({"correct_answer": "y"}), Options(ABC.options, "B")) == ["B"]


@pytest.mark.parametrize(
    ("row", "options", "says"),
    [
        ({"answer": "w"}, ABC, "has the answer 'w' in 'answer', which is none of its options"),
        ({"label": "3"}, ABC, "has the answer '3' in 'label', .* one of the letters A, B, C"),
        ({"gold": ["A", "w"]}, ABC, "has the answer 'w'"),
        (
            {"answer": "B", "answer_index": 2},
            ABC,
            "different answers in 'answer' and 'answer_index'",
        ),
        ({"answer_index": 2}, None, "'answer_index' but no options"),
        ({"answers": ["x", "y"], "correct": 1}, None, "name it 'options' if it holds"),
        ({"answer": {"start": 3}}, None, r"an answer in 'answer' with the names \['start'\]"),
        ({"solution": "first\nthen"}, None, r"a 'solution' without \\boxed"),
        ({"solution": "first\n\\boxed{"}, None, r"a 'solution' without \\boxed"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(row, options, says):
    with pytest.raises(InputError, match=says):
        golds_of(Columns(row), options)
