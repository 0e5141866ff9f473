"""The engine against a bare asyncio.gather over the same client, on loopback."""

import asyncio
import time
from collections.abc import Coroutine
from statistics import median
from typing import Any

from aiohttp import web
from openai import AsyncOpenAI
from report import report

import dynscaling_nb as dn

QUERIES = 50
EACH = 8  # responses a query, in the mean
DELAY = 0.05  # seconds a response
LIMIT = 32  # requests in flight
ROUNDS = 5


class Server:
    """Answers after a delay, and counts."""

    def __init__(self) -> None:
        self.now = self.peak = self.requests = 0

    async def complete(self, request: web.Request) -> web.Response:
        self.now += 1
        self.requests += 1
        self.peak = max(self.peak, self.now)
        body = await request.json()
        await asyncio.sleep(DELAY)
        self.now -= 1
        message = {"role": "assistant", "content": f"step\nThe answer is {self.requests % 3}."}
        choices = [
            {"index": i, "finish_reason": "stop", "message": message}
            for i in range(body.get("n") or 1)
        ]
        return web.json_response(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "m",
                "choices": choices,
                "usage": None,
            }
        )


async def bare(url: str, requests: int) -> None:
    """This many requests by asyncio.gather."""
    limit = asyncio.Semaphore(LIMIT)
    async with AsyncOpenAI(base_url=url, api_key="none") as client:

        async def one(i: int) -> None:
            async with limit:
                await client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": f"q{i}"}]
                )

        await asyncio.gather(*(one(i) for i in range(requests)))


async def engine(url: str, max_n: int) -> None:
    """The same number of responses by a run, up to `max_n` in a request."""
    queries = [f"q{i}" for i in range(QUERIES)]
    model = dn.OpenAIModel("m", url, max_n=max_n)
    await dn.arun(queries, budget=QUERIES * EACH, model=model, concurrency=LIMIT, seed=1)


async def timed(server: Server, job: Coroutine[Any, Any, None]) -> tuple[float, int, int]:
    """Seconds, requests, and the most requests at once."""
    server.requests = server.peak = 0
    began = time.perf_counter()
    await job
    return time.perf_counter() - began, server.requests, server.peak


async def serve() -> tuple[Server, web.AppRunner, str]:
    server = Server()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.complete)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return server, runner, f"http://127.0.0.1:{runner.addresses[0][1]}/v1"


async def main() -> None:
    server, runner, url = await serve()
    await engine(url, 1)  # imports and connections
    rounds = []
    for _ in range(ROUNDS):
        plain = await timed(server, bare(url, QUERIES * EACH))
        single = await timed(server, engine(url, 1))
        several = await timed(server, engine(url, 8))
        rounds.append((plain, single, several))
    await runner.cleanup()
    rows = []
    for name, i in (("asyncio.gather", 0), ("engine, n = 1", 1), ("engine, n up to 8", 2)):
        ratio = median(r[i][0] / r[0][0] for r in rounds)
        rows.append(
            {
                "what": name,
                "seconds": median(r[i][0] for r in rounds),
                "ratio": ratio,
                "requests": rounds[0][i][1],
                "peak": max(r[i][2] for r in rounds),
            }
        )
    report(f"engine: {QUERIES * EACH} responses on loopback, median of {ROUNDS}", rows)


if __name__ == "__main__":
    asyncio.run(main())
