"""Several servers of one model as one: each request goes to the least loaded, and all of one query to the same while that is not much busier.

So a server that keeps the prefixes of its prompts in a cache finds them there. A server that gives no answer is left out for a while, and its
requests go to the others; the run ends only where none is left.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping

from dynscaling_nb.errors import ModelUnavailable
from dynscaling_nb.models.base import Sampler, ServerStats
from dynscaling_nb.models.openai.throttle import TransientError
from dynscaling_nb.records import Completion, Request

RATIO, SLACK = (
    1.5,
    4,
)  # a query's own server may have so many times the requests of the least loaded one, and so many more
REST = 30.0  # seconds that a server which gives no answer is left out


class LoadBalancer(Sampler):
    """The servers by their names; `stats` are those of all."""

    def __init__(
        self,
        replicas: Mapping[str, Sampler],
        stats: ServerStats,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stats = stats
        self._replicas = replicas
        self._clock = clock
        self._load: Counter[str] = Counter()
        self._served: Counter[str] = Counter()
        self._home: dict[str, str] = {}
        self._down: dict[str, float] = {}

    @property
    def max_n(self) -> int:  # type: ignore[override]  # read only here
        """What every one of them takes."""
        return min(replica.max_n for replica in self._replicas.values())

    @property
    def stats(self) -> ServerStats:
        """What happened at all servers."""
        return self._stats

    def capacity(self, limit: int) -> int:
        """Requests that may be in flight for now, at most `limit`: the sum of what each takes of its share."""
        up = self._up() or list(self._replicas)
        return min(limit, sum(self._replicas[name].capacity(-(-limit // len(up))) for name in up))

    async def generate(self, request: Request) -> list[Completion]:
        """From the server that the request belongs to, or from another one where that fails."""
        tried: set[str] = set()
        while True:
            name = self._route(request.query.id, tried)
            self._load[name] += 1
            self._served[name] += 1
            try:
                return list(await self._replicas[name].generate(request))
            except ModelUnavailable:
                self._down[name] = self._clock() + REST
                if name not in self._stats.lost:
                    self._stats.lost.append(name)
                if not self._up():
                    raise
            except TransientError:
                tried.add(name)
                if not set(self._up()) - tried:
                    raise
            finally:
                self._load[name] -= 1

    def _up(self) -> list[str]:
        now = self._clock()
        return [name for name in self._replicas if self._down.get(name, now) <= now]

    def _route(self, query: str, tried: set[str]) -> str:
        """The query's own server where it is up and not much busier than others, else the least loaded one."""
        up = [name for name in self._up() if name not in tried]
        least = min(up, key=lambda name: (self._load[name], self._served[name]))
        home = self._home.get(query)
        if home in up and self._load[home] <= RATIO * self._load[least] + SLACK:
            return home
        if home not in up:
            self._home[query] = least
        return least
