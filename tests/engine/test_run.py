"""What a user steers and what observers see: stop, pause, change, events, partial results."""

import asyncio
import itertools
import logging

import pytest
from gated import Clock, GatedModel, make_run, until

import dynscaling_nb as dn
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.errors import InputError
from dynscaling_nb.events import Drawn, Failed, Finished, Started
from dynscaling_nb.records import Usage

FOUR = [f"q{i}" for i in range(4)]


def by_seed(request: dn.Request) -> str:
    """Every question has one answer, but for question 2, which has three."""
    return f"step\nThe answer is {request.seeds[0] % 3 if request.query.id == '2' else 7}."


def at(moves):
    """An observer: `moves` maps numbers of pulls to what is then done with the run."""
    runs = []

    def observer(event):
        if isinstance(event, Started):
            runs.append(event.run)
        if isinstance(event, Drawn) and event.pull.number in moves:
            moves.pop(event.pull.number)(runs[0])

    return observer


class TestEnds:
    async def test_cancelling_keeps_what_was_drawn(self):
        drawn = []

        def observer(event):
            drawn.append(event)
            if len(drawn) == 30:
                task.cancel()

        model = dn.ScriptedModel(by_seed)
        task = asyncio.create_task(dn.arun(FOUR, budget=4000, model=model, observers=[observer]))
        result = await task
        assert result.stopped == "user"
        assert 0 < sum(result.pulls) == len(result.responses) < 4000

    async def test_stop_wakes_a_run_that_waits(self):
        model = GatedModel()
        run = make_run(model)
        task = asyncio.create_task(run.complete())
        await until(lambda: len(model.waiting) == 16)
        run.stop()
        await task
        assert (run.stopped, run.ledger.spent, run.ledger.in_flight) == ("user", 0, 0)

    async def test_a_paused_run_can_be_stopped(self):
        model = GatedModel()
        run = make_run(model)
        task = asyncio.create_task(run.complete())
        await until(lambda: model.waiting)
        run.pause()
        run.stop()
        await task
        assert run.stopped == "user"

    async def test_the_time_limit_ends_a_run(self):
        ticks = itertools.count()  # one second for each look at the clock
        run = make_run(
            dn.ScriptedModel(by_seed),
            budget=4000,
            concurrency=1,
            time_limit=5,
            clock=lambda: next(ticks),
        )
        await run.complete()
        assert (run.stopped, run.late, run.time) == ("user", True, 5)
        assert 0 < run.ledger.spent <= 5
        assert "the time limit of the run has passed." in dn.Result.of(run).report()

    def test_everything_settled_stops_early(self):
        model = dn.ScriptedModel(lambda r: "The answer is 7.")
        result = dn.run(FOUR, budget=400, model=model, stop="flip-below")
        assert result.stopped == "settled"
        assert sum(result.pulls) < 60

    async def test_a_run_whose_questions_all_fail_says_so_once(self):
        run = make_run(dn.ScriptedModel(lambda r: dn.ModelError("busy")), ["a?", "b?"], budget=20)
        await run.complete()
        assert run.stopped == "error"
        assert str(run.error) == (
            "every question was set aside after failing; the last failure: busy"
        )

    async def test_the_first_error_is_kept(self):
        run = make_run(dn.ScriptedModel(by_seed))
        run.end_with(dn.InputError("first"))
        run.end_with(dn.InputError("second"))
        assert str(run.error) == "first"
        await run.complete()
        assert run.error is None  # it was begun again


