"""A run as tables of rows, as charts and as pictures of them."""

import struct
from base64 import b64decode
from itertools import pairwise
from math import log, sqrt

import numpy as np
import pytest
import vl_convert as vlc

import dynscaling_nb as dn
from dynscaling_nb import charts
from dynscaling_nb.bandit.arms import Arms
from dynscaling_nb.bandit.policies import policy, terms
from dynscaling_nb.errors import UnknownName
from dynscaling_nb.notebook.charts import _render as pictures, tables
from dynscaling_nb.notebook.charts.history import NO_ANSWER, RunHistory

HOSTILE = "<script>alert('x')</script> $a$ \x1b[31m\u202e"


def says(request) -> str:
    return (
        "Who knows?\nNot me."
        if request.query.id == "c"
        else f"The answer is {request.seeds[0] % 3}."
    )


@pytest.fixture(scope="module")
def result():
    queries = [
        {"id": "a", "text": HOSTILE, "gold": "1"},
        {"id": "b", "text": "two?", "gold": "8"},
        {"id": "c", "text": "three?"},
    ]
    return dn.run(queries, budget=36, model=dn.ScriptedModel(says), seed=1)


@pytest.fixture(scope="module")
def many():
    queries = [f"question {i}?" for i in range(300)]
    return dn.run(queries, budget=600, model=dn.ScriptedModel(says), seed=1)


def test_rows_of_pulls_add_up_to_what_was_drawn(result):
    rows = tables.pulls_rows(RunHistory.of(result))
    assert [row["pulls"] for row in rows] == result.pulls
    assert all(row["parallel"] + row["chained"] == row["pulls"] for row in rows)
    assert [row["state"] for row in rows] == result.states
    assert rows[2]["answer"] == NO_ANSWER
    assert [row["verdict"] for row in rows[1:]] == ["wrong", ""]


@pytest.mark.parametrize(("order", "key"), [("pulls", "pulls"), ("uncertainty", "uncertainty")])
def test_rows_are_ranked_as_one_likes(result, order, key):
    rows = sorted(tables.pulls_rows(RunHistory.of(result), order), key=lambda row: row["rank"])
    assert [row[key] for row in rows] == sorted((row[key] for row in rows), reverse=True)


def test_stretches_of_uncertainty_cover_the_run_without_overlap(result):
    course = RunHistory.of(result)
    for place, row in enumerate(course.rows, start=1):
        stretches = [r for r in tables.uncertainty_rows(course) if r["place"] == place]
        assert stretches[-1]["to"] == course.spent == 36
        assert stretches[-1]["uncertainty"] == row["uncertainty"]
        assert all(
            a["to"] == b["from"] and a["uncertainty"] != b["uncertainty"]
            for a, b in pairwise(stretches)
        )


def test_uncertainty_over_time_has_a_column_a_response_while_there_are_few(result):
    ends, levels = RunHistory.of(result).levels()
    assert ends.tolist() == list(range(1, 37))
    assert levels.shape == (3, 36)
    first = [
        next(k for k, response in enumerate(result.responses) if response.query_id == id_)
        for id_ in "abc"
    ]
    assert np.isnan(levels).sum(axis=1).tolist() == first


def test_uncertainty_over_time_of_many_queries_has_sixty_columns(many):
    ends, levels = RunHistory.of(many).levels()
    assert ends[-1] == 600
    assert levels.shape == (300, 60)
    assert not np.isnan(levels[:, -1]).any()


def test_the_score_of_ucb_splits_into_uncertainty_and_exploration(result):
    arms = Arms.fresh(3)
    arms.pulls[:] = [1, 4, 5]
    arms.uncertainty[:] = [0, 0.5, 0.2]
    rows = tables.score_rows(
        RunHistory.of(result),
        terms(policy("ucb", c=0.3), arms, np.random.default_rng(0)),
        following=1,
    )
    assert [row["part"] for row in rows] == ["exploitation", "exploration"] * 3
    assert [row["score"] for row in rows[::2]] == [0, 0.5, 0.2]
    assert [row["score"] for row in rows[1::2]] == pytest.approx(
        [0.3 * sqrt(log(10) / n) for n in (1, 4, 5)], abs=1e-4
    )
    assert all(
        row["total"] == pytest.approx(other["score"] + row["score"], abs=2e-4)
        for other, row in zip(rows[::2], rows[1::2], strict=True)
    )
    assert [row["place"] for row in rows if row["next"]] == [2]


