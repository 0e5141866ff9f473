"""Typed questions: one a line, or blocks between lines `---`."""

import pytest
from hypothesis import given, strategies as st

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.typed import as_typed, can_be_typed, typed_questions


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("# sums\n one? \n\ntwo?\r\n", ["one?", "two?"]),
        ("one\u2028more?", ["one\u2028more?"]),
        ("Which?\n(A) 4\n(B) 6\n---", ["Which?\n(A) 4\n(B) 6"]),
        ("---\nWhich?\n(A) 4\n--- \r\none?\n", ["Which?\n(A) 4", "one?"]),
        (
            "# code\n\ndef f(x):\n    # twice\n\n    return 2 * x\n\n---\n\n# no more\n",
            ["def f(x):\n    # twice\n\n    return 2 * x"],
        ),
        ("one?\n----\ntwo -- three?", ["one?", "----", "two -- three?"]),
        ("", []),
    ],
)
def test_questions_are_lines_or_blocks(text, questions):
    assert typed_questions(text) == questions


@pytest.mark.parametrize(
    "text",
    [
        "one?\nWhich is a prime?\n(A) 4\n(B) 6\n(C) 7",
        "Which is a prime?\n\nA. 4\nB. 6",
        "Which is a prime?\na) 4\nb) 7",
        "Which is a prime?\n[A] 4\n[B] 7",
        "Which is a prime?\n(A)4\n(B)7",
        "Which is a prime?\n1) 4\n2) 7",
        "Which is a prime?\ni. 4\nii. 7",
        "Which is a prime?\n- 4\n- 7",
        "What does this print?\n```python\nprint(1)\n```",
    ],
)
def test_lines_that_look_like_parts_of_one_question_are_refused_with_the_remedy(text):
    with pytest.raises(InputError, match="a line --- between questions") as error:
        typed_questions(text)
    assert "\n" not in str(error.value)
    assert typed_questions(text + "\n---") == [text]


@pytest.mark.parametrize(
    "lines",
    [
        ["1. What is 2 + 3?", "2. What is 7 * 8?"],
        ["A. 2 + 3", "B. 7 * 8"],
        ["Here are some:", "1. What is 2 + 3?", "2. What is 7 * 8?"],
        ["What is 2 + 3?", "A. Lincoln was born when?"],
        ["(1 + 2) * 3", "(1 + 3) * 3", "1.5 + 2", "2.5 + 2", "-5 + 3", "- 5 + 3"],
        ["Which is a prime? (A) 21 (B) 23 (C) 27", "one?"],
    ],
)
def test_lists_of_questions_are_questions(lines):
    assert typed_questions("\n".join(lines)) == lines


@given(st.lists(st.text(st.sampled_from("a(A)1.-#` \n?"), min_size=1), max_size=4))
def test_what_can_be_typed_is_read_as_it_was(questions):
    if can_be_typed(questions):
        assert typed_questions(as_typed(questions)) == questions


def test_options_and_several_lines_can_be_typed_but_a_comment_cannot():
    assert as_typed(["one?", "two?"]) == "one?\ntwo?"
    assert as_typed(["Which?\n(A) 4", "one?"]) == "Which?\n(A) 4\n---\none?\n---\n"
    assert can_be_typed(["Which?", "(A) 4", "(B) 6"])
    assert not can_be_typed(["# one?"])
    assert not can_be_typed(["one\n---\ntwo"])
