"""The votes of one query, counted by hand."""

import pytest

from dynscaling_nb import Votes


def votes(answers: str) -> Votes:
    """Votes for single letters; a dot is a response without an answer."""
    counted = Votes()
    for answer in answers:
        counted.add(None if answer == "." else answer)
    return counted


def test_a_tie_goes_to_the_answer_that_was_there_first():
    assert votes("abba").leader == "b"  # both have two; b had its second one first


def test_a_tie_goes_to_chained_votes_before_that():
    counted = votes("abbac")
    counted.add("c", depth=3)
    assert counted.leader == "c"
    assert counted.top_two == (2, 2)


def test_weights_decide_who_leads_and_counts_are_reported():
    counted = votes("aa")
    counted.add("b", weight=5.0)
    assert counted.leader == "b"
    assert counted.top_two == (1, 2)


def test_nothing_leads_before_the_first_vote():
    assert (Votes().leader, Votes().top_two, Votes().entropy) == (None, (0, 0), 0)
    assert votes("..").leader is None


def test_a_response_without_an_answer_is_counted_apart_and_ends_a_streak():
    counted = votes("aaa.aa")
    assert (counted.cast, counted.unread, counted.streak) == (5, 1, 2)


def test_votes_are_counted_by_the_depth_of_their_chain():
    counted = votes("a")
    counted.add("a", depth=2)
    counted.add("b", depth=2)
    assert counted.by_depth == {0: {"a": 1}, 2: {"a": 1, "b": 1}}
    assert counted.chained == {"a": 1, "b": 1}


def test_entropy_is_that_of_the_votes_over_its_largest_value():
    assert votes("a").entropy == 0
    assert votes("ab").entropy == pytest.approx(1)
    assert votes("aabb").entropy == pytest.approx(0.5)  # ln 2 / ln 4


def test_a_prior_counts_as_votes():
    counted = Votes({"a": 2})
    counted.add("b")
    assert (counted.leader, counted.cast, counted.top_two) == ("a", 3, (2, 1))
    counted.add("b")
    assert counted.leader == "a"  # a had two before any response
