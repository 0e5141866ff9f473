"""The shapes of answers in LaTeX."""

import pytest
from clocked import quickest

from dynscaling_nb.answers.arithmetic import tokens
from dynscaling_nb.answers.shapes import joined, shape

SHAPES = [
    ("x+1", "value", []),
    ("Evelyn", "value", []),
    ("1, 2", "list", ["1", "2"]),
    (r"1 \text{ and } 2", "list", ["1", "2"]),
    ("21, 36, and 82", "list", ["21", "36", "82"]),
    ("x=1orx=2", "list", ["x=1", "x=2"]),
    ("p=5,q=2;p=7,q=2", "list", ["p=5,q=2", "p=7,q=2"]),
    (r"1 \pm \sqrt{2}", "list", [r"1+\sqrt{2}", r"1-\sqrt{2}"]),
    (r"\pm 3", "list", ["3", "-3"]),
    (r"\{1\pm x, -2\}", "set", ["1+x", "1-x", "-2"]),
    (r"\{\}", "value", []),
    ("(1, 2)", "bracket", ["1", "2"]),
    ("(0;-2;6)", "bracket", ["0", "-2", "6"]),
    ("[0, 5)", "bracket", ["0", "5"]),
    ("(5)", "value", []),
    (r"(0, 1) \cup (2, 3)", "union", ["(0,1)", "(2,3)"]),
    (r"x \in [1, 3]", "bracket", ["1", "3"]),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "matrix", ["1", "2", "3", "4"]),
    (r"[\begin{array}{cc} 1 & 2 \end{array}]", "matrix", ["1", "2"]),
    (r"\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}", "value", []),
    ("f(x) = 2x = 6", "equation", ["f(x)", "6"]),
    (r"x = 1/3 \approx 0.33", "approximation", ["x=1/3", "0.33"]),
    (r"\begin{cases} x=1 \\ y=2 \end{cases}", "list", ["x=1", "y=2"]),
    (r"x \approx 11", "equation", ["x", "11"]),
    (r"1 < x \le 3", "order", ["1", "x", "3"]),
    ("3:2", "ratio", ["3", "2"]),
    ("1011_{2}", "base", []),
    ("x_{1}", "value", []),
]


@pytest.mark.parametrize(("text", "kind", "parts"), SHAPES)
def test_a_text_has_a_shape_and_parts(text, kind, parts):
    assert (shape(text).kind, [part.text for part in shape(text).parts]) == (kind, parts)


def test_the_marks_tell_shapes_of_one_kind_apart():
    assert shape("[0,5)").marks == ("[", ")")
    assert shape(r"1 < x \le 3").marks == ("<", "\\le")
    assert shape("A3_{16}").marks == ("A3", "16")
    assert shape(r"\begin{pmatrix}1&2\end{pmatrix}").marks == ("1", "2")


def test_a_command_keeps_its_distance_from_a_letter():
    assert joined(tokens(r"\pi  x + 2 \pi")) == r"\pi x+2\pi"


@pytest.mark.parametrize(
    "piece", ["(", "{", r"\{", "[", "1,", "=", r"\pm ", "(1,", r"\begin{matrix}"]
)
def test_a_text_of_any_make_has_a_shape_at_once(piece):
    for length in (399, 16_000):
        text = piece * (length // len(piece))
        assert quickest(lambda: shape(text)) < 0.05