class TestSteering:
    def test_more_budget_given_during_a_run_is_spent(self):
        observer = at({10: lambda run: run.change(budget=60)})
        model = dn.ScriptedModel(by_seed)
        result = dn.run(FOUR, budget=40, model=model, concurrency=4, observers=[observer])
        assert (sum(result.pulls), result.budget, result.stopped) == (60, 60, "budget")

    def test_a_budget_never_falls_below_what_is_spent_and_in_flight(self):
        observer = at({10: lambda run: run.change(budget=1)})
        model = dn.ScriptedModel(by_seed)
        result = dn.run(FOUR, budget=400, model=model, concurrency=4, observers=[observer])
        assert 11 <= sum(result.pulls) == result.budget <= 15

    @pytest.mark.parametrize("changed", ["uniform", policy("uniform")])
    def test_a_policy_changed_during_a_run_decides_from_then_on(self, changed):
        options = {"budget": 120, "policy": "ucb", "c": 0.0, "concurrency": 1, "seed": 1}
        greedy = dn.run(FOUR, model=dn.ScriptedModel(by_seed), **options)
        observer = at({30: lambda run: run.change(policy=changed)})
        other = dn.run(FOUR, model=dn.ScriptedModel(by_seed), observers=[observer], **options)
        assert max(greedy.pulls) > 60
        assert max(other.pulls) <= 33
        assert (other.policy, greedy.policy) == ("uniform", "ucb")

    def test_another_plan_holds_from_the_next_pull_on(self):
        observer = at({19: lambda run: run.change(plan=Plan(depth=0))})
        model = dn.ScriptedModel(by_seed)
        result = dn.run(FOUR, budget=80, model=model, concurrency=1, observers=[observer])
        kinds = [r.kind for r in result.responses]
        assert "chained" in kinds[:20]
        assert "chained" not in kinds[20:]

    @pytest.mark.parametrize("rule", ["flip-below", dn.FlipBelow(0.05)])
    def test_a_stop_rule_can_be_set_during_a_run(self, rule):
        model = dn.ScriptedModel(lambda r: "The answer is 7.")
        observer = at({20: lambda run: run.change(stop=rule)})
        result = dn.run(FOUR, budget=400, model=model, concurrency=1, observers=[observer])
        assert result.stopped == "settled"
        assert 21 <= sum(result.pulls) < 60

    def test_a_stop_rule_can_be_taken_away_and_is_left_alone_otherwise(self):
        def total(move):
            model = dn.ScriptedModel(lambda r: "The answer is 7.")
            options = {"budget": 100, "stop": "flip-below", "concurrency": 1}
            result = dn.run(FOUR, model=model, observers=[at({5: move})], **options)
            return sum(result.pulls)

        assert total(lambda run: run.change(stop=None)) == 100
        assert total(lambda run: run.change(budget=100)) < 60

    def test_a_change_with_a_name_that_is_unknown_changes_nothing(self):
        run = make_run(dn.ScriptedModel(by_seed))
        with pytest.raises(dn.UnknownName, match="did you mean 'uniform'"):
            run.change(budget=99, policy="unifrm")
        with pytest.raises(dn.UnknownName, match="unknown stop rule"):
            run.change(budget=99, stop="never")
        assert run.ledger.budget == 40

    async def test_a_paused_run_draws_nothing_and_its_clock_stands_still(self):
        model, clock = GatedModel(), Clock()
        run = make_run(model, concurrency=4, clock=clock)
        task = asyncio.create_task(run.complete())
        await until(lambda: len(model.waiting) == 4)
        clock.now = 2.0
        run.pause()
        await model.let(4)
        await until(lambda: run.ledger.spent == 4)
        clock.now = 100.0
        assert (run.ledger.in_flight, len(model.gates)) == (0, 4)
        run.resume()
        await until(lambda: len(model.waiting) == 4)
        clock.now = 101.0
        run.stop()
        await task
        assert run.time == 3.0  # two seconds before the pause, one after it

    async def test_a_finished_run_goes_on_with_more_budget(self):
        first = dn.start(FOUR, budget=20, model=dn.ScriptedModel(by_seed))
        assert sum((await first).pulls) == 20
        first.run.change(budget=50)
        more = await dn.RunHandle(first.run)
        assert (sum(more.pulls), len(more.responses), more.stopped) == (50, 50, "budget")
        assert more.responses[:20] == first.result.responses

    def test_concurrency_is_at_least_one(self):
        run = make_run(dn.ScriptedModel(by_seed))
        with pytest.raises(InputError, match="at least 1 request in flight, got 0"):
            run.change(concurrency=0)


