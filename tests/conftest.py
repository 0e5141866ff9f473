"""Fixtures: a real HTTP server on loopback that can misbehave, and a real browser.

The server speaks the OpenAI protocol.
"""

import asyncio
import json
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from playwright.sync_api import Error, sync_playwright

pytest_plugins = ["lab"]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory):
    """The user's cache folder of the tests, and of the kernels and shells that they start."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["XDG_CACHE_HOME"] = str(folder)
    return folder


@pytest.fixture(scope="module")
def browser():
    """Chromium: Debian's, or else Playwright's own.

    Without a browser its tests are skipped. On CI they fail.
    """
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        except Error as error:
            reason = str(error).splitlines()[0]
            message = f"no Chromium to test in; `make test` installs it where it may: {reason}"
            if os.environ.get("CI"):
                pytest.fail(message)
            pytest.skip(message)
        yield found
        found.close()


@dataclass
class Endpoint:
    """A server; `behave(body, count)` may return a response instead of the usual completion."""

    url: str = ""
    key: str = "sk-test-secret"
    most: int = 8
    delay: float = 0.0
    behave: Callable | None = None
    bodies: list[dict] = field(default_factory=list)
    headers: list = field(default_factory=list)  # whatever their case
    peak: int = 0
    now: int = 0
    connections: set = field(default_factory=set)
    pause: float = 0.0  # seconds between the pieces of a stream
    written: int = 0  # pieces of streams that were sent
    broken: int = 0  # streams that the other side gave up

    def text(self, body: dict, choice: int) -> str:
        return f"thinking\nThe answer is {7 if choice % 4 else 8}."

    async def models(self, request):
        return web.json_response(
            {
                "object": "list",
                "data": [{"id": "tiny", "object": "model", "created": 0, "owned_by": "me"}],
            }
        )

    async def complete(self, request):
        self.now += 1
        self.peak = max(self.peak, self.now)
        self.connections.add(request.transport.get_extra_info("peername"))
        try:
            body = await request.json()
            self.bodies.append(body)
            self.headers.append(request.headers.copy())
            await asyncio.sleep(self.delay)
            if request.headers.get("Authorization") != f"Bearer {self.key}":
                return web.json_response(
                    {
                        "error": {
                            "message": f"Incorrect API key: {request.headers.get('Authorization')}"
                        }
                    },
                    status=401,
                )
            if self.behave and (said := self.behave(body, len(self.bodies))) is not None:
                return said
            if body.get("stream"):
                return await self.stream(body, request)
            return web.json_response(self.completion(body))
        finally:
            self.now -= 1

    async def stream(self, body: dict, request):
        """One word a piece; usage with every piece if the request asks for it, else at the end."""
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        options, pause = body.get("stream_options") or {}, self.pause
        words = self.text(body, 0).replace("\n", " \n ").split(" ")
        try:
            await reply.prepare(request)
            for place, word in enumerate([*words, None], start=1):
                choice = {
                    "index": 0,
                    "delta": {} if word is None else {"content": f"{word} "},
                    "finish_reason": None if word else "stop",
                }
                usage = {
                    "prompt_tokens": 10,
                    "completion_tokens": min(place, len(words)),
                    "total_tokens": 10 + place,
                }
                said = {
                    "id": "x",
                    "object": "chat.completion.chunk",
                    "created": 0,
                    "model": body["model"],
                    "choices": [choice],
                }
                shown = options.get("continuous_usage_stats") or (
                    word is None and options.get("include_usage")
                )
                await reply.write(
                    f"data: {json.dumps(said | ({'usage': usage} if shown else {}))}\n\n".encode()
                )
                self.written += 1
                await asyncio.sleep(pause)
            await reply.write(b"data: [DONE]\n\n")
        except ConnectionResetError:
            self.broken += 1
        return reply

    def completion(self, body: dict) -> dict:
        n = min(body.get("n") or 1, self.most)
        choices = [
            {
                "index": i,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": self.text(body, i)},
            }
            for i in range(n)
        ]
        usage = {"prompt_tokens": 10, "completion_tokens": 5 * n, "total_tokens": 10 + 5 * n}
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": choices,
            "usage": usage,
        }


@contextmanager
def serving():
    """A running `Endpoint`."""
    served = Endpoint()
    loop = asyncio.new_event_loop()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", served.complete)
    app.router.add_get("/v1/models", served.models)
    runner = web.AppRunner(app)
    ready = threading.Event()

    def serve():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        loop.run_until_complete(site.start())
        served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@pytest.fixture
def endpoint(monkeypatch):
    """A running `Endpoint`, with its key in the environment."""
    with serving() as served:
        monkeypatch.setenv("OPENAI_API_KEY", served.key)
        monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
        yield served


@pytest.fixture
def endpoints(endpoint):
    """Three of them."""
    with serving() as second, serving() as third:
        yield [endpoint, second, third]
