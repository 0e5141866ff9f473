"""Mathematics as models write it, in one form."""

import pytest
from clocked import quickest
from hypothesis import given, strategies as st

from dynscaling_nb.answers.mathematics import canonical, is_formula

FORMS = [
    (r"\[ x^2+1 \]", "x^2+1"),
    (r"\( x^2+1 \)", "x^2+1"),
    ("$$x^2+1$$", "x^2+1"),
    ("**x^2+1**", "x^2+1"),
    (r"**$\frac{\pi}{4}$**.", r"\frac{\pi}{4}"),
    (r"\boxed{x^2+1}", "x^2+1"),
    ("*B*", "B"),
    (r"\text{Evelyn}", "Evelyn"),
    (r"\text{(C)}", "C"),
    (r"\mathrm{D}", "D"),
    (r"\dfrac{x}{2}", r"\frac{x}{2}"),
    (r"\frac x2", r"\frac{x}{2}"),
    (r"\frac\pi4", r"\frac\pi4"),
    (r"\sqrt3", r"\sqrt{3}"),
    ("√2", r"\sqrt{2}"),
    ("x²", "x^{2}"),
    ("x ≤ 3", r"x \le 3"),
    (r"x \leq 3", r"x \le 3"),
    ("x <= 3", r"x \le 3"),
    (r"\left[0, 5\right)", "[0, 5)"),
    (r"\bigl(1,\, x\bigr)", "(1, x)"),
    (r"5\pi\text{ cm}^2", r"5\pi"),
    (r"\text{the }x\text{-axis}", r"\text{the}x\text{-axis}"),
    (r"(3, 90^\circ)", "(3, 90)"),
    (r"\sin 30^\circ", r"\sin 30^\circ"),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    ("14{,}916", "14916"),
    (r"10,\!080", "10080"),
    (r"\frac{1}{3}", "1/3"),
    (r"\\frac{\\pi}{2}", r"\frac{\pi}{2}"),
    (r"\\left( x, 3 \\right)", "( x, 3 )"),
    (r"\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    ("\frac{\\pi}{2}", r"\frac{\pi}{2}"),  # Python's "\f" is a form feed
    ("3\times x", r"3\times x"),
    ('\\"12 and 13\\"', "12 and 13"),
    (r"5\pi cm", r"5\pi"),
    (r"$5\pi$ cm", r"5\pi"),
    (r"5\sqrt{2} square units", r"5\sqrt{2}"),
    ("red paint", "red paint"),
    ("x=3,4", "x=3,4"),
    ("x^2+y^2-4=0", "x^2+y^2-4=0"),
    (r"0.1\overline{6}", "1/6"),
    (r"k\pi, k \in \mathbb{Z}", r"k\pi"),
    (r"\langle 1, 2 \rangle", "(1, 2 )"),
    (r"\varnothing", r"\emptyset"),
    ("|x-3|", "|x-3|"),
    ("The largest $n$ is 34", "34"),
    (r"The area is $4\sqrt{3}$ square units", r"4\sqrt{3}"),
    (r"$x=1/3 \approx 0.33$", r"x=1/3 \approx 0.33"),
    ("016", "16"),
    ("..", None),
    (r"\[", None),
    ("$$", None),
    ("", None),
]


@pytest.mark.parametrize(("claim", "form"), FORMS)
def test_what_wraps_a_formula_is_taken_away(claim, form):
    assert canonical(claim) == form


PIECES = st.one_of(
    st.sampled_from("\\{}()[]$*^_+-=,.;:! %12xy√²≤"),
    st.sampled_from([r"\frac", r"\sqrt", r"\text{", r"\boxed{", r"\left", r"\,", r"\quad"]),
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_the_form_of_a_form_is_itself(claim):
    form = canonical(claim)
    assert form is None or canonical(form) == form


@pytest.mark.parametrize("piece", ["{", "(", r"\[", "\n", r"\frac", r"\text{", "$", "√", "{x}"])
def test_a_long_text_takes_no_time(piece):
    for length in (990, 16_000):
        text = piece * (length // len(piece))
        assert quickest(lambda: canonical(text)) < 0.05, length


@pytest.mark.parametrize(
    "claim",
    [
        "x^2+1",
        r"\frac{\pi}{4}",
        "2√5",
        "5x",
        "2+3i",
        "y = 2x",
        "f(x) = x - 1",
        "1/x",
        "n!",
        "x > 5",
        "(1, 2)",
        "[0,5)",
        r"\{1, 2\}",
        r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}",
        "sin(x)",
        "log_2 5",
        "pi/4",
        "the line $y=2x+1$",
    ],
)
def test_formulas_are_known_on_their_face(claim):
    assert is_formula(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "Rome",
        "3-5",
        "05/01/2021",
        "10:30",
        "x-ray",
        "vitamin b-12",
        "C++",
        "N/A",
        "H_2O",
        "] ) }",
        "(II)",
        "1, 2",  # its order may count
        "(New York, 1999)",
        r"\text{Evelyn}",
        "5 a day",
        "x^2" * 1000,
    ],
)
def test_words_dates_ranges_and_lists_are_no_formulas(claim):
    assert not is_formula(claim)
