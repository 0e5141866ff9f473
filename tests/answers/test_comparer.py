"""Comparisons in a process of their own."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from dynscaling_nb.answers.comparer import Comparer, Comparison, Outcome

EQUAL = Comparison("agrees", r"\sqrt{8}", r"2\sqrt{2}")
HOPELESS = Comparison("agrees", "9^{9^{9^{x-x+9}}}", "10")  # no signal stops such arithmetic


@pytest.fixture
def comparer():
    comparer = Comparer()
    yield comparer
    comparer.close()


def test_the_process_starts_when_it_is_first_needed_and_ends_with_the_last_lease(comparer):
    with comparer.lease():
        with comparer.lease():
            assert comparer.pid is None
            assert comparer.compare(EQUAL).verdict is True
        pid = comparer.pid
        assert pid is not None
        assert psutil.pid_exists(pid)
    assert comparer.pid is None
    assert not psutil.pid_exists(pid)


def test_a_verdict_is_remembered(comparer):
    comparer.compare(EQUAL)
    comparer.close()
    assert comparer.compare(EQUAL) == Outcome(True, 0.0)
    assert comparer.pid is None


def test_a_process_that_does_not_answer_is_killed_and_another_takes_its_place(comparer):
    began = time.monotonic()
    assert comparer.compare(HOPELESS, 0.1).verdict is None
    assert time.monotonic() - began < 30
    assert comparer.compare(EQUAL).verdict is True


def test_a_process_that_is_lost_is_replaced(comparer):
    comparer.compare(EQUAL)
    first = comparer.pid
    os.kill(first, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(first)], 10)
    assert comparer.compare(Comparison("agrees", "x", "2x-x")).verdict is True
    assert comparer.pid != first


def test_a_process_that_does_not_start_is_given_up(comparer, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert [comparer.compare(EQUAL).verdict for _ in range(5)] == [None] * 5
    assert comparer.pid is None


def test_closing_wakes_whoever_waits_for_a_verdict(comparer):
    comparer.compare(EQUAL)  # it is running
    with ThreadPoolExecutor(1) as threads:
        outcome = threads.submit(comparer.compare, HOPELESS, 60.0)
        while not psutil.Process(comparer.pid).cpu_percent(0.05):
            pass
        comparer.close()
        assert outcome.result(10).verdict is None


def test_it_serves_any_thread(comparer):
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(comparer.compare(EQUAL)))
    thread.start()
    thread.join()
    assert outcomes[0].verdict is True


async def test_the_event_loop_goes_on(comparer):
    waiting = asyncio.create_task(comparer.verdict(EQUAL))
    ticks = 0
    while not waiting.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert (await waiting).verdict is True
    assert ticks > 5


def test_the_process_dies_with_the_kernel():
    code = (
        "from dynscaling_nb.answers.comparer import COMPARER, Comparison\n"
        f"COMPARER.compare(Comparison{tuple(EQUAL)!r})\n"
        "print(COMPARER.pid, flush=True)\n"
        "input()"
    )
    kernel = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    child = psutil.Process(int(kernel.stdout.readline()))
    kernel.kill()
    kernel.communicate()
    assert psutil.wait_procs([child], 10)[1] == []
