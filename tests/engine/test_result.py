"""The finished run as rows, text and HTML."""

import json

import pytest

import dynscaling_nb as dn

HOSTILE = "<script>alert('x')</script> $a$ & b"


@pytest.fixture(scope="module")
def result():
    queries = [
        {"id": "a", "text": HOSTILE, "gold": "7"},
        {"id": "b", "text": "two?", "gold": "8"},
        {"id": "c", "text": "three?"},
    ]
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


def test_a_table_of_many_queries_shows_the_least_certain_ones_and_says_so():
    says = dn.ScriptedModel(
        lambda r: f"x\nThe answer is {r.index if r.query.id in ('90', '95') else 7}."
    )
    many = dn.run(
        [f"question {i}?" for i in range(1, 101)],
        budget=400,
        model=says,
        policy="uniform",
        depth=0,
        seed=1,
    )
    lines = str(many).splitlines()
    assert len(lines) == 2 + 40 + 1
    assert [line.split()[1] for line in lines[2:5]] == ["90?", "95?", "1?"]
    assert lines[-1].endswith("the 40 least certain queries; `to_frame()` has all")
    assert many.to_html().count("<tr>") == 41
    assert len(many.to_frame()) == 100


def test_responses_go_through_json_and_back(result):
    for response in result.responses:
        assert dn.Response.from_json(json.loads(json.dumps(response.to_json()))) == response


def test_saved_lines_are_the_contract(result, tmp_path):
    result.save(tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["pulls"] for row in rows] == result.pulls
