"""The embedded model: what it reads, what it refuses, how it does."""

import numpy as np
import pytest

import dynscaling_nb as dn
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.models.abacus import language
from dynscaling_nb.models.abacus.model import prompt
from dynscaling_nb.models.abacus.questions import held_out
from dynscaling_nb.records import Query, Request, Response


@pytest.mark.parametrize(
    "text", ["What is 2 + 3?", "2 * (3 + 4) =", "Calculate 7 × 8.", "What is 40 − 2 · 3 ?"]
)
def test_it_reads_sums_as_people_write_them(text):
    dn.AbacusModel().check([Query("1", text)])


@pytest.mark.parametrize(
    "text",
    [
        "Who was Plato?",
        "What is 2 / 3?",
        "What is 2 + 300?",
        "What is 40 * 40?",
        "What is 2 + + 3?",
        "What is (2 + 3?",
        "What is 7?",
        "What is 2 + 3 apples?",
        "What is 1.5 + 2?",
        "What is 2 + 3 + 4 + 5 + 6 + 7 + 8?",
    ],
)
def test_what_it_cannot_read_it_refuses_with_one_line(text):
    with pytest.raises(dn.InputError, match=r"What is 19 - .*name a model") as caught:
        dn.run([text], budget=4)
    assert "\n" not in str(caught.value)


def test_it_knows_small_sums_and_errs_on_large_ones():
    questions = held_out()
    result = dn.run(questions[:20] + questions[180:], budget=160, seed=1)
    right = [
        float(r.answer == q["gold"])
        for q in questions
        for r in result.responses
        if r.query_id == q["id"]
    ]
    assert np.mean(result.correct[:20]) > 0.7
    assert 0.2 < np.mean(right) < 0.98


def test_a_chain_of_its_own_thoughts_reaches_it_through_the_messages():
    query = Query("q", "What is 2 + 3 * 4?")
    earlier = [
        Response("q", i, "parallel", text, None, ())
        for i, text in enumerate(["= 2 + 12\n= 14\nThe answer is 14."] * 3)
    ]
    read = prompt(Template().chained(query, earlier))
    assert sorted(set(read.tries)) == [0, 1, 2, 3, 4]
    assert read.tokens.count(language.STEP) == 3 * 2 + 1


async def test_requests_that_come_together_are_one_batch_and_seeded():
    query = Query("q", "What is 12 * 11 - 7 * (30 - 4)?")
    request = Request(query, Template().parallel(query), 4, 0, (1, 2, 3, 4))
    async with dn.AbacusModel().open() as sampler:
        first = await sampler.generate(request)
        second = await sampler.generate(request)
    assert [c.text for c in first] == [c.text for c in second]
    assert len({c.text for c in first}) > 1
    assert first[0].usage.completion_tokens > 0
