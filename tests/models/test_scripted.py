"""The fake model that tests and documentation use."""

import asyncio

import pytest

import dynscaling_nb as dn
from dynscaling_nb.records import Query, Request, Usage


def ask(index=0, n=1):
    return Request(Query("q", "q"), (), n, index)


async def test_a_script_is_a_function_or_a_list_for_each_query():
    called = dn.ScriptedModel(lambda request: f"number {request.index}")
    listed = dn.ScriptedModel({"q": ["a", "b", "c"]})
    assert [c.text for c in await called.generate(ask(3))] == ["number 3"]
    assert [c.text for c in await listed.generate(ask(1, n=2))] == ["b", "c"]
    with pytest.raises(dn.Exhausted, match="no text 3 for question 'q'"):
        await listed.generate(ask(3))


async def test_an_exception_in_the_script_is_raised():
    model = dn.ScriptedModel({"q": [dn.ModelError("no")]})
    with pytest.raises(dn.ModelError, match="no"):
        await model.generate(ask())


async def test_requests_usage_and_the_peak_are_counted():
    model = dn.ScriptedModel(lambda request: "a", max_n=2)
    both = await asyncio.gather(model.generate(ask(0, n=2)), model.generate(ask(2)))
    assert [c.usage for c in both[0]] == [Usage(1, 1, 1), Usage(1, 1, 0)]
    assert (len(model.requests), model.peak, model.max_n) == (2, 2, 2)
    assert model.bound(ask(n=2)) == Usage(2, 2)


def test_a_script_names_a_question_by_its_id_or_its_text_and_leaves_none_out():
    model = dn.ScriptedModel({"1": ["The answer is 5."], "two?": ["The answer is 6."]})
    assert dn.run(["one?", "two?"], budget=2, model=model).answers == ["5", "6"]
    with pytest.raises(dn.InputError, match="unknown question of the script '3'"):
        dn.run(["one?", "two?", "three?"], budget=3, model=model)
