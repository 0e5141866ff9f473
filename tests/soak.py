"""A long run against a server on loopback: `make soak`. Memory stays flat, nothing stays open."""

import asyncio
import gc
import json
import subprocess
import sys
import time
import warnings
from pathlib import Path

import psutil

import dynscaling_nb as dn

RESPONSES, IN_FLIGHT, EARLY = 20_000, 64, 2_000
QUERIES = 500
GROWTH = 1.25  # of memory from EARLY responses to the end, beyond the responses themselves


def test_twenty_thousand_responses(tmp_path):
    log = tmp_path / "sent.log"
    server = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("faults.py"), log, "0.02", "1", "0.01"],
        stdout=subprocess.PIPE,
        text=True,
    )
    process = psutil.Process()
    marks = {}

    def observer(event):
        run = handle.run if handle else None
        count = len(run.responses) if run else 0
        if count in (EARLY, RESPONSES) and count not in marks:
            gc.collect()
            marks[count] = process.memory_info().rss

    async def go():
        nonlocal handle
        model = dn.OpenAIModel(
            "m",
            json.loads(server.stdout.readline())["url"],
            api_key="sk-none",
            timeout=2,
            max_tokens=64,
        )
        handle = dn.start(
            [f"question {i}?" for i in range(QUERIES)],
            budget=RESPONSES,
            model=model,
            concurrency=IN_FLIGHT,
            store=tmp_path / "runs.sqlite",
            seed=1,
            observers=[observer],
        )
        result = await handle
        await asyncio.sleep(0.2)
        return result, [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    handle = None
    began = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        result, left = asyncio.run(go())
    took = time.monotonic() - began
    server.kill()
    server.wait(10)
    size = sum(
        sys.getsizeof(r.text) + sum(sys.getsizeof(m["content"]) for m in r.messages) + 1500
        for r in result.responses[EARLY:]
    )
    gc.collect()
    open_now = [c for c in process.net_connections() if c.status == "ESTABLISHED"]
    print(
        f"\n{RESPONSES:,} responses in {took:.0f} s, {RESPONSES / took:.0f} a second; "
        f"memory {marks[EARLY] / 1e6:.0f} MB after {EARLY:,}, "
        f"{marks[RESPONSES] / 1e6:.0f} MB after {RESPONSES:,}; "
        f"the responses themselves {size / 1e6:.0f} MB; "
        f"tasks left: {len(left)}, connections left: {len(open_now)}\n{result.report()}"
    )
    assert (result.stopped, sum(result.pulls), len(result.responses)) == (
        "budget",
        RESPONSES,
        RESPONSES,
    )
    assert len({r.text for r in result.responses}) == RESPONSES
    assert len(dn.Store(tmp_path / "runs.sqlite").responses(result.run)) == RESPONSES
    assert marks[RESPONSES] - marks[EARLY] < (GROWTH - 1) * marks[EARLY] + size
    assert left == []
    assert open_now == []
