"""Very many queries: answers in memory, responses in the store, charts that count questions."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dynscaling_nb as dn
from dynscaling_nb.notebook.charts import displays, flip_probability, pulls, votes
from dynscaling_nb.notebook.charts._pulls import spread_rows
from dynscaling_nb.notebook.charts.history import CONTESTED, MAX_SHOWN
from dynscaling_nb.storage.sqlite import StoredResponses

MANY = MAX_SHOWN + 200


def say(request):
    """Every fourth query is contested."""
    contested = int(request.query.id) % 4 == 0
    number = request.seeds[0] % (5 if contested else 1)
    return f"I think, for the {request.index}th time.\nThe answer is {number}."


def queries(count):
    return [{"id": str(i), "text": f"Question number {i}?", "gold": "0"} for i in range(count)]


def rows_of(chart):
    (rows,) = chart.to_dict()["datasets"].values()
    return rows


def test_answers_alone_are_the_same_as_with_all_responses_kept(tmp_path):
    options = {"budget": 60 * 8, "seed": 3, "concurrency": 8}
    everything = dn.run(
        queries(60), model=dn.ScriptedModel(say), store=tmp_path / "all.sqlite", **options
    )
    lean = dn.run(
        queries(60),
        model=dn.ScriptedModel(say),
        store=tmp_path / "lean.sqlite",
        in_memory="answers",
        **options,
    )
    assert (lean.answers, lean.confidence, lean.pulls) == (
        everything.answers,
        everything.confidence,
        everything.pulls,
    )
    assert lean.rows() == everything.rows()
    assert isinstance(lean.responses, StoredResponses)
    assert len(lean.responses) == 480
    assert any(response.kind == "chained" for response in lean.responses)
    plain = [(r.query_id, r.index, r.text, r.messages, r.sources) for r in everything.responses]
    assert [(r.query_id, r.index, r.text, r.messages, r.sources) for r in lean.responses] == plain
    assert lean.responses[-1].text == lean.responses[479].text == lean.responses[470:][9].text
    assert [r.index for r in lean.responses_to("8")] == list(range(lean.pulls[8]))
    assert lean.report().splitlines()[1:] == everything.report().splitlines()[1:]


def test_a_run_of_answers_alone_is_taken_up_again_and_loaded(tmp_path):
    path = tmp_path / "runs.sqlite"
    first = dn.run(
        queries(20), budget=60, model=dn.ScriptedModel(say), store=path, in_memory="answers", seed=1
    )
    more = dn.run(
        queries(20),
        budget=160,
        model=dn.ScriptedModel(say),
        store=path,
        in_memory="answers",
        seed=1,
        resume=True,
    )
    assert (more.run, more.resumed, len(more.responses)) == (first.run, 60, 160)
    loaded = dn.load(more.run, path, in_memory="answers")
    assert (loaded.answers, loaded.pulls, len(loaded.responses)) == (more.answers, more.pulls, 160)


def test_without_a_store_chains_have_nothing_to_read_and_responses_are_gone():
    with pytest.raises(dn.InputError, match="from a store: give store=PATH, or depth=0"):
        dn.run(queries(3), budget=9, model=dn.ScriptedModel(say), in_memory="answers")
    with pytest.raises(dn.InputError, match="in_memory must be one of all, answers, got 'some'"):
        dn.run(queries(3), budget=9, in_memory="some")
    found = dn.run(queries(3), budget=9, model=dn.ScriptedModel(say), in_memory="answers", depth=0)
    assert (found.spent, list(found.responses)) == (9, [])
    assert found.summary().startswith("9 of 9 responses")


def test_queries_come_from_a_file_or_an_iterator_and_answers_are_in_their_order(tmp_path):
    rows = queries(12)
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pd.DataFrame(rows).to_csv(tmp_path / "q.csv", index=False)
    pd.DataFrame(rows).to_parquet(tmp_path / "q.parquet")
    for source in (iter(rows), *(tmp_path / f"q.{kind}" for kind in ("jsonl", "csv", "parquet"))):
        found = dn.run(source, budget=24, model=dn.ScriptedModel(say), seed=1)
        assert [query.id for query in found.queries] == [row["id"] for row in rows]
        assert [query.gold for query in found.queries] == ["0"] * 12
    for name, said in (
        ("no.jsonl", "cannot read"),
        ("no.csv", "cannot read"),
        ("no.parquet", "cannot read"),
    ):
        with pytest.raises(dn.InputError, match=said):
            dn.run(Path(tmp_path / name), budget=24)
    (tmp_path / "bad.csv").write_text("number\n1\n")
    with pytest.raises(dn.InputError, match=r"bad\.csv, line 2: question 1 has no text"):
        dn.run(tmp_path / "bad.csv", budget=24)


def test_charts_count_where_there_are_too_many_to_draw():
    found = dn.run(
        queries(MANY), budget=MANY * 4, model=dn.ScriptedModel(say), depth=0, seed=1, concurrency=64
    )
    rows = rows_of(pulls(found))
    assert sum(row["questions"] for row in rows) == MANY
    spent = sum(row["from"] * row["questions"] for row in rows)
    assert spent == MANY * 4  # bars one response wide: so each says how many exactly
    shown = rows_of(flip_probability(found))
    assert len(shown) == CONTESTED
    assert {row["place"] % 4 for row in shown} == {1}
    sure = sorted(found.confidence)
    assert max(row["confidence"] for row in shown) <= sure[CONTESTED]
    assert sum(row["total"] for row in rows_of(votes(found, "8"))) == 2 * found.pulls[8]
    assert len(str(displays(found))) < 1_000_000


def test_wide_bars_hold_every_query_once():
    drawn = np.array([0, 1, 99, 100, 100, 400])
    rows = spread_rows(drawn, {"open": drawn >= 0})
    assert sum(row["questions"] for row in rows) == 6
    assert all(row["to"] - row["from"] == 11 for row in rows)
    assert {row["from"] <= 400 < row["to"] for row in rows} == {False, True}


def test_a_shell_keeps_answers_alone_and_writes_parquet(endpoint, tmp_path, capsys):
    from dynscaling_nb.cli import main

    (tmp_path / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries(5)))
    words = [
        "run",
        str(tmp_path / "q.jsonl"),
        "--budget",
        "20",
        "--model",
        "tiny",
        "--base-url",
        endpoint.url,
        "--in-memory",
        "answers",
    ]
    words += [
        "--store",
        str(tmp_path / "runs.sqlite"),
        "--responses",
        str(tmp_path / "responses"),
        "--out",
        str(tmp_path / "out.parquet"),
    ]
    assert main(words) == 0
    assert pd.read_parquet(tmp_path / "out.parquet").pulls.sum() == 20
    assert len(pd.read_parquet(tmp_path / "responses")) == 20
    assert "20 of 20 responses" in capsys.readouterr().out
