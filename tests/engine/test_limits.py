"""Limits in tokens and money hold for any mix of successes, failures, pauses and stops."""

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
    limits = SpendLimits(token_limit=100)
    assert limits.reserve(Usage(40, 20))
    assert not limits.reserve(Usage(40, 1))
    assert limits.exhausted
    limits.release(Usage(40, 20))
    assert not limits.exhausted
    limits.spend(Usage(10, 5))
    assert limits.tokens == 15
    assert limits.reserve(Usage(40, 45))
    assert not limits.reserve(Usage(1, 0))


def test_money_is_exact_and_cached_tokens_have_their_price():
    limits = SpendLimits(cost_limit=0.3, prices=PRICES)
    used = Usage(20_000, 11_000, cached_tokens=10_000)
    for _ in range(3):
        assert limits.reserve(Usage(0, 16_000)) or limits.cost
        limits.spend(used)
        limits.release(Usage(0, 16_000))
    each = Fraction(15, 10) * 10_000 + Fraction(3, 10) * 10_000 + 6 * 11_000
    assert limits.cost == float(3 * each / 10**6)
    assert used.cost(PRICES) == pytest.approx(float(each / 10**6))
    assert Usage(20_000, 0, cached_tokens=10_000).cost((1.5, 6.0)) == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"token_limit": 0}, "token_limit must be .*, got 0"),
        ({"cost_limit": -1, "prices": PRICES}, "cost_limit must be .*, got -1"),
        ({"cost_limit": 1}, "cost_limit needs prices"),
        ({"prices": (1,)}, "prices must be"),
        ({"prices": (1, -1)}, "prices must be"),
        (
            {"token_limit": 10, "model": dn.OpenAIModel("m", "http://127.0.0.1:1/v1")},
            "max_tokens",
        ),
        ({"cost_limit": 5, "prices": PRICES, "confirm_above": 1e-9}, "may cost more than 1e-09"),
        ({"confirm_above": 1}, "needs prices"),
        ({"time_limit": 0}, "time_limit must be"),
    ],
)
def test_bad_limits_are_refused_before_anything_is_sent(options, message):
    model = dn.ScriptedModel(lambda r: "The answer is 1.")
    with pytest.raises(InputError, match=message):
        dn.run(["q"], budget=4, **{"model": model, **options})
    assert model.requests == []


@given(bound=st.tuples(*[st.integers(1, 1000)] * 2), used=st.tuples(*[st.integers(0, 5000)] * 3))
def test_a_call_is_never_charged_more_than_its_bound(bound, used):
    charge = charged(Usage(*bound), Usage(used[0], used[1], 1, cached_tokens=used[2]))
    assert 0 < charge.prompt_tokens <= bound[0]
    assert 0 < charge.completion_tokens <= bound[1]
    assert charge.cached_tokens <= charge.prompt_tokens


class Erratic(dn.ScriptedModel):
    """Takes turns from a list: what a call used, how many completions came; None fails."""

    def __init__(self, turns, max_n):
        super().__init__(lambda r: f"The answer is {r.index % 2}.", max_n=max_n)
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
        prompt, completion, count = turn
        completions = (await super().generate(request))[:count]
        return [
            Completion(c.text, usage=Usage(prompt if i == 0 else 0, completion, 1))
            for i, c in enumerate(completions)
        ]


class Watcher:
    """Checks the limits at every event, and makes a move at every response or failure."""

    def __init__(self, moves, token_limit, cost_limit):
        self.moves = list(moves)
        self.token_limit = token_limit
        self.cost_limit = cost_limit
        self.run = None
        self.events = 0

    def __call__(self, event):
        self.run = getattr(event, "run", self.run)
        self.events += 1
        self.check()
        if type(event).__name__ in ("Drawn", "Failed") and self.moves:
            self.move(self.moves.pop())

    def check(self):
        ledger, limits = self.run.ledger, self.run.limits
        assert ledger.spent + ledger.in_flight <= ledger.budget
        assert self.token_limit is None or limits.tokens <= self.token_limit
        assert self.cost_limit is None or limits.cost <= self.cost_limit

    def move(self, name):
        if name == "pause":
            self.run.pause()
            asyncio.get_running_loop().call_soon(self.run.resume)
        elif name == "stop":
            self.run.stop()
        elif name == "more":
            self.run.change(budget=self.run.ledger.budget + 5)
        else:
            self.run.change(budget=3)


TURNS = st.lists(
    st.none() | st.tuples(st.integers(-3, 30), st.integers(0, 60), st.integers(1, 4)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    turns=TURNS,
    budget=st.integers(3, 60),
    token_limit=st.none() | st.integers(1, 900),
    cost_limit=st.none() | st.floats(1e-6, 3e-3),
    concurrency=st.integers(1, 9),
    max_n=st.integers(1, 4),
    rules=st.sampled_from(
        [("default", None), ("paper", None), ("thompson", None), ("uniform", "esc")]
    ),
    moves=st.lists(st.sampled_from(["pause", "stop", "more", "less"]), max_size=4),
    again=st.booleans(),
)
def test_no_limit_is_ever_exceeded_and_every_vote_is_counted_once(
    turns, budget, token_limit, cost_limit, concurrency, max_n, rules, moves, again
):
    watcher = Watcher(moves, token_limit, cost_limit)

    async def go():
        handle = dn.start(
            ["a", "b", "c"],
            budget=budget,
            model=Erratic(turns, max_n),
            token_limit=token_limit,
            cost_limit=cost_limit,
            prices=PRICES,
            concurrency=concurrency,
            policy=rules[0],
            stop=rules[1],
            seed=1,
            observers=[watcher],
        )
        try:
            await handle
        except dn.ModelError:
            pass
        if again:
            handle.run.change(budget=handle.run.ledger.budget + 4)
            await handle.run.complete()
        return handle.run

    run = asyncio.run(go())
    assert run.ledger.in_flight == 0
    votes = sum(votes.cast + votes.unread for votes in run.ledger.votes)
    assert run.ledger.spent == len(run.responses) == votes
    drawn = sum((r.usage for r in run.responses), Usage())
    assert drawn.completion_tokens <= run.usage.completion_tokens
    if "stop" not in moves:  # nothing was cancelled
        assert drawn == run.usage
    if run.limits.limited:
        assert run.limits.tokens == run.usage.prompt_tokens + run.usage.completion_tokens
    assert len({(r.query_id, r.index) for r in run.responses}) == len(run.responses)
    assert watcher.events >= len(run.responses)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "token_limit must be positive, got 0"),
        ((None, -1.0, PRICES), r"cost_limit must be positive, got -1\.0"),
        ((None, 1.0), "cost_limit needs prices"),
        ((None, None, (1.0, 2.0, 3.0, 4.0)), "prices must be .* got"),
    ],
)
def test_limits_check_themselves(arguments, message):
    with pytest.raises(InputError, match=message):
        SpendLimits(*arguments)
