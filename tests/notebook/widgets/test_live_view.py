"""What people look at while a run goes on, without a browser."""

import ipywidgets as widgets
import pytest

import dynscaling_nb as dn
from dynscaling_nb.build import prepare
from dynscaling_nb.notebook.charts.history import MAX_SHOWN, ORDERS
from dynscaling_nb.notebook.widgets.live_view import LiveView


def answer(request):
    return f"The answer is {request.seeds[0] % 2}."


async def watched(view, questions=3, budget=12, policy="ucb", model=None):
    """A run that has ended, watched by this view."""
    run = prepare(
        [f"question {i}?" for i in range(questions)],
        budget=budget,
        policy=policy,
        model=model or dn.ScriptedModel(answer),
        depth=0,
        seed=1,
        observers=[view],
    )
    view.watch(run)
    await run.complete()
    view.refresh()
    return run


async def test_a_view_is_hidden_until_there_is_a_run():
    view = LiveView()
    assert view.layout.display == "none"
    await watched(view)
    assert view.layout.display is None


async def test_figures_and_responses_are_there_before_the_charts():
    view = LiveView()
    await watched(view)
    assert view.charts is None
    assert "12 of 12" in view.counters.value
    assert len(view.browser.responses.options) == 4


async def test_charts_show_the_run():
    view = LiveView()
    await view.load()
    await watched(view)
    assert sum(row["pulls"] for row in view.charts.rows["pulls"]) == 12
    assert {row["part"] for row in view.charts.rows["scores"]} == {"exploitation", "exploration"}
    assert view.charts.words["pulls"].startswith("12 of 12 responses")


async def test_charts_that_are_ready_late_show_the_run_too():
    view = LiveView()
    await watched(view)
    await view.load()
    assert sum(row["pulls"] for row in view.charts.rows["pulls"]) == 12


async def test_a_click_on_a_chart_shows_that_questions_votes_and_responses():
    view = LiveView()
    await view.load()
    await watched(view)
    scores = view.charts.rows["scores"]
    view.charts.question = 3
    assert view.browser.question.value == 3
    assert view.charts.titles["votes"] == "Votes of question 3. question 2?"
    assert view.charts.rows["votes"][0]["total"] > 0
    assert view.charts.rows["scores"] == scores


async def test_a_question_chosen_in_the_list_is_chosen_in_the_charts():
    view = LiveView()
    await view.load()
    await watched(view)
    view.browser.choose(2)
    assert view.charts.question == 2


async def test_looking_again_does_not_change_the_scores_that_are_drawn_by_chance():
    view = LiveView()
    await view.load()
    await watched(view, policy="thompson")
    scores = view.charts.rows["scores"]
    view.refresh()
    assert view.charts.rows["scores"] == scores


@pytest.mark.parametrize("order", list(ORDERS))
async def test_questions_are_sorted_as_people_like(order):
    view = LiveView()
    await view.load()
    await watched(view)
    view.order.value = order
    rows = sorted(view.charts.rows["pulls"], key=lambda row: row["rank"])
    keys = [ORDERS[order](row) for row in rows]
    assert keys == sorted(keys)


async def test_there_is_a_cost_where_there_are_prices():
    view = LiveView()
    await watched(view)
    assert "cost" not in view.counters.value
    view.refresh((1.0, 2.0, 0.5))
    assert "cost" in view.counters.value


async def test_more_than_a_tenth_of_unread_responses_is_told_under_the_figures():
    view = LiveView()
    run = await watched(view, model=dn.ScriptedModel(lambda request: "Perhaps.\n\nWho <i>knows?"))
    assert run.counts["unread"] == 12
    assert "data-figure='unread'>12</div>" in view.counters.value
    assert "12 of 12 responses (100%) could not be read" in view.unread.value
    assert "Perhaps. Who &lt;i&gt;knows?" in view.unread.value
    await watched(view)
    assert view.unread.value == ""


async def test_very_many_questions_are_counted_and_not_sorted():
    view = LiveView()
    await view.load()
    await watched(view, MAX_SHOWN + 1, MAX_SHOWN + 1)
    assert view.order.layout.display == "none"
    assert sum(row["questions"] for row in view.charts.rows["pulls"]) == MAX_SHOWN + 1
    assert len({row["place"] for row in view.charts.rows["scores"]}) == 20


async def test_a_view_that_is_closed_leaves_no_widget_behind():
    before = set(widgets.Widget.get_manager_state()["state"])
    view = LiveView()
    await view.load()
    await watched(view)
    view.close()
    assert set(widgets.Widget.get_manager_state()["state"]) == before


async def test_charts_that_are_ready_after_the_view_is_closed_are_closed_too():
    before = set(widgets.Widget.get_manager_state()["state"])
    view = LiveView()
    view.close()
    await view.load()
    assert set(widgets.Widget.get_manager_state()["state"]) == before
