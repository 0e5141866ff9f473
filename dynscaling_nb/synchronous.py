"""Synchronous twins of coroutine functions, for any place that a call may come from."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PAUSE = 0.1  # seconds between two looks at the caller


def synchronous(f: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """The twin of a coroutine function that waits for its result.

    It also works where a loop already runs, as in a notebook's cell. Other tasks of that loop go on
    meanwhile. They stand still if it is not one of asyncio's own, such as uvloop's, or under
    `%gui`.
    """

    @wraps(f)
    def twin(*args: P.args, **kwargs: P.kwargs) -> T:
        work = f(*args, **kwargs)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return _alone(work)
        caller = asyncio.current_task()
        watched = work if caller is None else _watched(work, caller)
        can_nest = isinstance(loop, asyncio.BaseEventLoop) and not under_gui()
        return _nested(watched) if can_nest else _in_a_thread(watched)

    return twin


def under_gui() -> bool:
    """Whether `%gui` is on: a window's loop then holds up the kernel's own, and all that waits."""
    module = sys.modules.get("ipykernel.kernelapp")
    app = module.IPKernelApp if module is not None else None
    return app is not None and app.initialized() and app.instance().kernel.eventloop is not None


def _alone(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, on a loop of its own in this thread."""
    with asyncio.Runner() as runner:  # as `asyncio.run`, which `_nested` patches
        return runner.run(work)


def _nested(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, on the loop that runs already."""
    import nest_asyncio2  # patches asyncio, so only where it is needed

    loop = asyncio.get_running_loop()
    nest_asyncio2.apply(loop)
    task = loop.create_task(work)
    with _cancelled_by_interrupt(task):
        return loop.run_until_complete(task)


@contextmanager
def _cancelled_by_interrupt(task: asyncio.Task[Any]) -> Iterator[None]:
    """The first interrupt cancels the task, a second one raises KeyboardInterrupt.

    So it is with `asyncio.Runner`. Raised at once it would end whatever runs at that moment, such
    as a single request, with an error that no code there expects. A user's own handler stays.
    """
    interrupts = 0

    def cancel(*_: object) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            raise KeyboardInterrupt
        # A context of its own: a nested loop puts off what has that of the cell.
        task.get_loop().call_soon_threadsafe(task.cancel, context=copy_context())

    earlier = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not (is_main and _may_be_replaced(earlier)):
        yield
        return
    signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)


def _may_be_replaced(handler: Any) -> bool:
    """Whether it is Python's handler, or the kernel's for a cell that awaits.

    The kernel's cancels the cell's task. Without another `await` in the cell this shows only when
    the task ends, and then the kernel gives no reply.
    """
    module = getattr(handler, "__module__", None)
    return handler is signal.default_int_handler or module == "ipykernel.ipkernel"


def _in_a_thread(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, on a loop in a thread of its own."""
    tasks: Future[asyncio.Task[Any]] = Future()

    async def known() -> T:
        task = asyncio.ensure_future(work)
        tasks.set_result(task)
        return await task

    with ThreadPoolExecutor(1) as thread:
        outcome = thread.submit(copy_context().run, _alone, known())
        try:
            return outcome.result()
        except KeyboardInterrupt:
            task = tasks.result()
            task.get_loop().call_soon_threadsafe(task.cancel)
            return outcome.result()


async def _watched(work: Coroutine[Any, Any, T], caller: asyncio.Task[Any]) -> T:
    """The result of the work, which is cancelled when its caller is.

    The caller waits without `await`, so that its own cancellation would come too late.
    """
    task = asyncio.ensure_future(work)
    earlier, loop = caller.cancelling(), asyncio.get_running_loop()

    def look() -> None:
        if caller.cancelling() > earlier:
            task.cancel()
        elif not task.done():
            loop.call_later(PAUSE, look)

    look()
    return await task
