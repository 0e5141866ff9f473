"""A response in pieces: put together, and its usage when it is not needed to its end."""

import json
from collections import Counter
from types import SimpleNamespace as Piece

import pytest
from aiohttp import web
from lab import until

import dynscaling_nb as dn
from dynscaling_nb.errors import ModelError
from dynscaling_nb.models.base import CallCancelled
from dynscaling_nb.models.openai.streaming import StreamedReply
from dynscaling_nb.records import Usage

QUERIES = [f"Question number {i}?" for i in range(3)]


def question(body):
    """The question of a request."""
    return next(message["content"] for message in body["messages"] if message["role"] == "user")


def piece(text=None, finish=None, index=0, usage=None, **delta):
    delta = {"content": text} | delta if text else delta
    choice = Piece(index=index, delta=Piece(**delta), finish_reason=finish)
    return Piece(choices=[choice], usage=usage)


def usage(prompt, completion):
    return Piece(prompt_tokens=prompt, completion_tokens=completion)


async def stream(*pieces):
    for each in pieces:
        yield each


async def test_texts_of_all_choices_are_joined_in_order():
    pieces = [
        piece("c", index=1),
        piece("a"),
        piece("b", finish="stop", usage=usage(9, 3)),
        piece(index=1, finish="length", reasoning="deep"),
        Piece(choices=[], usage=None),  # the last piece of some servers
    ]
    reply = (await StreamedReply().read(stream(*pieces))).reply
    assert [choice.message.content for choice in reply.choices] == ["ab", "c"]
    assert [choice.finish_reason for choice in reply.choices] == ["stop", "length"]
    assert reply.choices[1].message.reasoning == "deep"
    assert reply.choices[0].message.refusal is None
    assert reply.usage == usage(9, 3)


async def test_a_stream_that_ends_in_the_middle_is_a_failure():
    with pytest.raises(ModelError, match="the stream ended early"):
        await StreamedReply().read(stream(piece("a"), piece("b", finish="stop", index=1)))


async def test_a_cancelled_call_has_used_what_the_server_counted_or_a_token_a_piece():
    counted, guessed, zeros = StreamedReply(), StreamedReply(), StreamedReply()
    await counted.read(stream(piece("a"), piece("b", finish="stop", usage=usage(9, 2))))
    await guessed.read(stream(piece("a"), piece("b", finish="stop")))
    await zeros.read(stream(piece("a", finish="stop", usage=usage(0, 0))))
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
