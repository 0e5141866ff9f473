"""The values of a run that convert to JSON and back."""

import json

import pytest

import dynscaling_nb as dn


def again(query):
    return dn.Query.from_json(json.loads(json.dumps(query.to_json())))


@pytest.mark.parametrize(
    ("gold", "golds"),
    [
        (None, ()),
        ([], ()),
        ("7", ("7",)),
        (["7"], ("7",)),
        (["7", "seven", "7"], ("7", "seven")),
        (("7", "seven"), ("7", "seven")),
    ],
)
def test_a_question_has_any_number_of_right_answers(gold, golds):
    query = dn.Query("a", "3 + 4?", gold)
    assert query.golds == golds
    assert query.shown_gold == (golds[0] if golds else None)
    assert again(query) == query
    assert hash(again(query)) == hash(query)


def test_a_single_right_answer_is_a_plain_text_however_it_came():
    assert dn.Query("a", "3 + 4?", ["7"]) == dn.Query("a", "3 + 4?", "7")
    assert dn.Query("a", "3 + 4?", ["7"]).to_json() == {"id": "a", "text": "3 + 4?", "gold": "7"}


def test_options_and_priors_are_in_the_json_only_of_a_question_that_has_them():
    plain = dn.Query("a", "Which?")
    full = dn.Query("a", "Which?", "A", prior={"B": 2}, options={"A": "yes", "B": "no"})
    assert set(plain.to_json()) == {"id", "text", "gold"}
    assert full.to_json()["options"] == {"A": "yes", "B": "no"}
    assert again(full) == full != plain
