"""Strategies on the same engine, and the comparison that gives them the same samples."""

import json
from collections import Counter

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.evaluation.strategies import STRATEGIES

QUERIES = [{"id": str(i), "text": f"question {i}?", "gold": "1"} for i in range(12)]


def model() -> dn.ScriptedModel:
    """Answers 0 to 2, by the seed of a request; a third of the questions are always answered 0."""

    def reply(request) -> str:
        seed = request.seeds[0]
        return f"I think so, {seed}.\nThe answer is {seed % (1 + int(request.query.id) % 3)}."

    return dn.ScriptedModel(reply)


def test_one_sample_is_one_sample():
    comparison = dn.compare(QUERIES, ["one", "self-consistency"], [3], model=model())
    assert [score.responses for score in comparison.scores] == [1, 3]


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_stays_within_its_budget(name):
    source = model()
    (score,) = dn.compare(QUERIES, [name], [4], model=source).scores
    assert 1 <= score.responses <= 4
    assert len(source.requests) <= 48
    assert score.right.shape == (12,)


def test_independent_responses_are_drawn_once_for_all_strategies():
    source = model()
    comparison = dn.compare(QUERIES, ["self-consistency", "ac", "esc"], [2, 4], model=source)
    assert len(source.requests) == 48  # all of self-consistency at 4; the others are among them
    assert len({score.accuracy for score in comparison.scores if score.budget == 2}) == 1


def test_another_seed_draws_others():
    source = model()
    dn.compare(QUERIES, ["self-consistency"], [2], model=source, seeds=[0, 1])
    assert len(source.requests) == 48
    assert len({request.seeds for request in source.requests}) == 48


def test_a_function_makes_a_model_for_each_seed():
    sources = {}
    dn.compare(
        QUERIES, ["one"], [1], model=lambda seed: sources.setdefault(seed, model()), seeds=[3, 5]
    )
    assert {seed: len(source.requests) for seed, source in sources.items()} == {3: 12, 5: 12}


def test_the_order_of_strategies_changes_nothing():
    names = ["self-consistency", "dynscaling", "sequential"]
    one = dn.compare(QUERIES, names, [4], model=model())
    two = dn.compare(QUERIES, names[::-1], [4], model=model())
    assert {s.strategy: s.accuracy for s in one.scores} == {
        s.strategy: s.accuracy for s in two.scores
    }


def test_votes_weigh_what_their_strategy_says():
    replies = {"0": ["7", "7", "8"]}
    heavy_eight = dn.Strategy(
        "heavy", vote_weight=lambda completion: 5.0 if completion.text == "8" else 1.0
    )
    comparison = dn.compare(
        [{"id": "0", "text": "?", "gold": "8"}],
        ["self-consistency", heavy_eight],
        [3],
        model=dn.ScriptedModel(replies),
    )
    assert [score.accuracy for score in comparison.scores] == [0, 1]


def test_the_strategys_own_rule_of_decision_counts():
    replies = {"0": ["7", "7", "8"]}
    comparison = dn.compare(
        [{"id": "0", "text": "?", "gold": "8"}],
        [dn.Strategy("all"), dn.Strategy("last", decide="last")],
        [3],
        model=dn.ScriptedModel(replies),
    )
    assert [score.accuracy for score in comparison.scores] == [0, 1]


def test_a_strategy_spends_by_its_policy():
    def reply(request) -> str:  # seeds of one prompt are even and odd in turn
        return f"The answer is {request.seeds[0] % 2 if request.query.id == 'split' else 1}."

    source = dn.ScriptedModel(reply)
    queries = [{"id": id, "text": f"{id}?", "gold": "1"} for id in ("clear", "split")]
    dn.compare(queries, ["bandit"], [8], model=source, concurrency=1)
    pulls = Counter(request.query.id for request in source.requests)
    assert pulls["split"] > 8 > pulls["clear"]


def test_a_strategy_stops_by_its_rule():
    source = dn.ScriptedModel(lambda request: "The answer is 1.")
    (score,) = dn.compare(QUERIES, ["margin"], [8], model=source, concurrency=1).scores
    assert score.responses == 3


