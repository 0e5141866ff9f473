"""Strategies on the same core, and the comparison that gives them the same samples."""

import json

import numpy as np
import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.evaluation.compare import Comparison, Outcome
from dynscaling_nb.evaluation.strategies import STRATEGIES, strategy

QUERIES = [{"id": str(i), "text": f"question {i}?", "gold": "1"} for i in range(12)]


def says(request) -> str:
    return f"I think so, {request.seeds[0]}.\nThe answer is {request.seeds[0] % (1 + int(request.query.id) % 3)}."


def model() -> dn.ScriptedModel:
    return dn.ScriptedModel(says)


def spent(name: str, budget: float):
    """The responses of one strategy on a scripted model, by query."""
    s = strategy(name)
    plan = s.plan_for(budget)
    result = dn.run(
        QUERIES,
        budget=round(budget * 12),
        model=model(),
        policy=s.policy,
        parallel=plan.parallel,
        depth=plan.depth,
        chained_share=plan.share,
        sources=plan.pick,
        template=s.template,
        seed=1,
    )
    return [result.responses_to(query["id"]) for query in QUERIES]


def test_sequential_revision_shows_each_response_the_last():
    for responses in spent("sequential", 5):
        assert [r.sources for r in responses] == [(), (0,), (1,), (2,), (3,)]
        assert responses[3].messages[-2]["content"] == responses[2].text.splitlines()[0]


def test_aggregation_reads_all_the_others_and_decides():
    for responses in spent("aggregate", 6):
        assert [r.kind for r in responses] == ["parallel"] * 5 + ["chained"]
        assert sorted(responses[5].sources) == [0, 1, 2, 3, 4]
        assert (
            STRATEGIES["aggregate"].answer(responses, STRATEGIES["aggregate"].plan_for(6))
            == responses[5].answer
        )


def test_self_aggregation_goes_from_generation_to_generation():
    for responses in spent("rsa", 12):
        assert all(r.sources == () for r in responses[:4])
        assert all(set(r.sources) < {0, 1, 2, 3} and len(r.sources) == 3 for r in responses[4:8])
        assert all(set(r.sources) < {4, 5, 6, 7} and len(r.sources) == 3 for r in responses[8:])


def test_integrated_sampling_draws_half_in_parallel_and_chains_four():
    for responses in spent("integrated", 8):
        assert [r.kind for r in responses] == ["parallel"] * 4 + ["chained"] * 4
        assert all(sorted(r.sources) == [0, 1, 2, 3] for r in responses[4:])


def test_one_sample_is_one_sample():
    found = dn.compare(QUERIES, ["one", "self-consistency"], [3], model=model())
    assert [o.responses for o in found.outcomes] == [1, 3]


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_stays_within_its_budget(name):
    source = model()
    (outcome,) = dn.compare(QUERIES, [name], [4], model=source).outcomes
    assert 1 <= outcome.responses <= 4
    assert len(source.requests) <= 48
    assert outcome.right.shape == (12,)


def test_independent_responses_are_drawn_once_for_all_strategies():
    source = model()
    found = dn.compare(QUERIES, ["self-consistency", "ac", "esc"], [2, 4], model=source)
    assert len(source.requests) == 48  # what self-consistency at 4 needs; all else is among it
    assert len({o.accuracy for o in found.outcomes if o.budget == 2}) == 1


def test_another_seed_draws_others():
    source = model()
    dn.compare(QUERIES, ["self-consistency"], [2], model=source, seeds=[0, 1])
    assert len(source.requests) == 48
    assert len({request.seeds for request in source.requests}) == 48


def test_the_order_of_strategies_changes_nothing():
    one = dn.compare(QUERIES, ["self-consistency", "dynscaling", "sequential"], [4], model=model())
    two = dn.compare(QUERIES, ["sequential", "dynscaling", "self-consistency"], [4], model=model())
    assert {o.strategy: o.accuracy for o in one.outcomes} == {
        o.strategy: o.accuracy for o in two.outcomes
    }


