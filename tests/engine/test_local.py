"""The loop that keeps calls in flight: limits, order, failures, cancelled calls."""

import asyncio
import time

import pytest
from gated import GatedModel, make_run, until

import dynscaling_nb as dn
from dynscaling_nb.engine.limits import SpendLimits
from dynscaling_nb.engine.local import FAILURES_IN_A_ROW
from dynscaling_nb.events import Drawn, Failed, Finished, Started, Waiting
from dynscaling_nb.models.base import CallCancelled, ServerStats
from dynscaling_nb.records import Completion, Usage

FOUR = [f"q{i}" for i in range(4)]


def by_seed(request: dn.Request) -> str:
    """Every question has one answer, but for question 2, which has three."""
    return f"step\nThe answer is {request.seeds[0] % 3 if request.query.id == '2' else 7}."


def test_peak_in_flight_is_the_limit_and_the_budget_is_spent():
    model = dn.ScriptedModel(by_seed, delay=0.005)
    result = dn.run(FOUR, budget=40, model=model, concurrency=5, seed=1)
    assert model.peak == 5
    assert sum(result.pulls) == 40
    assert max(result.pulls) == result.pulls[1]  # the uncertain question got the most


async def test_a_changed_concurrency_is_obeyed():
    model = GatedModel()
    run = make_run(model, concurrency=5)
    task = asyncio.create_task(run.complete())
    await until(lambda: len(model.waiting) == 5)
    assert run.driver.requests_in_flight == 5
    run.change(concurrency=2)
    await model.let(4)
    await until(lambda: run.ledger.spent == 4 and len(model.waiting) == 2)
    run.change(concurrency=7)
    await until(lambda: len(model.waiting) == 7)
    run.stop()
    await task
    assert run.driver.requests_in_flight == 0


async def test_a_long_wait_of_the_server_is_told_once():
    class Waits(GatedModel):
        stats = ServerStats()

    model, seen = Waits(), []
    run = make_run(model, budget=1, queries=["a?"])
    run.subscribe(seen.append)
    task = asyncio.create_task(run.complete())
    await until(lambda: model.waiting)
    now = time.monotonic()
    for seconds in (3, 60, 60.5):  # too short, long, and hardly longer
        model.stats.waits_until = now + seconds
        run.signal.set()
        await until(lambda: not run.signal.is_set())
    await model.let(1)
    await task
    waits = [event.seconds for event in seen if isinstance(event, Waiting)]
    assert len(waits) == 1
    assert 50 < waits[0] <= 60


async def test_a_sampler_may_allow_fewer_requests_than_the_run():
    class Busy(GatedModel):
        def capacity(self, limit):
            return min(limit, 3)

    model = Busy()
    run = make_run(model, concurrency=8)
    task = asyncio.create_task(run.complete())
    await model.let(2)
    await until(lambda: run.ledger.spent == 2 and len(model.waiting) == 3)
    assert len(model.gates) == 2 + 3
    run.stop()
    await task


@pytest.mark.parametrize("policy", ["uniform", "ucb", "paper", "thompson", "voi", "okg", "default"])
def test_the_same_seed_gives_the_same_run(policy):
    def once():
        model = dn.ScriptedModel(by_seed)
        result = dn.run(FOUR, budget=50, model=model, policy=policy, seed=9)
        order = [(r.query_id, r.index, r.kind, r.sources) for r in result.responses]
        return result.pulls, result.answers, order

    assert once() == once()


async def test_calls_that_end_together_are_counted_in_the_order_of_their_pulls():
    numbers = []

    def observer(event):
        if isinstance(event, Drawn):
            numbers.append(event.pull.number)

    model = GatedModel()
    run = make_run(model, budget=8, concurrency=4, observers=[observer])
    task = asyncio.create_task(run.complete())
    await model.let(4, last_first=True)
    await model.let(4, last_first=True)
    await task
    assert numbers == [0, 1, 2, 3, 4, 5, 6, 7]


def test_warm_up_responses_share_a_request_where_the_model_takes_several():
    model = dn.ScriptedModel(by_seed, max_n=4)
    dn.run(FOUR, budget=32, model=model, seed=1)
    assert [r.n for r in model.requests[:4]] == [4, 4, 4, 4]


def test_under_a_limit_every_pull_has_a_request_of_its_own():
    model = dn.ScriptedModel(by_seed, max_n=4)
    dn.run(FOUR, budget=16, model=model, seed=1, token_limit=1000)
    assert [r.n for r in model.requests] == [1] * 16


def test_a_chained_request_holds_the_thoughts_of_its_sources():
    model = dn.ScriptedModel(lambda r: f"thought {r.index}\nThe answer is 1.")
    result = dn.run(["q"], budget=12, model=model, seed=1)
    chained = next(r for r in result.responses if r.kind == "chained")
    assert all(f"thought {i}" in chained.messages[2]["content"] for i in chained.sources)
    assert len(chained.sources) == 4


def test_every_response_of_every_question_has_a_sampling_seed_of_its_own():
    def seeds():
        model = dn.ScriptedModel(by_seed)
        dn.run(FOUR, budget=16, model=model, depth=0, policy="uniform", seed=5)
        return {(r.query.id, r.index): r.seeds[0] for r in model.requests}

    assert len(set(seeds().values())) == 16
    assert seeds() == seeds()


