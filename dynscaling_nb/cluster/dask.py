"""The door to a Dask cluster: its workers, and orders to them. It knows nothing of budgets."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from dynscaling_nb.cluster.messages import Order, Report, ShardSpec
from dynscaling_nb.cluster.worker import advance
from dynscaling_nb.errors import InputError, ModelUnavailable
from dynscaling_nb.records import Response

T = TypeVar("T")

CONNECTING = 10  # seconds that finding the scheduler may take


def connect(address: str) -> Any:
    """A client of the Dask scheduler at an address like `tcp://127.0.0.1:8786`; a context manager.

    Raises `InputError`.
    """
    try:
        import distributed

        client: Any = distributed.Client
        return client(address, timeout=CONNECTING)
    except ImportError:
        raise InputError(
            "a cluster needs dask.distributed: pip install 'dynscaling_nb[dask]'", address
        ) from None
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"there is no Dask scheduler at {address!r}: {reason}", address) from None


class Workers:
    """The workers of a `dask.distributed.Client`, synchronous or asynchronous."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._orders = 0

    async def addresses(self) -> list[str]:
        """The addresses of the running workers."""
        identity = await self._on_loop(self._client.scheduler.identity(n_workers=-1))
        return [
            address
            for address, worker in identity["workers"].items()
            if worker.get("status", "running") == "running"
        ]

    async def advance(
        self, home: str, order: Order, spec: ShardSpec | None, history: Sequence[Response]
    ) -> Report | None:
        """Let the worker at `home` carry out an order; None if every worker that tried died."""
        return await self._on_loop(self._submit(home, order, spec, history))

    async def farewell(
        self, orders: Sequence[tuple[str, Order]], seconds: float
    ) -> list[Report | None]:
        """Send last orders, each to a worker; None for one that failed or took too long."""
        submitted = [self._submit(home, order, None, ()) for home, order in orders]
        try:
            async with asyncio.timeout(seconds):
                replies = await self._on_loop(_gathered(submitted))
        except TimeoutError:
            return [None] * len(orders)
        return [reply if isinstance(reply, Report) else None for reply in replies]

    async def _submit(
        self, home: str, order: Order, spec: ShardSpec | None, history: Sequence[Response]
    ) -> Report | None:
        """Submit an order, on the client's loop.

        If the worker dies, another one carries out the order; that one does not hold the shard.
        """
        from distributed import KilledWorker

        self._orders += 1
        future = self._client.submit(
            advance,
            order,
            spec,
            history,
            key=f"dynscale-{order.shard}-{self._orders}",
            workers=[home] if home else None,
            allow_other_workers=bool(home),
            pure=False,
        )
        try:
            report: Report = await future
        except KilledWorker:
            return None
        except BaseException as error:
            lost = future.status in ("cancelled", "lost")
            if lost and not isinstance(error, asyncio.CancelledError):
                raise gone(error) from None
            raise
        return report

    async def _on_loop(self, task: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine on the client's loop, which may be in another thread."""
        loop = self._client.loop.asyncio_loop
        if loop is asyncio.get_running_loop():
            return await task
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(task, loop))


def gone(error: BaseException) -> ModelUnavailable:
    """The error that ends a run whose scheduler is gone."""
    return ModelUnavailable(
        "the cluster is gone: its scheduler was closed or cannot be reached "
        f"({type(error).__name__})",
        str(error),
    )


async def _gathered(coroutines: Sequence[Coroutine[Any, Any, T]]) -> list[T | BaseException]:
    return await asyncio.gather(*coroutines, return_exceptions=True)
