"""Panels, results, charts and explorers where there are no widgets: text."""

import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = [
    "%load_ext dynscaling_nb\nimport dynscaling_nb as dn",
    "%dynscale",
    "%%dynscale --budget 12 --panel\nWhat is 2 + 3?",
    "%%dynscale --budget 12 --seed 1 -o found\nWhat is 2 + 3?\nWhat is 7 * 8?",
    "%%dynscale --budget 4 --background -o handle\nWhat is 2 + 3?",
    "await handle",
    "dn.Panel(['What is 2 + 3?'], budget=12)",
    "dn.explore(found)",
    "dn.charts.pulls(found)",
]


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """What each of the cells gives as text where no widgets are shown."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(
        book,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path_factory.mktemp("book"))}},
    ).execute()
    return {
        cell.source: "\n".join(
            str(out.get("data", {}).get("text/plain", "")) for out in cell.outputs
        )
        for cell in book.cells
    }


def test_without_widgets_a_panel_says_what_code_would_do_the_same(texts):
    for cell in (
        "%%dynscale --budget 12 --panel\nWhat is 2 + 3?",
        "dn.Panel(['What is 2 + 3?'], budget=12)",
    ):
        assert (
            'questions = [\n    "What is 2 + 3?",\n]\nresult = await dn.arun(questions, budget=12)'
            in texts[cell]
        )
    assert "A panel shows where a notebook has widgets" in texts["%dynscale"]


def test_without_widgets_results_charts_and_explorers_are_text(texts):
    assert "12 of 12 responses over 2 questions" in texts[CELLS[3]]
    assert "4 of 4 responses over 1 question" in texts["await handle"]
    assert texts["dn.explore(found)"].startswith(
        "flip policy, 12 of 12 recorded responses: 100.0% of the answers are the final ones"
    )
    assert texts["dn.charts.pulls(found)"].startswith("Bar chart: 12 responses over 2 questions")


def test_in_plain_ipython_the_same_cells_give_text():
    cells = [
        "%load_ext dynscaling_nb",
        "import dynscaling_nb as dn",
        "found = dn.run(['What is 2 + 3?'], budget=4, seed=1)",
        "found",
        "dn.Panel(['What is 2 + 3?'], budget=12)",
        "dn.explore(found)",
        "dn.charts.pulls(found)",
        "%%dynscale --budget 5 --seed 1\nWhat is 7 * 8?\n\n\n",
    ]
    command = [
        sys.executable,
        "-m",
        "IPython",
        "--no-banner",
        "--colors=NoColor",
        "--simple-prompt",
    ]
    out = subprocess.run(
        command,
        input="\n".join(cells) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert "Traceback" not in out
    for says in (
        "4 of 4 responses over 1 question",
        "A panel shows where a notebook has widgets",
        "flip policy, 4 of 4 recorded",
        "Bar chart: 4 responses",
        "5 of 5 responses",
    ):
        assert says in out
