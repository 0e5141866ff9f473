"""Replies as servers really send them, over both HTTP libraries."""

import asyncio
import json

import pytest
from aiohttp import web

import dynscaling_nb as dn
from dynscaling_nb.models.openai.throttle import TransientError

pytestmark = pytest.mark.usefixtures("transport")


def choice(content="The answer is 7.", finish="stop", **more):
    return {"index": 0, "finish_reason": finish, "message": {"content": content}, **more}


def reply(*choices, **more):
    return web.json_response({"choices": list(choices or [choice()]), **more})


def sse(*pieces, ending="data: [DONE]\n\n", kind="text/event-stream"):
    lines = [piece if isinstance(piece, str) else f"data: {json.dumps(piece)}" for piece in pieces]
    return web.Response(text="".join(f"{line}\n\n" for line in lines) + ending, content_type=kind)


def piece(text, finish=None, **more):
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], **more}


async def exchanged(endpoint, request, answer, clock=None, **settings):
    """The completions, and the failures on the way; `answer(count)` is the server's reply."""
    endpoint.behave = lambda body, count: answer(count)
    model = dn.OpenAIModel("tiny", endpoint.url, **settings)
    options = {} if clock is None else {"clock": clock, "sleep": clock.sleep}
    async with model.open(**options) as sampler:
        completions = await sampler.generate(request)
        return completions, dict(sampler.stats.failed)


class TestFailedCalls:
    """They are repeated, and nothing of them becomes a response."""

    @pytest.mark.parametrize(
        ("failure", "kind"),
        [
            (lambda: reply(choice("", "error", error={"code": 502})), "status 502"),
            (lambda: reply(choice(None, "error")), "malformed reply"),
            (lambda: reply(choice("The an", "error", error={"message": "x"})), "malformed reply"),
            (lambda: web.json_response({"error": {"code": 429, "message": "slow"}}), "rate limit"),
            (lambda: web.json_response([{"error": {"code": 503, "message": "x"}}]), "status 503"),
            (lambda: web.json_response({"choices": []}), "malformed reply"),
            (lambda: web.json_response(7), "malformed reply"),
            (lambda: web.json_response("busy"), "malformed reply"),
            (lambda: web.Response(text="busy"), "malformed reply"),
            (lambda: web.Response(text="[" * 9999, content_type="text/json"), "malformed reply"),
        ],
    )
    @pytest.mark.parametrize("stream", [False, True])
    async def test_a_reply_of_an_error(self, endpoint, request_for, clock, failure, kind, stream):
        completions, failed = await exchanged(
            endpoint,
            request_for(),
            lambda count: failure() if count < 3 else reply(),
            clock,
            stream=stream,
        )
        assert [c.text for c in completions] == ["The answer is 7."]
        assert failed == {kind: 2}

    @pytest.mark.parametrize(
        ("failure", "kind"),
        [
            (lambda: sse(piece("The"), {"error": {"code": 502, "message": "x"}}), "status 502"),
            (lambda: sse({"error": {"code": 429, "message": "slow"}}), "rate limit"),
            (lambda: sse(piece("The"), piece("", "error", error={"code": 503})), "status 503"),
            (lambda: sse(piece("The"), 'event: error\ndata: {"message": "x"}'), "malformed reply"),
            (lambda: sse(piece("The"), ending=""), "malformed reply"),
            (lambda: sse(piece("The"), "data: {broken"), "malformed reply"),
            (lambda: sse(), "malformed reply"),
        ],
    )
    async def test_a_stream_of_an_error(self, endpoint, request_for, clock, failure, kind):
        completions, failed = await exchanged(
            endpoint,
            request_for(),
            lambda count: failure() if count < 3 else sse(piece("7", "stop")),
            clock,
            stream=True,
        )
        assert [c.text for c in completions] == ["7"]
        assert failed == {kind: 2}

    async def test_a_choice_of_several(self, endpoint, request_for):
        def answer(count):
            return reply(choice("a"), choice("", "error", error={"code": 502}), choice("c"))

        completions, failed = await exchanged(endpoint, request_for(n=2), answer)
        assert ([c.text for c in completions], failed) == (["a", "c"], {})

    async def test_a_connection_that_breaks_within_a_stream(self, endpoint, request_for, clock):
        async def breaks(body, request):
            half = web.StreamResponse(headers={"content-type": "text/event-stream"})
            await half.prepare(request)
            await half.write(b'data: {"choices": []}\n\n')
            request.transport.abort()
            return half

        endpoint.stream = breaks
        completions, failed = await exchanged(
            endpoint,
            request_for(),
            lambda count: None if count < 3 else sse(piece("7", "stop")),
            clock,
            stream=True,
        )
        assert [c.text for c in completions] == ["7"]
        assert failed == {"connection": 2}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        lambda: reply(),
        lambda: reply(usage=None),
        lambda: web.Response(text=json.dumps({"choices": [choice()]})),
        lambda: sse(piece("The answer "), piece("is 7.", "stop")),
        lambda: sse(piece("The answer "), piece("is 7.")),
        lambda: sse(
            piece("The answer "), piece("is 7."), {"choices": [], "usage": {"x": 1}}, ending=""
        ),
        lambda: sse(": ping", piece("The answer "), {"choices": []}, ": ping", piece("is 7.")),
        lambda: sse(piece("The answer "), piece("is 7."), kind="text/plain"),
    ],
)
async def test_a_stream_may_come_whole_and_a_reply_in_pieces(endpoint, request_for, answer, stream):
    completions, failed = await exchanged(
        endpoint, request_for(), lambda count: answer(), stream=stream
    )
    assert [(c.text, c.finish) for c in completions] == [("The answer is 7.", "stop")]
    assert failed == {}


