"""The values of a comparison, from scores made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from dynscaling_nb.answers.unread import UnreadNote
from dynscaling_nb.evaluation.comparison import Comparison, StrategyScore


def score(strategy: str, budget: float, right: np.ndarray) -> StrategyScore:
    return StrategyScore(strategy, budget, right, budget, 10 * budget, 5 * budget)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Three strategies on 100 questions at budgets 2 and 4; all are wrong at 2.

    At 4 `base` is right on 40 questions and `better` on 80; `level` on one of them more and on
    one less.
    """
    base, better, level = np.zeros(100), np.zeros(100), np.zeros(100)
    base[:40], better[:80], level[1:41] = 1, 1, 1
    strategies = {"base": base, "better": better, "level": level}
    scores = [
        score(name, budget, right if budget == 4 else 0 * right)
        for name, right in strategies.items()
        for budget in (2, 4)
    ]
    return Comparison(tuple(scores), "base", 100, 1, prices=(1.0, 2.0))


def test_accuracy_is_the_mean_over_questions_and_seeds():
    assert score("one", 1, np.array([1, 0.5, 0])).accuracy == 0.5


def test_intervals_are_paired_over_questions(comparison):
    better, level = [d for d in comparison.differences() if d.budget == 4]
    assert better.gain == pytest.approx(0.4)
    # 1.96 * sqrt(0.4 * 0.6 / 100) = 0.096; for 90 % it would be 0.081
    assert (better.low, better.high) == pytest.approx((0.304, 0.496), abs=0.01)
    assert better.shown
    assert (level.gain, level.shown) == (0.0, False)
    assert -0.05 < level.low < 0 < level.high < 0.05  # unpaired it would be 0.136


def test_a_difference_is_against_the_baseline_at_the_same_budget(comparison):
    gains = {(d.strategy, d.budget): d.gain for d in comparison.differences()}
    assert gains == pytest.approx(
        {("better", 2): 0, ("better", 4): 0.4, ("level", 2): 0, ("level", 4): 0}
    )


def test_the_summary_says_what_is_shown_and_what_is_not(comparison):
    against, shown, not_shown = comparison.summary().splitlines()
    assert against == "Against base, 100 questions, 1 seed, mean responses a question:"
    assert shown.startswith("Shown: better at 4: +40.0 points (95 % interval +3")
    assert "level at 4: +0.0 points" in not_shown
    assert "better at 4" not in not_shown


def test_rows_hold_accuracy_with_its_interval_and_the_cost(comparison):
    row = comparison.to_frame().set_index(["strategy", "budget"]).loc[("base", 4)]
    assert row["accuracy"] == pytest.approx(0.4)
    assert 0.28 < row["low"] < 0.33
    assert 0.47 < row["high"] < 0.52
    assert row["money"] == pytest.approx((40 * 1 + 20 * 2) / 1e6)  # prices of a million tokens


def test_without_prices_no_money_is_known_or_shown():
    comparison = Comparison((score("one", 1, np.ones(3)),), "one", 3, 1)
    assert comparison.rows()[0]["money"] is None
    assert "money" not in comparison._repr_html_()


def test_a_comparison_shows_as_a_table_with_its_summary(comparison):
    shown = comparison._repr_html_()
    assert shown.count("<tr") == 7
    assert "40.0%" in shown
    assert "Not significant" in shown
    assert str(comparison).splitlines()[0].split()[:3] == ["strategy", "budget", "accuracy"]
    assert repr(comparison) == "<Comparison of 3 strategies at 2 budgets>"


def test_names_of_strategies_are_escaped():
    comparison = Comparison((score("<b>x", 1, np.ones(3)),), "<b>x", 3, 1)
    assert "<b>" not in comparison._repr_html_()


def test_the_responses_for_the_baselines_best_are_read_between_budgets(comparison):
    assert comparison.needed() == {"base": 4, "better": 3, "level": 4}


def test_a_strategy_that_does_not_reach_the_baselines_best_has_no_number():
    scores = (score("base", 2, np.ones(4)), score("worse", 2, np.zeros(4)))
    assert Comparison(scores, "base", 4, 1).needed() == {"base": 2, "worse": None}


def test_curves_are_sorted_by_budget():
    scores = (score("one", 4, np.ones(2)), score("one", 2, np.ones(2)))
    assert [s.budget for s in Comparison(scores, "one", 2, 1).curves()["one"]] == [2, 4]


def test_unread_responses_are_a_column_where_there_are_any(comparison):
    assert "unread" not in str(comparison) + comparison._repr_html_()
    read = replace(comparison.scores[0], unread=0.25)
    shown = replace(comparison, scores=(read, *comparison.scores[1:]))
    assert shown.rows()[0]["unread"] == 0.25
    assert "25.0%" in shown._repr_html_()
    assert "unread" in str(shown).splitlines()[0]


def test_a_note_on_unread_responses_comes_before_the_table(comparison):
    note = UnreadNote(12, 60, "<i>maybe", "this", "better")
    told = replace(comparison, unread_note=note)
    assert str(told).startswith("12 of 60 responses of better (20%) could not be read")
    html = told._repr_html_()
    assert html.index("responses of better") < html.index("<table")
    assert "<i>" not in html
