"""The twin of a coroutine function waits for its result wherever it is called."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from dynscaling_nb.synchronous import synchronous

NESTED = """
import asyncio
from dynscaling_nb.synchronous import synchronous

log = []

async def work():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return "what there was"

async def beside():
    while True:
        log.append(len(log))
        await asyncio.sleep(0)

async def main():
    other = asyncio.create_task(beside())
    asyncio.get_running_loop().call_later(0.1, asyncio.current_task().cancel)
    print(synchronous(work)(), len(log) > 10)
    other.cancel()
    await asyncio.sleep(0)

try:
    asyncio.run(main())
except asyncio.CancelledError:
    print("and the caller is cancelled")
"""

INTERRUPTED = """
import asyncio, signal, sys
from dynscaling_nb.synchronous import synchronous

async def part():
    for _ in range(int(sys.argv[1])):
        signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(60)

async def work():
    try:
        async with asyncio.TaskGroup() as parts:
            parts.create_task(part())
    except asyncio.CancelledError:
        return "what there was"

async def main():
    try:
        print(synchronous(work)())
    except KeyboardInterrupt:
        print("no result")
    print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)

asyncio.new_event_loop().run_until_complete(main())
"""


async def doubled(number):
    await asyncio.sleep(0)
    return 2 * number, threading.current_thread()


def printed(script, *arguments):
    """Its lines, from a process of its own: the nested loop patches asyncio."""
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_where_no_loop_runs_it_runs_one():
    assert synchronous(doubled)(4) == (8, threading.current_thread())


def test_on_a_loop_that_takes_no_other_work_it_runs_in_a_thread():
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(asyncio.AbstractEventLoop())  # as uvloop's: none of asyncio's own
    try:
        value, thread = synchronous(doubled)(4)
    finally:
        asyncio._set_running_loop(running)
    assert value == 8
    assert thread is not threading.current_thread()


def test_on_a_loop_of_asyncio_others_go_on_and_it_ends_with_its_caller():
    began = time.monotonic()
    assert printed(NESTED) == ["what there was True", "and the caller is cancelled"]
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(("interrupts", "line"), [("1", "what there was"), ("2", "no result")])
def test_an_interrupt_in_the_middle_of_a_part_cancels_all_and_a_second_one_is_raised(
    interrupts, line
):
    assert printed(INTERRUPTED, interrupts) == [line, "True"]