async def test_a_stream_may_take_longer_than_the_timeout_but_no_silence(endpoint, request_for):
    endpoint.pause = 0.3
    endpoint.text = lambda body, choice: "well " * 9
    model = dn.OpenAIModel("tiny", endpoint.url, stream=True, timeout=1.5, max_retries=0)
    async with model.open() as sampler:
        completions = await sampler.generate(request_for())
        assert len(completions[0].text.split()) == 9
        endpoint.pause = 2
        with pytest.raises(TransientError, match=r"no answer from .* within 1.5 s"):
            await sampler.generate(request_for())


async def test_a_connection_is_used_again_after_a_stream(endpoint, request_for):
    async with dn.OpenAIModel("tiny", endpoint.url, stream=True).open() as sampler:
        for _ in range(4):
            await sampler.generate(request_for())
    assert len(endpoint.connections) == 1


@pytest.mark.parametrize("size", [400_000, 3_000_000])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_long_text_is_read_and_the_loop_goes_on(endpoint, request_for, size, stream):
    endpoint.text = lambda body, choice: "word " * (size // 5)
    if stream:
        text = "word " * 200
        endpoint.behave = lambda body, count: sse(*[piece(text)] * (size // 1000))
    model = dn.OpenAIModel("tiny", endpoint.url, stream=stream)
    async with model.open() as sampler:
        completions = await asyncio.wait_for(sampler.generate(request_for()), 30)
    assert len(completions[0].text) == size - 1


async def test_a_web_page_is_no_completion(endpoint, request_for):
    page = "<!DOCTYPE html><html><title>Chat</title></html>"
    with pytest.raises(dn.ModelUnavailable, match="web page"):
        await exchanged(
            endpoint, request_for(), lambda count: web.Response(text=page, content_type="text/html")
        )


async def test_half_a_character_is_no_fault_of_the_server(endpoint, request_for):
    with pytest.raises(dn.InputError, match="holds text that cannot be sent"):
        await exchanged(endpoint, request_for("\ud83d"), lambda count: reply())
    assert endpoint.bodies == []


async def test_a_server_that_is_not_there_is_named(request_for, clock):
    async with dn.OpenAIModel("m", "http://127.0.0.1:9/v1", api_key="none").open(
        clock=clock, sleep=clock.sleep
    ) as sampler:
        with pytest.raises(dn.ModelUnavailable, match="cannot reach http://127.0.0.1:9/v1.*onnect"):
            await sampler.generate(request_for())
