"""What live charts see of a run, and the specifications of all of them."""

import numpy as np
import pytest

from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import UCB
from dynscaling_nb.notebook.charts.history import CONTESTED, MAX_SHOWN, RunHistory
from dynscaling_nb.notebook.charts.live import RunView, specifications
from dynscaling_nb.notebook.charts.registry import RUN
from dynscaling_nb.records import Query, Response


def view_of(questions, budget, answers, question=0):
    """The view of a run whose first responses gave these answers, one question each."""
    queries = [Query(str(i), f"question {i}?") for i in range(questions)]
    history = RunHistory(queries, [None] * questions)
    ledger = Ledger(questions, budget, UCB(), warmup=1)
    pulls = ledger.ask(len(answers))
    for pull, answer in zip(pulls, answers, strict=True):
        ledger.tell(pull, answer)
        history.add(Response(str(pull.query), pull.index, pull.kind, "", answer, ()))
    return RunView.of(history, ledger, "as asked", question, np.random.default_rng(0))


def test_a_view_knows_which_question_is_next():
    view = view_of(3, 9, ["1", "2", None])
    assert view.next == 2  # a vote settles nothing, but no vote is the most uncertain
    assert [place.query for place in view.places] == [0, 1, 2]
    assert not view.many


def test_nothing_is_next_once_the_budget_is_spent():
    view = view_of(3, 3, ["1", "2", "3"])
    assert view.next is None
    scores = next(chart for chart in RUN if chart.name == "scores")
    assert scores.words(view) == "No question is open."


def test_of_very_many_questions_twenty_are_drawn_one_by_one():
    view = view_of(MAX_SHOWN + 1, MAX_SHOWN + 1, ["1"] * 10)
    assert view.many
    assert [place.rank for place in view.places] == list(range(CONTESTED))
    assert not {place.query for place in view.places} & set(range(10))  # those are certain


def test_the_charts_of_a_run_say_what_they_show():
    view = view_of(3, 9, ["1", "2", None], question=2)
    words = {chart.name: chart.words(view) for chart in RUN}
    assert words == {
        "pulls": "3 of 9 responses, at most 1 to one question.",
        "flip_probability": "0 of 3 questions are settled.",
        "scores": "The next response goes to question 3.",
        "votes": "2: 1",
    }
    captions = {chart.name: chart.caption(view) for chart in RUN}
    assert captions["pulls"] == "Where the budget goes"
    assert captions["votes"] == "Votes of question 2. question 1?"


def test_captions_change_where_questions_are_too_many():
    view = view_of(MAX_SHOWN + 1, MAX_SHOWN + 1, ["1"])
    captions = {chart.name: chart.caption(view) for chart in RUN}
    assert captions["pulls"].endswith("questions by the responses that they got")
    assert captions["flip_probability"].startswith("The 20 questions")


@pytest.mark.parametrize(("questions", "labelled"), [(3, True), (100, False), (2000, True)])
def test_specifications_have_no_rows_and_fit_the_number_of_questions(questions, labelled):
    specs = specifications(RUN, questions)
    assert list(specs) == ["pulls", "flip_probability", "scores", "votes"]
    assert all(spec["datasets"] == {"rows": []} for spec in specs.values())
    assert all(spec["width"] == "container" for spec in specs.values())
    y = specs["flip_probability"]["encoding"]["y"]
    assert (y["field"] == "label") == labelled


def test_specifications_are_drawn_once_for_all_numbers_that_look_alike():
    assert specifications(RUN, 3) is specifications(RUN, 40)
    assert specifications(RUN, 3) is not specifications(RUN, 41)
