"""A finished run in words, as a table and as HTML."""

from dataclasses import replace

import pytest

import dynscaling_nb as dn

HOSTILE = "<script>alert('x')</script> $a$ & b"


@pytest.fixture(scope="module")
def result():
    queries = [
        {"id": "a", "text": HOSTILE, "gold": "7"},
        {"id": "b", "text": "two?", "gold": "8"},
        {"id": "c", "text": "three?"},
    ]
    model = dn.ScriptedModel(lambda r: f"x\nThe answer is {HOSTILE if r.query.id == 'c' else 7}.")
    return dn.run(queries, budget=24, model=model, seed=1, prices=(1e6, 2e6))


def test_html_escapes_what_others_wrote(result):
    html = result.to_html()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert html.count("$") == html.count("<span>$</span>") > 0  # alone, so that it opens no formula
    assert "✗ wrong, it is 8" in html


def test_text_is_a_table_with_a_summary(result):
    lines = str(result).splitlines()
    assert lines[0].split()[:4] == [
        "question",
        "answer",
        "confidence",
        "responses",
    ]
    assert lines[0].endswith("  right?")
    assert len(lines) == 6
    assert "1 of 2 right" in lines[-1]
    assert repr(result).startswith("<Result: 24 of 24 responses over 3 questions")


def test_a_table_of_many_questions_shows_the_least_certain_ones_and_says_so():
    model = dn.ScriptedModel(
        lambda r: f"x\nThe answer is {r.index if r.query.id in ('90', '95') else 7}."
    )
    questions = [f"question {i}?" for i in range(1, 101)]
    result = dn.run(questions, budget=400, model=model, policy="uniform", depth=0, seed=1)
    lines = str(result).splitlines()
    assert len(lines) == 2 + 40 + 1
    assert [line.split()[1] for line in lines[2:5]] == ["90?", "95?", "1?"]
    assert lines[-1].endswith("the 40 least certain questions; `to_frame()` has all")
    assert result.to_html().count("<tr>") == 41
    assert len(result.to_frame()) == 100


def test_the_cost_is_in_the_summary_and_in_the_report(result):
    # ScriptedModel uses one token in and one out for each of 24 responses, at 1 and 2 a token.
    assert result.cost == 72
    assert result.summary().endswith("· cost 72")
    assert "24 requests, 0 of them repeated, 72 in money." in result.report()
    assert "cost" not in replace(result, cost=None).summary()


def test_a_report_of_a_plain_run_has_three_lines(result):
    first, second, third = result.report().splitlines()
    assert first.startswith("24 responses of 24 over 3 questions in ")
    assert first.endswith("from model scripted: the budget is spent.")
    assert second.startswith("Used: 24 tokens in, 24 out, ")
    assert third == "Answers read as numbers for 2 questions, as words for 1 question."


def test_questions_set_aside_are_named_in_the_report():
    script = {"good": ["The answer is 1."] * 9, "bad": [dn.ModelError("no")] * 9}
    queries = [{"id": id_, "text": f"{id_}?"} for id_ in script]
    result = dn.run(queries, budget=6, model=dn.ScriptedModel(script), concurrency=1, depth=0)
    assert result.states == ["open", "failed"] or result.states == ["settled", "failed"]
    assert "Set aside after repeated failures: bad." in result.report().splitlines()
    assert "3 pulls failed and went back into the budget." in result.report().splitlines()
    assert "3 calls failed" in result.summary()


def test_a_report_has_a_sentence_for_whatever_else_happened(result):
    counts = {"truncated": 2, "refused": 3, "reused": 4, "cancelled": 5}
    judged = dn.Usage(requests=6)
    changed = replace(
        result,
        unread=[0, 1, 0],
        counts=counts,
        judge_usage=judged,
        run="abc",
        resumed=7,
        error="it broke",
        stopped="error",
    )
    lines = changed.report().splitlines()[3:]
    assert lines == [
        "1 response could not be read, and cast no vote.",
        "Ended by: it broke.",
        "Run abc was resumed: 7 responses had been drawn before.",
        "4 responses came from the store and were not drawn again.",
        "2 responses cut off at the token limit.",
        "5 pulls cancelled in flight, since the question had enough, and returned to the budget.",
        "3 responses refused, filtered or calls of a tool.",
        "The judge compared answers with 6 requests beside the budget.",
    ]


def run_with(*texts):
    """A result of one question with these texts as responses."""
    model = dn.ScriptedModel({"1": texts})
    return dn.run(["how many?"], budget=len(texts), model=model, depth=0, policy="uniform")


UNREADABLE = "Some say <b>five</b> and others say six.\nI leave it to the reader $x$ to decide."


def test_up_to_a_tenth_of_unread_responses_is_one_sentence_of_the_report():
    result = run_with(UNREADABLE, *["The answer is 5."] * 9)
    assert result.unread_note is None
    assert "1 response could not be read, and cast no vote." in result.report().splitlines()
    assert "unread" not in result.summary()
    assert "could not be read" not in str(result) + result.to_html()


def test_more_than_a_tenth_is_told_at_the_top_of_text_and_html_with_a_text_and_advice():
    result = run_with(UNREADABLE, *["The answer is 5."] * 8)
    first, second, third, blank, head, *_ = str(result).splitlines()
    assert first == "1 of 9 responses (11%) could not be read, and cast no vote."
    assert second == f"One of them: “{' '.join(UNREADABLE.split())}”"
    assert third.startswith("What to try: most of them state no answer in the form")
    assert blank == ""
    assert head.startswith("question")
    html = result.to_html()
    assert html.index("1 of 9 responses (11%)") < html.index("<table")
    assert "&lt;b&gt;five&lt;/b&gt;" in html
    assert "<b>five" not in html
    assert html.count("$") == html.count("<span>$</span>") == 2
    assert " · 1 unread · " in result.summary()
    assert result.report().splitlines()[3:6] == [first, second, third]


def test_the_reading_of_all_answers_is_in_the_caption_and_in_the_report(result):
    for reading, words in (("numbers", "as numbers"), ("own function", "by own function")):
        read = replace(result, readings=[reading] * 3)
        assert str(read).splitlines()[-1].endswith(f"answers read {words}")
        assert f"Answers read {words}." in read.report().splitlines()
        assert "read as</bdi></th>" not in read.to_html()


def test_readings_that_differ_have_a_column_and_a_sentence_of_the_report(result):
    read = replace(result, readings=["numbers", "letters", "numbers"])
    head, _, *rows = (line.split() for line in str(read).splitlines())
    assert head[-3:] == ["read", "as", "right?"]
    assert [row[-2] for row in rows[:1]] == ["✓"]
    assert "numbers" in rows[0]
    assert "letters" in rows[1]
    assert "Answers read as numbers for 2 questions, as letters for 1 question." in read.report()


def test_a_reading_that_is_not_known_is_not_told(result):
    unknown = replace(result, readings=[None] * 3)
    assert "read" not in unknown.report() + str(unknown)
