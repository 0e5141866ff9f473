"""Where the budget went: rows by hand, and what the chart says."""

import numpy as np
import pytest

from dynscaling_nb import charts
from dynscaling_nb.notebook.charts._pulls import (
    contested,
    contested_rows,
    draw_pulls,
    pulls_rows,
    result_spread_rows,
    spread_rows,
)
from dynscaling_nb.notebook.charts.history import RunHistory


def test_there_is_a_row_for_each_question_with_its_rank(result):
    rows = pulls_rows(RunHistory.of(result), "responses")
    assert [row["label"][:2] for row in rows] == ["1.", "2.", "3."]
    assert [(row["parallel"], row["chained"], row["pulls"]) for row in rows] == [
        (2, 1, 3),
        (1, 0, 1),
        (2, 0, 2),
    ]
    assert [row["rank"] for row in rows] == [0, 2, 1]


def test_contested_rows_begin_with_the_least_certain_answer(result):
    rows = contested_rows(result)
    assert [row["place"] for row in rows] == [3, 1, 2]
    assert [row["confidence"] for row in rows] == [0.0, 0.6875, 0.75]
    assert [(row["parallel"], row["chained"]) for row in rows] == [(2, 0), (2, 1), (1, 0)]
    assert [row["verdict"] for row in rows] == ["", "right", "wrong"]
    assert "flip_probability" not in rows[0]


def test_a_spread_counts_questions_by_their_responses(result):
    assert result_spread_rows(result) == [
        {"from": 1, "to": 2, "state": "open", "questions": 1},
        {"from": 3, "to": 4, "state": "settled", "questions": 1},
        {"from": 2, "to": 3, "state": "failed", "questions": 1},
    ]


def test_a_spread_has_at_most_forty_bars():
    pulls = np.array([0, 10, 11, 400])
    rows = spread_rows(pulls, {"open": pulls >= 0})
    assert [(row["from"], row["to"], row["questions"]) for row in rows] == [
        (0, 11, 2),
        (11, 22, 1),
        (396, 407, 1),
    ]


def test_few_questions_have_labelled_bars(result):
    spec = charts.pulls(result).to_dict()
    bars, ends = (layer["encoding"] for layer in spec["layer"])
    assert spec["title"]["text"] == "Where the budget went"
    assert spec["title"]["subtitle"] == "6 responses over 3 questions, flip policy"
    assert bars["x"]["title"] == "responses"
    assert bars["y"]["field"] == ends["y"]["field"] == "label"
    assert bars["color"]["scale"]["domain"] == ["open", "settled", "failed"]
    assert bars["opacity"]["scale"]["domain"] == ["parallel", "chained"]
    assert "flip probability" in [tip.get("title") for tip in bars["tooltip"]]


def test_many_questions_are_thin_columns_by_their_responses(many):
    spec = charts.pulls(many).to_dict()
    assert "layer" not in spec
    assert spec["encoding"]["x"]["title"] == "questions, one a column"
    assert spec["encoding"]["y"]["title"] == "responses"
    (rows,) = spec["datasets"].values()
    ranks = {row["rank"]: row["pulls"] for row in rows}
    assert [ranks[rank] for rank in range(300)] == sorted(many.pulls, reverse=True)


def test_the_chart_is_told_in_words(result):
    words = charts.pulls(result).to_dict()["description"]
    assert words.startswith("Bar chart: 6 responses over 3 questions. Most, 3, went to '<script>")
    assert words.endswith("fewest, 1, to 'two?'. 1 of the answers are settled.")


def test_contested_answers_show_their_confidence(result):
    spec = contested(result).to_dict()
    assert spec["title"]["subtitle"] == "the 3 least certain answers of 3"
    tips = [tip.get("title") for tip in spec["layer"][0]["encoding"]["tooltip"]]
    assert "confidence" in tips
    assert "flip probability" not in tips


def test_hostile_text_is_drawn_as_text(result, svg):
    picture = svg(charts.pulls(result))
    assert "&lt;script&gt;" in picture
    assert "<script>alert" not in picture


@pytest.mark.parametrize(("questions", "labelled"), [(40, True), (41, False)])
def test_labels_end_with_forty_questions(questions, labelled):
    spec = draw_pulls({"name": "rows"}, questions, 500).to_dict()
    assert ("layer" in spec) == labelled
