"""Error replies and the decision on each."""

import pytest

from dynscaling_nb.errors import ModelError, ModelUnavailable
from dynscaling_nb.models.openai.failures import (
    DropField,
    ErrorReply,
    Fail,
    Fewer,
    Retry,
    UnknownModel,
    classify,
    limit_named_in,
    refused_field,
)

BODY = {"model": "tiny", "messages": [], "n": 8, "seed": 1, "max_completion_tokens": 50}
ONE = {"model": "tiny", "messages": []}
HERE = "http://here/v1"


def decide(status, message, body=BODY, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(ErrorReply(HERE, status, message, message, named), body)


@pytest.mark.parametrize(
    ("status", "message", "body", "decision"),
    [
        (400, "unknown field 'seed'", BODY, DropField("seed")),
        (422, "max_completion_tokens is not supported", BODY, DropField("max_completion_tokens")),
        (400, "unknown field 'seed'", ONE, None),  # it was not sent
        (500, "unknown field 'seed'", BODY, Retry),  # no bad request
        (400, "'n' must be 1", BODY, DropField("n")),
        (400, "n=8 is too many", BODY, DropField("n")),
        (400, "'n': value must lie between 1 and 3, but got 8", BODY, Fewer(3, named=True)),
        (400, "too many", BODY, Fewer(4, named=False)),
        (400, "too many", BODY | {"n": 3}, Fewer(1, named=False)),
        (400, "too long", ONE, Fail(ModelError(f"{HERE} answered 400: too long", 400))),
        (413, "too long", BODY, Fail(ModelError(f"{HERE} answered 413: too long", 413))),
        (401, "no", BODY, Fail(ModelUnavailable("refused the key (401)", 401))),
        (403, "no", BODY, Fail(ModelUnavailable("refused the key (403)", 403))),
        (400, "bad API key", ONE, Fail(ModelUnavailable("refused the key (400)", 400))),
        (400, "No connected db.", ONE, Fail(ModelUnavailable("refused the key (400)", 400))),
        (404, "no", BODY, UnknownModel(f"{HERE} does not know the model 'tiny' (404)")),
        (400, "no model tiny", ONE, UnknownModel(f"{HERE} does not know the model 'tiny' (400)")),
        (429, "slow down", BODY, Retry(f"{HERE} answered 429: slow down", "rate limit", None)),
        (429, "quota exceeded", BODY, Fail(ModelUnavailable("the quota is used up", 429))),
        (503, "busy", BODY, Retry(f"{HERE} answered 503: busy", "status 503", None)),
        (500, "api key db", BODY, Retry(f"{HERE} answered 500: api key db", "status 500", None)),
        (408, "late", BODY, Retry(f"{HERE} answered 408: late", "status 408", None)),
        (409, "again", BODY, Retry(f"{HERE} answered 409: again", "status 409", None)),
    ],
)
def test_each_error_reply_has_its_decision(status, message, body, decision):
    outcome = decide(status, message, body)
    if decision is None:
        assert not isinstance(outcome, DropField)
    elif decision is Retry:
        assert isinstance(outcome, Retry)
    elif isinstance(decision, Fail):
        assert type(outcome.error) is type(decision.error)
        assert str(decision.error) in str(outcome.error)
        assert outcome.error.value == status
    else:
        assert outcome == decision


def test_a_pause_is_as_long_as_the_server_asks():
    assert decide(429, "slow down", retry_after="7").after == 7
    assert decide(503, "busy", retry_after_ms="250").after == 0.25


def test_the_users_own_fields_are_dropped_first_and_those_of_a_stream_are_seen():
    body = BODY | {"extra_body": {"top_k": 5}, "stream_options": {"continuous_usage_stats": True}}
    assert refused_field("unknown: seed, top_k", body) == "top_k"
    assert refused_field("unknown: continuous_usage_stats", body) == "continuous_usage_stats"
    assert refused_field("unknown: messages", body) is None  # no request can do without


def test_a_field_of_one_letter_must_stand_alone():
    assert refused_field("no such thing", BODY) is None
    for text in ("'n'", '"n"', "`n`", "n = 8", "n=8"):
        assert refused_field(f"bad {text}", BODY) == "n"


def test_the_largest_smaller_number_is_the_limit():
    assert limit_named_in("between 1 <= n <= 4, but got 8", below=8) == 4
    assert limit_named_in("n must be 1", below=8) is None
