"""One run's place in a store: on disk before it is counted, resumed, and reused by others."""

import asyncio

import pytest
from gated import GatedModel, make_run, until

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError, StoreError, UnknownName
from dynscaling_nb.events import Drawn
from dynscaling_nb.storage.recorder import Entry, RunRecorder, StoreCache, family_key, prompt_key

THREE = ["a?", "b?", "c?"]


def by_seed(**settings):
    return dn.ScriptedModel(lambda r: f"thought\nThe answer is {r.seeds[0] % 3}.", **settings)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.sqlite"


def parts(result):
    """What two runs of the same responses have in common."""
    responses = [r.to_json() for r in result.responses]
    return result.answers, result.confidence, result.pulls, responses


async def test_a_response_is_on_disk_before_it_is_counted(path):
    def observer(event):
        if isinstance(event, Drawn):
            (run,) = dn.runs(path)
            assert event.response in dn.Store(path).responses(run.id)
            spent.append(run.spent)

    spent = []
    await dn.arun(
        THREE, budget=12, model=by_seed(), store=path, observers=[observer], concurrency=1
    )
    assert spent == list(range(1, 13))


def stopped_at(path, number, **options):
    """A run that was stopped at this number of its pulls."""

    def observer(event):
        if isinstance(event, Drawn) and event.pull.number == number:
            handle.stop()

    async def go():
        nonlocal handle
        handle = dn.start(
            THREE,
            budget=60,
            model=by_seed(),
            store=path,
            observers=[observer],
            concurrency=3,
            **options,
        )
        return await handle

    handle = None
    return asyncio.run(go())


@pytest.mark.parametrize(
    ("policy", "stop"), [("default", None), ("paper", None), ("thompson", None), ("uniform", "ac")]
)
def test_a_stopped_run_goes_on_where_it_was(path, policy, stop):
    options = {"policy": policy, "stop": stop}
    first = stopped_at(path, 17, **options)
    assert first.stopped == "user"
    model = by_seed()
    second = dn.run(THREE, budget=60, model=model, store=path, resume=True, **options)
    assert second.run == first.run
    assert second.resumed == len(first.responses)
    assert [r.text for r in second.responses[: second.resumed]] == [r.text for r in first.responses]
    assert sum(request.n for request in model.requests) == len(second.responses) - second.resumed
    assert len(second.responses) == 60 or stop == "ac"
    assert len({(r.query_id, r.index) for r in second.responses}) == len(second.responses)
    assert [r.index for r in second.responses_to("1")] == list(range(second.pulls[0]))
    assert second.seed == first.seed
    assert len(dn.runs(path)) == 1
    assert "drawn before" in second.summary()


def test_a_finished_run_is_not_drawn_again_and_more_budget_is_added_to_it(path):
    first = dn.run(THREE, budget=12, model=by_seed(), store=path)
    model = by_seed()
    again = dn.run(THREE, budget=12, model=model, store=path, resume=True)
    assert model.requests == []
    assert parts(first) == parts(again)
    more = dn.run(THREE, budget=20, model=model, store=path, resume=first.run)
    assert (len(more.responses), more.resumed) == (20, 12)
    with pytest.raises(InputError, match=r"20 responses already, more than the budget of 19"):
        dn.run(THREE, budget=19, model=model, store=path, resume=True)


def test_other_questions_models_or_seeds_begin_a_run_of_their_own(path):
    first = dn.run(THREE, budget=6, model=by_seed(), store=path, seed=1)
    for questions, options in (
        (["a?", "b?"], {}),
        (THREE, {"seed": 2}),
        (THREE, {"depth": 2}),
        (THREE, {"template": dn.Template(system="hm")}),
    ):
        other = dn.run(questions, budget=6, model=by_seed(), store=path, resume=True, **options)
        assert (other.resumed, other.run != first.run) == (0, True)
    assert len(dn.runs(path)) == 5
    with pytest.raises(InputError, match="other que"):
        dn.run(["z?"], budget=6, model=by_seed(), store=path, resume=first.run)
    with pytest.raises(UnknownName, match="unknown run 'nothing'"):
        dn.run(THREE, budget=6, model=by_seed(), store=path, resume="nothing")


