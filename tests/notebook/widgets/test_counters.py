"""What is spent and what is left, as figures."""

import asyncio

import pytest

import dynscaling_nb as dn
from dynscaling_nb.build import prepare
from dynscaling_nb.notebook.widgets.counters import figures, html


@pytest.fixture(scope="module")
def run():
    """A run of eight responses, each of one token in and one out."""
    model = dn.ScriptedModel(lambda _: "The answer is 5.")
    run = prepare(["What is 2 + 3?", "What's 7 * 8?"], budget=8, model=model, depth=0)
    asyncio.run(run.complete())
    return run


def values(run, prices):
    return {figure.name: figure.value for figure in figures(run, prices)}


def test_figures_count_what_was_spent(run):
    counts = values(run, None)
    assert counts["responses"] == "8 of 8"
    assert counts["left"] == "0"
    assert counts["tokens in / out"] == "8 / 8"
    assert counts["settled"].endswith("of 2")
    assert counts["unread"] == "0"
    assert counts["requests in flight"] == "0"


@pytest.mark.parametrize("prices", [(1000.0, 2000.0), (1000.0, 2000.0, 500.0)])
def test_there_is_a_cost_where_there_are_prices(run, prices):
    assert values(run, prices)["cost, $"] == "0.0240"  # 8 * (0.001 + 0.002), nothing from a cache
    assert "cost, $" not in values(run, None)


def test_figures_stand_under_a_bar_of_the_budget(run):
    page = html(run, None)
    assert page.startswith("<progress value='8' max='8' aria-label='responses'")
    assert "data-figure='responses'>8 of 8</div>" in page
