"""Fewer requests in flight where responses come slower with more of them.

A small machine serves many requests at once no faster than a few. Each then takes so long that it
runs into its timeout. A large server is as quick with many, and keeps them.
"""

from statistics import fmean
from typing import NamedTuple

from dynscaling_nb.models.base import ServerStats

SLOW = 1 / 8  # of the timeout; below it nothing is tried
GAIN = 0.75  # of the seconds with twice as many in flight; above it fewer are no help
ANSWERS = 4  # in a round, at least


class Round(NamedTuple):
    """As many responses as were in flight, and their mean seconds."""

    in_flight: int
    seconds: float


class Crowding:
    """The limit on requests in flight that the seconds of responses suggest.

    It is halved while responses are slow and half as many were quicker. A half that is no quicker
    is taken back, and that is the end of it.
    """

    def __init__(self, stats: ServerStats, timeout: float) -> None:
        self.limit: int | None = None  # None for no limit
        self._stats = stats
        self._slow = SLOW * timeout
        self._earlier: int | None = None  # the limit before the latest half
        self._before: Round | None = None
        self._seconds: list[float] = []  # of the responses of this round
        self._most = 0  # in flight in this round
        self._stale = 0  # responses to come that were requested before the latest half
        self._is_settled = False

    def answered(self, seconds: float, in_flight: int) -> None:
        """Count a response that took so long; `in_flight` counts its own request too."""
        if self._is_settled:
            return
        if self._stale:
            self._stale -= 1
            return
        self._seconds.append(seconds)
        self._most = max(self._most, in_flight)
        if len(self._seconds) >= max(self._most, ANSWERS):
            self._decide(Round(self._most, fmean(self._seconds)))
            self._seconds, self._most = [], 0

    def _decide(self, now: Round) -> None:
        if self._before is not None and now.seconds > GAIN * self._before.seconds:
            self.limit, self._is_settled = self._earlier, True
        elif now.seconds > self._slow and now.in_flight > 1:
            self._earlier, self._before = self.limit, now
            self.limit, self._stale = now.in_flight // 2, now.in_flight
            self._stats.fewest = min(self.limit, self._stats.fewest or self.limit)
