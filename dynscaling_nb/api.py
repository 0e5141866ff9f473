"""The functions that users call: `arun`, `run` and `start`.

`run` is the synchronous twin of `arun`. `start` leaves the run in the background.
"""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from dynscaling_nb.build import prepare
from dynscaling_nb.declaration import calls, declarations
from dynscaling_nb.engine.result import Result
from dynscaling_nb.engine.run import Run
from dynscaling_nb.formatting import counted
from dynscaling_nb.options import RunOptions
from dynscaling_nb.synchronous import synchronous

F = TypeVar("F", bound=Callable[..., Any])


async def finish(run: Run) -> Result:
    """Complete a run. Raises the error that ended it if it has no response."""
    await run.complete()
    if run.error is not None and not run.ledger.spent:
        raise run.error
    return Result.of(run)


class RunHandle:
    """A run in the background of the loop that it was started on.

    `await handle` waits for the result; cancelling the wait does not end the run. `run` steers
    the run and shows its progress. The run ends when the budget is spent or at `stop`.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._task = asyncio.get_running_loop().create_task(finish(run))
        self._task.add_done_callback(_retrieve)

    def __await__(self) -> Generator[Any, None, Result]:
        return asyncio.shield(self._task).__await__()

    def stop(self) -> None:
        """End the run soon, with the responses so far."""
        self.run.stop()

    def pause(self) -> None:
        """Send no further request until `resume`."""
        self.run.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self.run.resume()

    def when_done(self, call: Callable[[], None]) -> None:
        """Call `call` on the run's loop when the run has ended."""
        self._task.add_done_callback(lambda _: call())

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return self._task.done()

    @property
    def result(self) -> Result | None:
        """The result of the run, None before its end.

        Raises the run's error if it has no response.
        """
        return self._task.result() if self._task.done() else None

    def __repr__(self) -> str:
        ledger = self.run.ledger
        state = "ended" if self.done else "paused" if self.run.paused else "running"
        over = counted(len(self.run.queries), "question", "questions")
        return f"<RunHandle: {state}, {ledger.spent} of {ledger.budget} responses over {over}>"


def _retrieve(task: asyncio.Task[Result]) -> None:
    """Retrieve the task's error: asyncio warns of one that nobody retrieves."""
    if not task.cancelled():
        task.exception()


def described(call: F, returns: Any) -> F:
    """The function with every option of a run in its signature and its help."""
    function: Any = call
    function.__signature__ = calls(RunOptions, call, returns)
    lines = [f"- `{o.name}`: {o.about.help}." for o in declarations(RunOptions).values()]
    function.__doc__ = f"{call.__doc__}\n\nOptions:\n\n" + "\n".join(lines)
    return call


async def arun(queries: Any, **options: Any) -> Result:
    """Answer a batch of questions under one budget, spent where answers are still uncertain.

    `queries` may be:

    - a list or an iterator of strings, of `dn.Query` objects, or of dicts with `id`, `text` and
      optional `gold` and `prior`;
    - a table with such columns;
    - the `Path` of a file: JSON lines, CSV or Parquet.

    `await arun(...)` and `run(...)` give the `Result`. `start(...)` gives a `RunHandle` at once;
    its run goes on in the background.

    Cancelling (Ctrl-C, a notebook's stop button) and the time limit return the responses so far,
    with `stopped="user"`; `late` tells the time limit. An error of the server also returns them,
    with `stopped="error"` and the message in `result.error`. If there is no response it is raised
    (`ModelError`). Raises `InputError` for bad input, before anything is spent.
    """
    return await finish(prepare(queries, **options))


run = described(synchronous(arun), Result)
run.__name__ = run.__qualname__ = "run"
arun = described(arun, Result)


def start(queries: Any, **options: Any) -> RunHandle:
    """As `arun`, in the background of the running loop: gives a handle at once."""
    return RunHandle(prepare(queries, **options))


start = described(start, RunHandle)
