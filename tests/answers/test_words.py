"""Answers in words lose what makes no difference."""

import pytest

from dynscaling_nb.answers.words import words


@pytest.mark.parametrize(
    ("claim", "form"),
    [
        ("The Eiffel  Tower.", "eiffel tower"),
        ("**Paris**", "paris"),
        ("Yes, it is.", "yes"),
        ("False: it is odd", "false"),
        ("Yesterday", "yesterday"),
        ("the", "the"),
        ("...", None),
    ],
)
def test_words_in_one_form(claim, form):
    assert words(claim) == form
