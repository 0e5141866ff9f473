"""What a panel shows and says, without a browser: code, figures, responses; and its text where there are no widgets."""

import asyncio
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

import dynscaling_nb as dn
from dynscaling_nb.build import prepare
from dynscaling_nb.errors import InputError
from dynscaling_nb.notebook.codegen import Name, Settings, call, magic
from dynscaling_nb.notebook.widgets import counters as meter, response_browser as reader

HOSTILE = "<script>alert('x')</script> $a$ \x1b[31m\u202e"
PLAIN = [dn.Query("1", "What is 2 + 3?"), dn.Query("2", "What's 7 * 8?")]
GOLD = [dn.Query("a", "What is 2 + 3?", "5")]


def test_settings_left_alone_are_not_written():
    assert (
        magic(Settings(64), PLAIN, None) == "%%dynscale --budget 64\nWhat is 2 + 3?\nWhat's 7 * 8?"
    )
    assert call(Settings(64), [], "rows").endswith("result = await dn.arun(rows, budget=64)")


def test_every_other_setting_is_written_in_both_forms():
    settings = Settings(
        64,
        Name("mine"),
        None,
        "ucb",
        0.5,
        3,
        2,
        0.25,
        8,
        "disagreeing",
        2,
        0.1,
        str.strip,
        None,
        "logprob",
        (0, 2),
        5.0,
        7,
    )
    assert magic(settings, [], "rows") == (
        "%%dynscale --budget 64 -m mine -p ucb -c 0.5 --parallel 3 --depth 2 --share 0.25 --concurrency 8 --pick disagreeing "
        "--warmup 2 --settle 0.1 --read strip --weigh logprob --kinds 0,2 --timeout 5.0 --seed 7 --from rows"
    )
    assert call(settings, [], "rows").splitlines()[-1] == (
        "result = await dn.arun(rows, budget=64, model=mine, policy='ucb', c=0.5, parallel=3, depth=2, share=0.25, concurrency=8, "
        "pick='disagreeing', warmup=2, settle=0.1, read=strip, weigh='logprob', kinds=(0, 2), timeout=5.0, seed=7)"
    )


def test_what_a_user_typed_is_quoted_for_its_form():
    settings = Settings(8, "my model", "http://127.0.0.1/v1")
    assert "-m 'my model' --base-url http://127.0.0.1/v1" in magic(settings, PLAIN, None)
    scope = {}
    code = call(Settings(8), [dn.Query("1", 'He said "no"\\n')], None)
    exec(code[code.index("questions") : code.index("result")], scope)
    assert scope["questions"] == ['He said "no"\\n']


def test_gold_answers_go_into_the_code():
    assert '{"id": "a", "text": "What is 2 + 3?", "gold": "5"}' in magic(Settings(8), GOLD, None)
    assert '{"id": "a", "text": "What is 2 + 3?", "gold": "5"}' in call(Settings(8), GOLD, None)


def test_controls_give_back_what_they_were_given():
    panel = dn.Panel(
        PLAIN,
        budget=40,
        policy="ucb",
        c=1.5,
        parallel=2,
        depth=3,
        chained_share=0.75,
        concurrency=5,
        seed=3,
        settle=0.1,
        timeout=9,
    )
    assert panel.controls.settings == Settings(
        40, None, None, "ucb", 1.5, 2, 3, 0.75, 5, settle=0.1, timeout=9, seed=3
    )
    assert panel.controls.queries() == [
        dn.Query("1", "What is 2 + 3?"),
        dn.Query("2", "What's 7 * 8?"),
    ]


def test_a_line_keeps_its_gold_answer_while_others_are_edited():
    panel = dn.Panel(GOLD)
    panel.controls.questions.value += "\nWhat is 3 + 3?"
    assert [(q.text, q.gold) for q in panel.controls.queries()] == [
        ("What is 2 + 3?", "5"),
        ("What is 3 + 3?", None),
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"budget": 1}, "budget 1 is smaller than the 2 queries"),
        ({"policy": "ucbb"}, "did you mean 'ucb'"),
        ({"policy": "okg", "c": 1.0}, "no constant 'c'"),
        ({"share": 2.0}, "share must lie between 0 and 1"),
    ],
)
def test_a_mistake_is_told_when_the_panel_is_made(options, says):
    with pytest.raises(InputError, match=says):
        dn.Panel(PLAIN, **options)


def test_the_meter_counts_what_was_spent_and_what_it_cost():
    run = prepare(PLAIN, budget=8, model=dn.ScriptedModel(lambda _: "The answer is 5."), depth=0)
    asyncio.run(run.complete())
    found = {figure.name: figure.value for figure in meter.figures(run, (1000.0, 2000.0))}
    assert found["responses"] == "8 of 8"
    assert found["left"] == "0"
    assert found["tokens in / out"] == "8 / 8"
    assert found["cost, $"] == "0.0240"  # 8 * (0.001 + 0.002)
    assert "cost, $" not in {figure.name for figure in meter.figures(run, None)}


def test_a_response_is_shown_in_full_with_those_it_was_built_from():
    result = dn.run(
        ["q"],
        budget=6,
        model=dn.ScriptedModel(lambda r: f"{HOSTILE}\nThe answer is {r.index}."),
        seed=1,
    )
    chained = next(r for r in result.responses if r.kind == "chained")
    page = reader.page(chained, [result.responses[i] for i in chained.sources])
    assert f"chained response {chained.index + 1}" in page
    assert page.count("<details>") == len(chained.sources) == 4
    assert page.count("&lt;script&gt;") == 5
    assert "<script>" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


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
    assert "12 of 12 responses over 2 queries" in texts[CELLS[3]]
    assert "4 of 4 responses over 1 query" in texts["await handle"]
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
        "4 of 4 responses over 1 query",
        "A panel shows where a notebook has widgets",
        "flip policy, 4 of 4 recorded",
        "Bar chart: 4 responses",
        "5 of 5 responses",
    ):
        assert says in out
