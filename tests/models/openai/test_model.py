"""Whole runs through the real openai client, against a real HTTP server."""

import time

import pytest
from aiohttp import web

import dynscaling_nb as dn

QUESTIONS = ["one?", "two?", "three?"]


def model(endpoint, **settings) -> dn.OpenAIModel:
    return dn.OpenAIModel("tiny", endpoint.url, max_retries=2, timeout=5, **settings)


def test_a_run_spends_its_budget_and_adds_up_usage(endpoint):
    result = dn.run(
        QUESTIONS, budget=30, model="tiny", base_url=endpoint.url, seed=1, concurrency=4
    )
    assert sum(result.pulls) == len(result.responses) == 30
    assert (
        result.usage.requests == len(endpoint.bodies) < 30
    )  # warm-up responses come several a request
    assert result.usage.completion_tokens == 5 * 30
    assert result.usage.prompt_tokens == 10 * len(endpoint.bodies)
    assert endpoint.peak <= 4
    assert len(endpoint.connections) <= 4  # connections are reused
    assert any(r.kind == "chained" and len(r.messages) == 4 for r in result.responses)


def test_a_server_that_ignores_n_is_asked_again(endpoint):
    endpoint.most = 1
    result = dn.run(QUESTIONS, budget=24, model=model(endpoint), seed=1)
    assert sum(result.pulls) == len(endpoint.bodies) == 24


def test_fields_that_a_server_refuses_are_dropped_and_not_sent_again(endpoint):
    def refuse(body, count):
        for name in ("seed", "max_completion_tokens"):
            if name in body:
                return web.json_response(
                    {"error": {"message": f"unknown field {name!r}"}}, status=400
                )
        if body.get("n", 1) > 1:
            return web.json_response({"detail": "'n' must be 1"}, status=422)
        return None

    endpoint.behave = refuse
    result = dn.run(
        QUESTIONS, budget=12, model=model(endpoint, seed=3, max_tokens=50), seed=1, concurrency=1
    )
    assert sum(result.pulls) == 12
    assert len(endpoint.bodies) == 12 + 3
    assert endpoint.bodies[-1]["max_tokens"] == 50


def test_seeds_differ_between_requests(endpoint):
    dn.run(QUESTIONS, budget=9, model=model(endpoint, seed=3, max_n=1), seed=1)
    seeds = [body["seed"] for body in endpoint.bodies]
    assert len(set(seeds)) == 9
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_thoughts_are_kept_apart_from_the_text(endpoint):
    endpoint.text = lambda body, i: "<think>deep</think>The answer is 3."
    response = dn.run(["q"], budget=1, model=model(endpoint)).responses[0]
    assert (response.thoughts, response.text, response.answer) == ("deep", "The answer is 3.", "3")


@pytest.mark.parametrize("repeats", ["", "thinking\n\nOnce more:\n"])
def test_a_chain_that_the_model_continues_is_no_part_of_its_response(endpoint, repeats):
    """Some servers repeat the text that they go on with."""
    endpoint.text = lambda body, i: (
        f"{repeats}It is 5.\nThe answer is 5."
        if body["messages"][-1]["role"] == "assistant"
        else "thinking\nThe answer is 3."
    )
    template = dn.Template(chain="{chain}\n\nOnce more:\n", think_on="")
    options = {"parallel": 1, "depth": 1, "template": template}
    result = dn.run(["q?"], budget=2, model=model(endpoint), store=False, **options)
    chained = result.responses[-1]
    assert endpoint.bodies[-1]["messages"][-1]["prefix"] is True
    assert (chained.sources, chained.text) == ((0,), "It is 5.\nThe answer is 5.")


def test_rate_limits_are_ridden_out(endpoint):
    endpoint.behave = lambda body, count: (
        web.json_response(
            {"error": {"message": "slow down"}}, status=429, headers={"retry-after-ms": "10"}
        )
        if count <= 2
        else None
    )
    result = dn.run(QUESTIONS, budget=12, model=model(endpoint), seed=1)
    assert (sum(result.pulls), result.failures) == (12, 0)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"model": "tinny"}, "does not know the model 'tinny'.*it has tiny"),
        ({"api_key": "sk-wrong-key"}, "refused the key"),
    ],
)
def test_a_refusal_is_one_line_without_the_key(endpoint, settings, says):
    endpoint.behave = lambda body, count: (
        web.json_response({"error": {"message": f"model {body['model']!r} not result"}}, status=404)
        if body["model"] != "tiny"
        else None
    )
    refused = dn.OpenAIModel(
        **{"model": "tiny", "base_url": endpoint.url, "max_retries": 0, **settings}
    )
    with pytest.raises(dn.ModelUnavailable, match=says) as caught:
        dn.run(QUESTIONS, budget=6, model=refused)
    assert "\n" not in str(caught.value)
    assert "sk-" not in repr(caught.value) + repr(refused)


def test_an_unreachable_or_silent_server_is_reported_within_the_timeout(endpoint):
    began = time.monotonic()
    with pytest.raises(dn.ModelUnavailable, match="127.0.0.1:9"):
        dn.run(["q"], budget=1, model="x", base_url="http://127.0.0.1:9/v1", timeout=1)
    endpoint.delay = 3
    with pytest.raises(dn.ModelUnavailable, match="within 1 s"):
        dn.run(["q"], budget=1, model="x", base_url=endpoint.url, timeout=1)
    assert time.monotonic() - began < 10


def test_what_was_drawn_before_the_server_broke_is_kept(endpoint):
    endpoint.behave = lambda body, count: (
        web.json_response({"error": {"message": "bad key"}}, status=401) if count > 5 else None
    )
    result = dn.run(QUESTIONS, budget=30, model=model(endpoint, max_n=1), concurrency=1)
    assert (result.stopped, len(result.responses), sum(result.pulls)) == ("error", 5, 5)
    assert "refused the key" in result.error


def test_a_query_that_keeps_failing_is_set_aside_and_the_others_get_its_share(endpoint):
    endpoint.behave = lambda body, count: (
        web.json_response({"error": {"message": "too long"}}, status=400)
        if body["messages"][1]["content"] == "two?"
        else None
    )
    result = dn.run(QUESTIONS, budget=30, model=model(endpoint), seed=1)
    assert result.pulls[1] == 0
    assert sum(result.pulls) == 30
    assert result.answers[1] is None


def test_malformed_bodies_are_failures_and_not_answers(endpoint):
    def garble(body, count):
        return {
            0: web.Response(text="{", content_type="application/json"),
            1: web.json_response({"choices": None}),
        }.get(count % 4)

    endpoint.behave = garble
    result = dn.run(QUESTIONS, budget=12, model=model(endpoint, max_n=1), concurrency=1)
    assert sum(result.pulls) == 12
    assert result.usage.retries > 0


def test_a_missing_key_and_a_bad_address_are_refused_before_anything_is_sent(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(dn.InputError, match="OPENAI_API_KEY"):
        dn.run(["q"], budget=1, model="gpt-x")
    with pytest.raises(dn.InputError, match="http://"):
        dn.run(["q"], budget=1, model="x", base_url="localhost:80")


def test_a_limit_in_tokens_asks_for_one_completion_at_a_time(endpoint):
    """By some servers the usage of several is that of the first."""
    result = dn.run(
        ["q?"],
        budget=12,
        model=dn.OpenAIModel("tiny", endpoint.url, max_tokens=20),
        token_limit=9000,
        store=False,
    )
    assert sum(result.pulls) == len(endpoint.bodies) == 12
    assert all("n" not in body for body in endpoint.bodies)
