"""Numbers are read as a careful person reads them, and what is none or ambiguous is unread."""

import pytest
from clocked import quickest
from hypothesis import given, strategies as st

from dynscaling_nb.answers.numbers import decimal_mark, last_number, number, plain_number

FORMS = {  # one number, as people and models write it
    "integers": [
        ("42", "42"),
        ("+18", "18"),
        ("082", "82"),
        ("18.0", "18"),
        ("42.", "42"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("1.2e-3", "0.0012"),
        ("1e999", "1e999"),
    ],
    "thousands": [
        ("1,234", "1234"),
        ("7,000,000", "7000000"),
        ("1.234.567", "1234567"),
        ("1,234,567.89", "1234567.89"),
        ("1'234.50", "1234.5"),
        ("1’234", "1234"),
        ("1,00,000", "100000"),
        ("12 345", "12345"),
        ("1\u00a0234", "1234"),
        ("12\u202f345", "12345"),
        ("12\u2009345", "12345"),
        (r"12\,345", "12345"),
        ("12{,}345", "12345"),
        (r"12,\!345", "12345"),
    ],
    "decimal commas": [
        ("3,5", "3.5"),
        ("0,123", "0.123"),
        ("1.234,56", "1234.56"),
        ("12 345,6", "12345.6"),
        ("5,50 €", "5.5"),
    ],
    "signs and dashes": [
        ("-5", "-5"),
        ("−5", "-5"),
        ("–5", "-5"),
        ("—5", "-5"),
        ("‑5", "-5"),
        ("‐5", "-5"),
        ("－5", "-5"),
        ("﹣5", "-5"),
        ("- 5", "-5"),
        ("negative 5", "-5"),
        ("x = -2", "-2"),
    ],
    "fractions and mixed numbers": [
        ("3/4", "0.75"),
        ("2/6", "1/3"),
        (r"\frac{3}{4}", "0.75"),
        (r"\dfrac{1}{3}", "1/3"),
        (r"\\frac{1}{3}", "1/3"),
        (r"\frac12", "0.5"),
        (r"-\frac{3}{4}", "-0.75"),
        (r"\frac{-1}{3}", "-1/3"),
        (r"\frac{1,000}{3}", "1000/3"),
        (r"1\frac{4}{5}", "1.8"),
        (r"137\frac{1}{2}", "137.5"),
        (r"7 \frac{3}{4}", "7.75"),
        (r"33\frac{1}{3}\%", "100/3"),
        ("3 1/2", "3.5"),
        ("-3 1/2", "-3.5"),
        ("3½", "3.5"),
        ("½", "0.5"),
        ("3 and a half", "3.5"),
        ("3 and 1/4 laps", "3.25"),
    ],
    "powers": [
        ("2^{10}", "1024"),
        ("2**10", "1024"),
        ("10^6", "1000000"),
        ("10⁶", "1000000"),
        ("2^{-3}", "0.125"),
        ("-2^2", "-4"),
        ("(-2)^2", "4"),
        (r"\left(\frac{1}{2}\right)^{10}", "0.0009765625"),
        ("1.2 × 10⁻³", "0.0012"),
        ("1.2 x 10^-3", "0.0012"),
        (r"1.2 \times 10^{-3}", "0.0012"),
        (r"6.02 \cdot 10^{23}", "602000000000000000000000"),
        ("5!", "120"),
    ],
    "money": [
        ("$18", "18"),
        (r"\$31.00", "31"),
        ("$-5", "-5"),
        ("-$5", "-5"),
        ("US$5", "5"),
        ("EUR 5", "5"),
        ("5 €", "5"),
        ("Rs. 42", "42"),
        ("R$ 42,00", "42"),
        ("12 lakh", "1200000"),
        ("50 cents", "50"),
        ("$2.5 billion", "2500000000"),
        ("3 million", "3000000"),
        ("₹1,00,000", "100000"),
    ],
    "units": [
        ("5 km", "5"),
        ("5km", "5"),
        ("5 km/h", "5"),
        ("25 cm^2", "25"),
        ("25 m²", "25"),
        ("5 N·m", "5"),
        ("5 kg*m/s^2", "5"),
        (r"5 \text{ kg}\cdot\text{m/s}^2", "5"),
        (r"5 k\Omega", "5"),
        ("5 sq. ft.", "5"),
        ("42 (in cm)", "42"),
        ("3.0 × 10^8 m/s", "300000000"),
        (r"9.8 \text{ m/s}^2", "9.8"),
        (r"9.8\ \mathrm{m/s^2}", "9.8"),
        (r"5\text{cm}", "5"),
        ("42 miles per hour", "42"),
        (r"45^\circ", "45"),
        ("-40 °C", "-40"),
        ("60%", "60"),
        (r"60\%", "60"),
        ("12 percent", "12"),
        ("3/4 cup", "0.75"),
        (r"\frac{3}{4} \text{ cup}", "0.75"),
        ("42 apples", "42"),
        ("42 Euro", "42"),
        ("42个苹果", "42"),
        ("3万", "30000"),
        ("5-year-old", "5"),
    ],
    "words": [
        ("twelve", "12"),
        ("Forty-two apples", "42"),
        ("one hundred and twenty-one", "121"),
        ("two million", "2000000"),
        ("three and a half", "3.5"),
        ("two-thirds", "2/3"),
        ("half a dozen", "6"),
        ("minus five", "-5"),
    ],
    "scripts": [("４２", "42"), ("٤٢", "42"), ("１，２３４", "1234")],
    "markup": [
        ("**42** apples", "42"),
        ("*42*", "42"),
        ("`42`", "42"),
        ("_____42_____", "42"),
        ("$$42$$", "42"),
        ("$42$ apples", "42"),
        (r"\(42\)", "42"),
        (r"\text{13}", "13"),
        (r"\boxed 42", "42"),
        ("<b>42</b>", "42"),
        ("(42)", "42"),
        ("{42}", "42"),
        ('"42"', "42"),
        ("42 🎉", "42"),
        ("18th", "18"),
        ("#18", "18"),
        ("No. 18", "18"),
    ],
    "words that a reader skips": [
        ("42, altogether", "42"),
        ("simply 42", "42"),
        ("about $5", "5"),
        ("~5", "5"),
        (r"\approx 3.14", "3.14"),
        ("42 (6 rows of 7)", "42"),
        ("42 because 6*7 = 42", "42"),
        ("42 - there are 6 rows of 7 seats", "42"),
        ("-> 42", "42"),
        ("∴ x = 42", "42"),
        ("42 litres of water per day in summer", "42"),
        ("$18 for 3 tickets", "18"),
        ("18, which is 3 times 6", "18"),
        ("120 minutes (2 hours)", "120"),
        ("42. This is 6 rows of 7", "42"),
        ("42, not 41", "42"),
        ("0.6 or 3/5", "0.6"),
        ("$5 per hour", "5"),
    ],
    "equations": [
        ("x = 7", "7"),
        ("speed = 9.8 m/s^2", "9.8"),
        (r"\text{Area} = 42", "42"),
        ("f(2) = 5", "5"),
        (r"\begin{aligned} x &= 42 \end{aligned}", "42"),
        ("a_{10} = 42", "42"),
        (r"\log_2 8 = 3", "3"),
        (r"\binom{5}{2} = 10", "10"),
        (r"1+2+\cdots+10 = 55", "55"),
        (r"\angle ABC = 30^\circ", "30"),
        (r"A = 25\pi \approx 78.54", "78.54"),
        (r"P(A) = \frac{1}{6}", "1/6"),
        ("6 * 7 = 42", "42"),
        (r"6 \times 7 = 42", "42"),
        ("m+n = 250+43 = 293", "293"),
        ("3*7 + 5*4 = 41", "41"),
        ("10 - 3 = 7", "7"),
        ("1,000 - (50 x 2 x 7) = 300", "300"),
        ("42 = 6 * 7", "42"),
        (r"\sqrt{16} = 4", "4"),
        ("Total cost: $18", "18"),
    ],
}

SENTENCES = [  # more than a number, but clear once a number is sought
    ("that Ann has 42 marbles", "42"),
    ("Therefore, Ann has 42 marbles left", "42"),
    ("The 3 children have 42 marbles", "42"),
    ("3 boxes of 6 is 18", "18"),
    ("Ann had 50 and lost 8, so she has 42 left", "42"),
    ("The orchard earned $1000 from selling 2000 apples in 200 bags", "1000"),
    ("It will take 5 years for the tree to be 29 feet", "5"),
    ("250 + 43", "293"),
    ("2^{10} - 1", "1023"),
    ("not 12 but 13", "13"),
    (r"3 \times \frac{1}{2}", "1.5"),
    (r"2^5 \cdot 3", "96"),
    ("18th century", "18"),
    ("42 Apples", "42"),
    ("5:00 means 5 pm", None),
    ("5 pm", "5"),
    ("(B) 42", "42"),
]

NO_NUMBERS = {  # or more than one
    "variables": ["5x", "5 x", "3i", "2k", "6ab", "2x + 5", "-2x", "5y^2", "3R^2", "6r^2-4r-24"],
    "constants": [
        r"4\pi",
        "4π",
        r"2\sqrt{5}",
        r"2\sqrt5",
        r"\infty",
        r"\ln 4",
        r"\frac{\pi}{4}",
        r"\sqrt{4}",
    ],
    "terms": [
        r"1-\sqrt{19}",
        r"3 - \sqrt{21}",
        "3 - x",
        r"\frac{\sqrt{3} - 1}{2}",
        r"\frac{\sqrt{2}}{2}",
        "a_{10}",
        "|-5|",
        "2(3r^2-2r-12)",
        r"\frac{x}{7}+\frac{2}{7}",
        r"1\frac{x}{2}",
        "3 + 4i",
        "2^x",
    ],
    "equations": ["n=2k+1", "2x + 5 = 15", "x^2 = 25", "a+3z=0", "f(x) = x^2", "(x+1) - 5 = 0"],
    "sums": [r"F_n = \sum_{k=0}^{n-1} F_k", r"\sum_{k=1}^{10} k", "x^{2} = 25"],
    "several equations": ["x = 3, y = 4", "x = 3 or x = 4", "Ann: 3, Bob: 5"],
    "inequalities": [
        "x > 5",
        "x >= 5",
        "x ≤ 5",
        "x != 3",
        r"x \ge 5",
        r"1\le x\le 3",
        r"5 \pm 2",
        r"\pm 5",
    ],
    "ranges": ["3-5", "3–5", "3 - 5", "3 to 5", "3..5", "between 3 and 5", "5 km - 7 km"],
    "ratios": ["3:2", "5 over 7", "3 : 2", "5 out of 10", "1 in 6", "4x6", "4 x 6"],
    "times and dates": [
        "5:30",
        "5:30 pm",
        "12/25/2024",
        "2024-12-25",
        "July 4",
        "the 5th of May",
        "4 July 1776",
    ],
    "lists": [
        "42 or 43",
        "3, 5, 7",
        "13, 13, 14",
        "(3, 4)",
        "(3,4)",
        "[0, 5)",
        "{1,3}",
        r"\{1,3\}",
    ],
    "tuples": ["[-3,2]", r"(1, +\infty)", "(1, x)", r"(\tfrac{27}{8},\tfrac{15}{8})"],
    "matrices": [
        r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}",
        r"\begin{cases}\frac{1}{2}&\text{if }k\leq1\end{cases}",
    ],
    "unions": [r"[13)\cup(34]", "{1} ∪ {2}"],
    "two quantities": [
        "4 hours and 30 minutes",
        "5 feet 6 inches",
        "3 apples and 4 pears",
        "5'6\"",
    ],
    "other bases": ["101_2", "101_{2}"],
    "names": ["CO2", "A2", "v2", "192.168.0.1", "B2", "Covid-19", "3.10.2", "Henry VIII", "Paris"],
    "nothing": [
        "",
        " ",
        "1/0",
        "3^{1/2}",
        "9^{9^9}",
        "9" * 10_000,
        "1e9999",
        "1.5e-999",
        "2^{-3000}",
        "0^{-1}",
    ],
    "not exact": [
        "5 dozen",
        r"0.\dot{3}",
        "1-1/2",
        "5 squared",
        r"0.3\overline{3}",
        "3 (mod 5)",
        "5 less than 8",
    ],
}

