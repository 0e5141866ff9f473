"""One form of a text: what makes no difference is gone."""

import pytest
from hypothesis import given, strategies as st

from dynscaling_nb.answers.normal import plain, unified


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("O’Brien", "O'Brien"),
        ("“Paris”", '"Paris"'),
        ("«Paris»", '"Paris"'),
        ("well‑known", "well-known"),  # U+2011
        ("−5", "-5"),
        ("‐5", "-5"),
        ("－5", "-5"),
        ("﹣5", "-5"),
        ("—5", "-5"),
        ("1\u00a0234", "1 234"),
        ("1\u2009234", "1 234"),
        ("12\u202f345", "12 345"),
        ("e\u0301t\u00e9", "été"),
        ("４２：Ａ", "42:A"),
        ("٤٢", "42"),
        ("٣٫٥", "3.5"),
        ("1\u200b2", "12"),
        ("№ 5", "No 5"),
        ("ﬁsh", "fish"),
        ("1⁄2", "1/2"),
    ],
)
def test_a_character_has_one_form(text, form):
    assert plain(text) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("10⁻³", "10^-3"),
        ("25 cm²", "25 cm^2"),
        ("x¹⁰", "x^10"),
        ("3½", "3 1/2"),
        ("3 ½ cups", "3 1/2 cups"),
        ("½", "1/2"),
        ("-⅔", "-2/3"),
        ("10<sup>6</sup>", "10^{6}"),
    ],
)
def test_exponents_and_fractions_of_one_character_are_written_out(text, form):
    assert plain(text) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("**42**", "42"),
        ("***B***", "B"),
        ("**B**: Paris", "B: Paris"),
        ("*B*", "B"),
        ("_B_", "B"),
        ("__B__", "B"),
        ("`B`", "B"),
        ("<b>42</b>", "42"),
        ("5&nbsp;km", "5 km"),
        ("2**10", "2**10"),
        ("3*7 + 5*4", "3*7 + 5*4"),
        ("x_1 + y_2", "x_1 + y_2"),
        ("x < b", "x < b"),
    ],
)
def test_markup_goes_and_arithmetic_stays(text, form):
    assert plain(text) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("$7$", "7"),
        ("$$ x $$", "x"),
        ("\\(7\\)", "7"),
        ("\\[7\\]", "7"),
        ("$x = 5$ and $y = 6$", "x = 5 and y = 6"),
        ("$\\$42$", "$42"),
        ("$5", "$5"),
        ("$18 and $20", "$18 and $20"),
        ("-$5", "-$5"),
        ("50\\%", "50%"),
        ("30^\\circ", "30°"),
        ("\\text{(B)}", "(B)"),
        ("\\left(1, 2\\right)", "(1, 2)"),
        ("\\leftarrow", "\\leftarrow"),
        ("14{,}916", "14,916"),
        ("12\\,345", "12345"),
    ],
)
def test_latex_wrapping_goes_and_signs_of_money_stay(text, form):
    assert plain(text) == form


def test_lines_end_in_a_line_feed():
    assert unified("a\r\nb\rc<br>d") == "a\nb\nc\nd"


@given(st.text(alphabet="ab1½⁻²*_`$\\(){} ,.“’−４\u00a0\u0301"))
def test_a_form_does_not_change_when_it_is_taken_again(text):
    assert plain(unified(text)).strip() == plain(text).strip()