class TestEvents:
    async def test_an_observer_sees_every_event_in_order_and_can_stop_the_run(self):
        events = []

        def observer(event):
            events.append(event)
            if len(events) == 12:
                events[0].run.stop()

        model = dn.ScriptedModel(by_seed)
        result = await dn.arun(FOUR, budget=400, model=model, observers=[observer])
        assert result.stopped == "user"
        assert isinstance(events[0], Started)
        assert isinstance(events[-1], Finished)
        assert [e.response for e in events if isinstance(e, Drawn)] == list(result.responses)

    async def test_a_late_subscriber_hears_from_then_on(self):
        run, events = make_run(dn.ScriptedModel(by_seed), budget=8), []
        await run.complete()
        run.subscribe(events.append)
        run.change(budget=10)
        await run.complete()
        assert [type(event) for event in events] == [Started, Drawn, Drawn, Finished]

    def test_an_observer_that_breaks_costs_nothing(self, caplog):
        def broken(event):
            raise RuntimeError("no screen")

        model = dn.ScriptedModel(by_seed)
        assert sum(dn.run(FOUR, budget=8, model=model, observers=[broken]).pulls) == 8
        assert "no screen" in caplog.text

    def test_the_log_has_a_line_for_everything_that_happens(self, caplog):
        script = {"1": ["The answer is 1.", dn.ModelError("busy"), "The answer is 2."]}
        with caplog.at_level(logging.DEBUG, logger="dynscaling_nb"):
            dn.run(["a"], budget=2, model=dn.ScriptedModel(script), concurrency=1, depth=0)
        lines = [record.getMessage() for record in caplog.records if "engine" in record.name]
        assert lines[0] == "started questions=1 budget=2 model=scripted"
        assert lines[1].startswith(
            "drawn number=0 query='1' index=0 kind=parallel answer='1' seconds=0."
        )
        assert "failed number=1 query=0 index=1: busy" in lines
        assert lines[-1] == "finished stopped=error"  # its one question failed three times

    def test_failed_events_are_those_that_the_result_counts(self):
        events = []
        script = {"1": ["The answer is 1.", dn.ModelError("busy"), *["The answer is 2."] * 3]}
        result = dn.run(["a"], budget=3, model=dn.ScriptedModel(script), observers=[events.append])
        assert result.failures == sum(isinstance(event, Failed) for event in events) == 1


async def test_two_runs_at_once_do_not_disturb_each_other():
    async def alone(seed):
        return (await dn.arun(FOUR, budget=40, model=dn.ScriptedModel(by_seed), seed=seed)).pulls

    pair = [dn.start(FOUR, budget=40, model=dn.ScriptedModel(by_seed), seed=s) for s in (1, 2)]
    assert [(await handle).pulls for handle in pair] == [await alone(1), await alone(2)]


async def test_responses_carry_the_time_of_the_run_at_which_they_came():
    model, clock = GatedModel(), Clock()
    run = make_run(model, budget=4, concurrency=2, clock=clock)
    task = asyncio.create_task(run.complete())
    for second in (3.0, 4.5):
        await until(lambda: len(model.waiting) == 2)
        clock.now = second
        await model.let(2)
        await until(lambda: not model.waiting)
        await until(lambda second=second: run.ledger.in_flight == 0 or len(model.waiting) == 2)
    await task
    assert [r.at for r in run.responses] == [3.0, 3.0, 4.5, 4.5]
    assert run.usage == Usage(4, 4, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"queries": []}, "no questions"),
        ({"queries": ["a", "  "]}, "2 is blank"),
        (
            {"queries": [{"id": 1, "text": "a"}, {"id": 1, "text": "b"}]},
            "the id '1' has more than one question",
        ),
        ({"queries": [7]}, "1 must be a string"),
        ({"budget": 0}, "got 0"),
        ({"policy": "greedy"}, "unknown policy 'greedy'"),
        ({"concurrency": 0}, "concurrency must be a positive whole number"),
        ({"extract": "numbr"}, "did you mean 'number'"),
        ({"model": None, "base_url": "http://x/v1"}, "name the model"),
    ],
)
def test_bad_input_is_refused_in_one_line_before_anything_is_drawn(options, message):
    model = dn.ScriptedModel(by_seed)
    with pytest.raises(dn.InputError, match=message) as caught:
        dn.run(**{"queries": FOUR, "budget": 8, "model": model, **options})
    assert "\n" not in str(caught.value)
    assert model.requests == []
