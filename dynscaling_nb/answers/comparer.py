"""Comparisons in a process of their own, so that nothing a model writes can stop the kernel.

The process is started when it is first needed and killed when a comparison takes too long. It ends
with the last run that needs it, and with the kernel: its input is closed then.
"""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from dynscaling_nb.answers.agreement import Rule, Verdict

SECONDS = 2.0  # of work, for one comparison
GRACE = 2.0  # seconds on the clock after which a comparison's process is killed
START = 60.0  # seconds for the process to be ready
MOST_FAILURES = 3  # starts in a row that fail, before comparisons are given up
MOST_VERDICTS = 100_000

_CODE = (  # the modules are found where this process finds them
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from dynscaling_nb.answers.algebra import main; main()"
)


class Comparison(NamedTuple):
    """Two answers, and the rule of `agreement` that compares them."""

    rule: Rule
    gold: str
    answer: str


class Outcome(NamedTuple):
    """The verdict, None if there is none, and the seconds that it took."""

    verdict: Verdict
    seconds: float


class Comparer:
    """Compares answers in one process. It may be used from any thread and event loop."""

    def __init__(self) -> None:
        self._verdicts: dict[Comparison, Verdict] = {}
        self._process: subprocess.Popen[str] | None = None
        self._failures = 0
        self._at_work = threading.Lock()  # one comparison at a time
        self._leases = 0
        self._threads: ThreadPoolExecutor | None = None
        self._counting = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The id of the process; None if there is none."""
        return None if self._process is None else self._process.pid

    @contextmanager
    def lease(self) -> Iterator[None]:
        """Keep the process at hand. It ends with the last lease."""
        with self._counting:
            self._leases += 1
        try:
            yield
        finally:
            with self._counting:
                self._leases -= 1
                if not self._leases:
                    self.close()

    def close(self) -> None:
        """End the process and its thread. A later comparison starts them again."""
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)
        process = self._process
        if process is not None:
            process.kill()  # whoever waits for its verdict now has none
            with self._at_work:
                self._end()
        self._failures = 0

    async def verdict(self, comparison: Comparison, seconds: float = SECONDS) -> Outcome:
        """Compare while the event loop goes on."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, "dynscaling-comparer")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.compare, comparison, seconds)

    def compare(self, comparison: Comparison, seconds: float = SECONDS) -> Outcome:
        """Compare two answers; without a verdict after so many seconds of work there is none."""
        with self._at_work:
            if comparison in self._verdicts:
                return Outcome(self._verdicts[comparison], 0.0)
            process = self._running()
            if process is None:
                return Outcome(None, 0.0)
            began = time.monotonic()
            reply = self._ask(process, {**comparison._asdict(), "seconds": seconds}, seconds)
            outcome = Outcome(json.loads(reply) if reply else None, time.monotonic() - began)
            if outcome.verdict is not None or seconds >= SECONDS:
                if len(self._verdicts) >= MOST_VERDICTS:
                    self._verdicts.clear()
                self._verdicts[comparison] = outcome.verdict
            return outcome

    def _running(self) -> "subprocess.Popen[str] | None":
        """The process, started if need be; None if it does not start."""
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        if self._failures >= MOST_FAILURES:
            return None
        # the last place is this package's own, in case the user changed directories
        path = [*sys.path, str(Path(__file__).parents[2])]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CODE, json.dumps(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # an interrupt of the kernel is not for this process
        )
        if not self._reply(self._process, START):
            self._end()
            self._failures += 1
            return None
        self._failures = 0
        return self._process

    def _ask(
        self, process: "subprocess.Popen[str]", order: dict[str, str | float], seconds: float
    ) -> str:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        except OSError:
            self._end()
            return ""
        return self._reply(process, seconds + GRACE)

    def _reply(self, process: "subprocess.Popen[str]", seconds: float) -> str:
        """The next line of the process, which is killed if it says nothing for so long."""
        assert process.stdout is not None
        watchdog = threading.Timer(seconds, process.kill)
        watchdog.daemon = True
        watchdog.start()
        reply = process.stdout.readline()
        watchdog.cancel()
        watchdog.join()
        if not reply:
            self._end()
        return reply

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(OSError):  # a line that it never read
                pipe.close()


COMPARER = Comparer()
