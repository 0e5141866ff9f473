"""Fewer requests at once, pauses and in the end giving up, for a server that is busy or failing.

Every success allows a few more requests, every failure allows fewer. So a server with a limit is
used just below its limit, and random faults cost almost nothing.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable

from dynscaling_nb.errors import ModelError
from dynscaling_nb.models.base import ServerStats

UP = 0.25  # requests in flight, won by a success
DOWN = 0.5  # requests in flight, lost by a failure
DOWN_BY = {"rate limit": 1.5, "timeout": 2.0}  # kinds that tell of too many at once
FIRST_PAUSE = 0.25  # seconds; each further failure doubles it
LONGEST_PAUSE = 30.0  # seconds; a server may ask for more
EXTRA_PAUSE = 0.1  # seconds at most beyond a server's wish, so that requests do not come at once
LONGEST_REPRIEVE = 300.0  # seconds of asked waits in a row that are not counted as silence
MINUTE = 60.0  # seconds
SHORTEST_WAIT = 0.001  # seconds, so that rounding never makes a wait of zero

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class TransientError(ModelError):
    """A failure that a repeat may mend.

    `kind` names it in reports. `delay` is the pause that the server asks for, in seconds.
    """

    def __init__(self, message: str, kind: str, delay: float | None = None) -> None:
        super().__init__(message, kind)
        self.kind = kind
        self.delay = delay

    @property
    def is_of_server(self) -> bool:
        """Whether the server seems to be away or broken, whatever it was sent."""
        return self.kind == "connection" or self.kind.startswith("status 5")


class Throttle:
    """The number of requests that may be in flight, and whether to give up.

    Concurrency starts at `limit`. It falls by 1.5 per rate limit, by 2 per timeout and by 0.5 per
    other failure, and grows by 0.25 per success. So it falls if more than one attempt in seven is
    rate-limited, one in nine times out, or one in three fails otherwise. `give_up_after`: seconds
    of silence. A wait that the server asked for is no silence.
    """

    def __init__(
        self, stats: ServerStats, *, give_up_after: float, clock: Clock = time.monotonic
    ) -> None:
        self._stats = stats
        self._give_up_after = give_up_after
        self._clock = clock
        self._limit = 1
        self._level: float | None = None  # None while all of `limit` may be in flight
        self._failing_since: float | None = None
        self._failures_in_a_row = 0
        self._waits_until = 0.0  # the end of the latest wait that the server asked for
        self._asked = 0.0  # seconds of such waits since `_failing_since`, overlaps counted once

    @property
    def capacity(self) -> int:
        """Requests that may be in flight."""
        if self._level is None:
            return self._limit
        return max(1, min(int(self._level), self._limit))

    def set_limit(self, limit: int) -> None:
        """Allow at most `limit` requests in flight, however well the server does."""
        self._limit = limit

    def succeeded(self) -> None:
        """Count an attempt that the server answered."""
        self._failing_since, self._failures_in_a_row, self._asked = None, 0, 0.0
        if self._level is not None:
            self._level += UP
            if self._level >= self._limit:
                self._level = None

    def failed(self, failure: TransientError) -> None:
        """Count an attempt that failed."""
        self._stats.failed[failure.kind] += 1
        self._failures_in_a_row += 1
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = self._waits_until = now
        if failure.delay is not None:
            until = max(now + failure.delay, self._waits_until)
            self._asked += until - max(now, self._waits_until)
            self._waits_until = until
        level = self._limit if self._level is None else self._level
        self._level = max(level - DOWN_BY.get(failure.kind, DOWN), 1.0)
        allowed = int(self._level)
        if allowed < self._limit:
            fewest = self._stats.fewest
            self._stats.fewest = allowed if fewest is None else min(fewest, allowed)

    @property
    def reason_to_give_up(self) -> str | None:
        """Why further requests are pointless, None if they are not."""
        if self._failing_since is None:
            return None
        seconds = self._clock() - self._failing_since
        if seconds - min(self._asked, LONGEST_REPRIEVE) < self._give_up_after:
            return None
        return f"{self._failures_in_a_row} attempts in a row failed over {seconds:.0f} s"

    def pause(self, failures: int, wish: float | None) -> float:
        """Seconds to wait after this many failures of one request; the report counts them.

        `wish`: the pause that the server asked for, None if it said nothing. A wish of almost no
        pause is not heeded, since a server that keeps it up would be flooded.
        """
        seconds = backoff(failures)
        if wish is not None and wish >= FIRST_PAUSE:
            seconds = wish + random.uniform(0, EXTRA_PAUSE)
        self._stats.paused += seconds
        self._stats.waits_until = max(self._stats.waits_until, self._clock() + seconds)
        return seconds


def backoff(failures: int) -> float:
    """Exponential back-off with jitter, in seconds; `failures` counts from 1."""
    longest = min(FIRST_PAUSE * 2.0 ** (failures - 1), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)


class RateLimit:
    """At most `limit` requests or tokens in any 60 seconds; None is no limit."""

    def __init__(
        self, limit: int | None, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._sleep = sleep
        self._taken: deque[tuple[float, int]] = deque()  # time and amount, of the last minute
        self._sum = 0  # of these amounts
        self._turn = asyncio.Lock()

    async def take(self, amount: int) -> None:
        """Wait until `amount` more is allowed, first come, first served.

        An amount above the limit waits for an empty minute.
        """
        if self._limit is None:
            return
        async with self._turn:
            wait = self._seconds_until_free(min(amount, self._limit))
            while wait > 0:
                await self._sleep(wait)
                wait = self._seconds_until_free(min(amount, self._limit))
            self._taken.append((self._clock(), amount))
            self._sum += amount

    def _seconds_until_free(self, amount: int) -> float:
        """Seconds until the oldest amount leaves the minute; 0 if there is room already."""
        now = self._clock()
        while self._taken and self._taken[0][0] <= now - MINUTE:
            self._sum -= self._taken.popleft()[1]
        if self._limit is None or self._sum + amount <= self._limit or not self._taken:
            return 0.0
        return max(self._taken[0][0] + MINUTE - now, SHORTEST_WAIT)
