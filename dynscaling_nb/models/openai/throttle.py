"""How a client behaves towards a server that is busy, failing or counts requests: fewer at once, pauses, and at last it gives up.

The idea is balance: every answer lets a little more through, every refusal less, so that a server with a limit is kept just under it while
faults that strike at random cost nearly nothing.
"""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence

from dynscaling_nb.errors import ModelError
from dynscaling_nb.models.base import ServerStats

UP = 0.25  # requests in flight that an answer adds
DOWN = {"rate limit": 1.5}  # that a refusal takes away, 0.5 for any other failure
FIRST, LONGEST = (
    0.25,
    30.0,
)  # seconds of the first pause, and of the longest without the server's word
MINUTE = 60.0

Clock = Callable[[], float]


class TransientError(ModelError):
    """A failure that asking again may mend. `kind` names it in reports; `delay` is how many seconds the server wants us to wait."""

    def __init__(self, message: str, kind: str, delay: float | None = None) -> None:
        super().__init__(message, kind)
        self.kind = kind
        self.delay = delay


class Throttle:
    """How many requests may be in flight, and whether it is time to give up.

    `capacity` starts at `most`; it is lost, by 1.5 for a rate limit and 0.5 for another failure, and won back by a quarter for every
    answer: it falls where more than one in seven is rate-limited or more than one in three fails otherwise.
    """

    def __init__(
        self, stats: ServerStats, *, give_up_after: float, clock: Clock = time.monotonic
    ) -> None:
        self._stats = stats
        self._give_up_after = give_up_after
        self._clock = clock
        self._level: float | None = None
        self._most = 1
        self._since: float | None = None
        self._refusals = 0

    def capacity(self, limit: int) -> int:
        """Requests that may be in flight, at most `limit`."""
        self._most = limit
        return limit if self._level is None else max(1, min(int(self._level), limit))

    def answered(self) -> None:
        """An attempt was answered."""
        self._since, self._refusals = None, 0
        if self._level is not None:
            self._level += UP
            if self._level >= self._most:
                self._level = None

    def failed(self, failure: TransientError) -> None:
        """An attempt failed."""
        self._stats.failed[failure.kind] += 1
        self._refusals += 1
        if self._since is None:
            self._since = self._clock()
        level = self._most if self._level is None else self._level
        self._level = max(level - DOWN.get(failure.kind, 0.5), 1.0)
        now = int(self._level)
        if now < self._most:
            self._stats.fewest = now if self._stats.fewest is None else min(self._stats.fewest, now)

    @property
    def broken(self) -> str | None:
        """Why further requests are pointless, None while they are not: nothing has been answered for `give_up_after` seconds."""
        if self._since is None or self._clock() - self._since < self._give_up_after:
            return None
        return f"{self._refusals} attempts in a row failed over {self._clock() - self._since:.0f} s"

    def pause(self, failures: int, asked: float | None) -> float:
        """Seconds to wait after so many failures of one request: what the server asked for, and a little; else exponential, with jitter."""
        seconds = (
            min(FIRST * 2.0 ** (failures - 1), LONGEST) * random.uniform(0.5, 1.0)
            if asked is None
            else asked + random.uniform(0, 0.1)
        )
        self._stats.paused += seconds
        return seconds


class RateLimit:
    """At most `limit` of something in any 60 seconds, such as requests or tokens. None is no limit."""

    def __init__(self, limit: int | None, *, clock: Clock = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._turn = asyncio.Lock()

    async def take(self, amount: int) -> None:
        """Wait until `amount` more is allowed, in turn; more than the limit at once waits for an empty minute."""
        if self._limit is None:
            return
        async with self._turn:
            while (wait := self._wait(min(amount, self._limit))) > 0:  # noqa: ASYNC110  time frees it, not an event
                await asyncio.sleep(wait)
            self._taken.append((self._clock(), amount))
            self._sum += amount

    def _wait(self, amount: int) -> float:
        now = self._clock()
        while self._taken and self._taken[0][0] <= now - MINUTE:
            self._sum -= self._taken.popleft()[1]
        if self._limit is None or self._sum + amount <= self._limit or not self._taken:
            return 0.0
        return max(self._taken[0][0] + MINUTE - now, 0.001)


def in_words(all_stats: Sequence[ServerStats]) -> list[str]:
    """What happened, a sentence each; none where nothing did."""
    failed: Counter[str] = sum((c.failed for c in all_stats), Counter())
    dropped = list(dict.fromkeys(name for c in all_stats for name in c.dropped))
    fewest = [c.fewest for c in all_stats if c.fewest is not None]
    paused = sum(c.paused for c in all_stats)
    lines = []
    if failed:
        kinds = ", ".join(f"{count} x {kind}" for kind, count in failed.most_common())
        lines.append(
            f"attempts that failed: {kinds}; pauses before asking again added up to {paused:.1f} s"
        )
    if fewest:
        lines.append(f"requests in flight went down to {min(fewest)} for the server's sake")
    if lost := list(dict.fromkeys(name for c in all_stats for name in c.lost)):
        lines.append(f"no answer from {', '.join(lost)}: the other servers went on")
    if dropped:
        lines.append(f"the server refused {', '.join(dropped)}: left out from then on")
    return lines
