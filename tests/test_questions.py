"""Which question a user means by an id, a place or a text."""

import pytest

from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.questions import entry_of, index_of
from dynscaling_nb.records import Query

NUMBERED = [Query(str(place), f"What is {place} + 1?") for place in range(1, 5)]
TENS = [Query("10", "ten?"), Query("20", "twenty?"), Query("30", "ten?")]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("3", 2),
        (3, 2),
        (1, 0),
        (4, 3),
        ("What is 3 + 1?", 2),
        ("  what IS 3 +\n1?", 2),
        (Query("3", "another text"), 2),
    ],
)
def test_an_id_a_place_from_one_and_a_text_name_a_question(name, index):
    assert index_of(NUMBERED, name) == index


@pytest.mark.parametrize(("name", "index"), [(20, 1), ("20", 1), (2, 1), (3, 2), ("twenty?", 1)])
def test_an_id_comes_before_a_place(name, index):
    assert index_of(TENS, name) == index


def test_an_id_comes_before_a_text():
    assert index_of([Query("1", "2"), Query("2", "1")], "2") == 1


@pytest.mark.parametrize("place", [0, -1, 5])
def test_a_place_that_is_not_there_is_told_with_the_places_that_are(place):
    with pytest.raises(InputError, match=f"there is no question {place}: places count from 1 to 4"):
        index_of(NUMBERED, place)


def test_an_unknown_name_comes_with_the_nearest_id_or_text():
    with pytest.raises(UnknownName, match=r"did you mean 'What is 2 \+ 1\?'"):
        index_of(NUMBERED, "whats 2+1")
    with pytest.raises(UnknownName, match="did you mean 'apples'"):
        index_of([Query("apples", "How many?"), Query("pears", "How many more?")], "aples")
    with pytest.raises(UnknownName, match="unknown question 'zzz'; known: 10, 20, 30"):
        index_of(TENS, "zzz")


def test_a_text_of_two_questions_names_neither():
    with pytest.raises(InputError, match="2 questions have the text 'ten\\?'; .* id: 10, 30"):
        index_of(TENS, "ten?")


@pytest.mark.parametrize("name", [None, 1.0, True, ["1"]])
def test_other_values_name_no_question(name):
    with pytest.raises(InputError, match="named by its id, its place or its text"):
        index_of(NUMBERED, name)


def test_an_entry_is_found_by_the_id_before_the_text():
    entries = {"1": "by id", "What is 1 + 1?": "by text", "What is 2 + 1?": "another"}
    assert [entry_of(entries, query) for query in NUMBERED[:3]] == ["by id", "another", None]