def test_a_comparison_goes_on_from_its_file(tmp_path):
    first, second = model(), model()
    cache = tmp_path / "drawn.jsonl"
    one = dn.compare(QUERIES, ["self-consistency", "dynscaling"], [4], model=first, cache=cache)
    lines = cache.read_text().splitlines()
    cache.write_text(
        "\n".join(lines[:-3]) + "\n" + lines[-3][:20]
    )  # the last three were lost, one of them in the middle of its line
    two = dn.compare(QUERIES, ["self-consistency", "dynscaling"], [4], model=second, cache=cache)
    assert len(second.requests) == 3
    assert [o.accuracy for o in one.outcomes] == [o.accuracy for o in two.outcomes]


def test_a_file_that_is_no_cache_is_refused_and_left_alone(tmp_path):
    other = tmp_path / "notes.jsonl"
    other.write_text('{"note": 1}\n{"note": 2}\n')
    with pytest.raises(InputError, match=r"notes.jsonl, line 1: not a drawn response"):
        dn.compare(QUERIES, ["one"], [1], model=model(), cache=other)
    assert json.loads(other.read_text().splitlines()[0]) == {"note": 1}


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"queries": [{"text": "no gold?"}]}, InputError, "has no gold answer"),
        ({"strategies": ["selfconsistency"]}, UnknownName, "did you mean 'self-consistency'"),
        ({"budgets": [0.5]}, InputError, "at least 1, got 0.5"),
        ({"seeds": []}, InputError, "at least one of seeds"),
        ({"baseline": "paper"}, InputError, "'paper' is none of the strategies"),
    ],
)
def test_bad_input_is_one_line(arguments, error, says):
    given = {"queries": QUERIES, "strategies": ["self-consistency"], "budgets": [2]} | arguments
    with pytest.raises(error, match=says):
        dn.compare(
            given.pop("queries"),
            given.pop("strategies"),
            given.pop("budgets"),
            model=model(),
            **given,
        )


@pytest.fixture(scope="module")
def made():
    """One strategy right on 40 queries more than the baseline, of 100; one right on one more, and one less."""
    base, better, level = np.zeros(100), np.zeros(100), np.zeros(100)
    base[:40], better[:80], level[1:41] = 1, 1, 1
    names = {"base": base, "better": better, "level": level}
    outcomes = [
        Outcome(n, b, right if b == 4 else right * 0, b, 10 * b, 5 * b)
        for n, right in names.items()
        for b in (2, 4)
    ]
    return Comparison(tuple(outcomes), "base", 100, 1, prices=(1.0, 2.0))


def test_intervals_are_paired_over_queries(made):
    better, level = [d for d in made.differences() if d.budget == 4]
    assert better.gain == pytest.approx(0.4)
    assert 0.3 < better.low < 0.4 < better.high < 0.5  # 1.96 * sqrt(0.4 * 0.6 / 100) = 0.096
    assert better.shown
    assert (level.gain, level.shown) == (0.0, False)
    assert -0.05 < level.low < 0 < level.high < 0.05  # unpaired it would be 0.136


def test_the_summary_says_what_is_shown_and_what_is_not(made):
    shown, open_ = made.summary().splitlines()[1:]
    assert shown.startswith("Shown: better at 4: +40.0 points (95 % interval +3")
    assert "level at 4: +0.0 points" in open_
    assert "better at 4" not in open_


def test_rows_hold_accuracy_with_its_interval_and_the_cost(made):
    row = made.to_frame().set_index(["strategy", "budget"]).loc[("base", 4)]
    assert row["accuracy"] == pytest.approx(0.4)
    assert 0.28 < row["low"] < 0.33
    assert 0.47 < row["high"] < 0.52
    assert row["money"] == pytest.approx((40 * 1 + 20 * 2) / 1e6)


def test_a_comparison_shows_as_a_table_with_its_summary(made):
    shown = made._repr_html_()
    assert shown.count("<tr") == 7
    assert "40.0%" in shown
    assert "Not significant" in shown
    assert (
        "<b>"
        not in Comparison((Outcome("<b>x", 1, np.ones(3), 1, 1, 1),), "<b>x", 3, 1)._repr_html_()
    )
    assert str(made).splitlines()[0].split()[:3] == ["strategy", "budget", "accuracy"]


def test_what_is_needed_for_the_baselines_best_is_read_between_budgets(made):
    assert made.needed() == {"base": 4, "better": 3, "level": 4}
