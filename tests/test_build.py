"""From options to a run: options that exclude each other, and the run that is resumed."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.build import prepare
from dynscaling_nb.errors import InputError


def model():
    return dn.ScriptedModel(lambda request: "The answer is 7.")


def stored_run(path, budget=4, **options):
    return dn.run(["q?"], budget=budget, model=model(), store=path, seed=3, **options)


def test_a_run_has_the_parts_that_its_options_name():
    run = prepare(
        ["a?", "b?"],
        budget=8,
        model=model(),
        policy="ucb",
        c=2.0,
        stop="ac",
        parallel=2,
        warmup=1,
        token_limit=100,
        concurrency=3,
        seed=5,
    )
    assert (run.ledger.policy.c, run.ledger.stop.name, run.ledger.plan.parallel) == (2.0, "ac", 2)
    assert (run.ledger.budget, run.ledger.warmup, run.concurrency, run.seed) == (8, 1, 3, 5)
    assert run.limits.limited


def test_a_prior_is_read_as_an_answer_is():
    query = {"text": "q?", "prior": {"42.0": 2}}
    run = prepare([query], budget=4, model=model(), extract="number")
    assert run.ledger.leaders == ["42"]


def test_answers_alone_in_memory_need_a_store_for_chains(tmp_path):
    options = {"budget": 4, "model": model(), "in_memory": "answers"}
    with pytest.raises(InputError, match="give store=PATH, or depth=0"):
        prepare(["q?"], **options)
    assert prepare(["q?"], **options, depth=0).recorder is None
    assert prepare(["q?"], **options, store=tmp_path / "runs").recorder is not None


def test_a_cluster_takes_no_limits():
    with pytest.raises(InputError, match="a cluster takes no token_limit, no cost_limit"):
        prepare(["q?"], budget=4, model=model(), cluster=object(), token_limit=10)


def test_a_run_goes_on_from_the_latest_of_its_kind(tmp_path):
    path = tmp_path / "runs.sqlite"
    first = stored_run(path)
    run = prepare(["q?"], budget=6, model=model(), store=path, resume=True)
    assert run.recorder.run == first.run
    assert run.seed == 3
    other = prepare(["other?"], budget=6, model=model(), store=path, resume=True)
    assert other.recorder.run != first.run


def test_a_run_of_other_questions_or_of_more_responses_is_refused(tmp_path):
    path = tmp_path / "runs.sqlite"
    first = stored_run(path)
    with pytest.raises(InputError, match="was of other questions"):
        prepare(["other?"], budget=6, model=model(), store=path, resume=first.run)
    with pytest.raises(InputError, match="has 4 responses already, more than the budget of 2"):
        prepare(["q?"], budget=2, model=model(), store=path, resume=first.run)
    with pytest.raises(InputError, match="unknown run"):
        prepare(["q?"], budget=6, model=model(), store=path, resume="nothing")


def test_responses_of_a_store_are_taken_before_new_ones(tmp_path):
    path = tmp_path / "runs.sqlite"
    stored_run(path, depth=0)
    fresh = model()
    result = dn.run(["q?"], budget=6, model=fresh, store=path, reuse=True, depth=0)
    assert len(fresh.requests) == 2
    assert result.counts["reused"] == 4


def test_a_dear_run_is_asked_about_first():
    estimates = []
    options = {
        "budget": 4,
        "model": dn.OpenAIModel("tiny", "http://127.0.0.1:9/v1", max_tokens=100),
        "prices": (1000, 1000),
        "confirm_above": 0.001,
        "store": False,
    }
    with pytest.raises(InputError, match="cancelled"):
        prepare(["q?"], **options, confirm=lambda e: estimates.append(e) or False)
    assert estimates[0].responses == 4
    assert prepare(["q?"], **options, confirm=lambda e: True).model.name == "tiny"
    with pytest.raises(InputError, match="may cost more"):
        prepare(["q?"], **options)
