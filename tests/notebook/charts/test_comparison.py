"""Strategies compared: accuracy against budget, and the budget that each strategy needs."""

import numpy as np
import pytest

from dynscaling_nb import charts
from dynscaling_nb.errors import InputError
from dynscaling_nb.evaluation.comparison import Comparison, StrategyScore
from dynscaling_nb.notebook.charts._comparison import comparison_rows, draw_comparison, needed_rows


def outcome(strategy, budget, accuracy):
    """A strategy that answers this share of four questions, at ten tokens a response."""
    right = np.array([1.0] * round(4 * accuracy) + [0.0] * round(4 * (1 - accuracy)))
    return StrategyScore(strategy, budget, right, budget, 4.0 * budget, 6.0 * budget)


@pytest.fixture
def results():
    outcomes = (
        outcome("base", 2, 0.25),
        outcome("base", 4, 0.75),
        outcome("better", 2, 0.5),
        outcome("better", 4, 1.0),
        outcome("worse", 2, 0.25),
        outcome("worse", 4, 0.25),
    )
    return Comparison(outcomes, "base", 4, 3)


@pytest.mark.parametrize(("per", "spent"), [("responses", [2, 4]), ("tokens", [20, 40])])
def test_rows_hold_accuracy_against_what_a_question_took(results, per, spent):
    rows = [row for row in comparison_rows(results, per) if row["strategy"] == "better"]
    assert [row["spent"] for row in rows] == spent
    assert [row["accuracy"] for row in rows] == [0.5, 1.0]
    assert all(row["low"] <= row["accuracy"] <= row["high"] for row in rows)


def test_only_strategies_that_reach_the_baseline_need_something(results):
    assert needed_rows(results) == [
        {"strategy": "base", "responses": 4},
        {"strategy": "better", "responses": 3},
    ]


def test_the_chart_has_bands_and_names_its_measure(results):
    spec = charts.comparison(results, "tokens").to_dict()
    band, lines = spec["layer"]
    assert (band["encoding"]["y"]["field"], band["encoding"]["y2"]["field"]) == ("low", "high")
    assert lines["encoding"]["x"]["title"] == "tokens a question"
    assert spec["title"]["subtitle"] == "4 questions, 3 seeds; bands: 95 % over questions"
    assert spec["description"].startswith("Line chart. Against base")


def test_money_needs_prices(results):
    with pytest.raises(InputError, match="has no prices: give compare"):
        charts.comparison(results, "money")


def test_what_is_needed_is_told_in_words(results):
    spec = charts.needed(results).to_dict()
    assert spec["title"]["text"] == "As accurate as base at its best"
    assert spec["description"] == "Responses needed: base: 4; better: 3."


def test_an_eighth_strategy_has_the_first_colour_and_a_dashed_line():
    spec = draw_comparison({"name": "rows"}, [f"s{i}" for i in range(8)], "responses").to_dict()
    encoding = spec["layer"][1]["encoding"]
    colours = encoding["color"]["scale"]["range"]
    dashes = encoding["strokeDash"]["scale"]["range"]
    assert colours[7] == colours[0] != colours[6]
    assert (dashes[6], dashes[7]) == ([1, 0], [6, 3])
