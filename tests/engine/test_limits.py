"""Limits in every unit hold for any mix of successes, failures, retries, pauses, stops and added budget."""

import asyncio
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

import dynscaling_nb as dn
from dynscaling_nb.engine.limits import SpendLimits, charged
from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Completion, Usage

PRICES = (1.5, 6.0, 0.3)


def test_a_limit_counts_what_is_reserved():
    purse = SpendLimits(tokens=100)
    assert purse.reserve(Usage(40, 20))
    assert not purse.reserve(Usage(40, 1))
    purse.give_back(Usage(40, 20))
    purse.spend(Usage(10, 5))
    assert purse.tokens == 15
    assert purse.reserve(Usage(40, 45))
    assert not purse.reserve(Usage(1, 0))


def test_money_is_exact_and_cached_tokens_have_their_price():
    purse = SpendLimits(money=0.3, prices=PRICES)
    for _ in range(3):
        assert purse.reserve(Usage(0, 16_000)) or purse.money
        purse.spend(Usage(20_000, 11_000, cached_tokens=10_000))
        purse.give_back(Usage(0, 16_000))
    each = Fraction(15, 10) * 10_000 + Fraction(3, 10) * 10_000 + 6 * 11_000
    assert purse.money == float(3 * each / 10**6)
    assert Usage(20_000, 11_000, cached_tokens=10_000).cost(PRICES) == pytest.approx(
        float(each / 10**6)
    )
    assert Usage(20_000, 0, cached_tokens=10_000).cost((1.5, 6.0)) == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"tokens": 0}, "budget in tokens must be positive"),
        ({"money": -1, "prices": PRICES}, "budget in money must be positive"),
        ({"money": 1}, "needs prices"),
        ({"prices": (1,)}, "prices must be"),
        ({"prices": (1, -1)}, "prices must be"),
        ({"tokens": 10, "model": dn.OpenAIModel("m", "http://127.0.0.1:1/v1")}, "max_tokens="),
        ({"money": 5, "prices": PRICES, "confirm_above": 1e-9}, "may cost more than 1e-09"),
        ({"confirm_above": 1}, "needs prices"),
        ({"deadline": 0}, "deadline must be"),
    ],
)
def test_bad_limits_are_refused_before_anything_is_sent(settings, says):
    model = dn.ScriptedModel(lambda r: "The answer is 1.")
    with pytest.raises(InputError, match=says):
        dn.run(["q"], budget=4, **{"model": model, **settings})
    assert model.requests == []


def test_a_run_that_may_cost_much_is_asked_about():
    seen = []
    for answer in (True, False):
        model = dn.ScriptedModel(lambda r: "The answer is 1.")
        options = {
            "budget": 4,
            "model": model,
            "prices": (100.0, 100.0),
            "confirm_above": 0.001,
            "confirm": lambda e: seen.append(e) or answer,
        }
        if answer:
            assert len(dn.run(["q"], **options).responses) == 4
        else:
            with pytest.raises(
                InputError,
                match="not begun: up to 4 responses over 1 query, about .* tokens, .* in money",
            ):
                dn.run(["q"], **options)
            assert model.requests == []
    low, high = seen[0].cost
    assert 0.001 < low < high


@given(bound=st.tuples(*[st.integers(1, 1000)] * 2), used=st.tuples(*[st.integers(0, 5000)] * 3))
def test_what_a_call_counts_as_is_never_more_than_its_bound(bound, used):
    found = charged(Usage(*bound), Usage(used[0], used[1], 1, cached_tokens=used[2]))
    assert 0 < found.prompt_tokens <= bound[0]
    assert 0 < found.completion_tokens <= bound[1]
    assert found.cached_tokens <= found.prompt_tokens


class Erratic(dn.ScriptedModel):
    """Takes its turns from a list: how many tokens a call used, or None for one that fails."""

    def __init__(self, turns, most):
        super().__init__(lambda r: f"The answer is {r.index % 2}.", max_n=most)
        self.turns = turns
        self.calls = 0

    def bound(self, request):
        return Usage(10, 20 * request.n)

    async def generate(self, request):
        self.calls += 1
        await asyncio.sleep(0)
        turn = self.turns[self.calls % len(self.turns)]
        if turn is None:
            raise dn.ModelError("no")
        found = await super().generate(request)
        return [
            Completion(c.text, usage=Usage(turn[0] if i == 0 else 0, turn[1], 1))
            for i, c in enumerate(found[: turn[2]])
        ]


TURNS = st.lists(
    st.none() | st.tuples(st.integers(-3, 30), st.integers(0, 60), st.integers(1, 4)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(
    turns=TURNS,
    budget=st.integers(3, 60),
    tokens=st.none() | st.integers(1, 900),
    money=st.none() | st.floats(1e-6, 3e-3),
    concurrency=st.integers(1, 9),
    most=st.integers(1, 4),
    policy=st.sampled_from(["default", "paper", "thompson", "uniform+esc"]),
    moves=st.lists(st.sampled_from(["pause", "resume", "stop", "more", "less"]), max_size=4),
    again=st.booleans(),
)
def test_no_unit_is_ever_exceeded_and_every_vote_is_counted_once(
    turns, budget, tokens, money, concurrency, most, policy, moves, again
):
    todo = list(moves)

    def observer(event):
        run = handle.run
        ledger, purse = run.ledger, run.purse
        assert ledger.spent + ledger.in_flight <= ledger.budget
        assert tokens is None or purse.tokens <= tokens
        assert money is None or purse.money <= money
        if type(event).__name__ in ("Drawn", "Failed") and todo:
            match todo.pop():
                case "pause":
                    run.pause()
                    asyncio.get_running_loop().call_later(0.001, run.resume)
                case "stop":
                    run.stop()
                case "more":
                    run.change(budget=ledger.budget + 5)
                case "less":
                    run.change(budget=3)

    async def go():
        nonlocal handle
        handle = dn.start(
            ["a", "b", "c"],
            budget=budget,
            model=Erratic(turns, most),
            token_limit=tokens,
            cost_limit=money,
            prices=PRICES,
            concurrency=concurrency,
            policy=policy,
            seed=1,
            observers=[lambda event: handle and watched.append(observer(event))],
        )
        try:
            await handle
        except dn.ModelError:
            pass
        if again:
            handle.run.change(budget=handle.run.ledger.budget + 4)
            await handle.run.complete()
        return handle.run

    handle, watched = None, []
    run = asyncio.run(go())
    assert run.ledger.in_flight == 0
    assert (
        run.ledger.spent
        == len(run.responses)
        == sum(votes.cast + votes.unread for votes in run.ledger.votes)
    )
    used = sum((r.usage for r in run.responses), Usage())
    assert used == run.usage
    if run.purse.limited:
        assert run.purse.tokens == used.prompt_tokens + used.completion_tokens
    assert len({(r.query_id, r.index) for r in run.responses}) == len(run.responses)
    assert len(watched) >= len(run.responses)