MORE_THAN_A_NUMBER = [
    "that Ann has 42 marbles",
    "Boeing 747",
    "7 Up",
    "Seven Samurai",
    "Paris, 1889",
    "18th century",
    "5 pm",
    "one of the boys",
    "(B) 42",
    "B: 42",
    "250 + 43",
    "3 is less than 5",
    "The 3 children have 42 marbles",
]

MARKS = [
    (["3.5", "12"], "."),
    (["3,5"], ","),
    (["1.234,56"], ","),
    (["1,234.56"], "."),
    (["1.234.567"], ","),
    (["1,234"], None),
    (["1.234 km"], None),
    (["Paris", "42"], None),
    (["3.5", "3,5"], None),
    (["3,5", "2,5", "3.5"], ","),
    (["(3,5)"], None),
]

ENDINGS = [
    ("First 4*5=20.\nThe total cost of the order is $29.00.", "29"),
    ("She had 12.\nSo she has 12 - 5 = 7 left for 3 friends.", "7"),
    ("So 13.", "13"),
    ("There are 5 groups of 9 students.", "5"),
    ("They drove for 3 hours, so they drove 180 miles.", "180"),
    ("He gets 48/2=<<48/2=24>>24 boys in each class.", "24"),
    ("Ann needs 42 boards because 6 * 7 = 42.", "42"),
    ("It is 42!\n\nI hope this helps.", "42"),
    ("The rest is 5x.", None),
    ("The ratio is 3:2.", None),
    ("no digits\nat all", None),
    ("", None),
]