def test_votes_name_each_answer_with_its_kinds_and_the_unread(result):
    course = RunHistory.of(result)
    rows = tables.votes_rows(course, 0)
    assert sum(row["votes"] for row in rows) == result.pulls[0]
    assert {row["kind"] for row in rows} == {"parallel", "chained"}
    assert {row["answer"] for row in tables.votes_rows(course, 2)} == {NO_ANSWER}


def test_votes_beyond_twelve_answers_share_a_row():
    model = dn.ScriptedModel(lambda r: f"The answer is {r.index}.")
    course = RunHistory.of(dn.run(["q"], budget=20, model=model, depth=0))
    rows = tables.votes_rows(course, 0)[::2]
    assert len(rows) == 13
    assert (rows[-1]["answer"], rows[-1]["total"]) == ("8 other answers", 8)


def test_the_timeline_has_a_row_for_each_response(result):
    rows = tables.timeline_rows(RunHistory.of(result))
    assert len(rows) == 36
    assert all(0 <= row["start"] <= row["end"] <= round(result.time, 3) for row in rows)
    assert {row["says"] for row in rows if row["place"] == 3} == {NO_ANSWER}


@pytest.mark.parametrize("draw", [charts.pulls, charts.uncertainty, charts.timeline])
def test_charts_have_titles_words_and_units(result, many, draw):
    for of in (result, many):
        spec = draw(of).to_dict()
        assert spec["title"]["text"]
        assert spec["title"]["subtitle"]
        axes = [spec, *spec.get("layer", [])][-1 if "encoding" in spec else 1]["encoding"]
        assert axes["x"]["title"]
        assert len(spec["description"]) > 20
        assert "<script>alert" not in vlc.vegalite_to_svg(spec, vl_version=pictures.version(spec))


def test_few_queries_have_labelled_bars_and_many_thin_columns(result, many):
    few, thin = charts.pulls(result).to_dict(), charts.pulls(many).to_dict()
    bars = few["layer"][0]["encoding"]
    assert bars["x"]["title"] == "responses drawn"
    assert bars["color"]["scale"]["domain"] == ["open", "settled", "failed"]
    assert bars["opacity"]["scale"]["domain"] == ["parallel", "chained"]
    assert few["description"].startswith("Bar chart: 36 responses over 3 queries")
    assert "layer" not in thin
    assert thin["encoding"]["x"]["title"] == "queries, one a column"
    assert thin["encoding"]["y"]["title"] == "responses drawn"


def test_votes_are_of_a_query_by_its_id(result):
    assert charts.votes(result, "b").to_dict()["title"]["subtitle"] == "two?"
    with pytest.raises(UnknownName, match="unknown query 'd'"):
        charts.votes(result, "d")


def test_a_chart_shows_itself_as_vega_and_as_a_picture(result):
    shown, metadata = charts.pulls(result)._repr_mimebundle_()
    assert shown["application/vnd.vegalite.v5+json"]["$schema"].endswith("v5.json")
    png = b64decode(shown["image/png"])
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert width > 800
    assert height > 200
    assert metadata["image/png"]["width"] == width // 2
    assert "36 responses over 3 queries" in shown["text/plain"]


def test_a_chart_can_be_changed_and_saved(result, tmp_path):
    charts.pulls(result).properties(width=300).save(str(tmp_path / "pulls.svg"))
    assert (tmp_path / "pulls.svg").read_text().startswith("<svg")


def test_a_result_shows_as_its_charts_and_as_its_table(result):
    *pictures_, (page, _) = charts.displays(result)
    for (bundle, metadata), title in zip(
        pictures_, ["Where the budget went", "How uncertainty fell"], strict=True
    ):
        assert b64decode(bundle["image/png"]).startswith(b"\x89PNG")
        assert bundle["application/vnd.vegalite.v5+json"]["title"]["text"] == title
        assert metadata["image/png"]["alt"] == bundle["text/plain"]
    assert pictures_[0][0]["text/plain"].startswith("Bar chart: 36 responses over 3 queries")
    assert page["text/html"].count("<table") == 1
    assert "&lt;script&gt;" in page["text/html"]
    assert "<script" not in page["text/html"]
    for text in (pictures_[0][0]["text/plain"], page["text/html"], page["text/plain"]):
        assert "\x1b" not in text
        assert "\u202e" not in text
