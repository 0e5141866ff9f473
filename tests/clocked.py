"""Processor time of a call."""

import time
from collections.abc import Callable


def quickest(call: Callable[[], object], times: int = 3) -> float:
    """The least processor time of some calls in this thread, in seconds.

    The garbage of a whole test run may be collected in the middle of one of them.
    """
    return min(_seconds(call) for _ in range(times))


def _seconds(call: Callable[[], object]) -> float:
    began = time.thread_time()
    call()
    return time.thread_time() - began
