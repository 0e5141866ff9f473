"""The words for an answer in a text."""

import pytest

from dynscaling_nb.answers.nouns import nouns
from dynscaling_nb.answers.wordings import WORDINGS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing of the kind", []),
        ("the answer is the last answer.", ["answer", "answer"]),
        ("ans. 4", ["ans."]),
        ("answers, the results and a transcript", ["answer", "result"]),
        ("we go with option b", ["go with", "option"]),
        ("das endergebnis, die endantwort", ["endergebnis", "endantwort"]),
        ("la réponse est le résultat", ["réponse", "résultat"]),
        ("最终答案是 42", ["答案"]),
    ],
)
def test_words_for_an_answer_stand_in_the_order_of_the_text(text, expected):
    assert [noun[0] for noun in nouns(text)] == expected


def test_each_language_has_its_words():
    words = [word for w in WORDINGS for word in w.answer.split("|") if "\\" not in word]

    assert [word for word in words if [noun[0] for noun in nouns(f"{word} 4")] != [word]] == []
