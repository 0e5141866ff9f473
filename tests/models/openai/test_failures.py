"""Error replies of real servers, in `error_bodies.jsonl`, and the decision on each."""

import json
from pathlib import Path

import pytest

from dynscaling_nb.models.openai import decisions
from dynscaling_nb.models.openai.error_detail import ErrorReply
from dynscaling_nb.models.openai.failures import LONGEST_WAIT, classify

HERE = "http://here/v1"
MESSAGES = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "What is 7?"}]
BODY = {
    "model": "gpt-4o",
    "messages": MESSAGES,
    "max_completion_tokens": 100,
    "temperature": 0.7,
    "seed": 1,
}
ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("error_bodies.jsonl").read_text().splitlines()
]


def decide(status, body, headers=None, where=HERE, **send):
    text = body if isinstance(body, str) else json.dumps(body)
    request = BODY | send
    if "max_tokens" in send:
        del request["max_completion_tokens"]
    return classify(ErrorReply(where, status, text, headers or {}), request)


def in_words(decision):
    """The part of a decision that a row of the table names."""
    match decision:
        case decisions.DropField(name):
            return name
        case decisions.Fewer(n):
            return str(n)
        case decisions.FoldSystem():
            return ""
        case decisions.Retry(message, kind):
            return f"{kind}: {message}"
    return decision.message


@pytest.mark.parametrize("row", ROWS, ids=[row["server"] for row in ROWS])
def test_each_error_body_has_its_decision(row):
    decision = decide(row["status"], row["body"], row.get("headers"), **row.get("send", {}))
    assert type(decision).__name__ == row["decision"], decision
    assert row.get("says", "") in in_words(decision)
    assert "\n" not in in_words(decision)
    if "after" in row:
        assert decision.after == row["after"]


def test_a_field_of_the_last_message_is_dropped_if_the_server_does_not_know_it():
    error = {"type": "extra_forbidden", "loc": ["body", "messages", 1, "assistant", "prefix"]}
    body = {"detail": [error | {"msg": "Extra inputs are not permitted", "input": True}]}
    own = {"role": "assistant", "content": "It is", "prefix": True}
    assert decide(422, body, messages=[*MESSAGES, own]) == decisions.DropField("prefix")
    assert decide(422, body) != decisions.DropField("prefix")


def test_a_long_echo_of_the_request_is_no_part_of_the_error():
    echo = BODY | {"messages": [{"role": "user", "content": "unknown field 'seed' " * 20_000}]}
    detail = [{"loc": ["body"], "msg": "Input should be a string", "input": echo}]
    assert isinstance(decide(422, {"detail": detail}), decisions.FailQuestion)


def test_a_body_of_no_sense_is_an_error_like_others():
    for body in ("[" * 10_000, '{"error": ' * 3000 + "1" + "}" * 3000, "\x00", "null", "7", '""'):
        assert isinstance(decide(400, body), decisions.FailQuestion)
        assert isinstance(decide(503, body), decisions.Retry)


def test_a_quoted_prompt_decides_nothing():
    prompt = "Explain the error: invalid api key, model gpt-4o not found, insufficient quota."
    send = {"messages": [{"role": "user", "content": prompt}]}
    for status in (400, 422):
        decision = decide(status, {"error": f"cannot answer: {prompt!r}"}, **send)
        assert isinstance(decision, decisions.FailQuestion)


def test_an_address_without_a_version_gets_the_hint_and_the_longest_wait_is_sat_out():
    page = decide(200, "<html><title>Hi</title></html>", where="http://here/")
    assert "does the base URL end with /v1?" in page.message
    for seconds, kind in ((LONGEST_WAIT, decisions.Retry), (LONGEST_WAIT + 1, decisions.EndRun)):
        assert isinstance(decide(429, "slow", {"retry-after": str(seconds)}), kind)
