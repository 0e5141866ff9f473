"""Queries that arrive one by one."""

import asyncio
import time

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError


def says(request) -> str:
    """Queries with `split` in their text are answered two ways."""
    return f"The answer is {request.index % 2 if 'split' in request.query.text else 7}."


async def collected(source, **options):
    return [found async for found in dn.stream(source, depth=0, **options)]


async def test_answers_come_in_the_order_of_arrival():
    found = await collected(
        ["one?", {"id": "x", "text": "two?"}, "three?"], model=dn.ScriptedModel(says)
    )
    assert [f.query.id for f in found] == ["1", "x", "3"]
    assert [f.answer for f in found] == ["7"] * 3
    assert all(f.confidence > 0.95 for f in found)


async def test_what_easy_queries_leave_goes_to_later_ones():
    async def source():
        for text in ["easy?"] * 4 + ["split?"]:
            yield text
            await asyncio.sleep(0.05)

    model = dn.ScriptedModel(says)
    found = await collected(source(), each=8, batch=1, model=model)
    assert [f.pulls for f in found[:4]] == [4] * 4
    assert found[4].pulls == 8 + 4 * 4
    assert len(model.requests) == 5 * 8


async def test_an_answer_is_there_before_the_next_query_arrives():
    asked = []

    async def source():
        for i in range(3):
            asked.append(time.monotonic())
            yield f"question {i}?"
            await asyncio.sleep(0.3)

    answered = [time.monotonic() async for _ in dn.stream(source(), model=dn.ScriptedModel(says))]
    assert answered[0] < asked[1]
    assert answered[1] < asked[2]


async def test_what_arrives_meanwhile_is_a_batch():
    slow = dn.ScriptedModel(says, delay=0.1)
    runs = []
    await collected(
        [f"question {i}?" for i in range(10)], batch=4, model=slow, observers=[runs.append]
    )
    sizes = [len(event.run.queries) for event in runs if hasattr(event, "run")]
    assert sum(sizes) == 10
    assert max(sizes) == 4


async def test_no_more_than_so_many_responses_a_second():
    began = time.monotonic()
    model = dn.ScriptedModel(says)
    found = await collected(["split?"] * 6, each=4, per_second=20, batch=2, model=model)
    seconds = time.monotonic() - began
    assert len(found) == 6
    assert len(model.requests) <= 4 + 20 * seconds
    assert len(model.requests) <= 24


async def test_leaving_the_loop_early_ends_the_source():
    ended = []

    async def source():
        try:
            while True:
                yield "question?"
                await asyncio.sleep(0.01)
        finally:
            ended.append(True)

    answers = dn.stream(source(), batch=1, model=dn.ScriptedModel(says))
    async for _ in answers:
        break
    await answers.aclose()
    await asyncio.sleep(0.05)
    assert ended == [True]


async def test_a_bad_query_and_a_broken_source_are_raised():
    with pytest.raises(InputError, match="question 2 is blank"):
        await collected(["one?", " "], model=dn.ScriptedModel(says))
    with pytest.raises(InputError, match="each must be a positive number of responses, got 0"):
        await collected(["one?"], each=0)

    async def broken():
        yield "one?"
        raise OSError("the socket is gone")

    with pytest.raises(OSError, match="socket"):
        await collected(broken(), model=dn.ScriptedModel(says))
