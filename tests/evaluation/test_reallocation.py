"""A finished run allocated again, followed by hand."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError


def record(texts: dict[str, list[str]], gold: str | None = "7", **options) -> dn.Result:
    """A run that draws all of these texts, the same number for each question."""
    queries = [{"id": id, "text": f"{id}?", "gold": gold} for id in texts]
    return dn.run(
        queries,
        budget=sum(map(len, texts.values())),
        model=dn.ScriptedModel(texts),
        policy="uniform",
        concurrency=1,
        **{"depth": 0, "seed": 0} | options,
    )


def test_the_curves_are_the_state_after_each_response():
    # In turn: a 7, b 8, a 8, b 8, a 8, b 7. In the end a says 8 and b says 8.
    result = record({"a": ["7", "8", "8"], "b": ["8", "8", "7"]})
    again = dn.reallocate(result, "uniform")
    assert [(r.query_id, r.answer) for r in again.responses] == [
        ("a", "7"),
        ("b", "8"),
        ("a", "8"),
        ("b", "8"),
        ("a", "8"),
        ("b", "7"),
    ]
    # a leads with 7 until its second 8: of two votes the first one wins the tie
    assert again.agreement == [0, 0.5, 0.5, 0.5, 1, 1]
    assert again.accuracy == [0.5, 0.5, 0.5, 0.5, 0, 0]
    assert (again.answers, again.pulls) == (["8", "8"], [3, 3])
    assert (again.ran_out, again.exhausted) == (5, 1)  # a has none left, b has one to go


def test_a_smaller_budget_gives_the_beginning():
    result = record({"a": ["7", "8", "8"], "b": ["8", "8", "7"]})
    again = dn.reallocate(result, "uniform", 3)
    assert (again.budget, again.pulls, again.answers) == (3, [2, 1], ["7", "8"])
    assert len(again.agreement) == 3


def test_it_says_when_recordings_ran_out():
    result = record({"a": ["7", "8"], "b": ["7", "7"]})
    again = dn.reallocate(result, "uniform", 50)
    assert (again.ran_out, again.exhausted) == (3, 2)
    assert len(again.responses) == 4
    assert dn.reallocate(result, "uniform", 3).ran_out is None


def test_questions_without_a_gold_answer_have_no_accuracy():
    result = record({"a": ["7", "7"]}, gold=None)
    assert dn.reallocate(result, "uniform").accuracy is None


def test_a_question_that_never_had_an_answer_agrees_from_the_start():
    result = record({"a": ["no\nidea", "no\nidea"], "b": ["8", "8"]})
    again = dn.reallocate(result, "uniform")
    assert again.agreement == [0.5, 1, 1, 1]
    assert again.accuracy == [0, 0, 0, 0]
    assert again.answers == [None, "8"]


def test_a_tie_goes_to_chained_votes_as_in_the_run():
    # 8, 7, then a chain that says 7, and an independent 8: two votes each, one of them chained
    texts = {"a": [f"First one step, then\nanother.\nThe answer is {n}." for n in (8, 7, 7, 8)]}
    result = record(texts, parallel=2, depth=2, chained_share=0.5)
    assert [r.kind for r in result.responses] == ["parallel", "parallel", "chained", "parallel"]
    assert result.answers == ["7"]
    assert dn.reallocate(result, "uniform").answers == ["7"]


def test_a_prior_votes_as_in_the_run():
    queries = [{"id": "a", "text": "a?", "prior": {"7": 2}}]
    model = dn.ScriptedModel({"a": ["8", "8", "8"]})
    result = dn.run(queries, budget=3, model=model, depth=0)
    again = dn.reallocate(result, "uniform")
    assert again.answers == result.answers == ["8"]
    assert again.agreement == [0, 0, 1]  # 7 leads until 8 has three votes


def test_every_question_gets_one_response_before_the_policy_decides():
    result = record({"a": ["7", "8"] * 4, "b": ["7"] * 8})
    again = dn.reallocate(result, "flip")
    # At 1 to 0 each is at 1/4. At 1 to 1, a has 1/2 over the root of 2; at 2 to 1, 5/16 over that
    # of 3, below b's 1/4.
    assert [r.query_id for r in again.responses[:5]] == ["a", "b", "a", "a", "b"]


def test_votes_keep_their_weights():
    result = record(
        {"a": ["7", "8", "8"]}, vote_weight=lambda completion: 5.0 if completion.text == "7" else 1
    )
    assert dn.reallocate(result, "uniform").answers == ["7"]


def test_a_rule_and_constants_are_taken():
    result = record({"a": ["7"] * 6, "b": ["7"] * 6})
    assert dn.reallocate(result, "uniform", stop="margin").pulls == [3, 3]
    assert dn.reallocate(result, "ucb", c=2.0).policy == "ucb"


def test_a_budget_below_one_response_each_is_refused():
    result = record({"a": ["7"], "b": ["7"]})
    with pytest.raises(InputError, match="budget 1 is smaller than the 2"):
        dn.reallocate(result, "uniform", 1)
