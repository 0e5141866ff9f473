"""`arun`, `run`, `start` and the handle of a run in the background."""

import asyncio

import pytest
from gated import GatedModel, until

import dynscaling_nb as dn

FOUR = [f"q{i}" for i in range(4)]


async def test_a_handle_says_at_once_what_is_wrong_with_the_input():
    with pytest.raises(dn.InputError, match="positive whole number"):
        dn.start(FOUR, budget=0)


async def test_a_handle_steers_its_run_and_has_its_result():
    model = GatedModel()
    handle = dn.start(FOUR, budget=400, model=model, concurrency=4)
    await model.let(4)
    await until(lambda: handle.run.ledger.spent == 4)
    handle.pause()
    assert repr(handle).startswith("<RunHandle: paused, 4 of 400 responses over 4 ")
    handle.resume()
    assert "running" in repr(handle)
    assert handle.result is None
    handle.stop()
    result = await handle
    assert handle.done
    assert result is handle.result
    assert result.stopped == "user"


async def test_giving_up_the_wait_leaves_a_background_run_running():
    model = GatedModel()
    handle = dn.start(FOUR, budget=8, model=model, concurrency=2, depth=0)
    waiting = asyncio.ensure_future(asyncio.wait_for(handle, 60))
    await until(lambda: model.waiting)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not handle.done
    for _ in range(4):
        await model.let(2)
    assert sum((await handle).pulls) == 8
