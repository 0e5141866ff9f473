"""Runs of the past: the list of a store, and their results."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError, StoreError, UnknownName
from dynscaling_nb.storage.sqlite import StoredResponses, default_path

QUERIES = [{"id": "x", "text": "a?", "gold": "1.0"}, {"text": "b?", "prior": {"2": 3}}]


def by_seed(request):
    return f"thought\nThe answer is {request.seeds[0] % 3}."


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.sqlite"


def fields(result):
    """What a result and its loaded twin have in common."""
    return {
        "answers": result.answers,
        "confidence": result.confidence,
        "pulls": result.pulls,
        "independent": result.independent_pulls,
        "states": result.states,
        "golds": result.golds,
        "correct": result.correct,
        "budget": result.budget,
        "model": result.model,
        "policy": result.policy,
        "stopped": result.stopped,
        "usage": result.usage,
        "counts": dict(result.counts),
        "seed": result.seed,
        "run": result.run,
        "responses": [response.to_json() for response in result.responses],
    }


def test_a_loaded_run_has_the_values_of_the_finished_one(path):
    result = dn.run(QUERIES, budget=20, model=dn.ScriptedModel(by_seed), store=path, seed=4)
    assert fields(dn.load(result.run, path)) == fields(result)


def test_with_answers_in_memory_responses_stay_in_the_store(path):
    result = dn.run(QUERIES, budget=20, model=dn.ScriptedModel(by_seed), store=path, seed=4)
    lean = dn.load(result.run, path, in_memory="answers")
    assert isinstance(lean.responses, StoredResponses)
    assert fields(lean) == fields(result)


def test_the_time_of_a_loaded_run_is_that_of_its_latest_response(path):
    result = dn.run(QUERIES, budget=20, model=dn.ScriptedModel(by_seed), store=path)
    assert dn.load(result.run, path).time == max(r.at for r in result.responses) > 0


def test_an_interrupted_run_has_what_it_has_so_far(path):
    result = dn.run(QUERIES, budget=20, model=dn.ScriptedModel(by_seed), store=path)
    with dn.Store(path).connection(write=True) as db:
        db.execute("UPDATE runs SET stopped = NULL")
        db.execute("DELETE FROM responses WHERE number > 7")
    again = dn.load(result.run, path)
    assert (again.stopped, again.spent, sum(again.pulls)) == ("user", 7, 7)


def test_the_error_that_ended_a_run_is_loaded(path):
    script = {"1": ["The answer is 1."] * 2 + [dn.ModelUnavailable("gone")] * 5}
    model = dn.ScriptedModel(script)
    result = dn.run(["q?"], budget=9, model=model, store=path, concurrency=1, depth=0)
    assert (dn.load(result.run, path).stopped, dn.load(result.run, path).error) == ("error", "gone")


def test_none_and_true_are_the_default_file_and_false_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = dn.ScriptedModel(by_seed)
    result = dn.run(["q?"], budget=2, model=model, store=True)
    assert default_path().is_relative_to(tmp_path)
    for store in (None, True, default_path(), str(default_path()), dn.Store()):
        assert [run.id for run in dn.runs(store)] == [result.run]
        assert dn.load(result.run, store).spent == 2
    for call in (lambda: dn.runs(False), lambda: dn.load(result.run, False)):
        with pytest.raises(InputError, match="store=False holds no runs"):
            call()


def test_what_is_not_there_is_said(path, tmp_path):
    dn.run(["q?"], budget=2, model=dn.ScriptedModel(by_seed), store=path)
    with pytest.raises(UnknownName, match="unknown run 'nothing'"):
        dn.load("nothing", path)
    with pytest.raises(StoreError, match="there is no store"):
        dn.load("x", tmp_path / "none.sqlite")
    assert len(dn.runs(tmp_path / "none.sqlite")) == 0


def test_responses_to_questions_that_are_not_there_are_refused(path):
    result = dn.run(QUERIES, budget=4, model=dn.ScriptedModel(by_seed), store=path)
    with dn.Store(path).connection(write=True) as db:
        db.execute("DELETE FROM queries WHERE place = 1")
    with pytest.raises(StoreError, match="questions and responses do not fit together"):
        dn.load(result.run, path)
    with dn.Store(path).connection(write=True) as db:
        db.execute("DELETE FROM queries")
    with pytest.raises(StoreError, match="do not fit together"):
        dn.load(result.run, path)
