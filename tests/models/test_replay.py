"""Recorded answers in place of a model."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.records import Query, Request

ANSWERS = {"a": ["1", "2", None, "3"], "b": ["4"]}


async def drawn(seed, query="a", count=4):
    model = dn.ReplayModel(ANSWERS, seed=seed)
    async with model.open() as sampler:
        requests = [Request(Query(query, query), (), index=i) for i in range(count)]
        return [(await sampler.generate(request))[0].text for request in requests]


async def test_each_answer_comes_once_in_an_order_of_the_seed():
    texts = ["", "The answer is 1.", "The answer is 2.", "The answer is 3."]
    assert sorted(await drawn(0)) == texts
    assert await drawn(0) == await drawn(0)
    assert len({tuple(await drawn(seed)) for seed in range(8)}) > 1


async def test_a_recording_has_an_end():
    with pytest.raises(dn.Exhausted, match="question 'b' has only 1 recorded answers"):
        await drawn(0, "b", 2)


def test_a_query_without_a_recording_is_refused():
    with pytest.raises(dn.InputError, match="question 'c' is not among the 2 recorded ones"):
        dn.ReplayModel(ANSWERS).check([Query("c", "c")])


def test_a_recording_by_the_texts_of_questions_serves_as_well():
    model = dn.ReplayModel({"How many?": ["7", "7"]})
    assert dn.run(["How many?"], budget=2, model=model).answers == ["7"]
