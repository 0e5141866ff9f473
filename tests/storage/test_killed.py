"""A process killed without warning, again and again.

Every resume goes on, no response is drawn twice, and no recorded response is lost.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import dynscaling_nb as dn

HERE = Path(__file__).parents[1]
QUERIES, BUDGET = 40, 2400
MARGIN = 0.3  # seconds that a reply may be on its way into the store


@pytest.fixture
def server(tmp_path):
    """The address of a server in a process of its own, and its log."""
    log = tmp_path / "sent.log"
    process = subprocess.Popen(
        [sys.executable, HERE / "faults.py", log, "0.05", "7", "0.04"],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield json.loads(process.stdout.readline())["url"], log
    process.kill()
    process.wait(10)


def sent(log: Path, before: float) -> set[int]:
    """Numbers of the completions that had been sent in full by then."""
    return {
        int(n)
        for n, when in (line.split() for line in log.read_text().splitlines())
        if float(when) < before
    }


def kept(path: Path) -> list[int]:
    """Numbers of the completions in the store's one run."""
    if not path.exists() or not dn.runs(path):
        return []
    (run,) = dn.runs(path)
    return [int(response.text.split()[1]) for response in dn.Store(path).responses(run.id)]


def check(store: Path, log: Path, killed: float, before: list[int], gone: set[int]) -> list[int]:
    """The numbers in the store, after a check.

    `gone` are the numbers in flight when a process was killed.
    """
    now = kept(store)
    assert now[: len(before)] == before  # what stood there stands there
    assert max(Counter(now).values(), default=1) == 1  # no response twice
    assert sent(log, killed - MARGIN) - set(now) <= gone  # what had come is kept
    return now


def test_a_shell_run_killed_at_random_moments_ends_as_if_it_had_not_been(tmp_path, server):
    url, log = server
    questions, out, store = (
        tmp_path / "questions.jsonl",
        tmp_path / "out.jsonl",
        tmp_path / "runs.sqlite",
    )
    questions.write_text(
        "".join(json.dumps({"id": str(i), "text": f"question {i}?"}) + "\n" for i in range(QUERIES))
    )
    command = [
        sys.executable,
        "-m",
        "dynscaling_nb",
        "run",
        questions,
        "--budget",
        str(BUDGET),
        "--model",
        "m",
        "--base-url",
        url,
        "--timeout",
        "2",
        "--concurrency",
        "8",
        "--store",
        store,
        "--resume",
        "--out",
        out,
    ]
    env = os.environ | {"OPENAI_API_KEY": "sk-none"}
    moments, now, gone = random.Random(3), [], set()
    for _ in range(10):
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while (
            len(kept(store)) <= len(now) and process.poll() is None and time.monotonic() < deadline
        ):
            time.sleep(0.05)  # until it has begun to draw
        time.sleep(moments.uniform(0, 0.6))
        killed = time.time()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        before, now = now, check(store, log, killed, now, gone)
        assert len(now) > len(before) or len(now) == BUDGET
        time.sleep(0.2)  # for what the server still sends
        gone |= sent(log, float("inf")) - set(now)
    assert subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0
    final = check(store, log, time.time(), now, gone)
    assert len(final) == BUDGET
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert sum(row["pulls"] for row in rows) == BUDGET
    (run,) = dn.runs(store)
    assert (run.stopped, run.spent) == ("budget", BUDGET)
    votes = Counter(response.answer for response in dn.Store(store).responses(run.id))
    assert sum(votes.values()) == BUDGET
    assert not list(tmp_path.glob("*.lock"))


def test_a_killed_kernel_goes_on_with_resume(tmp_path, server):
    from jupyter_client.manager import start_new_kernel

    url, _ = server
    store = tmp_path / "runs.sqlite"
    cell = (
        f"%%dynscale --budget 300 -m m --base-url {url} --store {store} "
        "--concurrency 8 --timeout 2 -o found --resume\n"
        + "\n".join(f"question {i}?" for i in range(10))
    )
    now = []
    for moment in (0.1, 0.4, 0.7):
        manager, client = start_new_kernel(env=os.environ | {"OPENAI_API_KEY": "sk-none"})
        try:
            client.execute_interactive(
                "%load_ext dynscaling_nb", timeout=30, output_hook=lambda message: None
            )
            client.execute(cell)
            deadline = time.monotonic() + 30
            while len(kept(store)) <= len(now) and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(moment)
            manager.signal_kernel(signal.SIGKILL)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        before, now = now, kept(store)
        assert now[: len(before)] == before
        assert len(now) > len(before)
    manager, client = start_new_kernel(env=os.environ | {"OPENAI_API_KEY": "sk-none"})
    said = []
    try:
        for code in (
            "%load_ext dynscaling_nb",
            cell,
            "print(len(found.responses), sum(found.pulls), found.resumed, found.stopped)",
        ):
            client.execute_interactive(
                code, timeout=60, output_hook=lambda m: said.append(m["content"].get("text", ""))
            )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert f"300 300 {len(now)} budget" in "".join(said)
    assert len(set(kept(store))) == len(kept(store)) == 300
