"""`{name}` in a question: what becomes a value, what stays as it was typed, what is told."""

import pytest
from hypothesis import given, strategies as st

from dynscaling_nb.notebook.variables import filled

VARIABLES = {"n": 5, "x": [1, 2], "topic": "6 * 7", "name": "{n}"}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("What is {topic}?", "What is 6 * 7?"),
        ("{n}{n} {x}", "55 [1, 2]"),
        ("{name}", "{n}"),  # a value is not read again
        ("{nothing} and {a}", "{nothing} and {a}"),
        (r"\frac{1}{2} + \sqrt{a}", r"\frac{1}{2} + \sqrt{a}"),
        ('{"a": {"b": 1}, "n": {n}}', '{"a": {"b": 1}, "n": 5}'),
        ("{{n}} and {{{n}}} and {{{{n}}}}", "{n} and {5} and {{n}}"),
        ('{{"a": {n}}}', '{"a": 5}'),
        ("{{a}}", "{a}"),
        (
            r"\frac{{\rm d}x}{{\rm d}n}",
            r"\frac{{\rm d}x}{{\rm d}n}",
        ),  # not one pair of doubled ones
        (r"\frac{n}{x} \sqrt[3]{n} 2^{n} x_{n}", r"\frac{n}{x} \sqrt[3]{n} 2^{n} x_{n}"),
        (r"\frac{{{n}}}{2} + 2^{{{n}}}", r"\frac{5}{2} + 2^{5}"),
        (r"\{n\} has {n}", r"\{n\} has 5"),
        (
            "{x[0]} {n.real} {n:.2f} {n!r} {n + 1} { n }",
            "{x[0]} {n.real} {n:.2f} {n!r} {n + 1} { n }",
        ),
        ("{x: 1, n: 2} {n, x} {n", "{x: 1, n: 2} {n, x} {n"),
        ("}}{{ {} {{}}", "}}{{ {} {}"),
    ],
)
def test_a_name_in_braces_becomes_its_value_and_other_braces_stay(text, asked):
    assert filled([text], VARIABLES).questions == [asked]


@given(st.text(st.sampled_from("{}n\\ ^a")))
def test_without_variables_a_text_with_single_braces_stays_as_it_was_typed(text):
    single = text.replace("{{", "{").replace("{{", "{")
    if "{{" not in single:
        assert filled([single], {}).questions == [single]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("What is {topic} {n} {n}?", "Filled in: topic = 6 * 7, n = 5."),
        (r"\frac{n}{2}", "{n} in LaTeX is asked as typed; {{{n}}} fills it in."),
        (
            "{n.real}",
            "{n.real} is asked as typed; a plain name is filled in, so assign the value to one.",
        ),
        (r"\frac{a}{2} {b} {c.d}", None),
    ],
)
def test_people_are_told_what_is_asked(text, note):
    assert filled([text], VARIABLES).note == note


def test_many_braces_take_no_longer_than_their_number():
    deep = "{" * 50_000 + "}" * 50_000
    assert len(filled([deep], VARIABLES).questions[0]) == 50_000
