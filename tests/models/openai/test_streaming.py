"""A response in pieces: put together, and its usage when it is not needed to its end."""

import json
import time
from collections import Counter

import pytest
from aiohttp import web
from lab import until

import dynscaling_nb as dn
from dynscaling_nb.errors import ModelError
from dynscaling_nb.models.base import CallCancelled
from dynscaling_nb.models.openai.responses import embedded_error, read_completions
from dynscaling_nb.models.openai.streaming import StreamedReply, WebPage
from dynscaling_nb.records import Usage

QUERIES = [f"Question number {i}?" for i in range(3)]


def question(body):
    """The question of a request."""
    return next(message["content"] for message in body["messages"] if message["role"] == "user")


def piece(text=None, finish=None, index=0, usage=None, **delta):
    delta = {"content": text} | delta if text else delta
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {"choices": [choice], "usage": usage}


def usage(prompt, completion):
    return {"prompt_tokens": prompt, "completion_tokens": completion}


TOTAL = {"choices": [], "usage": usage(9, 3)}
DONE = b"data: [DONE]\n\n"


def fed(*pieces):
    """A streamed reply of these pieces; bytes are sent as they are."""
    stream = StreamedReply()
    for each in pieces:
        data = each if isinstance(each, bytes) else f"data: {json.dumps(each)}\n\n".encode()
        stream.feed(data)
    return stream


def test_texts_of_all_choices_are_joined_in_order():
    reply = fed(
        piece("c", index=1),
        piece("a"),
        piece("b", finish="stop", usage=usage(9, 3)),
        piece(index=1, finish="length", reasoning="deep"),
        {"choices": [], "usage": None},  # the last piece of some servers
    ).close()
    first, second = read_completions(reply, Usage(99, 99)).completions
    assert (first.text, first.finish, first.usage) == ("ab", "stop", Usage(9, 2))
    assert (second.text, second.finish, second.thoughts) == ("c", "length", "deep")


@pytest.mark.parametrize("end", [DONE, TOTAL, piece(finish="stop")])
def test_a_stream_is_whole_after_its_mark_a_total_or_a_finish(end):
    reply = fed(piece("The answer "), piece("is 7."), end).close()
    (completion,) = read_completions(reply, Usage(99, 99)).completions
    assert (completion.text, completion.finish) == ("The answer is 7.", "stop")


@pytest.mark.parametrize("usage", [None, usage(9, 2)])  # some servers send it with every piece
def test_a_stream_that_ends_in_the_middle_is_a_failure(usage):
    with pytest.raises(ModelError, match="the stream ended early"):
        fed(piece("a"), piece("b", finish="stop", index=1, usage=usage)).close()


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": []},
        {"choices": None},
        {},
        7,
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [None]},
        {"choices": [{"delta": {"role": "assistant", "content": None, "tool_calls": []}}]},
        {"choices": [{"index": None, "delta": {"content": ""}, "logprobs": None}], "usage": 5},
    ],
)
def test_an_empty_piece_is_passed_over(odd):
    reply = fed(piece("The answer "), odd, piece("is 7.", finish="stop"), odd).close()
    assert read_completions(reply, Usage()).completions[0].text == "The answer is 7."


@pytest.mark.parametrize(
    "pieces",
    [
        [{"choices": [{"index": 0, "text": "a"}]}, {"choices": [{"text": "b"}]}],
        [piece([{"type": "text", "text": "a"}]), piece([{"type": "text", "text": "b"}])],
        [{"choices": [{"index": 0, "message": {"role": "assistant", "content": "ab"}}]}],
        [piece("ab"), {"choices": [{"index": 0, "message": {"content": "ab"}}]}],
        [piece(["a", {"type": "text", "text": "b"}])],
    ],
)
def test_the_text_of_a_piece_has_many_forms(pieces):
    reply = fed(*pieces, DONE).close()
    assert read_completions(reply, Usage()).completions[0].text == "ab"


