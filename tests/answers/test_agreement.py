"""Which answers have the value of a gold answer, without any algebra."""

import pytest
from hypothesis import given, strategies as st

from dynscaling_nb.answers.agreement import agrees, same

EQUAL = [  # gold, answer
    (r"\frac{3}{4}", "0.75"),
    ("120", "5!"),
    ("9/5", r"1\frac{4}{5}"),
    ("100/3", r"33\frac{1}{3}\%"),
    ("25", r"25\%"),
    ("2+3", "5"),
    ("(1,9/2)", "(1,4.5)"),
    ("1,2", "(1,2)"),  # a tuple without its brackets
    ("-2, 3", "3, -2"),
    (r"\{1,2\}", r"\{2,1\}"),
    ("1,3", r"\{3,1\}"),
    ("5", r"\{5\}"),
    (r"6 \text{ and } 8", "8,6"),
    ("(1,2),(3,4)", "(3,4),(1,2)"),
    ("(1,2,3)", "[1,2,3]"),
    ("[0,5)", "[0, 5)"),
    ("(5,\\infty)", "x > 5"),
    ("x > 5", r"(5,\infty)"),
    ("[1,3]", r"1 \le x \le 3"),
    (r"1 \le x \le 3", "[1,3]"),
    (r"3 \ge x \ge 1", r"1 \le x \le 3"),
    (r"x \ge 5", r"5 \le x"),
    (r"(1,\infty)\cup(-\infty,0)", r"(-\infty,0)\cup(1,\infty)"),
    (r"(-\infty,0)\cup(1,\infty)", r"x<0 \text{ or } x>1"),
    (r"x \in [1,3]", "[1,3]"),
    (r"\begin{bmatrix}1&2\\3&0.5\end{bmatrix}", r"\begin{pmatrix}1&2\\3&\frac{1}{2}\end{pmatrix}"),
    (r"3,-3", r"\pm 3"),
    ("x^2+1", "y=x^2+1"),
    ("y=x^2+1", "x^2+1"),
    ("f(x)=6", "6"),
    ("5", "a+b=5"),
    ("x=5", "x=2+3"),
    ("k=45, n=2", "n=2, k=45"),
    ("p=5,q=2;p=7,q=2", "(7,2),(5,2)"),
    ("(p,q)=(3,2)", "(3,2)"),
    ("3:2", "6:4"),
    ("1.5", "3:2"),
    ("1:2:3", "1:2:3"),
    ("12:00", "12:00"),
    ("1011_2", "1011"),
    ("1011_2", "1011_{2}"),
    (r"1/3", r"x = 1/3 \approx 0.33"),
    (r"\pi \approx 3.14", r"\pi"),
    ("0.33", r"1/3 \approx 0.33"),
    (r"\{(3,4)\}", "(3,4)"),
    (r"\begin{cases} x=1 \\ y=2 \end{cases}", "x=1, y=2"),
    (r"f(n) = 2n", "f(x) = 2x"),
    (r"W(n)=1 \text{ and } W(n)=-1", "W(x)=1orW(x)=-1"),
    ("(1,2),(3,4)", "(3,4),(1,2),(3,4)"),
    (r"\{1,2\}", r"\{2,1,2\}"),
    ("Evelyn", "evelyn"),
    (r"\text{Even}", "even"),
    ("9^{9^{9^9}}", "9^{9^{9^9}}"),
]
DIFFERENT = [
    (r"\frac{1}{4096}", r"\frac{1}{4097}"),
    ("0.0000012", "0.0000013"),
    ("1/3", "0.333"),
    ("1000001/3", "1000002/3"),
    ("0", "2^{-30}"),
    ("(0.0000012,1)", "(0.0000013,1)"),
    ("9^{9^{9^9}}", "10^{9^{9^9}}"),
    ("5", "5!"),
    ("1,3", "1,2"),
    ("1,3", "1,3,5"),
    (r"2/7 \approx 0.3", r"1/3 \approx 0.3"),
    ("1,3", "1,3,3"),  # the mode of a list may be named twice, and this is another list
    ("(1,3)", "(3,1)"),
    ("(3,1)", r"\{1,3\}"),
    ("(1,3)", r"\{1,3\}"),
    (r"\{1,3\}", "(3,1)"),
    ("(0,9)", "[0,9)"),
    ("[0,9)", "[0,1)"),
    ("x > 5", r"x \ge 5"),
    ("x > 5", "y > 5"),
    ("a+3z=0", "0"),
    ("2x+z=1", "1"),
    ("7=11a+c", "11a+c"),
    ("3:4", "3:2"),
    ("3:2", "1.5"),
    ("12:00", "1:00"),
    ("1:30", "2:60"),
    ("1011_2", "1011_3"),
    ("52_8", "42"),
    (r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
    ("19, 46, and 82", "21, 36, and 82"),
    (r"\pm 2021", "2021"),
    ("Evelyn", "Angela"),
    ("Evelyn", "5"),
]
OPEN = [  # these need algebra
    (r"\sqrt{8}", r"2\sqrt{2}"),
    ("5", "5x"),
    ("5x", "5y"),
    ("6ab", "6cd"),
    ("(x+1)(x-1)", "x^2-1"),
    ("y=x+1", "x=y-1"),
    ("-x > -1", "x < 1"),
    (r"(1,\sqrt{4})", "(1,2)"),
    (r"\mathbb{R}", r"(-\infty,\infty)"),
]


@pytest.mark.parametrize(("gold", "answer"), EQUAL)
def test_answers_of_one_value_agree(gold, answer):
    assert agrees(gold, answer) is True


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_answers_of_another_value_do_not(gold, answer):
    assert agrees(gold, answer) is False


@pytest.mark.parametrize(("gold", "answer"), OPEN)
def test_single_expressions_are_left_to_algebra(gold, answer):
    assert agrees(gold, answer) is None
    assert agrees(gold, answer, lambda *_: True) is True
    assert agrees(gold, answer, lambda *_: False) is False


def test_algebra_is_asked_for_the_parts_that_need_it_alone():
    pairs = []

    def algebra(gold: str, answer: str) -> bool:
        pairs.append((gold, answer))
        return True

    assert agrees(r"(1,\sqrt{8})", r"(1.0,2\sqrt{2})", algebra)
    assert pairs == [(r"\sqrt{8}", r"2\sqrt{2}")]


@pytest.mark.parametrize(("one", "other"), [("0", "a+3z=0"), ("5", "a+b=5"), ("1.5", "3:2")])
def test_what_is_right_in_one_direction_only_is_not_the_same(one, other):
    assert agrees(one, other) is True
    assert same(one, other) is same(other, one) is False


PIECES = st.one_of(
    st.sampled_from("123xy,;:=<>+-/^!()[]{}"),
    st.sampled_from(["0.5", r"\{", r"\}", "_2", r"\pm", r"\le", r"\cup", r"\sqrt", "and"]),
)
ANSWERS = st.lists(PIECES, max_size=12).map(" ".join)


@given(ANSWERS, ANSWERS)
def test_the_rule_for_two_responses_is_symmetric(one, other):
    assert same(one, other) is same(other, one)


@given(ANSWERS)
def test_every_answer_agrees_with_itself(answer):
    assert agrees(answer, answer) is True
