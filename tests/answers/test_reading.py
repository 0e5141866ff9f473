"""The question, not the response, decides what is voted on."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.answers.reading import QuestionReading, by_question
from dynscaling_nb.events import Revised
from dynscaling_nb.records import Completion, Query


def kind(text: str, **more):
    reading = by_question(Query("q", text, **more))
    return None if reading is None else reading.kind


def test_options_gold_answers_and_a_prior_decide_in_this_order():
    assert kind("Which? (A) 3 (B) 5") == "letters"
    assert kind("Which? (A) 3 (B) 5", gold="5") == "letters"
    assert kind("How many? (A) so (B) so", gold="17") == "numbers"
    assert kind("How many?", gold="1,200") == "numbers"
    assert kind("Who?", gold="Rome") == "words"
    assert kind("Which form?", gold=r"\frac{x}{2}") == "mathematics"
    assert kind("How long?", gold=[r"\frac{\pi}{2}", "1.57"]) == "mathematics"
    assert kind("Who?", gold=["42", "Rome"]) == "words"
    assert kind("Who?", prior={"42": 1}) == "numbers"
    assert kind("Who?") is None


def test_most_responses_decide_where_the_question_does_not():
    reading = QuestionReading(Query("q", "How many?"), None)
    texts = ["The answer is Rome.", "The answer is 42.", "The answer is 42."]
    answers = [reading.read(i, Completion(text)) for i, text in enumerate(texts)]
    assert answers == [{0: "rome"}, {0: None, 1: "42"}, {2: "42"}]
    assert reading.name == "numbers"


def test_after_eight_responses_the_reading_stays():
    reading = QuestionReading(Query("q", "Who?"), None)
    for i in range(8):
        reading.read(i, Completion("The answer is Rome."))
    for i in range(8, 30):
        assert reading.read(i, Completion("The answer is 42.")) == {i: "42"}
    assert reading.name == "words"


def test_a_text_that_was_cut_off_must_state_its_answer_in_a_whole_line():
    reading = QuestionReading(Query("q", "?", gold="1"), None)
    assert reading.read(0, Completion("so 3\n4", finish="length")) == {0: None}
    assert reading.read(1, Completion("The answer is 12", finish="length")) == {1: None}
    assert reading.read(2, Completion("The answer is 12.\nLet", finish="length")) == {2: "12"}


@pytest.mark.parametrize("in_memory", ["all", "answers"])
def test_a_run_counts_earlier_answers_again_when_the_reading_changes(tmp_path, in_memory):
    texts = {"q": ["The answer is Rome.", "The answer is 42.", "The answer is 42."]}
    events = []
    result = dn.run(
        [{"id": "q", "text": "How many?"}],
        budget=3,
        model=dn.ScriptedModel(texts),
        store=tmp_path / "runs.db",
        in_memory=in_memory,
        depth=0,
        concurrency=1,
        observers=[events.append],
    )
    assert result.answers == ["42"]
    assert [response.answer for response in result.responses] == [None, "42", "42"]
    assert result.counts["unread"] == 1
    stored = dn.load(result.run, tmp_path / "runs.db")
    assert [response.answer for response in stored.responses] == [None, "42", "42"]
    (revised,) = [event for event in events if isinstance(event, Revised)]
    assert (revised.query, revised.answers) == (0, {0: None})


def test_any_of_several_gold_answers_is_right_but_they_are_votes_of_their_own():
    texts = ["The answer is JFK.", "The answer is John Kennedy.", "The answer is Nixon."]
    result = dn.run(
        [{"text": "Who?", "gold": ["John Kennedy", "JFK"]}],
        budget=3,
        model=dn.ScriptedModel(lambda request: texts[request.index]),
        store=False,
        depth=0,
    )
    assert result.correct == [True]
    assert {response.answer for response in result.responses} == {"jfk", "john kennedy", "nixon"}


def test_of_a_worked_solution_the_answer_that_it_marks_is_gold():
    solution = "The sum is $5 + 7$.\n\nThat is \\boxed{12}."
    query = Query("q", "How many?", gold=solution)
    assert kind("How many?", gold=solution) == "numbers"
    assert QuestionReading(query, None).value(solution) == "12"


def test_a_choice_of_several_options_is_unread_whatever_was_claimed_before():
    reading = QuestionReading(Query("q", "Which? (A) bus (B) opera (C) house"), None)
    text = "The third answer choice is a house.\nSo the answer is {}."
    assert reading.read(0, Completion(text.format("A or B"))) == {0: None}
    assert reading.read(1, Completion(text.format("the best of them"))) == {1: "C"}


def test_responses_that_are_formulas_are_voted_on_as_mathematics():
    reading = QuestionReading(Query("q", "Expand it."), None)
    texts = ["The answer is $X^2 + x$.", r"So \boxed{X^2+x}", "It is 4."]
    answers = [reading.read(i, Completion(text)) for i, text in enumerate(texts)]
    assert reading.name == "mathematics"
    assert answers == [{0: "X^2 + x"}, {1: "X^2+x"}, {2: "4"}]


def test_formulas_of_one_value_are_one_vote_without_a_word_from_the_user():
    texts = [r"The answer is $x(x+1)$.", r"\boxed{x^2 + x}", r"\[ \boxed{y^2 + y} \]", "Rome"]
    for gold, spelling in (("x^2+x", "x^2+x"), (None, "x(x+1)")):
        question = {"id": "q", "text": "Expand it.", "gold": gold}
        result = dn.run([question], budget=4, parallel=4, model=dn.ScriptedModel({"q": texts}))
        assert result.readings == ["mathematics"]
        answers = [response.answer for response in result.responses]
        assert answers == [spelling, spelling, "y^2 + y", "Rome"]
