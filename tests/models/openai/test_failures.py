"""Error replies of real servers, in `error_bodies.jsonl`, and the decision on each."""

import json
from pathlib import Path

import pytest

from dynscaling_nb.models.openai import decisions
from dynscaling_nb.models.openai.error_detail import ErrorReply
from dynscaling_nb.models.openai.failures import classify

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
