"""From completions to votes in one run: golds, priors and functions that fail."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.answers.extract import EXTRACTORS
from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Completion, Query


def ignore_case(one: str, two: str) -> bool:
    return one.lower() == two.lower()


def fail(*_):
    raise ZeroDivisionError("division by zero")


async def test_golds_read_as_an_answer_would():
    reader = AnswerReader([Query("a", "?", "7.0"), Query("b", "?")], EXTRACTORS["number"])
    assert reader.golds == ["7", None]
    assert await reader.read(0, 0, Completion("so\nThe answer is 7.00")) == "7"
    assert await reader.read(0, 0, Completion("no\nidea")) is None


async def test_answers_take_the_spelling_of_the_gold_then_of_the_prior_then_of_the_first():
    queries = [Query("a", "?", "Paris", {"Rome": 1}), Query("b", "?")]
    reader = AnswerReader(queries, lambda text: text.split()[-1].rstrip("."), ignore_case)
    answers = [await reader.read(0, 0, Completion(t)) for t in ("PARIS", "rome", "Oslo", "OSLO")]
    assert answers == ["Paris", "Rome", "Oslo", "Oslo"]
    assert await reader.read(1, 0, Completion("PARIS")) == "PARIS"  # each query has its own


async def test_a_function_that_fails_is_named_by_its_option():
    completion = Completion("seven")
    with pytest.raises(InputError, match=r"extract failed on 'seven': ZeroDivisionError"):
        await AnswerReader([Query("a", "?")], fail).read(0, 0, completion)
    reader = AnswerReader([Query("a", "?", "8")], str.strip, fail, fail)
    with pytest.raises(InputError, match=r"equivalence failed on 'seven': ZeroDivisionError"):
        await reader.read(0, 0, completion)
    with pytest.raises(InputError, match=r"vote_weight failed on 'seven': ZeroDivisionError"):
        reader.weight(completion)


def test_without_a_judge_nothing_is_used():
    assert AnswerReader([Query("a", "?")], EXTRACTORS["number"]).judge_usage == dn.Usage()


def test_a_prior_counts_as_votes_but_not_as_pulls():
    result = dn.run(
        [{"text": "q", "prior": {"8.0": 3}}],
        budget=2,
        model=dn.ScriptedModel(lambda request: "The answer is 7."),
        depth=0,
    )
    assert (result.answers, result.pulls) == (["8"], [2])


def test_a_question_with_a_prior_needs_fewer_pulls():
    result = dn.run(
        [{"text": "a", "prior": {"7": 6}}, {"text": "b"}],
        budget=20,
        model=dn.ScriptedModel(lambda request: f"The answer is {7 + request.seeds[0] % 2}."),
        depth=0,
        seed=1,
    )
    assert result.pulls[0] < result.pulls[1]


@pytest.mark.parametrize("prior", [{"7": 0}, {"7": -1}, {"7": 0.5}, 7, ["7"]])
def test_a_prior_that_is_not_votes_is_refused(prior):
    with pytest.raises(InputError, match="question 1 has a prior that is not votes"):
        dn.run([{"text": "q", "prior": prior}], budget=1)


def test_a_prior_survives_json():
    query = Query("1", "q", "7", {"7": 2})
    assert Query.from_json(query.to_json()) == query
    assert Query("1", "q").to_json() == {"id": "1", "text": "q", "gold": None}
