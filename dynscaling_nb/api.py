"""What users call: `arun`, its synchronous twin `run`, and `start`, which leaves the run in the
background.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from dynscaling_nb.build import prepare
from dynscaling_nb.declaration import calls, declarations
from dynscaling_nb.engine.result import Result
from dynscaling_nb.engine.run import Run
from dynscaling_nb.formatting import counted
from dynscaling_nb.options import RunOptions

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


async def finish(run: Run) -> Result:
    """Complete a run. Raises the error that ended it where it has no response."""
    await run.complete()
    if run.error is not None and not run.ledger.spent:
        raise run.error
    return Result.of(run)


class RunHandle:
    """A run in the background of the loop that it was started on.

    `await handle` waits for its result; giving up the wait leaves the run going. `run` steers it
    and tells how far it is. It ends when the budget is spent or at `stop`.
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
        """The result of the run, None before its end. Raises the run's error where it has no
        response.
        """
        return self._task.result() if self._task.done() else None

    def __repr__(self) -> str:
        ledger = self.run.ledger
        state = "ended" if self.done else "paused" if self.run.paused else "running"
        over = counted(len(self.run.queries), "question", "questions")
        return f"<RunHandle: {state}, {ledger.spent} of {ledger.budget} responses over {over}>"


def _retrieve(task: asyncio.Task[Result]) -> None:
    """Look at the task's error, so that a run that nobody waits for does not end in a warning."""
    if not task.cancelled():
        task.exception()


def described(call: F, returns: Any) -> F:
    """The function with every option of a run in its signature and its help."""
    function: Any = call
    function.__signature__ = calls(RunOptions, call, returns)
    lines = [f"- `{o.name}`: {o.about.help}." for o in declarations(RunOptions).values()]
    function.__doc__ = f"{call.__doc__}\n\nOptions:\n\n" + "\n".join(lines)
    return call


def synchronous(f: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """The twin of a coroutine function that waits for it, also where a loop already runs (a
    notebook's cell).
    """

    @wraps(f)
    def twin(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(f(*args, **kwargs))
        import nest_asyncio2  # patches asyncio, so only where it is needed

        nest_asyncio2.apply(loop)
        task = loop.create_task(f(*args, **kwargs))
        try:
            return loop.run_until_complete(task)
        except KeyboardInterrupt:
            task.cancel()
            return loop.run_until_complete(task)

    return twin


async def arun(queries: Any, **options: Any) -> Result:
    """Answer a batch of questions under one budget of responses, spent where answers are still
    uncertain.

    `queries`: strings, dicts with `id`, `text` and optional `gold` and `prior`, `dn.Query` objects,
    in a list or from an iterator, a table with such columns, or the `Path` of a file (JSON lines,
    CSV, Parquet).

    `await arun(...)` and `run(...)` give the `Result`; `start(...)` gives a `RunHandle` at once,
    with the run in the background.

    Cancelling (Ctrl-C, a notebook's stop button) returns the responses so far, with
    `stopped="user"`, as the time limit does. An error of the server ends the run with the responses
    so far, `stopped="error"` and the message in `result.error`; it is raised (`ModelError`) only
    where there is no response. Raises `InputError` for bad input, before anything is spent.
    """
    return await finish(prepare(queries, **options))


run = described(synchronous(arun), Result)
run.__name__ = run.__qualname__ = "run"
arun = described(arun, Result)


def start(queries: Any, **options: Any) -> RunHandle:
    """As `arun`, in the background of the running loop: gives a handle at once."""
    return RunHandle(prepare(queries, **options))


start = described(start, RunHandle)
