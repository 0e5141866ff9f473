"""How many responses are unread, which of their texts is shown, and what is worth a try."""

from itertools import count

import pytest

from dynscaling_nb.answers.unread import SHOWN, cause, many, unread_note
from dynscaling_nb.records import Response

VAGUE = "Well, it depends.\nThere are several ways to look at it, and none is better."
REFUSAL = "I'm sorry, but I can't help with that."


def response(text="", finish="stop"):
    return Response("1", 0, "parallel", text, None, (), finish=finish)


def note(*responses):
    return unread_note(len(responses), len(responses), responses)


@pytest.mark.parametrize(
    ("unread", "total", "told"),
    [(0, 0, False), (1, 10, False), (2, 20, False), (1, 9, True), (11, 100, True), (1, 1, True)],
)
def test_more_than_a_tenth_are_many(unread, total, told):
    assert many(unread, total) is told
    assert (unread_note(unread, total, []) is not None) is told


@pytest.mark.parametrize(
    ("text", "finish", "why"),
    [
        ("The answer is 7.", "length", "truncated"),
        ("", "length", "truncated"),
        ("", "stop", "empty"),
        (" \n", "stop", "empty"),
        ("", "tool_calls", "refused"),
        ("I would", "content_filter", "refused"),
        (REFUSAL, "stop", "refused"),
        ("I cannot answer this question, since it is about a person.", "stop", "refused"),
        ("Sorry, no.", "stop", "refused"),
        ("The answer is 42.", "stop", "number"),
        ("First 6 * 7.\nThat gives 42 in all", "stop", "number"),
        ("The answer is (B).", "stop", "choice"),
        ("The answer is option c.", "stop", "choice"),
        ("The answer is the river Elbe.", "stop", "text"),
        (VAGUE, "stop", "nothing"),
        ("Lo siento, no puedo ayudarte con eso.", "stop", "refused"),
        ("I don't know.", "stop", "refused"),
        (f"I can't wait to solve this, but how?\n{VAGUE} {VAGUE}", "stop", "nothing"),
    ],
)
def test_an_unread_response_has_a_likely_cause(text, finish, why):
    assert cause(response(text, finish)) == why


@pytest.mark.parametrize(
    ("texts", "finish", "advice"),
    [
        ([VAGUE] * 3, "length", "raise max_tokens"),
        ([REFUSAL] * 3, "stop", "most of them are refusals"),
        ([""] * 3, "stop", "most of them are empty"),
        (["The answer is 42."] * 2 + [VAGUE], "stop", 'extract="number"'),
        (["The answer is C."] * 2 + [VAGUE], "stop", 'extract="choice"'),
        (["The answer is Oslo."] * 2 + [VAGUE], "stop", 'extract="text"'),
        ([VAGUE] * 2 + ["The answer is Oslo."], "stop", "worked examples in the Template"),
    ],
)
def test_the_advice_is_on_the_cause_of_most_of_them(texts, finish, advice):
    told = note(*(response(text, finish) for text in texts))
    assert "most of them" in told.advice
    assert advice in told.advice
    assert told.sentences[-1] == f"What to try: {told.advice}."


def test_where_no_cause_is_that_of_most_the_advice_is_general():
    told = note(response(VAGUE), response("The answer is 42."), response(VAGUE, "length"))
    assert told.advice.startswith("show the model worked examples")


def test_a_refusal_is_shown_only_if_there_is_nothing_else():
    assert note(*[response(REFUSAL)] * 3).sample == REFUSAL
    late = [*[response(REFUSAL)] * 200, response(VAGUE)]
    assert note(*late).sample == " ".join(VAGUE.split())
    assert "most of them are refusals" in note(*late).advice


def test_an_empty_text_is_shown_only_if_there_is_no_other():
    told = note(response(""), response(""), response(VAGUE))
    assert told.sample == " ".join(VAGUE.split())
    assert "One of them is an empty text." in note(response("")).sentences


def test_the_text_is_of_the_cause_that_the_advice_is_on():
    told = note(response(VAGUE), response("The answer is 42."), response("The answer is 43."))
    assert told.sample == "The answer is 42."


def test_a_long_text_is_its_end_on_one_line():
    told = note(response("word " * 500 + "\n\nand so\nit ends"))
    assert told.sample.startswith("…word word ")
    assert told.sample.endswith("word and so it ends")
    assert SHOWN - 5 < len(told.sample) <= SHOWN
    assert told.sentences[1] == f"One of them ends: “{told.sample}”"


def test_a_text_is_escaped_and_its_control_characters_are_spelled_out():
    told = note(response("<script>alert('x')</script> $a$ \x1b[31m\u202e"))
    assert "<script" not in told.html
    assert "<span>$</span>a" in told.html
    for shown in (told.html, told.text):
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def test_the_note_is_told_in_three_lines():
    told = unread_note(3, 9, [response("The answer is 42.")], "paper")
    assert told.text == (
        "3 of 9 responses of paper (33%) could not be read, and cast no vote.\n"
        "One of them: “The answer is 42.”\n"
        'What to try: most of them give a number: name another reading, extract="number".'
    )


def test_a_million_unread_responses_are_not_all_looked_at():
    endless = (response(VAGUE) for _ in count())
    assert unread_note(10**6, 10**6, endless).sample == " ".join(VAGUE.split())