@pytest.mark.parametrize(("claim", "value"), [case for group in FORMS.values() for case in group])
def test_one_number_has_one_canonical_form(claim, value):
    assert number(claim) == plain_number(claim) == value


@pytest.mark.parametrize(("claim", "value"), SENTENCES)
def test_a_sentence_gives_the_number_that_it_states(claim, value):
    assert number(claim) == value


@pytest.mark.parametrize("claim", [claim for group in NO_NUMBERS.values() for claim in group])
def test_what_is_no_single_number_is_unread(claim):
    assert number(claim) is None
    assert plain_number(claim) is None


@pytest.mark.parametrize("claim", MORE_THAN_A_NUMBER)
def test_a_claim_that_is_more_than_a_number_does_not_look_like_one(claim):
    assert plain_number(claim) is None


@pytest.mark.parametrize(("texts", "mark"), MARKS)
def test_other_answers_show_the_decimal_mark(texts, mark):
    assert decimal_mark(texts) == mark


@pytest.mark.parametrize(
    ("claim", "mark", "value"),
    [
        ("1,234", None, "1234"),
        ("1,234", ".", "1234"),
        ("1,234", ",", "1.234"),
        ("1.234", None, "1.234"),
        ("1.234", ".", "1.234"),
        ("1.234", ",", "1234"),
        ("1.5", ",", "1.5"),
        ("3,5", ".", "3.5"),
        ("1,234,567", ",", "1234567"),
    ],
)
def test_the_decimal_mark_decides_where_both_are_possible(claim, mark, value):
    assert number(claim, mark) == plain_number(claim, mark) == value
    assert last_number(f"In all it is {claim} km.", mark) == value


