"""LaTeX becomes one line of characters; what has no such form leaves a backslash."""

import pytest

from dynscaling_nb.answers.formulas import on_one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (r"\frac{3}{4}", "3⁄4"),
        (r"\dfrac12", "1⁄2"),
        (r"1\tfrac{4}{5}", "1 4⁄5"),
        (r"\frac{x}{2}", "((x)/(2))"),
        (r"\frac{\frac{1}{2}}{3}", "((1⁄2)/(3))"),
        (r"\frac{\sqrt{2}}{2}", "((√(2))/(2))"),
        (r"2^{10}", "2^(10)"),
        (r"2**10", "2^10"),
        (r"101_{2}", "101_(2)"),
        (r"18^{th}", "18th"),
        (r"\mathbf{42}", " 42"),
        (r"3 \le x", "3 <x"),
        (r"5\ \Omega", "5 Ω"),
        (r"\{1, 3\}", "[1, 3]"),
        (r"\$5", "$5"),
        ("US$5", "$5"),
        ("-> 42", "→ 42"),
        ("___42", " 42"),
        ("5+3=<<5+3=8>>8", "5+3=8"),
    ],
)
def test_latex_becomes_one_line(text, line):
    assert on_one_line(text) == line


@pytest.mark.parametrize("text", [r"4\pi", r"\ln 4", r"\binom{5}{2}", r"0.\overline{3}"])
def test_what_has_no_form_leaves_a_backslash(text):
    assert "\\" in on_one_line(text)
