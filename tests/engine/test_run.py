"""The loop: limits, order, partial results, events."""

import asyncio

import pytest

import dynscaling_nb as dn
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.errors import InputError
from dynscaling_nb import RecordedQuery, replay
from dynscaling_nb.events import Drawn, Failed, Finished, Started

FOUR = [f"q{i}" for i in range(4)]


def spread(request: dn.Request) -> str:
    return f"step\nThe answer is {request.seeds[0] % 3 if request.query.id == '2' else 7}."


def test_peak_in_flight_is_the_limit_and_the_budget_is_spent():
    model = dn.ScriptedModel(spread, delay=0.005)
    result = dn.run(FOUR, budget=40, model=model, concurrency=5, seed=1)
    assert model.peak == 5
    assert sum(result.pulls) == 40
    assert max(result.pulls) == result.pulls[1]  # the uncertain query got the most


@pytest.mark.parametrize("policy", ["uniform", "ucb", "paper", "thompson", "voi", "okg", "default"])
def test_the_same_seed_gives_the_same_run(policy):
    def once():  # no delay: with sixteen in flight, what a policy knows depends on the order in which responses arrive
        result = dn.run(FOUR, budget=50, model=dn.ScriptedModel(spread), policy=policy, seed=9)
        return (
            result.pulls,
            result.answers,
            [(r.query_id, r.index, r.kind, r.sources) for r in result.responses],
        )

    assert once() == once()


def test_warm_up_responses_share_a_request_where_the_model_takes_several():
    model = dn.ScriptedModel(spread, max_n=4)
    dn.run(FOUR, budget=32, model=model, seed=1)
    assert [r.n for r in model.requests[:4]] == [4, 4, 4, 4]


def test_a_chained_request_holds_the_thoughts_of_its_sources():
    model = dn.ScriptedModel(lambda r: f"thought {r.index}\nThe answer is 1.")
    result = dn.run(["q"], budget=12, model=model, seed=1)
    chained = next(r for r in result.responses if r.kind == "chained")
    assert all(f"thought {i}" in chained.messages[2]["content"] for i in chained.sources)
    assert len(chained.sources) == 4


async def test_cancelling_keeps_what_was_drawn():
    task = asyncio.create_task(
        dn.arun(FOUR, budget=4000, model=dn.ScriptedModel(spread, delay=0.02))
    )
    await asyncio.sleep(0.3)
    task.cancel()
    result = await task
    assert result.stopped == "user"
    assert 0 < sum(result.pulls) == len(result.responses) < 4000


async def test_a_view_can_stop_the_run_and_sees_every_event_in_order():
    events = []

    def observer(event):
        events.append(event)
        if isinstance(event, Drawn) and len(events) > 10:
            events[0].run.stop()

    result = await dn.arun(
        FOUR, budget=400, model=dn.ScriptedModel(spread, delay=0.001), observers=[observer]
    )
    assert result.stopped == "user"
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert [e.response for e in events if isinstance(e, Drawn)] == list(result.responses)


def test_a_view_that_breaks_costs_nothing(caplog):
    def broken(event):
        raise RuntimeError("no screen")

    assert (
        sum(dn.run(FOUR, budget=8, model=dn.ScriptedModel(spread), observers=[broken]).pulls) == 8
    )
    assert "no screen" in caplog.text


def test_failures_are_counted_and_not_answers():
    events = []
    script = {
        "1": ["The answer is 1."] * 9,
        "2": [dn.ModelError("busy")] + ["The answer is 2."] * 9,
    }
    result = dn.run(
        ["a", "b"], budget=8, model=dn.ScriptedModel(script), observers=[events.append], seed=1
    )
    assert sum(result.pulls) == 8
    assert result.failures == sum(isinstance(e, Failed) for e in events) == 1


def test_a_readers_bug_ends_the_run_with_what_was_drawn():
    result = dn.run(FOUR, budget=8, model=dn.ScriptedModel(spread), extract=lambda text: {}[text])
    assert result.stopped == "error"
    assert "extract failed" in result.error
    assert result.responses