def test_thoughts_in_parts_are_told_apart():
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "deep "}]}
    reply = fed(piece([thinking]), piece([thinking]), piece("7"), DONE).close()
    (completion,) = read_completions(reply, Usage()).completions
    assert (completion.thoughts, completion.text) == ("deep deep", "7")


def test_an_error_ends_a_stream():
    error = {"code": 502, "message": "provider failed"}
    assert embedded_error(fed({"error": error}).close()) == error
    cut = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
    assert embedded_error(fed(piece("a"), {"error": error, "choices": [cut]}).close()) == error
    assert embedded_error(fed(piece("a"), {"error": error}).close()) == error
    finished = piece("b", finish="stop", index=1)
    reply = fed(piece("a"), finished, {"error": error}).close()
    assert embedded_error(reply) is None
    assert [c.text for c in read_completions(reply, Usage()).completions] == ["b"]


def test_a_reply_in_one_piece_is_read_too():
    whole = {"choices": [{"message": {"content": "7"}}]}
    assert fed(json.dumps(whole).encode()).close() == whole
    assert fed(json.dumps(whole, indent=1).encode()).close() == whole
    with pytest.raises(WebPage, match="a web page"):
        fed(b"<!DOCTYPE html>\n<html></html>").close()
    with pytest.raises(json.JSONDecodeError):
        fed(b"busy").close()


def test_three_megabytes_are_read_at_once():
    began = time.perf_counter()
    for text, times in (("word " * 30, 20_000), ("word " * 600_000, 1)):
        reply = fed(*[piece(text)] * times, DONE).close()
        (completion,) = read_completions(reply, Usage()).completions
        assert len(completion.text) == len(text) * times - 1
    assert time.perf_counter() - began < 10  # a copy of the text for each piece takes minutes


def test_a_cancelled_call_has_used_what_the_server_counted_or_a_token_a_piece():
    counted = fed(piece("a"), piece("b", finish="stop", usage=usage(9, 2)))
    guessed = fed(piece("a"), piece("b", finish="stop"))
    zeros = fed(piece("a", finish="stop", usage=usage(0, 0)))
    assert counted.cancelled == CallCancelled(Usage(9, 2, 1), counted=True)
    assert guessed.cancelled == CallCancelled(Usage(0, 2, 1), counted=False)
    assert zeros.cancelled == CallCancelled(Usage(0, 1, 1), counted=False)


def test_a_stream_says_the_same_as_a_reply_at_once(endpoint):
    plain = dn.run(
        QUERIES[:3], budget=6, model=dn.OpenAIModel("tiny", endpoint.url, max_n=1), store=False
    )
    streamed = dn.run(
        QUERIES[:3],
        budget=6,
        model=dn.OpenAIModel("tiny", endpoint.url, max_n=1, stream=True),
        store=False,
    )
    assert streamed.answers == plain.answers
    assert {r.finish for r in streamed.responses} == {"stop"}
    assert streamed.usage.prompt_tokens == 60
    assert streamed.usage.completion_tokens > 0
    assert endpoint.bodies[-1]["stream_options"] == {
        "include_usage": True,
        "continuous_usage_stats": True,
    }


def test_a_server_that_knows_no_stream_options_is_asked_without(endpoint):
    def behave(body, count):
        for name in ("continuous_usage_stats", "stream_options"):
            if name in (body.get("stream_options") or {}) or name in body:
                return web.json_response(
                    {"error": {"message": f"unknown field: {name}"}}, status=400
                )
        return None

    endpoint.behave = behave
    model = dn.OpenAIModel("no-options", endpoint.url, max_n=1, stream=True)
    result = dn.run(QUERIES[:3], budget=6, model=model, store=False)
    assert (result.spent, result.usage.completion_tokens) == (6, 0)
    assert "refused continuous_usage_stats, stream_options" in result.report()


def test_a_stream_that_breaks_off_is_no_answer(endpoint):
    async def breaks(body, request):
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        choice = {"index": 0, "delta": {"content": "The"}}
        chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        data = json.dumps(chunk | {"choices": [choice]})
        await reply.write(f"data: {data}\n\n".encode())
        return reply

    endpoint.stream = breaks
    with pytest.raises(dn.ModelError, match="the stream ended early"):
        dn.run(
            QUERIES[:1],
            budget=1,
            model=dn.OpenAIModel(
                "tiny", endpoint.url, max_n=1, stream=True, max_retries=1, give_up_after=3
            ),
            store=False,
        )


