"""The finished run as values, rows and a file."""

import json
from dataclasses import replace

import pytest

import dynscaling_nb as dn
from dynscaling_nb.engine.values import Standing
from dynscaling_nb.errors import UnknownName
from dynscaling_nb.records import Query, Response


@pytest.fixture(scope="module")
def result():
    queries = [
        {"id": "a", "text": "one?", "gold": "7"},
        {"id": "b", "text": "two?", "gold": "8"},
        {"id": "c", "text": "three?"},
    ]
    model = dn.ScriptedModel(lambda r: f"x\nThe answer is {9 if r.query.id == 'c' else 7}.")
    return dn.run(queries, budget=24, model=model, seed=1)


def test_rows_and_frame_have_one_line_a_question(result):
    frame = result.to_frame()
    assert list(frame) == [
        "id",
        "question",
        "answer",
        "confidence",
        "pulls",
        "independent",
        "chained",
        "unread",
        "reading",
        "state",
        "gold",
        "correct",
    ]
    assert list(frame["id"]) == ["a", "b", "c"]
    assert list(frame["question"]) == ["one?", "two?", "three?"]
    assert list(frame["pulls"]) == result.pulls
    assert (frame["independent"] + frame["chained"] == frame["pulls"]).all()
    assert result.correct == [True, False, None]
    assert result.accuracy == 0.5


def test_independent_and_chained_responses_are_those_of_the_run(result):
    kinds = [[r.kind for r in result.responses_to(id_)] for id_ in "abc"]
    assert result.independent_pulls == [own.count("parallel") for own in kinds]


def test_a_question_is_named_by_its_id_its_place_or_its_text(result):
    own = result.responses_to("b")
    assert {response.query_id for response in own} == {"b"}
    for name in (2, "two?", result.queries[1]):
        assert result.responses_to(name) == own
    with pytest.raises(UnknownName, match=r"unknown question 'nobody'; known: a, b, c"):
        result.responses_to("nobody")


def test_a_limit_that_ended_the_run_is_named():
    model = dn.ScriptedModel(lambda r: "The answer is 7.")  # two tokens a response
    result = dn.run(["q?"], budget=50, model=model, token_limit=10)
    assert (result.spent, result.stopped) == (5, "budget")
    note = "the limit in tokens or money leaves no room for another call"
    assert result.server_notes == (note,)
    assert dn.run(["q?"], budget=5, model=model).server_notes == ()


def test_without_gold_answers_there_is_no_accuracy():
    assert dn.run(["q?"], budget=2, model=dn.ScriptedModel(lambda r: "7")).accuracy is None


def test_responses_go_through_json_and_back(result):
    for response in result.responses:
        assert dn.Response.from_json(json.loads(json.dumps(response.to_json()))) == response


def test_saved_lines_have_four_fields(result, tmp_path):
    result.save(tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["pulls"] for row in rows] == result.pulls
    assert set(rows[0]) == {"id", "answer", "confidence", "pulls"}


def test_recorded_responses_stand_as_the_ledger_has_them(result):
    places = {query.id: place for place, query in enumerate(result.queries)}
    pairs = [(places[response.query_id], response) for response in result.responses]
    standing = Standing.of_responses(result.queries, pairs)
    assert (standing.answers, standing.confidence) == (result.answers, result.confidence)
    assert (standing.pulls, standing.independent_pulls) == (result.pulls, result.independent_pulls)
    assert standing.states == result.states
    assert standing.unread == result.unread


def test_recorded_votes_weigh_what_they_weighed_and_chained_ones_break_ties():
    def leader(*responses):
        return Standing.of_responses([Query("1", "?")], [(0, r) for r in responses]).answers[0]

    a, b = (Response("1", i, "parallel", "", answer, ()) for i, answer in enumerate("ab"))
    assert leader(a, b) == "a"
    assert leader(a, replace(b, weight=5.0)) == "b"
    assert leader(a, replace(b, kind="chained", sources=(0,))) == "b"


def test_a_prior_votes_and_a_response_without_an_answer_does_not():
    queries = [Query("1", "a?", prior={"5": 3}), Query("2", "b?")]
    responses = [
        (0, Response("1", 0, "parallel", "", "6", ())),
        (1, Response("2", 0, "parallel", "", None, ())),
    ]
    standing = Standing.of_responses(queries, responses)
    assert standing.answers == ["5", None]
    assert standing.confidence[1] == 0
    assert standing.pulls == [1, 1]
    assert standing.unread == [0, 1]
    assert standing.states == ["open", "open"]


@pytest.mark.parametrize("in_memory", ["all", "answers"])
def test_a_run_and_its_stored_twin_tell_the_same_of_unread_responses(tmp_path, in_memory):
    model = dn.ScriptedModel(lambda r: "Who knows?\n\nNot me." if r.query.id == "2" else "7")
    store = tmp_path / "store.sqlite"
    result = dn.run(
        ["a?", "b?"], budget=8, model=model, policy="uniform", store=store, in_memory=in_memory
    )
    assert result.unread == [0, 4]
    assert list(result.to_frame()["unread"]) == [0, 4]
    assert result.unread_note.sentences[1] == "One of them: “Who knows? Not me.”"
    assert dn.load(result.run, store, in_memory=in_memory).unread_note == result.unread_note


def test_without_texts_in_memory_the_number_and_the_advice_are_told():
    model = dn.ScriptedModel(lambda r: "Who knows?\n\nNot me.")
    result = dn.run(["a?"], budget=8, model=model, in_memory="answers", depth=0)
    number, advice = result.unread_note.sentences
    assert number == "8 of 8 responses (100%) could not be read, and cast no vote."
    assert advice.startswith("What to try: show the model worked examples in the Template")


def test_the_reading_of_each_question_is_a_value_of_the_result():
    texts = {"1": "The answer is 7.", "2": "The answer is (B).", "3": "The answer is Oslo."}
    model = dn.ScriptedModel(lambda request: texts[request.query.id])
    questions = ["how many?", "which? (A) one (B) two", "where?"]
    result = dn.run(questions, budget=6, model=model)
    assert result.readings == ["numbers", "letters", "words"]
    assert list(result.to_frame()["reading"]) == result.readings
    own = dn.run(["how many?"], budget=2, model=model, extract=lambda text: text[-2])
    assert own.readings == ["own function"]


def test_a_question_without_a_response_has_no_reading_yet():
    model = dn.ScriptedModel(lambda r: dn.ModelError("no") if r.query.id == "2" else "7")
    result = dn.run(["a?", "b?"], budget=8, model=model, concurrency=1)
    assert result.readings == ["numbers", None]
