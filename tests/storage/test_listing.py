"""The list of stored runs, as text and as a table in a notebook."""

from datetime import UTC, datetime

import dynscaling_nb as dn
from dynscaling_nb.storage.listing import Runs, StoredRun

RUN = StoredRun(
    "abc", datetime(2026, 3, 1, 12, 0, tzinfo=UTC), "<b>$m$</b>", "flip", 2, 3, 8, 1, None
)


def test_a_list_is_a_table_with_a_line_a_run():
    lines = repr(Runs([RUN])).splitlines()
    head = "id begun model policy questions responses ended by"
    assert " ".join(lines[0].split()) == head
    assert lines[2].split()[0] == "abc"
    assert "2026-03-01" in lines[2]
    assert "3 of 8" in lines[2]
    assert lines[2].endswith("not yet")


def test_in_html_names_are_escaped():
    html = Runs([RUN])._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert html.count("$") == html.count("<span>$</span>") == 2
    assert html.count("<tr>") == 2


def test_an_empty_list_says_so():
    assert repr(Runs()) == "no runs are stored here"
    assert Runs()._repr_html_() == "<p>no runs are stored here</p>"


def test_the_latest_run_comes_first(tmp_path):
    model = dn.ScriptedModel(lambda request: "The answer is 7.")
    ids = [dn.run(["q?"], budget=n, model=model, store=tmp_path / "s").run for n in (1, 2, 3)]
    assert [run.id for run in dn.runs(tmp_path / "s")] == ids[::-1]
    assert [(run.spent, run.queries, run.stopped) for run in dn.runs(tmp_path / "s")] == [
        (3, 1, "budget"),
        (2, 1, "budget"),
        (1, 1, "budget"),
    ]
