"""Live charts as a widget: specifications, rows and words by the names of the charts."""

import pytest

from dynscaling_nb.notebook.charts.live import BaseView, LiveChart
from dynscaling_nb.notebook.widgets.live_charts import LiveCharts, bundle, ready


class View(BaseView):
    def __init__(self, count, rows):
        self._count, self.shown = count, rows

    @property
    def count(self):
        return self._count


class Bars(LiveChart):
    """A chart of one's own."""

    name = "bars"
    title = "Bars"
    title_for_many = "Very many bars"

    def draw(self, count):
        from dynscaling_nb.notebook.charts._style import LIVE_ROWS, Chart

        return Chart(LIVE_ROWS).mark_bar().encode(x="x:Q")

    def rows(self, view):
        return view.shown

    def words(self, view):
        return f"{len(view.shown)} rows"


@pytest.fixture
async def live():
    return await ready()


async def test_a_chart_that_is_drawn_has_a_title_and_no_rows(live):
    live.draw([Bars()], 3)
    assert list(live.specs) == ["bars"]
    assert live.titles == {"bars": "Bars"}
    assert live.rows == {}


async def test_a_chart_shows_what_it_says_of_a_view(live):
    live.draw([Bars()], 3)
    live.show(View(3, [{"x": 1}, {"x": 2}]))
    assert live.rows == {"bars": [{"x": 1}, {"x": 2}]}
    assert live.words == {"bars": "2 rows"}
    live.show(View(2000, []))
    assert live.titles == {"bars": "Very many bars"}


async def test_a_chart_that_is_drawn_again_forgets_its_rows(live):
    live.draw([Bars()], 3)
    live.show(View(3, [{"x": 1}]))
    live.draw([Bars()], 3)
    assert live.rows == {}


@pytest.mark.parametrize(("questions", "renderer"), [(40, "svg"), (41, "canvas")])
async def test_many_questions_are_drawn_on_a_canvas(live, questions, renderer):
    live.draw([Bars()], questions)
    assert live.renderer == renderer


def test_the_script_is_bundled_once_and_loads_nothing_from_outside():
    assert bundle() is bundle()
    assert "https://cdn" not in bundle()


def test_the_widget_is_made_of_the_bundled_script():
    assert len(LiveCharts().get_state()["_esm"]) > 500_000
