"""The score by which a policy chooses, in its terms."""

from math import log, sqrt

import numpy as np
import pytest

from dynscaling_nb.bandit.arms import Arms
from dynscaling_nb.bandit.policies import UCB, terms
from dynscaling_nb.notebook.charts._scores import draw_scores, score_rows
from dynscaling_nb.notebook.charts.history import Place, RunHistory


@pytest.fixture
def parts():
    """The terms of UCB with c = 0.3 for 1, 4 and 5 pulls and uncertainties of 0, 0.5 and 0.2."""
    arms = Arms.fresh(3)
    arms.pulls[:] = [1, 4, 5]
    arms.uncertainty[:] = [0, 0.5, 0.2]
    return terms(UCB(c=0.3), arms, np.random.default_rng(0))


def test_the_score_of_ucb_splits_into_uncertainty_and_exploration(result, parts):
    history = RunHistory.of(result)
    rows = score_rows(history, parts, history.places())
    exploitation, exploration = rows[::2], rows[1::2]
    assert [row["part"] for row in rows] == ["exploitation", "exploration"] * 3
    assert [row["score"] for row in exploitation] == [0, 0.5, 0.2]
    expected = [0.3 * sqrt(log(10) / pulls) for pulls in (1, 4, 5)]
    assert [row["score"] for row in exploration] == pytest.approx(expected, abs=1e-4)
    assert [row["total"] for row in rows[::2]] == [row["total"] for row in rows[1::2]]
    assert rows[2]["total"] == pytest.approx(0.5 + expected[1], abs=1e-4)


def test_one_row_is_marked_as_next(result, parts):
    history = RunHistory.of(result)
    rows = score_rows(history, parts, history.places(), following=1)
    marked = [(row["place"], row["part"]) for row in rows if row["next"]]
    assert marked == [(2, "exploration")]
    rows = score_rows(history, parts, history.places(), following=None)
    assert not any(row["next"] for row in rows)


def test_only_the_places_that_are_wanted_have_rows(result, parts):
    rows = score_rows(RunHistory.of(result), parts, [Place(2, 0)])
    assert [(row["place"], row["rank"]) for row in rows] == [(3, 0), (3, 0)]


def test_the_axis_says_who_is_next():
    bars, mark = draw_scores({"name": "rows"}, 3, 500).to_dict()["layer"]
    assert bars["encoding"]["x"]["title"] == "score; the highest gets the next response"
    assert mark["encoding"]["text"]["value"] == "◀ next"
    many = draw_scores({"name": "rows"}, 41, 500).to_dict()
    assert many["encoding"]["x"]["title"] == "questions, one a column"
