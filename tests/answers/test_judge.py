"""A model that says whether two answers mean the same."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError

SPELLINGS = ["Paris", "the city of Paris", "PARIS", "Lyon"]


def capitals() -> dn.ScriptedModel:
    return dn.ScriptedModel(lambda request: SPELLINGS[request.index % 4])


def judge(**settings) -> dn.Judge:
    """Says yes unless one of the answers is Lyon."""

    def decide(request):
        return "no" if "Lyon" in request.messages[0]["content"] else "Yes."

    return dn.Judge(dn.ScriptedModel(decide), **settings)


def run(equivalence: dn.Judge, budget: int, **options) -> dn.Result:
    usual = {"model": capitals(), "depth": 0, "extract": str.strip, "concurrency": 1}
    return dn.run(["Capital of France?"], budget=budget, equivalence=equivalence, **usual | options)


def test_answers_that_the_model_calls_the_same_are_one_vote():
    result = run(judge(), 8, concurrency=8)
    assert result.answers == ["Paris"]
    assert [r.answer for r in sorted(result.responses, key=lambda r: r.index)] == [
        "Paris",
        "Paris",
        "Paris",
        "Lyon",
    ] * 2


def test_a_pair_is_judged_once_and_the_same_words_without_a_call():
    deciding = judge()
    result = run(deciding, 8, concurrency=8)
    # the city of Paris and Paris, Lyon and Paris; PARIS needs no call
    assert result.judge_usage.requests == len(deciding.model.requests) == 2
    assert result.usage.requests == 8  # the budget does not pay for the judge


def test_the_prompt_holds_the_question_and_both_answers():
    deciding = judge()
    run(deciding, 2)
    assert deciding.model.requests[0].messages[0]["content"] == (
        "Question: Capital of France?\n\n"
        "First answer: the city of Paris\n\n"
        "Second answer: Paris\n\n"
        "Do the two answers mean the same as answers to the question? It does not matter whether "
        "they are right. Reply with one word, yes or no."
    )


def test_after_its_last_call_other_words_differ():
    result = run(judge(max_calls=0), 4)
    assert {r.answer for r in result.responses} == {"Paris", "the city of Paris", "Lyon"}


def test_a_call_that_fails_counts_as_different():
    failing = dn.Judge(dn.ScriptedModel(lambda request: dn.ModelError("no")))
    result = run(failing, 4)
    assert (result.stopped, len({r.answer for r in result.responses})) == ("budget", 3)


def test_an_answer_cannot_fill_another_slot():
    deciding = judge()
    run(deciding, 2, model=dn.ScriptedModel(lambda r: ["{second}", "b"][r.index % 2]))
    assert "Second answer: {second}" in deciding.model.requests[0].messages[0]["content"]


def test_a_prompt_without_its_slots_is_refused():
    with pytest.raises(InputError, match="must hold {first}"):
        dn.Judge(capitals(), prompt="{question} {second}")
