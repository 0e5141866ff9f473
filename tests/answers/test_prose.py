"""Formulas and numbers that sentences state."""

import pytest

from dynscaling_nb.answers.prose import formula_of


@pytest.mark.parametrize(
    ("claim", "formula"),
    [
        ("The volume of $ABCD$ is 120", "120"),
        ("The largest $n$ is $2k+1$", "$2k+1$"),
        ("The integers are $-2$ and $1$", "$-2$ and $1$"),
        ("the line $y=2x+1$", "$y=2x+1$"),
        (r"Answer \( (9+1) \)", r"\( (9+1) \)"),
        (r"$5\pi$ square units", r"$5\pi$"),
        ("Jane began 3 hours ago", "3"),
        ("the error increases by 100%", "100"),
    ],
)
def test_a_sentence_states_its_only_formula_or_number(claim, formula):
    assert formula_of(claim) == formula


@pytest.mark.parametrize(
    "claim",
    [
        "Evelyn",
        "6 and 8",
        "x = 1 or x = 2",
        "2 sin x",
        "f(x) = 2x",
        "the $x$-axis",
        r"\text{the }x\text{-axis}",
        r"3 \text{ or } 4",
        "x is 5 and y is 7",
        "12 inches by 5 inches",
        "June 5, 2020",
        "red: 3, blue: 5",
        "infinitely many",
    ],
)
def test_what_states_several_or_none_stays_as_it_is(claim):
    assert formula_of(claim) == claim
