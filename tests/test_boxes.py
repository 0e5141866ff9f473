"""Boxes in worked solutions."""

import pytest

from dynscaling_nb.boxes import boxes, marked_answer


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("\\boxed{42}", ["42"]),
        ("\\boxed {42}", ["42"]),
        ("\\boxed 42", ["42"]),
        ("\\fbox{42}", ["42"]),
        ("\x08oxed{42}", ["42"]),  # "\boxed" of a JSON string that was not escaped
        ("\\boxed{\\frac{1}{2}}", ["\\frac{1}{2}"]),
        ("\\boxed{42", ["42"]),
        ("\\boxed{}", []),
        ("\\boxed{1} and \\boxed{2}", ["1, 2"]),
        ("\\boxed{1},\\boxed{2}, \\boxed{3}", ["1, 2, 3"]),
        ("$x = \\boxed{1} \\quad \\text{and} \\quad y_2 = \\boxed{2}$", ["1, 2"]),
        ("\\boxed{1} paper and \\boxed{2} bins", ["1, 2"]),
        ("\\boxed{5}, so the total is \\boxed{8}", ["5", "8"]),
        ("\\boxed{5}\n\\boxed{8}", ["5", "8"]),
    ],
)
def test_several_boxes_in_one_sentence_are_one(text, claims):
    assert [box.content for box in boxes(text)] == claims


def test_a_box_knows_its_place():
    text = "It is \\boxed{4} and \\boxed{5}."
    (box,) = boxes(text)
    assert text[box.start : box.stop] == "\\boxed{4} and \\boxed{5}"


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        ("6 rows of 7 are 42.\n#### 42", "42"),
        ("So $x = \\boxed{5}$, not $\\boxed{8}$.", "8"),
        ("The roots are $\\boxed{1}$ and $\\boxed{-2}$.", "1, -2"),
        ("It is \\boxed{\\frac{1}{2}} of all.", "\\frac{1}{2}"),
        ("It is 42.", None),
    ],
)
def test_the_answer_that_a_worked_solution_marks(solution, answer):
    assert marked_answer(solution) == answer
