"""Questions that arrive one by one."""

import asyncio

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError
from dynscaling_nb.streaming import Allowance


def text(request) -> str:
    """Questions with `split` in their text are answered two ways."""
    return f"The answer is {request.index % 2 if 'split' in request.query.text else 7}."


async def collected(source, **options):
    return [answer async for answer in dn.stream(source, depth=0, **options)]


async def test_answers_come_in_the_order_of_arrival():
    questions = ["one?", {"id": "x", "text": "two?"}, "three?"]
    answers = await collected(questions, model=dn.ScriptedModel(text))
    assert [a.query.id for a in answers] == ["1", "x", "3"]
    assert [a.answer for a in answers] == ["7"] * 3
    assert all(a.confidence > 0.95 for a in answers)


async def test_what_easy_questions_leave_goes_to_later_ones():
    model = dn.ScriptedModel(text)
    answers = await collected(["easy?"] * 4 + ["split?"], each=8, batch=1, model=model)
    assert [a.pulls for a in answers[:4]] == [4] * 4
    assert answers[4].pulls == 8 + 4 * 4
    assert len(model.requests) == 5 * 8


async def test_an_answer_is_there_before_the_next_question_arrives():
    answered = asyncio.Event()

    async def source():
        for i in range(3):
            yield f"question {i}?"
            await answered.wait()  # would wait for ever if the answer waited for a next question
            answered.clear()

    answers = []
    async with asyncio.timeout(60):
        async for answer in dn.stream(source(), model=dn.ScriptedModel(text)):
            answers.append(answer.query.text)
            answered.set()
    assert answers == ["question 0?", "question 1?", "question 2?"]


async def test_questions_that_arrive_meanwhile_are_a_batch():
    runs = []
    await collected(
        [f"question {i}?" for i in range(10)],
        batch=4,
        model=dn.ScriptedModel(text),
        observers=[runs.append],
    )
    sizes = [len(event.run.queries) for event in runs if hasattr(event, "run")]
    assert sizes == [4, 4, 2]


class Clock:
    """Time that passes only in `sleep`."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


async def test_each_question_adds_to_a_shared_balance():
    allowance = Allowance(8)
    assert await allowance.budget(2) == 16
    allowance.spend(10)
    assert await allowance.budget(1) == 6 + 8
    allowance.spend(14)
    assert await allowance.budget(1) == 8


async def test_a_batch_gets_one_response_a_question_at_least():
    allowance = Allowance(1)
    allowance.spend(5)
    assert await allowance.budget(3) == 3


async def test_no_more_than_a_number_of_responses_a_second():
    clock = Clock()
    allowance = Allowance(4, 2.0, clock=clock, sleep=clock.sleep)
    assert await allowance.budget(2) == 4  # of the 8 in the balance: 4 are allowed at once
    allowance.spend(4)
    assert clock.now == 100.0
    assert await allowance.budget(2) == 2  # 4 + 2 responses are allowed a second later
    assert clock.now == 101.0


async def test_leaving_the_loop_early_ends_the_source():
    ended = asyncio.Event()

    async def source():
        try:
            while True:
                yield "question?"
                await asyncio.sleep(0)
        finally:
            ended.set()

    answers = dn.stream(source(), batch=1, model=dn.ScriptedModel(text))
    async for _ in answers:
        break
    await answers.aclose()
    async with asyncio.timeout(60):
        await ended.wait()


async def test_a_bad_question_and_a_broken_source_are_raised():
    with pytest.raises(InputError, match="question 2 is blank"):
        await collected(["one?", " "], model=dn.ScriptedModel(text))
    with pytest.raises(InputError, match="each must be a positive number of responses, got 0"):
        await collected(["one?"], each=0)

    async def broken():
        yield "one?"
        raise OSError("the socket is gone")

    with pytest.raises(OSError, match="socket"):
        await collected(broken(), model=dn.ScriptedModel(text))