@pytest.mark.parametrize(("text", "value"), ENDINGS)
def test_a_text_without_a_claim_ends_on_a_number(text, value):
    assert last_number(text) == value


@pytest.mark.parametrize(
    "value", ["42", "-0.5", "1/3", "-100/3", "1e999", "15e-90", "0.000000001", "7" * 900]
)
def test_a_canonical_form_is_read_as_itself(value):
    assert number(value) == plain_number(value) == value


@given(st.fractions(), st.sampled_from(["{}", "**{}**", "${}$", "x = {}", "about {} km", "({})"]))
def test_every_fraction_is_read_back_whatever_stands_around_it(value, decoration):
    claim = decoration.format(value)
    canonical = number(claim)
    assert canonical == number(f"{value}") == plain_number(claim)
    assert plain_number(canonical) == canonical


@given(st.integers(-(10**15), 10**15))
def test_every_integer_is_read_back_with_any_separator(value):
    forms = [f"{value:,}", f"{value:,}".replace(",", "\u202f"), f"{value:,}".replace(",", "'")]
    assert {number(form) for form in forms} == {str(value)}


@given(st.text() | st.text("0123456789.,+-*/^()[]{}=x \\$%!:_½\n"))
def test_any_text_has_a_number_that_is_read_as_itself_or_none(text):
    for value in (number(text), plain_number(text), last_number(text)):
        assert value is None or plain_number(value) == value


@pytest.mark.parametrize(
    "piece", ["1,", "1 ", "(", "(1", "2^", "\\frac{1}{", "1/", "10^999*", "{", "-", "one ", "\n"]
)
def test_a_text_made_to_be_slow_is_read_at_once(piece):
    text = piece * (16_384 // len(piece))
    for read in (number, plain_number, last_number):
        assert quickest(lambda: read(text)) < 0.5


def test_only_the_end_of_a_long_text_is_read():
    text = "We add 3 to 4 and get 7. " * 120_000
    assert last_number(text) == "7"
    assert quickest(lambda: last_number(text)) < 1
