"""What another allocation of the recorded responses would have brought."""

from dataclasses import replace

import pytest

from dynscaling_nb import charts
from dynscaling_nb.evaluation.reallocation import reallocate
from dynscaling_nb.notebook.charts._what_if import curve_rows, reallocated_rows
from dynscaling_nb.notebook.charts.live import WhatIfView
from dynscaling_nb.notebook.charts.registry import what_if_charts


@pytest.fixture
def uniform(result):
    """One response in turn to each question: a, b, c, a, c, a, once all are spent."""
    return reallocate(result, "uniform")


def test_a_curve_begins_with_a_response_to_each_question(uniform):
    rows = curve_rows({"uniform": uniform})
    points = [(row["spent"], row["share"]) for row in rows if "spent" in row]
    assert points == [(3, 0.5), (4, 0.5), (5, 0.5), (6, 0.5)]  # a is right, b is wrong


def test_a_curve_says_where_the_recording_runs_out(uniform):
    rows = curve_rows({"uniform": uniform})
    assert rows[-1] == {"curve": "uniform", "ran_out": 2}  # b had one response


def test_a_long_curve_has_few_points(uniform):
    long = replace(uniform, accuracy=[0.5] * 1000, ran_out=None)
    rows = curve_rows({"uniform": long})
    assert 150 <= len(rows) < 200
    assert rows[-1]["spent"] == 1000


def test_reallocated_rows_count_what_was_allocated(result):
    rows = reallocated_rows(result, reallocate(result, "uniform", 4))
    assert [row["pulls"] for row in rows] == [2, 1, 1]
    assert [(row["parallel"], row["chained"]) for row in rows] == [(1, 1), (1, 0), (1, 0)]
    assert [row["flip_probability"] for row in rows] == [0.125, 0.25, 0.5]
    assert [row["verdict"] for row in rows] == ["right", "wrong", ""]


def test_the_axis_says_what_is_counted(result, uniform):
    spec = charts.what_if({"uniform": uniform}).to_dict()
    assert spec["layer"][0]["encoding"]["y"]["title"] == "right answers"
    assert spec["description"] == "What if: right answers; uniform: 50.0% after 6 responses."
    without_gold = replace(uniform, accuracy=None)
    spec = charts.what_if({"uniform": without_gold}).to_dict()
    assert spec["layer"][0]["encoding"]["y"]["title"] == "final answers"


def test_the_live_charts_show_both_curves_and_the_chosen_allocation(result, uniform):
    smaller = reallocate(result, "flip", 4)
    view = WhatIfView(result, smaller, uniform, "in words")
    curves, pulls = what_if_charts(uniform)
    assert {row["curve"] for row in curves.rows(view)} == {"chosen policy", "uniform"}
    assert curves.words(view) == "in words"
    assert sum(row["pulls"] for row in pulls.rows(view)) == 4
