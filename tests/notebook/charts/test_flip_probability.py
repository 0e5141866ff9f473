"""How likely each answer is to flip: stretches by hand, and what the chart says."""

import pytest

from dynscaling_nb import charts
from dynscaling_nb.notebook.charts._flip_probability import flip_rows
from dynscaling_nb.notebook.charts.history import Place, RunHistory


def test_stretches_of_equal_probability_are_one_row_each(result):
    history = RunHistory.of(result)
    rows = flip_rows(history, history.places())
    stretches = [(r["place"], r["from"], r["to"], r["flip_probability"]) for r in rows]
    assert stretches == [
        (1, 0, 3, 0.25),
        (1, 3, 4, 0.125),
        (1, 4, 6, 0.312),
        (2, 1, 6, 0.25),
        (3, 2, 6, 0.5),
    ]


def test_only_the_places_that_are_wanted_have_rows(result):
    rows = flip_rows(RunHistory.of(result), [Place(2, 0), Place(1, 1)])
    assert [(row["label"], row["rank"]) for row in rows] == [("3. three?", 0), ("2. two?", 1)]


def test_two_questions_of_equal_probability_stay_apart(result):
    history = RunHistory(result.queries, result.golds)
    for response in (result.responses[0], result.responses[1]):
        history.add(response)
    rows = flip_rows(history, history.places())
    assert [(r["place"], r["from"], r["to"]) for r in rows] == [(1, 0, 2), (2, 1, 2)]


def test_the_chart_says_what_a_flip_is(result):
    spec = charts.flip_probability(result).to_dict()
    assert spec["title"] == {
        "text": "How likely each answer is to flip",
        "subtitle": "chance that the runner-up is truly ahead of the answer",
    }
    assert spec["encoding"]["color"]["title"] == "flip probability"
    assert spec["encoding"]["x"]["title"] == "responses to all questions"
    assert "1 of 3 questions are settled" in spec["description"]


def test_many_questions_are_rows_without_labels(many, svg):
    chart = charts.flip_probability(many)
    encoding = chart.to_dict()["encoding"]
    assert encoding["y"]["title"] == "questions, one a row"
    assert svg(chart).startswith("<svg")


@pytest.mark.parametrize("name", ["label", "flip_probability", "from", "to"])
def test_every_line_of_the_tooltip_has_a_name_for_people(result, name):
    tips = charts.flip_probability(result).to_dict()["encoding"]["tooltip"]
    title = next(tip["title"] for tip in tips if tip["field"] == name)
    assert "_" not in title
    assert "query" not in title