def test_everything_settled_stops_early():
    result = dn.run(
        FOUR, budget=400, model=dn.ScriptedModel(lambda r: "The answer is 7."), stop="flip-below"
    )
    assert result.stopped == "settled"
    assert sum(result.pulls) < 60


def test_a_bug_in_a_model_keeps_its_traceback():
    def bug(request):
        raise ZeroDivisionError("oops")

    with pytest.raises(ExceptionGroup) as caught:
        dn.run(["q"], budget=2, model=dn.ScriptedModel(bug))
    assert caught.group_contains(ZeroDivisionError)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"queries": []}, "no questions"),
        ({"queries": ["a", "  "]}, "question 2 is blank"),
        (
            {"queries": [{"id": 1, "text": "a"}, {"id": 1, "text": "b"}]},
            "the id '1' has more than one question",
        ),
        ({"queries": [7]}, "question 1 must be a string"),
        ({"budget": 0}, "got 0"),
        ({"policy": "greedy"}, "unknown policy 'greedy'"),
        ({"concurrency": 0}, "concurrency must be a positive whole number"),
        ({"extract": "numbr"}, "did you mean 'number'"),
        ({"model": None, "base_url": "http://x/v1"}, "name the model"),
    ],
)
def test_bad_input_is_refused_in_one_line_before_anything_is_drawn(given, says):
    model = dn.ScriptedModel(spread)
    with pytest.raises(dn.InputError, match=says) as caught:
        dn.run(**{"queries": FOUR, "budget": 8, "model": model, **given})
    assert "\n" not in str(caught.value)
    assert model.requests == []


def test_a_replayed_pool_closes_where_its_recording_ends():
    model = dn.ReplayModel({"1": ["a", "a", None], "2": ["b"] * 5})
    result = dn.run(["x", "y"], budget=20, model=model, extract="text")
    assert result.pulls == [3, 5]
    assert result.answers == ["a", "b"]


def test_replay_is_seeded_and_the_bandit_beats_uniform_where_queries_differ():
    easy = [RecordedQuery(f"e{i}", "a", ("a",) * 40) for i in range(20)]
    hard = [RecordedQuery(f"h{i}", "a", ("a", "a", "a", "b", "c") * 8) for i in range(20)]
    found = {name: replay([*easy, *hard], name, 6, repeats=10) for name in ("uniform", "default")}
    assert found["default"].accuracy > found["uniform"].accuracy
    assert found["default"] == replay([*easy, *hard], "default", 6, repeats=10)
    assert found["uniform"].mean_pulls == 6


def watching(do):
    """A view that acts when so many responses were drawn: `do` maps that number to what it does with the run."""
    seen = {}

    def view(event):
        if isinstance(event, Started):
            seen["run"] = event.run
        if isinstance(event, Drawn) and (act := do.pop(event.pull.number, None)):
            act(seen["run"])

    return view


def test_more_budget_given_during_a_run_is_spent():
    view = watching({10: lambda run: run.change(budget=60)})
    result = dn.run(
        FOUR, budget=40, model=dn.ScriptedModel(spread), concurrency=4, observers=[view]
    )
    assert (sum(result.pulls), result.budget, result.stopped) == (60, 60, "budget")


def test_a_budget_never_falls_below_what_is_spent_and_in_flight():
    view = watching({10: lambda run: run.change(budget=1)})
    result = dn.run(
        FOUR,
        budget=400,
        model=dn.ScriptedModel(spread, delay=0.001),
        concurrency=4,
        observers=[view],
    )
    assert 11 <= sum(result.pulls) == result.budget <= 15