def test_a_strategy_asks_in_its_own_words():
    source = model()
    dn.compare(QUERIES[:1], ["wait"], [2], model=source)
    first, second = (request.messages[-1]["content"] for request in source.requests)
    assert first == "question 0?"
    assert second.startswith("Wait. Think further")


def test_answers_are_read_and_compared_as_told():
    comparison = dn.compare(
        [{"id": "0", "text": "?", "gold": "NYC"}],
        ["self-consistency"],
        [3],
        model=dn.ScriptedModel({"0": ["LA", "new york", "nyc"]}),
        extract="text",
        equivalence=lambda one, two: {one, two} == {"nyc", "new york"},
    )
    assert comparison.scores[0].accuracy == 1


def test_a_comparison_goes_on_from_its_file(tmp_path):
    first, second = model(), model()
    cache = tmp_path / "responses.jsonl"
    names = ["self-consistency", "dynscaling"]
    one = dn.compare(QUERIES, names, [4], model=first, cache=cache)
    lines = cache.read_text().splitlines()
    # the last three are lost, the first of them in the middle of its line
    cache.write_text("\n".join(lines[:-3]) + "\n" + lines[-3][:20])
    two = dn.compare(QUERIES, names, [4], model=second, cache=cache)
    assert len(second.requests) == 3
    assert [s.accuracy for s in one.scores] == [s.accuracy for s in two.scores]


def test_a_file_that_is_not_a_cache_is_refused_and_left_alone(tmp_path):
    other = tmp_path / "notes.jsonl"
    other.write_text('{"note": 1}\n{"note": 2}\n')
    with pytest.raises(InputError, match=r"notes.jsonl, line 1"):
        dn.compare(QUERIES, ["one"], [1], model=model(), cache=other)
    assert json.loads(other.read_text().splitlines()[0]) == {"note": 1}


def test_an_error_of_the_model_is_raised():
    failing = dn.ScriptedModel(lambda request: dn.ModelUnavailable("gone"))
    with pytest.raises(dn.ModelUnavailable, match="gone"):
        dn.compare(QUERIES, ["one"], [1], model=failing)


def test_the_baseline_is_self_consistency_or_else_the_first():
    names = ["one", "self-consistency"]
    assert dn.compare(QUERIES, names, [1], model=model()).baseline == "self-consistency"
    assert dn.compare(QUERIES, ["one", "ac"], [1], model=model()).baseline == "one"
    assert dn.compare(QUERIES, names, [1], model=model(), baseline="one").baseline == "one"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"queries": [{"text": "no gold?"}]}, InputError, "question '1' has no gold answer"),
        ({"strategies": ["selfconsistency"]}, UnknownName, "did you mean 'self-consistency'"),
        ({"strategies": []}, InputError, "at least one of strategies"),
        ({"budgets": [0.5]}, InputError, "at least 1, got 0.5"),
        ({"seeds": []}, InputError, "at least one of seeds"),
        ({"baseline": "paper"}, InputError, "'paper' is not among the strategies"),
    ],
)
def test_bad_input_is_one_line(arguments, error, message):
    usual = {"queries": QUERIES, "strategies": ["self-consistency"], "budgets": [2]}
    with pytest.raises(error, match=message):
        dn.compare(**usual | arguments, model=model())


def test_strategies_of_which_many_responses_are_unread_are_named_with_a_text():
    def reply(request):
        first = len(request.messages) == 2
        return "One step.\nThe answer is 1." if first else "Who knows?\nNot me."

    names = ["self-consistency", "sequential"]
    comparison = dn.compare(QUERIES, names, [2, 4], model=dn.ScriptedModel(reply))
    unread = {(row["strategy"], row["budget"]): row["unread"] for row in comparison.rows()}
    assert unread == {
        ("self-consistency", 2): 0,
        ("self-consistency", 4): 0,
        ("sequential", 2): 0.5,
        ("sequential", 4): 0.75,
    }
    note = comparison.unread_note  # sequential draws 2 and 4 for each of 12 questions
    assert note.text.startswith("48 of 72 responses of sequential (67%) could not be read")
    assert note.sample == "Who knows? Not me."
    assert dn.compare(QUERIES, names[:1], [2], model=dn.ScriptedModel(reply)).unread_note is None
