"""The body of a request, worked out by hand."""

from dataclasses import replace

from dynscaling_nb.models.openai.request_body import request_body, request_seed
from dynscaling_nb.models.openai.settings import OpenAISettings


def body(request, n=1, refused=(), **settings):
    whole = OpenAISettings("tiny", "http://here/v1", **settings)
    return request_body(whole, request, offset=0, n=n, refused=set(refused))


def test_a_plain_body_holds_the_model_and_the_messages(request_for):
    request = request_for("one?")
    messages = [{"role": "user", "content": "one?"}]
    assert body(request) == {"model": "tiny", "messages": messages}


def test_what_is_set_is_sent(request_for):
    request = request_for()
    settings = {"temperature": 0.0, "max_tokens": 9, "logprobs": True, "extra_body": {"top_k": 5}}
    sent = body(request, 3, **settings)
    del sent["model"], sent["messages"]
    assert sent == {
        "n": 3,
        "temperature": 0.0,
        "max_completion_tokens": 9,
        "logprobs": True,
        "extra_body": {"top_k": 5},
    }


def test_what_was_refused_is_not_sent(request_for):
    refused = {"temperature", "max_completion_tokens", "top_k", "n"}
    extra = {"top_k": 5, "min_p": 0}
    sent = body(request_for(), 3, refused, temperature=0.5, max_tokens=9, extra_body=extra)
    del sent["model"], sent["messages"]
    assert sent == {"max_tokens": 9, "extra_body": {"min_p": 0}}  # the older name of the limit


def test_a_last_message_of_the_models_own_is_to_be_continued(request_for):
    own = {"role": "assistant", "content": "It is"}
    request = replace(request_for("one?"), messages=({"role": "user", "content": "one?"}, own))
    extra = {"top_k": 5}
    sent = body(request, extra_body=extra)
    assert sent["messages"][-1] == {**own, "prefix": True}
    continued = {"continue_final_message": True, "add_generation_prompt": False}
    assert sent["extra_body"] == {**continued, "top_k": 5}
    refused = {"prefix", "continue_final_message", "add_generation_prompt"}
    assert body(request, refused=refused)["messages"][-1] == own
    assert "extra_body" not in body(request, refused=refused)
    assert "prefix" not in own


def test_a_stream_asks_for_usage_with_every_piece_as_far_as_the_server_knows_it(request_for):
    request = request_for()
    every, last = {"include_usage": True, "continuous_usage_stats": True}, {"include_usage": True}
    assert body(request, stream=True)["stream_options"] == every
    assert body(request, 1, ["continuous_usage_stats"], stream=True)["stream_options"] == last
    assert "stream_options" not in body(request, 1, ["stream_options"], stream=True)
    assert {"stream", "stream_options"}.isdisjoint(body(request, 1, ["stream"], stream=True))


def test_seeds_differ_by_run_query_and_number(request_for):
    seeds = {request_seed(s, q, i) for s in (1, 2) for q in ("a", "b") for i in range(5)}
    assert len(seeds) == 20
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert body(request_for("q", index=3), seed=1)["seed"] == request_seed(1, "q", 3)