def first_ones_quick(endpoints, refused=()):
    """Five quick streams for each query; any other would take twelve seconds."""
    seen = Counter()

    def behave(served):
        def answer(body, count):
            for name in refused:
                if name in body:
                    return web.json_response(
                        {"error": {"message": f"unknown field: {name}"}}, status=400
                    )
            seen[question(body)] += 1
            quick = seen[question(body)] <= 5
            served.pause, served.text = (0.02, short) if quick else (0.2, long)
            return None

        return answer

    def short(body, choice):
        return "well well well well well\nThe answer is 7."

    def long(body, choice):
        return " ".join(["well"] * 60) + "\nThe answer is 7."

    for served in endpoints:
        served.behave = behave(served)


@pytest.mark.parametrize("limits", [{}, {"token_limit": 40_000, "max_tokens": 50}])
def test_calls_in_flight_are_cancelled_once_the_query_has_enough(endpoint, limits):
    first_ones_quick([endpoint])
    options = {
        "model": "tiny",
        "base_url": endpoint.url,
        "concurrency": 12,
        "store": False,
        "depth": 0,
        "timeout": 10,
        "seed": 1,
        **limits,
    }
    result = dn.run(
        QUERIES[:2], budget=40, policy="uniform", stop="ac", cancel_settled=True, **options
    )
    assert result.stopped == "settled", result.error
    assert result.answers == ["7", "7"]
    assert result.counts["cancelled"] > 0
    assert (
        len(endpoint.bodies) <= result.counts["cancelled"] + result.spent
    )  # some were not sent yet
    until(lambda: endpoint.now == 0)
    assert (
        0 < endpoint.broken <= len(endpoint.bodies) - result.spent
    )  # and some had said all by the time
    assert "cancelled in flight, since the question had enough" in result.report()
    drawn = sum(r.usage.completion_tokens for r in result.responses)
    unsaid = 50 * result.counts["cancelled"] if limits else 0  # of those that had no piece yet
    assert (
        drawn < result.usage.completion_tokens <= endpoint.written + unsaid
    )  # the server said with every piece how much it had written


def test_under_a_limit_what_a_silent_server_had_written_counts_as_all_it_might_have(endpoint):
    first_ones_quick([endpoint], refused=["stream_options"])
    options = {"base_url": endpoint.url, "concurrency": 12, "store": False, "depth": 0, "seed": 1}
    result = dn.run(
        QUERIES[:1],
        budget=40,
        model="silent",
        policy="uniform",
        stop="ac",
        cancel_settled=True,
        token_limit=100_000,
        max_tokens=50,
        extract=lambda text: "7",
        **options,
    )
    assert result.stopped == "settled", result.error
    assert result.counts["cancelled"] > 0
    bound = dn.OpenAIModel("silent", endpoint.url, max_tokens=50).bound(
        dn.Request(result.queries[0], result.responses[0].messages)
    )
    assert result.usage.completion_tokens == 50 * (result.counts["cancelled"] + result.spent)
    assert result.usage.prompt_tokens == bound.prompt_tokens * (
        result.counts["cancelled"] + result.spent
    )


def test_calls_to_several_servers_are_cancelled_too(endpoints):
    first_ones_quick(endpoints)
    urls = [served.url for served in endpoints]
    model = dn.OpenAIModel("tiny", urls, max_n=1, stream=True)
    result = dn.run(
        QUERIES[:2],
        budget=40,
        policy="uniform",
        stop="ac",
        cancel_settled=True,
        model=model,
        concurrency=12,
        store=False,
        depth=0,
        seed=1,
    )
    assert result.stopped == "settled"
    assert result.counts["cancelled"] > 0
    assert result.usage.completion_tokens > sum(r.usage.completion_tokens for r in result.responses)
