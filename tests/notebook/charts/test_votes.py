"""The votes of one question."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb import charts
from dynscaling_nb.errors import UnknownName
from dynscaling_nb.notebook.charts._votes import votes_in_words, votes_rows
from dynscaling_nb.notebook.charts.history import NO_ANSWER, RunHistory
from dynscaling_nb.records import Response


def history_of(*answers):
    history = RunHistory([dn.Query("q", "how many?")], [None])
    for index, answer in enumerate(answers):
        history.add(Response("q", index, "parallel", "text", answer, ()))
    return history


def test_each_answer_has_a_row_for_each_kind(result):
    assert votes_rows(RunHistory.of(result), 0) == [
        {"answer": "1", "kind": "parallel", "votes": 1, "total": 2, "rank": 0},
        {"answer": "1", "kind": "chained", "votes": 1, "total": 2, "rank": 0},
        {"answer": "2", "kind": "parallel", "votes": 1, "total": 1, "rank": 1},
        {"answer": "2", "kind": "chained", "votes": 0, "total": 1, "rank": 1},
    ]


def test_responses_without_an_answer_come_last():
    rows = votes_rows(history_of(None, "5", None), 0)
    assert [(row["answer"], row["total"]) for row in rows[::2]] == [("5", 1), (NO_ANSWER, 2)]


def test_answers_beyond_the_twelfth_share_a_row():
    rows = votes_rows(history_of(*(str(i) for i in range(20))), 0)[::2]
    assert len(rows) == 13
    assert (rows[-1]["answer"], rows[-1]["total"]) == ("8 other answers", 8)


def test_votes_are_told_in_words():
    assert votes_in_words(votes_rows(history_of("4", "5", "5", None), 0)) == (
        f"5: 2; 4: 1; {NO_ANSWER}: 1"
    )


@pytest.mark.parametrize("name", ["b", 2, "two?", " TWO? ", dn.Query("b", "two?")])
def test_a_question_is_named_as_people_like(result, name):
    assert charts.votes(result, name).to_dict()["title"]["subtitle"] == "two?"


def test_the_chart_is_of_one_question(result):
    spec = charts.votes(result, "b").to_dict()
    assert (spec["title"]["text"], spec["title"]["subtitle"]) == ("Votes", "two?")
    assert spec["description"] == "Votes: 2: 1."
    assert spec["encoding"]["x"]["title"] == "responses"


def test_an_unknown_id_is_named(result):
    with pytest.raises(UnknownName, match="'d'"):
        charts.votes(result, "d")
