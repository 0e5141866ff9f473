"""A server on loopback that fails in every way that servers do, seeded.

Also a program: `python tests/faults.py LOG [share] [seed] [latency]`. Every completion has a
number of its own in its text. Once it is sent in full, the log gets a line: number and time.
"""

import asyncio
import json
import random
import sys
import threading
import time

from aiohttp import web

SOON = {"retry-after-ms": "200"}
REPLIES = {  # error replies whose words mislead: status, headers, body
    "429 of Azure, with quota in an address": (
        429,
        SOON,
        {"error": {"code": "429", "message": "Please go here: https://aka.ms/oai/quotaincrease"}},
    ),
    "429 of Gemini": (
        429,
        {},
        [
            {
                "error": {
                    "code": 429,
                    "message": "You exceeded your current quota, please check your plan and "
                    "billing details. Please retry in 0.3s.",
                    "status": "RESOURCE_EXHAUSTED",
                    "details": [{"retryDelay": "0.3s"}],
                }
            }
        ],
    ),
    "429 that names a key": (429, SOON, {"error": "Rate limit exceeded for this API key"}),
    "429 with retry-after 0": (
        429,
        {"retry-after": "0"},
        {"error": {"message": "litellm.RateLimitError: slow. Received Model Group=m"}},
    ),
    "429 of a provider": (
        429,
        SOON,
        {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "hot"}}},
    ),
    "498 of a tier": (498, SOON, {"error": {"message": "try later", "code": "capacity_exceeded"}}),
    "503 while loading": (503, {}, {"error": {"code": 503, "message": "Loading model m"}}),
    "529 overloaded": (529, {}, {"type": "error", "error": {"type": "overloaded_error"}}),
    "424 of a generation": (424, {}, {"error": "Request failed", "error_type": "generation"}),
    "500 with other words": (500, {}, {"detail": "unknown field 'max_tokens', invalid api key"}),
    "200 with an error": (200, {}, {"error": {"message": "Provider returned error", "code": 502}}),
    "400 too long, with the limit named": (
        400,
        {},
        {
            "message": "'max_tokens' or 'max_completion_tokens' is too large: 50. This model's "
            "maximum context length is 4096 tokens and your request has 4090 input tokens",
            "code": 400,
        },
    ),
    "400 too long, with n= in a name": (400, {}, {"detail": "too long: 5000 > max_model_len=4096"}),
    "400 of LiteLLM, too long": (
        400,
        {},
        {
            "error": {
                "message": "litellm.ContextWindowExceededError: the model m is full. "
                "Received Model Group=m"
            }
        },
    ),
    "403 of a moderation": (403, {}, {"error": {"message": "your input was flagged", "code": 403}}),
    "422 that echoes the body": (
        422,
        {},
        {
            "detail": [
                {"loc": ["body"], "msg": "no", "input": {"n": 1, "max_completion_tokens": 50}}
            ]
        },
    ),
}
FAULTS = (
    "429 with retry-after",
    "429 without",
    "500",
    "502 in HTML",
    "reset in mid-body",
    "hang",
    "malformed JSON",
    "half JSON",
    "no choices",
    *REPLIES,
)
ODD_USAGE = (
    {"prompt_tokens": -5, "completion_tokens": "many"},
    None,
    {"prompt_tokens": 10**12, "completion_tokens": 10**12},
)


class Faulty:
    """`share` of the calls fail, and `share` of the others report an impossible usage."""

    def __init__(self, *, share=0.0, seed=0, latency=0.05, log=None):
        self.share, self.latency = share, latency
        self.random = random.Random(seed)
        self.sent = 0
        self.calls = 0
        self.struck = dict.fromkeys(FAULTS, 0)
        self.now = self.peak = 0
        self.unlimited = 0  # requests without a limit on their tokens
        self.log = log

    async def complete(self, request):
        self.calls += 1
        self.now += 1
        self.peak = max(self.peak, self.now)
        try:
            body = await request.json()
            self.unlimited += not ("max_completion_tokens" in body or "max_tokens" in body)
            await asyncio.sleep(min(self.random.lognormvariate(0, 0.5), 6) * self.latency)
            if self.random.random() < self.share:
                return await self.fail(self.random.choice(FAULTS), request)
            return await self.answer(body, request)
        finally:
            self.now -= 1

    async def answer(self, body, request):
        numbers = range(self.sent, self.sent + (body.get("n") or 1))
        self.sent += len(numbers)
        choices = [
            {
                "index": i,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": f"number {n}\nThe answer is {n % 3}."},
            }
            for i, n in enumerate(numbers)
        ]
        usage = {
            "prompt_tokens": 20,
            "completion_tokens": 10 * len(numbers),
            "total_tokens": 20 + 10 * len(numbers),
        }
        if self.random.random() < self.share:
            usage = self.random.choice(ODD_USAGE)
        said = {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": choices,
            "usage": usage,
        }
        reply = web.json_response(said)
        await reply.prepare(request)
        await reply.write_eof()
        if self.log is not None:
            now = time.time()
            self.log.write("".join(f"{n} {now}\n" for n in numbers))
            self.log.flush()
        return reply

    async def fail(self, how, request):
        self.struck[how] += 1
        if how in REPLIES:
            status, headers, said = REPLIES[how]
            return web.json_response(said, status=status, headers=headers)
        match how:
            case "429 with retry-after":
                return web.json_response(
                    {"error": {"message": "slow down"}},
                    status=429,
                    headers={"retry-after-ms": "200"},
                )
            case "429 without":
                return web.json_response(
                    {"error": {"message": "slow down", "code": None}}, status=429
                )
            case "500":
                return web.json_response({"detail": "broken"}, status=500)
            case "502 in HTML":
                return web.Response(
                    text="<html><body>Bad gateway</body></html>",
                    content_type="text/html",
                    status=502,
                )
            case "malformed JSON":
                return web.Response(text='{"choices": nothing}', content_type="application/json")
            case "half JSON":
                return web.Response(
                    text='{"id": "x", "choices": [{"index": 0, "mess',
                    content_type="application/json",
                )
            case "no choices":
                return web.json_response(
                    {
                        "id": "x",
                        "object": "chat.completion",
                        "created": 0,
                        "model": "m",
                        "choices": [],
                    }
                )
            case "hang":
                await asyncio.sleep(3600)
        reply = web.StreamResponse(
            headers={"content-length": "1000", "content-type": "application/json"}
        )
        await reply.prepare(request)
        await reply.write(b'{"id": "x", "choices"')
        request.transport.abort()
        return reply


async def serve(faulty):
    """Start it; returns its address, and what to clean up."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", faulty.complete)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}/v1", runner


class InThread:
    """A `Faulty` on a thread of its own, within a `with` block; the value is its address."""

    def __init__(self, faulty):
        self.faulty = faulty
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        url, self.runner = asyncio.run_coroutine_threadsafe(serve(self.faulty), self.loop).result(
            10
        )
        return url

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


async def main(path, share="0", seed="0", latency="0.05"):
    with open(path, "a") as log:
        url, _ = await serve(
            Faulty(share=float(share), seed=int(seed), latency=float(latency), log=log)
        )
        print(json.dumps({"url": url}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
