"""Thoughts are set apart in every form in use."""

import pytest

from dynscaling_nb.models.thoughts import split_thoughts


@pytest.mark.parametrize(
    ("text", "thoughts", "rest"),
    [
        ("<think>a</think>b", "a", "b"),
        ("a</think>b", "a", "b"),
        ("<think>a", "a", ""),
        ("b", "", "b"),
        ("x<think>a</think>b", "a", "xb"),
    ],
)
def test_thoughts_are_told_apart(text, thoughts, rest):
    assert split_thoughts(text) == (thoughts, rest)
