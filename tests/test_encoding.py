"""Halves of characters are joined, or replaced."""

import pytest

from dynscaling_nb.encoding import encodable


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", ""),
        ("plain", "plain"),
        ("Grüße \U0001f600 \ufeff", "Grüße \U0001f600 \ufeff"),
        ("a \ud83d\ude00 b", "a \U0001f600 b"),
        ("a \ud83d b", "a � b"),
        ("a \ude00\ud83d b", "a �� b"),
        ("\ud83d", "�"),
        ("ü\ude00", "ü�"),
        ("\ufeff\ud83d", "\ufeff�"),
    ],
)
def test_every_text_can_be_encoded(text, whole):
    assert encodable(text) == whole
    assert encodable(text).encode().decode() == whole