def test_failures_are_counted_and_are_not_answers():
    events = []
    script = {
        "1": ["The answer is 1."] * 9,
        "2": [dn.ModelError("busy")] + ["The answer is 2."] * 9,
    }
    model = dn.ScriptedModel(script)
    result = dn.run(["a", "b"], budget=8, model=model, observers=[events.append], seed=1)
    assert sum(result.pulls) == 8
    assert result.failures == sum(isinstance(e, Failed) for e in events) == 1


def test_many_failures_in_a_row_end_the_run():
    model = dn.ScriptedModel(lambda request: dn.ModelError("busy"))
    queries = [f"q{i}" for i in range(30)]
    with pytest.raises(dn.ModelUnavailable, match="20 calls in a row failed, the last: busy"):
        dn.run(queries, budget=90, model=model, concurrency=1)
    assert len(model.requests) == FAILURES_IN_A_ROW == 20


def test_a_success_between_failures_lets_the_run_go_on():
    calls = []

    def nearly_always_busy(request):
        calls.append(request)
        return "The answer is 1." if len(calls) % 20 == 0 else dn.ModelError("busy")

    model = dn.ScriptedModel(nearly_always_busy)
    result = dn.run([f"q{i}" for i in range(30)], budget=90, model=model, concurrency=1)
    assert len(calls) > 40
    assert "every question was set aside" in result.error


def test_a_reader_that_fails_ends_the_run_with_what_was_drawn():
    result = dn.run(FOUR, budget=8, model=dn.ScriptedModel(by_seed), extract=lambda text: {}[text])
    assert result.stopped == "error"
    assert "KeyError" in result.error
    assert result.responses


def test_a_bug_in_a_model_keeps_its_traceback():
    def bug(request):
        raise ZeroDivisionError("oops")

    with pytest.raises(ExceptionGroup) as caught:
        dn.run(["q"], budget=2, model=dn.ScriptedModel(bug))
    assert caught.group_contains(ZeroDivisionError)


class Metered(GatedModel):
    """Says of a cancelled call that it had used 10 tokens in and 3 out."""

    def bound(self, request):
        return Usage(10, 100)

    async def generate(self, request):
        try:
            await super().generate(request)
        except asyncio.CancelledError:
            raise asyncio.CancelledError(CallCancelled(Usage(10, 3, 1), counted=True)) from None
        return [Completion("The answer is 7.", usage=Usage(10, 20, 1))]


@pytest.mark.parametrize("limit", [None, 10_000])
async def test_what_a_cancelled_call_used_is_paid_for(limit):
    model = Metered()
    run = make_run(model, concurrency=3, limits=SpendLimits(limit))
    task = asyncio.create_task(run.complete())
    await model.let(1)
    await until(lambda: run.ledger.spent == 1 and len(model.waiting) == 3)
    run.stop()
    await task
    assert run.usage == Usage(10, 20, 1) + Usage(30, 9, 3)
    assert run.limits.tokens == 30 + 39
    assert run.ledger.in_flight == 0


@pytest.mark.parametrize("limit", [None, 10_000])
async def test_a_call_cancelled_while_a_judge_compares_is_paid_for_as_its_server_counted(limit):
    class Different(Metered):
        async def generate(self, request):
            await super().generate(request)
            return [Completion(f"The answer is {request.index}.", usage=Usage(10, 20, 1))]

    model, judge = Different(), GatedModel(lambda request: "no")
    run = make_run(
        model, ["q?"], concurrency=2, equivalence=dn.Judge(judge), limits=SpendLimits(limit)
    )
    task = asyncio.create_task(run.complete())
    await model.let(2)
    await until(lambda: len(judge.waiting) == 1)
    await until(lambda: run.ledger.spent == 1)
    await until(lambda: len(model.waiting) == 1)  # a third call is in flight
    run.stop()
    await task
    assert len(run.responses) == 1
    assert run.usage == Usage(10, 20, 1) + Usage(10, 20, 1) + Usage(10, 3, 1)
    assert run.limits.tokens == 30 + 30 + 13


async def test_calls_for_a_question_that_has_enough_are_cancelled_and_counted():
    model = GatedModel()
    run = make_run(
        model, ["q?"], budget=40, concurrency=8, stop=dn.FlipBelow(0.3), cancel_settled=True
    )
    task = asyncio.create_task(run.complete())
    await until(lambda: len(model.waiting) == 4)  # its warm-up
    await model.let(2)
    await until(task.done)
    assert (run.stopped, run.ledger.spent, run.counts["cancelled"]) == ("settled", 2, 2)
    assert run.ledger.in_flight == 0


def test_a_recording_that_runs_out_settles_the_run():
    model = dn.ReplayModel({"1": ["a"] * 3, "2": ["a", "b"]})
    result = dn.run(["x", "y"], budget=20, model=model)
    assert (result.pulls, result.stopped, result.error) == ([3, 2], "settled", None)


async def test_the_end_of_a_recording_is_no_failure():
    events = []
    model = dn.ReplayModel({"1": ["a"]})
    run = make_run(model, ["q?"], budget=9, observers=[events.append])
    await run.complete()  # eight pulls in flight at once find nothing
    assert (run.ledger.spent, run.failures, run.error) == (1, 0, None)
    assert (run.stopped, run.ledger.states) == ("settled", ["open"])
    assert [type(event) for event in events] == [Started, Drawn, Finished]


def test_a_replayed_pool_closes_where_its_recording_ends():
    model = dn.ReplayModel({"1": ["a", "a", None], "2": ["b"] * 5})
    result = dn.run(["x", "y"], budget=20, model=model, extract="text")
    assert result.pulls == [3, 5]
    assert result.answers == ["a", "b"]
