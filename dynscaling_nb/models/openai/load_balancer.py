"""Load balancing over several servers of one model.

A request goes to the least-loaded server. Requests of one query stay on the same server unless it
is much busier, because that server has the query's prompt in its prefix cache. A server without an
answer rests for a while and the others take its requests. The run ends when no server is left.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from math import ceil

from dynscaling_nb.errors import ModelError, ModelUnavailable
from dynscaling_nb.models.base import Sampler, ServerStats
from dynscaling_nb.models.openai.throttle import TransientError
from dynscaling_nb.records import Completion, Request

# A query's own server may have RATIO times the requests of the least-loaded one, and SLACK more.
RATIO = 1.5
SLACK = 4
REST = 30.0  # seconds that a server without an answer is left out


class LoadBalancer(Sampler):
    """The samplers of several servers, by the servers' names; they share `stats`."""

    def __init__(
        self,
        servers: Mapping[str, Sampler],
        stats: ServerStats,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers = servers
        self._stats = stats
        self._clock = clock
        self._load: Counter[str] = Counter()  # requests in flight
        self._served: Counter[str] = Counter()  # requests so far; it breaks ties of `_load`
        self._home: dict[str, str] = {}  # query id -> its own server
        self._resting: dict[str, float] = {}  # server -> the time when it may be tried again

    @property
    def max_n(self) -> int:
        """The number of completions that every server accepts."""
        return min(server.max_n for server in self._servers.values())

    @property
    def stats(self) -> ServerStats:
        """Events at all servers."""
        return self._stats

    def capacity(self, limit: int) -> int:
        """Requests that may be in flight now, at most `limit`: the sum over the servers."""
        names = self._available() or list(self._servers)
        share = ceil(limit / len(names))
        return min(limit, sum(self._servers[name].capacity(share) for name in names))

    async def generate(self, request: Request) -> list[Completion]:
        """Completions from the query's own server, or from another one if that fails.

        Raises the last server's error when no server is left to try.
        """
        tried: set[str] = set()
        while True:
            name = self._route(request.query.id, tried)
            self._load[name] += 1
            self._served[name] += 1
            try:
                return list(await self._servers[name].generate(request))
            except ModelUnavailable as error:
                self._resting[name] = self._clock() + REST
                if name not in self._stats.lost:
                    self._stats.lost.append(name)
                if not self._available():
                    raise
                if not set(self._available()) - tried:  # servers are left, for other requests
                    raise ModelError(str(error), error.value) from None
            except TransientError:
                tried.add(name)
                if not set(self._available()) - tried:
                    raise
            finally:
                self._load[name] -= 1

    def _available(self) -> list[str]:
        now = self._clock()
        return [name for name in self._servers if self._resting.get(name, now) <= now]

    def _route(self, query_id: str, tried: set[str]) -> str:
        """The query's own server if it may be used and is not much busier, else the idlest one."""
        names = [name for name in self._available() if name not in tried]
        idlest = min(names, key=lambda name: (self._load[name], self._served[name]))
        home = self._home.get(query_id)
        if home is None or home not in names:
            self._home[query_id] = idlest
            return idlest
        is_busy = self._load[home] > RATIO * self._load[idlest] + SLACK
        return idlest if is_busy else home
