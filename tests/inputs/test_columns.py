"""Names of columns, and cells that look like a part of the question."""

import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.columns import Cell, Columns, has_text, key


@pytest.mark.parametrize("name", ["answerKey", "Answer Key", "answer_key", " ANSWER-KEY "])
def test_a_name_counts_in_any_case_and_with_any_separators(name):
    assert key(name) == "answerkey"
    assert Columns({name: "B"}).first("answerkey") == Cell(name, "B")


def test_the_first_column_that_is_not_empty_is_taken():
    columns = Columns({"answer": "4", "gold": None, "target": "5"})
    assert columns.first("gold", "answer", "target") == Cell("answer", "4")
    assert columns.first("text") is None


def test_two_columns_of_one_name_are_refused_unless_one_is_empty():
    assert Columns({"Answer": "4", "answer": ""}).first("answer") == Cell("Answer", "4")
    with pytest.raises(InputError, match="has two columns 'Answer' and 'answer'; keep one"):
        Columns({"Answer": "4", "answer": "5"})


def test_a_header_with_a_text_is_known():
    assert has_text(["ID", "Question"])
    assert not has_text(["id;question"])


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("answer_candidates", ["x", "y"], "name that column 'options'"),
        ("mc1_targets", {"choices": ["x"], "labels": [1]}, "name that column 'options'"),
        ("target_scores", {"x": 1, "y": 0}, "name that column 'options'"),
        ("supportingContext", "Two words.", "name that column 'context'"),
        ("image_1", b"png", "has a picture"),
        ("figure", "cat.png", "has a picture"),
    ],
)
def test_what_looks_like_a_part_of_the_question_is_refused_by_name(name, value, says):
    with pytest.raises(InputError, match=says) as error:
        Columns({"question": "Which?", name: value}).check()
    assert repr(name) in str(error.value)


def test_metadata_is_no_part_of_the_question():
    Columns(
        {
            "question": "Which?",
            "choice_type": "single",
            "context_length": 12,
            "document": "report.pdf",
            "multiple_choice": True,
            "image": None,
            "subject": "a long name of a subject",
            "tags": ["x", "y"],
            "explanation": "It is so because of that.",
        }
    ).check()
