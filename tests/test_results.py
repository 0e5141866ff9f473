"""The finished run as rows, text, HTML and a chart."""

import json
import struct
from base64 import b64decode

import pytest

import dynscaling_nb as dn
from dynscaling_nb import charts

HOSTILE = "<script>alert('x')</script> $a$ & b"


@pytest.fixture(scope="module")
def result():
    queries = [{"id": "a", "text": HOSTILE, "gold": "7"}, {"id": "b", "text": "two?", "gold": "8"}, {"id": "c", "text": "three?"}]
    model = dn.ScriptedModel(lambda r: f"x\nThe answer is {HOSTILE if r.query.id == 'c' else 7}.")
    return dn.run(queries, budget=24, model=model, seed=1)


def test_rows_and_frame_have_one_line_a_query(result):
    frame = result.to_frame()
    assert list(frame["id"]) == ["a", "b", "c"]
    assert list(frame["pulls"]) == result.pulls
    assert (frame["parallel"] + frame["chained"] == frame["pulls"]).all()
    assert result.correct == [True, False, None]
    assert result.accuracy == 0.5


def test_html_escapes_what_others_wrote(result):
    html = result.to_html()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert html.count("$") == html.count("<span>$</span>") > 0  # alone, so that it opens no formula
    assert "✗ wrong, it is 8" in html


def test_text_is_a_table_with_a_summary(result):
    lines = str(result).splitlines()
    assert lines[0].split() == ["query", "answer", "confidence", "pulls", "right?"]
    assert len(lines) == 6
    assert "1 of 2 right" in lines[-1]
    assert repr(result).startswith("<Result: 24 of 24 responses over 3 queries")


def test_responses_go_through_json_and_back(result):
    for response in result.responses:
        assert dn.Response.from_json(json.loads(json.dumps(response.to_json()))) == response


def test_saved_lines_are_the_contract(result, tmp_path):
    result.save(tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["pulls"] for row in rows] == result.pulls


def test_the_chart_of_pulls_stacks_what_was_drawn(result):
    rows = charts.pulls_rows(result)
    assert sum(row["pulls"] for row in rows) == 24
    spec = charts.pulls(result).to_dict()
    bars = spec["layer"][0]["encoding"]
    assert bars["x"]["title"] == "responses drawn"
    assert bars["color"]["scale"]["domain"] == ["parallel", "chained"]
    assert spec["description"].startswith("Bar chart: 24 responses over 3 queries")


def test_the_picture_is_drawn_here_and_has_an_alternative(result):
    bundle, metadata = charts.picture(charts.pulls(result), charts.description(result))
    png = b64decode(bundle["image/png"])
    width, height = struct.unpack(">II", png[16:24])
    assert width > 800
    assert height > 200
    assert metadata["image/png"]["width"] == width // 2
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "<script" not in bundle["image/svg+xml"]
    assert "responses over 3 queries" in bundle["text/plain"]


def test_three_hundred_queries_are_thin_columns():
    many = dn.run([f"q{i}" for i in range(300)], budget=300, model=dn.ScriptedModel(lambda r: "The answer is 1."))
    spec = charts.pulls(many).to_dict()
    assert spec["width"] == 900
    assert "layer" not in spec
