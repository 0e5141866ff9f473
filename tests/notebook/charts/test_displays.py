"""What a notebook shows of a result, and a chart of a user's own."""

import struct
from base64 import b64decode
from dataclasses import replace

import altair as alt

from dynscaling_nb import charts


def test_a_chart_shows_itself_as_vega_and_as_a_picture(result):
    data, metadata = charts.pulls(result)._repr_mimebundle_()
    assert data["application/vnd.vegalite.v5+json"]["$schema"].endswith("v5.json")
    picture = b64decode(data["image/png"])
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width > 800
    assert height > 200
    assert metadata["image/png"]["width"] == width // 2
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert "6 responses over 3 questions" in data["text/plain"]


def test_a_chart_can_be_changed_and_saved(result, tmp_path):
    charts.pulls(result).properties(width=300).save(str(tmp_path / "pulls.svg"))
    assert (tmp_path / "pulls.svg").read_text().startswith("<svg")


def test_a_result_shows_as_two_charts_and_its_table(result):
    pulls, flips, (page, _) = charts.displays(replace(result, unread=[0, 0, 0]))
    titles = [
        display.data["application/vnd.vegalite.v5+json"]["title"]["text"]
        for display in (pulls, flips)
    ]
    assert titles == ["Where the budget went", "How likely each answer is to flip"]
    assert page["text/html"].count("<table") == 1


def test_where_many_responses_are_unread_the_table_comes_first_with_a_note_above_it(result):
    (page, _), *pictures = charts.displays(result)
    assert page["text/html"].index("2 of 6 responses") < page["text/html"].index("<table")
    assert page["text/plain"].startswith("2 of 6 responses (33%) could not be read")
    assert ["image/png" in picture.data for picture in pictures] == [True, True]


def test_nothing_in_a_text_is_markup_or_a_command(result):
    (page, _), pulls, _ = charts.displays(result)
    assert "&lt;script&gt;" in page["text/html"]
    assert "<script" not in page["text/html"]
    for text in (pulls.data["text/plain"], page["text/html"], page["text/plain"]):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_a_chart_of_your_own_is_shown_with_its_words():
    chart = alt.Chart(alt.InlineData([{"x": 1}])).mark_point().encode(x="x:Q")
    data, metadata = charts.shown(chart, "one point")._repr_mimebundle_()
    assert data["text/plain"] == metadata["image/png"]["alt"] == "one point"
    assert data["application/vnd.vegalite.v5+json"]["config"]["background"] == "white"
