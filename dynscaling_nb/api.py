"""What users call: `arun`, its synchronous twin `run`, and `start`, which leaves the run in the background."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

from dynscaling_nb.build import prepare
from dynscaling_nb.engine.result import Result
from dynscaling_nb.engine.run import Run
from dynscaling_nb.formatting import counted

P = ParamSpec("P")
T = TypeVar("T")


async def finish(run: Run) -> Result:
    """Complete a run. Raises the error that ended it where nothing was drawn."""
    await run.complete()
    if run.error is not None and not run.ledger.spent:
        raise run.error
    return Result.of(run)


class RunHandle:
    """A run in the background of the loop that it was started on. `await handle` waits for its result; giving up the wait leaves it running.

    `run` steers it and tells how far it is; it ends when the budget is spent or at `stop`.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._task = asyncio.get_running_loop().create_task(finish(run))
        self._task.add_done_callback(_retrieve)

    def __await__(self) -> Generator[Any, None, Result]:
        return asyncio.shield(self._task).__await__()

    def stop(self) -> None:
        """End the run soon, with what it has."""
        self.run.stop()

    def pause(self) -> None:
        """Ask for nothing more until `resume`."""
        self.run.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self.run.resume()

    def when_done(self, call: Callable[[], None]) -> None:
        """Have `call` called once the run has ended, on its loop."""
        self._task.add_done_callback(lambda _: call())

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return self._task.done()

    @property
    def result(self) -> Result | None:
        """What the run found, None before its end. Raises the run's error where it found nothing."""
        return self._task.result() if self._task.done() else None

    def __repr__(self) -> str:
        ledger = self.run.ledger
        state = "ended" if self.done else "paused" if self.run.paused else "running"
        return f"<RunHandle: {state}, {ledger.spent} of {ledger.budget} responses over {counted(len(self.run.queries), 'query', 'queries')}>"


def _retrieve(task: asyncio.Task[Result]) -> None:
    """Look at the task's error, so that a run that nobody waits for does not end in a warning."""
    task.cancelled() or task.exception()


def _awaiting(prepare: Callable[P, Run]) -> Callable[P, Coroutine[Any, Any, Result]]:
    @wraps(prepare)
    async def arun(*args: P.args, **kwargs: P.kwargs) -> Result:
        return await finish(prepare(*args, **kwargs))

    return _presented(arun, "arun", Result)


def _starting(prepare: Callable[P, Run]) -> Callable[P, RunHandle]:
    @wraps(prepare)
    def start(*args: P.args, **kwargs: P.kwargs) -> RunHandle:
        return RunHandle(prepare(*args, **kwargs))

    return _presented(start, "start", RunHandle)


def _presented(f: T, name: str, returns: type) -> T:
    """The function under its own name in help, with what it returns."""
    shown: Any = f
    shown.__name__ = shown.__qualname__ = name
    shown.__signature__ = signature(shown).replace(return_annotation=returns)
    return f


def synchronous(f: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """The twin of a coroutine function that waits for it, also where a loop already runs (a notebook's cell)."""

    @wraps(f)
    def twin(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(f(*args, **kwargs))
        import nest_asyncio2

        nest_asyncio2.apply(loop)
        task = loop.create_task(f(*args, **kwargs))
        try:
            return loop.run_until_complete(task)
        except KeyboardInterrupt:
            task.cancel()
            return loop.run_until_complete(task)

    return twin


arun = _awaiting(prepare)
start = _starting(prepare)
run = _presented(synchronous(arun), "run", Result)
