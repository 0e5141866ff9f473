"""What a run may use, worked out by hand: forty characters are ten tokens."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.engine.estimate import estimate
from dynscaling_nb.records import Query, Usage

BARE = Template(system="", question="{question}")
TWO = [Query("1", "x" * 40), Query("2", "y" * 40)]


def test_independent_responses_read_their_prompt_alone():
    found = estimate(TWO, 16, Plan(depth=0), BARE, max_tokens=100)
    assert found.low == Usage(16 * 10, 16 * 25, 16)  # a quarter of 100
    assert found.high == Usage(16 * 10, 16 * 100, 16)
    assert found.tokens == (560, 1760)


def test_chained_responses_read_earlier_ones():
    plan = Plan(parallel=4, depth=4, chained_share=0.5)
    found = estimate(TWO, 16, plan, BARE, max_tokens=100)
    # Eight responses a question: four independent ones, then two of four chained: 4 of 16.
    assert found.high == Usage(16 * 10 + 4 * 4 * 100, 16 * 100, 16)
    assert found.low == Usage(16 * 10 + 4 * 4 * 25, 16 * 25, 16)


def test_without_a_limit_of_the_model_a_response_has_50_to_1500_tokens():
    found = estimate(TWO, 4, Plan(depth=0), BARE)
    assert (found.low.completion_tokens, found.high.completion_tokens) == (200, 6000)


def test_limits_cap_both_ends_of_the_range():
    options = {"max_tokens": 100, "prices": (1.0, 10.0)}
    free = estimate(TWO, 16, Plan(depth=0), BARE, **options)
    assert free.cost == pytest.approx((0.00416, 0.01616))  # 160 in; 400 and 1,600 out
    capped = estimate(TWO, 16, Plan(depth=0), BARE, **options, token_limit=600, cost_limit=0.003)
    assert capped.tokens == (560, 600)
    assert capped.cost == (0.003, 0.003)
    assert str(capped) == (
        "up to 16 responses over 2 questions, about 560 to 600 tokens, 0.003 to 0.003 in money"
    )


def test_the_user_is_asked_about_a_run_that_may_cost_much():
    seen = []
    for answer in (True, False):
        model = dn.ScriptedModel(lambda r: "The answer is 1.")
        options = {
            "budget": 4,
            "model": model,
            "prices": (100.0, 100.0),
            "confirm_above": 0.001,
            "confirm": lambda estimate, answer=answer: seen.append(estimate) or answer,
        }
        if answer:
            assert len(dn.run(["q"], **options).responses) == 4
        else:
            with pytest.raises(
                dn.InputError,
                match="cancelled: up to 4 responses over 1 question, about .* tokens, .* in money",
            ):
                dn.run(["q"], **options)
            assert model.requests == []
    low, high = seen[0].cost
    assert 0.001 < low < high
