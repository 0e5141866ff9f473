"""When responses came."""

from dynscaling_nb import charts
from dynscaling_nb.notebook.charts._timeline import ANOTHER, FINAL, timeline_rows
from dynscaling_nb.notebook.charts.history import NO_ANSWER, RunHistory


def test_there_is_a_row_for_each_response(result):
    rows = timeline_rows(RunHistory.of(result))
    assert [(row["place"], row["start"], row["end"]) for row in rows] == [
        (1, 0.0, 1.0),
        (1, 3.0, 4.0),
        (1, 4.0, 5.0),
        (2, 0.5, 2.0),
        (3, 2.0, 3.0),
        (3, 5.0, 6.0),
    ]
    assert [row["kind"] for row in rows[:3]] == ["parallel", "chained", "parallel"]


def test_each_response_gives_the_final_answer_or_another_or_none(result):
    rows = timeline_rows(RunHistory.of(result))
    assert [row["gives"] for row in rows] == [
        FINAL,
        FINAL,
        ANOTHER,
        FINAL,
        NO_ANSWER,
        NO_ANSWER,
    ]


def test_the_chart_has_seconds_on_its_axis(result, many):
    few = charts.timeline(result).to_dict()
    assert few["title"]["subtitle"] == "6 responses in 6.0 s"
    assert few["description"] == "Timeline: 6 responses in 6.0 s, 3 questions."
    assert few["encoding"]["x"]["title"] == "seconds since the start"
    assert few["encoding"]["color"]["title"] == "response gives"
    assert charts.timeline(many).to_dict()["encoding"]["y"]["title"] == "questions, one a row"
