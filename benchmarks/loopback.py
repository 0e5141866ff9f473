"""An OpenAI-compatible endpoint of fixed latency on loopback, in a process of its own."""

import asyncio
import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from aiohttp import web


@contextmanager
def endpoint(latency: float) -> Iterator[str]:
    """The address of an endpoint whose every answer takes `latency` seconds."""
    parent, child = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(latency, child), daemon=True
    )
    process.start()
    try:
        yield parent.recv()
    finally:
        process.terminate()
        process.join()


def _serve(latency: float, ready: Connection) -> None:
    asyncio.run(_forever(latency, ready))


async def _forever(latency: float, ready: Connection) -> None:
    async def complete(request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(latency)
        message = {"role": "assistant", "content": f"step\nThe answer is {random.randrange(3)}."}
        choices = [
            {"index": i, "finish_reason": "stop", "message": message}
            for i in range(body.get("n") or 1)
        ]
        usage = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
        return web.json_response(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "m",
                "choices": choices,
                "usage": usage,
            }
        )

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    ready.send(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
    await asyncio.Event().wait()
