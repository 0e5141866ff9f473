"""The history of a run, counted response by response."""

import numpy as np
import pytest

from dynscaling_nb.notebook.charts.history import NO_ANSWER, Place, RunHistory


def test_rows_hold_what_is_known_of_each_question(result):
    a, b, c = RunHistory.of(result).rows
    assert (a["place"], a["parallel"], a["chained"], a["pulls"]) == (1, 2, 1, 3)
    assert (a["answer"], a["verdict"], a["state"]) == ("1", "right", "settled")
    assert a["flip_probability"] == 0.312  # 5/16, for votes of 2 to 1
    assert (b["answer"], b["verdict"], b["flip_probability"]) == ("2", "wrong", 0.25)
    assert (c["answer"], c["verdict"], c["flip_probability"]) == (NO_ANSWER, "", 0.5)
    assert (b["question"], b["label"]) == ("two?", "2. two?")


def test_texts_in_rows_are_made_safe(result):
    row = RunHistory.of(result).rows[0]
    assert r"\x1b[31m\u202e" in row["question"]


def test_levels_follow_the_flip_probability_after_each_response(result):
    ends, values = RunHistory.of(result).levels([0, 1, 2])
    none = np.nan
    assert ends.tolist() == [1, 2, 3, 4, 5, 6]
    np.testing.assert_equal(
        values,
        [
            [0.25, 0.25, 0.25, 0.125, 0.312, 0.312],
            [none, 0.25, 0.25, 0.25, 0.25, 0.25],
            [none, none, 0.5, 0.5, 0.5, 0.5],
        ],
    )


def test_levels_are_of_the_questions_that_are_wanted_in_their_order(result):
    history = RunHistory.of(result)
    ends, values = history.levels([2, 0])
    assert values[:, -1].tolist() == [0.5, 0.312]
    assert ends[-1] == history.spent == 6


def test_levels_of_a_long_run_have_sixty_steps(many):
    ends, values = RunHistory.of(many).levels(range(300))
    assert ends.tolist() == list(range(10, 601, 10))
    assert values.shape == (300, 60)
    assert not np.isnan(values[:, -1]).any()


@pytest.mark.parametrize(
    ("order", "ranks"),
    [
        ("as asked", [0, 1, 2]),
        ("responses", [0, 2, 1]),  # 3, 1 and 2 of them
        ("flip probability", [1, 2, 0]),  # 0.312, 0.25 and 0.5
        ("state", [1, 0, 2]),  # open, settled, failed
    ],
)
def test_questions_are_ranked_as_people_like(result, order, ranks):
    places = RunHistory.of(result).places(order)
    assert places == [Place(i, rank) for i, rank in enumerate(ranks)]


def test_responses_are_kept_only_where_they_are_wanted(result):
    kept = RunHistory.of(result)
    assert [response.index for response in kept.responses_to(0)] == [0, 1, 2]
    counted = RunHistory(result.queries, result.golds, keep=False)
    for response in result.responses:
        counted.add(response)
    assert counted.responses_to(0) == []
    assert counted.rows[0]["pulls"] == 3


def test_answers_that_are_read_again_change_the_votes_and_the_row(result):
    history = RunHistory.of(result)
    history.revise(0, {0: "7", 1: "7", 2: "7"})
    row = history.rows[0]
    assert (row["answer"], row["verdict"]) == ("7", "wrong")
    assert [response.answer for response in history.responses_to(0)] == ["7", "7", "7"]
    history.revise(0, {0: None, 1: None, 2: None})
    assert (row["answer"], row["flip_probability"]) == (NO_ANSWER, 0.5)
