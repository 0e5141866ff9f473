"""The shell: contracts of `run` and `replay`, and what bad input gets."""

import gzip
import json
import subprocess
import sys
import threading
from io import BytesIO, TextIOWrapper

import pytest

from dynscaling_nb.cli import main


def shell(*words, **settings):
    return subprocess.run(
        [sys.executable, "-m", "dynscaling_nb", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        **settings,
    )


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.jsonl"
    rows = [
        {"id": "a", "text": "What is 2 + 3?", "gold": "5"},
        {"id": "b", "text": "What is 30 * 12 - 7?"},
        {"id": 7, "text": "What is 4 - 9?"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_run_writes_a_line_a_query_in_order(questions, tmp_path):
    out = tmp_path / "out.jsonl"
    done = shell("run", questions, "--budget", 12, "--seed", 1, "--out", out)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [list(row) for row in rows] == [["id", "answer", "confidence", "pulls"]] * 3
    assert [row["id"] for row in rows] == ["a", "b", "7"]
    assert sum(row["pulls"] for row in rows) == 12
    assert "12 of 12 responses" in done.stdout
    assert "settled" in done.stderr


def test_the_shell_reads_answers_and_stops_as_a_cell_does(endpoint, tmp_path):
    questions, out = tmp_path / "q.jsonl", tmp_path / "out.jsonl"
    questions.write_text('{"id": "a", "text": "Which one? (A) 7 (B) 8"}\n')
    endpoint.text = lambda body, choice: "The answer is (B)."
    words = ["run", questions, "--budget", 40, "--model", "tiny", "--base-url", endpoint.url]
    words += ["--extract", "choice", "--stop", "ac", "--depth", 0, "--store", "none", "--out", out]
    assert main([str(word) for word in words]) == 0
    row = json.loads(out.read_text())
    assert row["answer"] == "B"
    assert row["pulls"] < 40


def test_many_unread_responses_are_told_below_the_summary_or_in_the_report(
    endpoint, questions, tmp_path, capsys
):
    endpoint.text = lambda body, choice: "It is hard to say.\nWho knows?"
    words = ["run", questions, "--budget", 9, "--model", "tiny", "--base-url", endpoint.url]
    words += ["--store", "none", "--out", tmp_path / "out.jsonl"]
    told = "9 of 9 responses (100%) could not be read, and cast no vote."
    for more, before in (([], 1), (["--report"], 3)):
        assert main([str(word) for word in [*words, *more]]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[before] == told
        assert lines[before + 1] == "One of them: “It is hard to say. Who knows?”"
        assert lines[before + 2].startswith("What to try: ")


def test_run_speaks_to_a_server_with_the_key_of_the_environment(
    endpoint, questions, tmp_path, capsys
):
    out = tmp_path / "out.jsonl"
    code = main(
        [
            "run",
            str(questions),
            "--budget",
            "9",
            "--model",
            "tiny",
            "--base-url",
            endpoint.url,
            "--out",
            str(out),
        ]
    )
    assert code == 0
    assert {json.loads(line)["answer"] for line in out.read_text().splitlines()} <= {"7", "8"}
    assert endpoint.key not in capsys.readouterr().out + out.read_text()


def test_run_writes_what_it_has_when_the_server_breaks(endpoint, questions, tmp_path, capsys):
    from aiohttp import web

    endpoint.behave = lambda body, count: (
        web.json_response({"detail": "no"}, status=403) if count > 2 else None
    )
    out = tmp_path / "out.jsonl"
    words = [
        "run",
        str(questions),
        "--budget",
        "30",
        "--model",
        "tiny",
        "--base-url",
        endpoint.url,
        "--concurrency",
        "1",
        "--out",
        str(out),
    ]
    assert main(words) == 1
    assert sum(json.loads(line)["pulls"] for line in out.read_text().splitlines()) > 0
    assert "refused the key" in capsys.readouterr().err


def test_sigterm_writes_what_was_drawn_as_an_interrupt_does(endpoint, questions, tmp_path):
    fourth = threading.Event()

    def behave(body, count):
        if count == 4:
            fourth.set()
            endpoint.delay = 3600

    endpoint.behave = behave
    out = tmp_path / "out.jsonl"
    words = ["run", questions, "--budget", 30, "--model", "tiny", "--base-url", endpoint.url]
    words += ["--concurrency", 1, "--store", "none", "--out", out]
    command = [sys.executable, "-m", "dynscaling_nb", *map(str, words)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert "0/30" in process.stderr.readline()  # at once, though nothing is drawn yet
        assert fourth.wait(60)
        process.terminate()
        assert process.wait(60) == 130
    answers = [json.loads(line) for line in out.read_text().splitlines()]
    assert sum(answer["pulls"] for answer in answers) >= 3


def test_replay_prints_the_contract(tmp_path):
    pool = tmp_path / "pool.jsonl.gz"
    rows = [
        {"id": i, "question": None, "gold": "a", "answers": ["a", "a", "b", ""] * 5}
        for i in range(4)
    ]
    pool.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    done = shell("replay", pool, "--policy", "okg", "--budget", 4, "--repeats", 3, "--json")
    found = json.loads(done.stdout)
    assert list(found) == ["policy", "budget", "accuracy", "stderr", "mean_pulls"]
    assert (found["policy"], found["budget"], found["mean_pulls"]) == ("okg", 4, 4)
    assert 0 < found["accuracy"] <= 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "nowhere.jsonl", "--budget", "4", "--out", "x"], "cannot read nowhere.jsonl"),
        (["run", "{q}", "--budget", "2", "--out", "{d}/o"], "smaller than the 3 questions"),
        (
            ["run", "{q}", "--budget", "9", "--policy", "unifrom", "--out", "{d}/o"],
            "did you mean 'uniform'",
        ),
        (["run", "{q}", "--budget", "9", "--out", "{d}/no/o"], "no folder"),
        (["run", "{bad}", "--budget", "9", "--out", "{d}/o"], "line 2"),
        (["run", "{blank}", "--budget", "9", "--out", "{d}/o"], "line 1: question 1 is blank"),
        (["replay", "{bad}", "--budget", "9"], "line 1"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(questions, tmp_path, capsys, words, says):
    (tmp_path / "bad.jsonl").write_text('{"id": 1, "text": "What is 2 + 3?"}\nnot json\n')
    (tmp_path / "blank.jsonl").write_text('{"id": 1, "text": " "}\n')
    places = {
        "q": questions,
        "d": tmp_path,
        "bad": tmp_path / "bad.jsonl",
        "blank": tmp_path / "blank.jsonl",
    }
    assert main([word.format(**places) for word in words]) == 2
    said = capsys.readouterr().err.strip()
    assert says in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("budget", ["0", "-4", "many", "2.5"])
def test_a_budget_that_is_none_is_refused(questions, tmp_path, budget, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["run", str(questions), f"--budget={budget}", "--out", str(tmp_path / "o")])
    assert stop.value.code == 2
    assert f"positive whole number of responses, got '{budget}'" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp932"])
def test_a_console_shows_what_it_can_and_the_answers_are_whole(
    endpoint, questions, tmp_path, monkeypatch, encoding
):
    endpoint.text = lambda body, choice: "The answer is café ✓."
    out, runs = tmp_path / "answers.jsonl", str(tmp_path / "runs.sqlite")
    for name in ("stdout", "stderr"):
        console = TextIOWrapper(BytesIO(), encoding=encoding, write_through=True)
        monkeypatch.setattr(sys, name, console)
    words = ["run", str(questions), "-b", "6", "--base-url", endpoint.url, "-m", "tïny-✓"]
    assert main([*words, "--out", str(out), "--report", "--store", runs]) == 0
    assert main(["runs", "--store", runs]) == 0
    assert main(["demo", "--budget", "10"]) == 0
    shown = sys.stdout.buffer.getvalue().decode(encoding)
    assert "?" in shown
    assert "responses" in shown
    answers = [json.loads(line)["answer"] for line in out.read_text("utf-8").splitlines()]
    assert "café ✓" in answers


def test_help_is_worth_reading():
    text = shell("run", "--help").stdout
    assert "OPENAI_API_KEY" in text
    assert "exit code" in text