def test_a_policy_changed_during_a_run_decides_from_then_on():
    view = watching({30: lambda run: run.change(policy=policy("uniform"))})
    greedy = dn.run(
        FOUR, budget=120, model=dn.ScriptedModel(spread), policy="ucb", c=0.0, concurrency=1, seed=1
    )
    changed = dn.run(
        FOUR,
        budget=120,
        model=dn.ScriptedModel(spread),
        policy="ucb",
        c=0.0,
        concurrency=1,
        seed=1,
        observers=[view],
    )
    assert max(greedy.pulls) > 60
    assert max(changed.pulls) <= 33
    assert (changed.policy, greedy.policy) == ("uniform", "ucb")


def test_another_plan_holds_from_the_next_pull_on():
    view = watching({19: lambda run: run.change(plan=Plan(depth=0))})
    result = dn.run(
        FOUR, budget=80, model=dn.ScriptedModel(spread), concurrency=1, observers=[view]
    )
    kinds = [r.kind for r in result.responses]
    assert "chained" in kinds[:20]
    assert "chained" not in kinds[20:]


async def test_a_paused_run_draws_nothing_until_it_is_resumed():
    handle = dn.start(FOUR, budget=400, model=dn.ScriptedModel(spread, delay=0.01), concurrency=4)
    await asyncio.sleep(0.2)
    handle.pause()
    await asyncio.sleep(0.1)
    drawn, seconds = handle.run.ledger.spent, handle.run.time
    await asyncio.sleep(0.3)
    assert (handle.run.ledger.spent, handle.run.ledger.in_flight) == (drawn, 0)
    assert handle.run.time == seconds
    assert "paused" in repr(handle)
    handle.resume()
    await asyncio.sleep(0.2)
    assert handle.run.ledger.spent > drawn
    handle.stop()
    result = await handle
    assert handle.done
    assert result is handle.result
    assert result.stopped == "user"


async def test_a_stopped_pause_ends_at_once():
    handle = dn.start(FOUR, budget=400, model=dn.ScriptedModel(spread, delay=0.01))
    await asyncio.sleep(0.1)
    handle.pause()
    handle.stop()
    assert (await asyncio.wait_for(handle, 0.5)).stopped == "user"


async def test_a_finished_run_goes_on_with_more_budget():
    first = dn.start(FOUR, budget=20, model=dn.ScriptedModel(spread))
    assert sum((await first).pulls) == 20
    first.run.change(budget=50)
    more = await dn.RunHandle(first.run)
    assert (sum(more.pulls), len(more.responses), more.stopped) == (50, 50, "budget")
    assert more.responses[:20] == first.result.responses


async def test_two_runs_at_once_do_not_disturb_each_other():
    async def alone(seed):
        return (await dn.arun(FOUR, budget=40, model=dn.ScriptedModel(spread), seed=seed)).pulls

    pair = [dn.start(FOUR, budget=40, model=dn.ScriptedModel(spread), seed=seed) for seed in (1, 2)]
    assert [(await handle).pulls for handle in pair] == [await alone(1), await alone(2)]


async def test_a_handle_says_at_once_what_is_wrong_with_the_input():
    with pytest.raises(InputError, match="positive whole number"):
        dn.start(FOUR, budget=0)


async def test_giving_up_the_wait_leaves_a_background_run_running():
    handle = dn.start(FOUR, budget=20, model=dn.ScriptedModel(spread, delay=0.02), concurrency=2)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(handle, 0.05)
    assert handle.result is None
    assert sum((await handle).pulls) == 20


def test_a_recording_that_runs_out_settles_the_run():
    model = dn.ReplayModel({"1": ["a"] * 3, "2": ["a", "b"]})
    result = dn.run(["x", "y"], budget=20, model=model)
    assert (result.pulls, result.stopped, result.error) == ([3, 2], "settled", None)


def test_responses_know_when_they_came():
    result = dn.run(FOUR, budget=12, model=dn.ScriptedModel(spread, delay=0.01), concurrency=4)
    times = [r.at for r in result.responses]
    assert times == sorted(times)
    assert 0.01 <= times[0] <= times[-1] <= result.time
