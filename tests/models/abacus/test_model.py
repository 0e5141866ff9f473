"""The embedded model: its language, its network, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

import dynscaling_nb as dn
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.models.abacus import language
from dynscaling_nb.models.abacus.model import WEIGHTS, load, prompt
from dynscaling_nb.models.abacus.network import _Cache
from dynscaling_nb.models.abacus.questions import ask, draw, held_out
from dynscaling_nb.records import Query, Request, Response


def test_a_working_does_one_operation_a_line():
    steps = language.solve(language.read("19 - (4 + 7) * 3"))
    assert [language.write(step) for step in steps] == ["19 - 11 * 3", "19 - 33", "-14"]


@given(st.integers(1, 5), st.randoms(use_true_random=False))
def test_every_question_reads_back_and_its_gold_is_what_python_says(operations, rng):
    expression = draw(rng, operations)
    assert language.read(language.write(expression)) == expression
    assert language.decode(language.encode(expression)) == expression
    assert language.solve(expression)[-1] == (eval(language.write(expression)),)
    assert language.operations(expression) == operations
    assert ask(expression).startswith("What is ")


@given(st.lists(st.integers(0, language.VOCABULARY - 1), max_size=60))
def test_whatever_the_network_writes_becomes_text(tokens):
    text = language.working(tokens)
    assert isinstance(text, str)
    language.attempts(text)


def test_earlier_attempts_are_found_whatever_stands_between_them():
    found = language.attempts("= 3 + 4\n= 7\n\nWait. Once more.\n\n= 3 + 5\n= 8")
    assert [language.working(tokens[1:]) for tokens in found] == ["= 3 + 4\n= 7", "= 3 + 5\n= 8"]


def test_the_held_out_questions_are_forty_for_each_number_of_operations():
    questions = held_out()
    counts = [language.operations(language.read(q["text"][8:-1])) for q in questions]
    assert [counts.count(n) for n in range(1, 6)] == [40] * 5
    assert len({q["text"] for q in questions}) == 200
    assert all(
        q["gold"] == str(language.solve(language.read(q["text"][8:-1]))[-1][0]) for q in questions
    )


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


def test_a_row_does_not_depend_on_what_stands_beside_it():
    prompts = [prompt(Template().parallel(Query("q", q["text"]))) for q in held_out()[::20]]
    together = load().sample(prompts, list(range(10)), 1.0)
    alone = [load().sample([p], [seed], 1.0)[0] for seed, p in enumerate(prompts)]
    assert together == alone


def test_the_cache_gives_what_the_whole_sequence_gives():
    network = load()
    question = language.encode((2, "+", 3, "*", 4))
    read = network.prompt(question, [[language.STEP, *language.encode((2, "+", 12))]])
    tokens, places, tries = (np.array([row]) for row in (read.tokens, read.places, read.tries))
    whole = network._forward(tokens, places, tries, _Cache(network, 1, 40, first=np.array([0])))
    cache = _Cache(network, 1, 40, first=np.array([0]))
    for i in range(tokens.shape[1]):
        stepwise = network._forward(
            tokens[:, i : i + 1], places[:, i : i + 1], tries[:, i : i + 1], cache
        )
    assert np.allclose(whole, stepwise, atol=1e-4)


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


def test_the_weights_are_small_and_hold_nothing_that_runs():
    assert WEIGHTS.stat().st_size <= 3_000_000
    with np.load(Path(WEIGHTS), allow_pickle=False) as arrays:
        assert sum(a.size for a in arrays.values()) > 500_000