def test_a_class_runs_on_one_recorded_set(path):
    options = {"budget": 30, "store": path, "seed": 5, "concurrency": 1}
    first = dn.run(THREE, model=by_seed(), **options)
    model = dn.ScriptedModel(lambda r: dn.ModelError("nothing is to be drawn"))
    again = dn.run(THREE, model=model, reuse=True, **options)
    assert model.requests == []
    assert (again.answers, again.pulls) == (first.answers, first.pulls)
    assert all(r.reused for r in again.responses)
    assert again.usage == dn.Usage()
    assert "30 responses came from the store" in again.report()
    third = dn.run(THREE, model=model, reuse=True, **options)  # a reused response has no copy
    assert [r.text for r in third.responses] == [r.text for r in first.responses]


async def test_a_run_that_two_kernels_want_is_drawn_by_one(path):
    model = GatedModel()
    handle = dn.start(THREE, budget=60, model=model, store=path)
    await until(lambda: model.waiting)
    twin = GatedModel()
    with pytest.raises(InputError, match="is going on in another kernel or cell"):
        await dn.arun(THREE, budget=60, model=twin, store=path, resume=handle.run.recorder.run)
    handle.stop()
    await handle
    assert not list(path.parent.glob("*.lock"))


def test_a_recorder_writes_its_run_once_and_its_end(path):
    recorder = RunRecorder(dn.Store(path), queries=[dn.Query("1", "a?")], model="m", seed=3)
    response = dn.Response("1", 0, "parallel", "text", "7", ())
    for budget in (5, 6):
        with recorder.open(budget, "flip"):
            recorder.keep([Entry(0, "key", response)])
            assert len(recorder.responses) == budget - 4
            recorder.end("user", "it broke", budget)
    (run,) = dn.runs(path)
    assert (run.id, run.model, run.policy, run.budget) == (recorder.run, "m", "flip", 6)
    assert (run.queries, run.spent, run.seed, run.stopped, run.error) == (
        1,
        2,
        3,
        "user",
        "it broke",
    )


def test_others_find_a_response_by_its_prompt_unless_it_was_reused_itself(path):
    recorder, cache = RunRecorder(dn.Store(path)), StoreCache(dn.Store(path))
    assert cache.get("key", 0) is None
    with recorder.open(5, "flip"):
        for text, reused in (("first", False), ("copy", True), ("second", False)):
            response = dn.Response("1", 0, "parallel", text, "7", (), reused=reused)
            recorder.keep([Entry(0, "key", response)])
    assert [cache.get("key", k).text for k in (0, 1)] == ["first", "second"]
    assert cache.get("key", 2) is None
    assert cache.get("key", 0).reused


def test_a_disk_that_is_full_ends_the_run_with_what_was_drawn(path):
    class Full(RunRecorder):
        def keep(self, entries):
            raise StoreError("the disk is full", "x")

    async def go():
        run = make_run(by_seed(), THREE, concurrency=1, recorder=Full(dn.Store(path)))
        await run.complete()
        return dn.Result.of(run)

    result = asyncio.run(go())
    assert (result.stopped, len(result.responses)) == ("error", 1)
    assert "the disk is full" in result.error


def test_keys_tell_models_questions_settings_and_prompts_apart():
    model, other = by_seed(), by_seed()
    other.name = "other"
    queries = [dn.Query("1", "a?")]
    message = ({"role": "user", "content": "a?"},)
    assert family_key(model, queries, 4) == family_key(by_seed(), queries, 4)
    families = {
        family_key(model, queries, 4),
        family_key(other, queries, 4),
        family_key(model, queries, 5),
        family_key(model, [dn.Query("1", "b?")], 4),
    }
    assert len(families) == 4
    assert prompt_key(model, message) != prompt_key(other, message)
