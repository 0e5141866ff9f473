"""The way to real servers on loopback: gateways, Azure, proxies, certificates, tracebacks."""

import asyncio
import logging
import ssl
import threading
import traceback
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

import dynscaling_nb as dn
from dynscaling_nb.models.openai.secrets import LOGGERS

KEY = "sk-very-secret-0123456789"
CERTIFICATE = Path(__file__).parent / "self_signed.pem"
REPLY = {"choices": [{"message": {"content": "The answer is 8."}, "finish_reason": "stop"}]}


@contextmanager
def serving(handle, context=None):
    """The port of a server of any path, in a thread of its own."""
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), []
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)

    def serve():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start())
        ports.append(runner.addresses[0][1])
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def ask(model, **options):
    return dn.run(["q?"], budget=1, model=model, store=False, **options)


async def azure(request):
    """Two forms of Azure's address: /openai/v1, and a deployment with a version of the API."""
    bearer, key = request.headers.get("Authorization"), request.headers.get("api-key")
    if request.path == "/openai/v1/chat/completions" and KEY in (key, str(bearer)[7:]):
        return web.json_response(REPLY)
    if request.path == "/openai/deployments/gpt/chat/completions":
        if request.query.get("api-version") == "2024-10-21" and key == KEY:
            return web.json_response(REPLY)
        return web.json_response({"error": {"code": "401", "message": "no"}}, status=401)
    return web.json_response(
        {"error": {"code": "404", "message": "Resource not found"}}, status=404
    )


def test_azure_is_reached_by_both_forms_of_its_address(monkeypatch):
    with serving(azure) as port:
        base = f"http://127.0.0.1:{port}/openai"
        assert ask(dn.OpenAIModel("gpt", f"{base}/v1/", api_key=KEY)).answers == ["8"]
        old = f"{base}/deployments/gpt/chat/completions?api-version=2024-10-21"
        headers = {"api-key": f"{KEY}\n"}
        assert ask(dn.OpenAIModel("gpt", old, headers=headers)).answers == ["8"]
        query = {"api-version": "2024-10-21"}
        model = dn.OpenAIModel(
            "gpt", f"{base}/deployments/gpt", headers=headers, default_query=query
        )
        assert ask(model).answers == ["8"]
        monkeypatch.setenv("AZURE_KEY", KEY)
        assert ask("gpt", base_url=old, headers="api-key: $AZURE_KEY").answers == ["8"]
        monkeypatch.setenv("OPENAI_BASE_URL", old)
        assert ask("gpt", headers="api-key: $AZURE_KEY").answers == ["8"]


def test_headers_and_query_are_in_no_identity_but_what_answers_depend_on_is():
    def identity(**settings):
        model = dn.OpenAIModel("gpt", "http://a/v1", **settings)
        assert KEY not in f"{model!r} {model.identity} {vars(model)}"
        return model.identity

    plain = identity()
    assert identity(headers={"api-key": KEY}, api_key=KEY) == plain
    assert identity(default_query={"key": KEY}) == plain
    assert identity(default_query={"api-version": "1"}) != plain
    assert identity(reasoning_effort="low") != plain
    assert dn.OpenAIModel("gpt", "http://a/v1/").identity == plain


def test_a_header_takes_the_place_of_the_key(endpoint):
    endpoint.key = "own"
    model = dn.OpenAIModel(
        "tiny", endpoint.url, api_key=KEY, headers={"authorization": "Bearer own"}
    )
    assert ask(model).answers == ["8"]


@pytest.mark.parametrize("key", [f"{KEY}\n", f" '{KEY}'", f"Bearer {KEY}"])
def test_a_key_is_sent_as_it_was_meant(endpoint, monkeypatch, key):
    endpoint.key = KEY
    monkeypatch.setenv("OPENAI_API_KEY", key)
    assert ask("tiny", base_url=endpoint.url).answers == ["8"]


def test_a_key_that_cannot_be_sent_is_refused_before_anything_is(endpoint, monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n{KEY}")
    with pytest.raises(dn.InputError, match="the key in OPENAI_API_KEY cannot be sent: its"):
        dn.run(["q?"], budget=1, model="tiny", base_url=endpoint.url, store=tmp_path / "s.sqlite")
    assert endpoint.bodies == []
    for file in tmp_path.iterdir():
        assert KEY.encode() not in file.read_bytes()


def test_a_key_in_a_query_is_in_no_log_of_another_library(endpoint, caplog):
    caplog.set_level(logging.DEBUG)
    query = {"code": KEY, "api-version": "1"}
    model = dn.OpenAIModel("tiny", endpoint.url, default_query=query)
    assert ask(model).answers == ["8"]
    lines = [r.getMessage() for r in caplog.records if r.name != "aiohttp.access"]  # the server's
    assert any("code=***" in line for line in lines)
    assert not any(KEY in line for line in lines)
    filters = [f for name in LOGGERS for f in logging.getLogger(name).filters]
    assert not any(callable(f) for f in filters)  # those of a run are gone with it


def test_reasoning_effort_is_sent(endpoint):
    ask("tiny", base_url=endpoint.url, reasoning_effort="low")
    ask(dn.OpenAIModel("tiny", endpoint.url, reasoning_effort="high"))
    assert [body["reasoning_effort"] for body in endpoint.bodies] == ["low", "high"]


def test_a_proxy_stands_before_other_machines_and_not_before_this_one(endpoint, monkeypatch):
    paths = []

    async def proxy(request):
        paths.append(request.raw_path)
        return web.json_response(REPLY)

    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving(proxy) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        assert ask("tiny", base_url="http://far.invalid/v1").answers == ["8"]
        assert ask("tiny", base_url=endpoint.url).answers == ["8"]
    assert len(endpoint.bodies) == len(paths) == 1
    says = "through the proxy 127.0.0.1:.* of HTTP_PROXY.*NO_PROXY=far.invalid"
    with pytest.raises(dn.ModelUnavailable, match=says):
        ask("tiny", base_url="http://far.invalid/v1", timeout=2)


def test_a_broken_environment_is_one_line_where_it_matters_and_nothing_elsewhere(
    endpoint, monkeypatch
):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such.pem")
    assert ask("tiny", base_url=endpoint.url).answers == ["8"]
    with pytest.raises(dn.InputError, match="SSL_CERT_FILE names /no/such.pem, which does not"):
        ask("tiny", base_url=endpoint.url.replace("http", "https"))
    with pytest.raises(dn.InputError, match="ALL_PROXY names the SOCKS proxy 127.0.0.1:9"):
        ask("tiny", base_url="http://far.invalid/v1")


def test_a_certificate_of_its_own_is_trusted_by_a_variable(monkeypatch):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)

    async def reply(request):
        return web.json_response(REPLY)

    with serving(reply, context) as port:
        url = f"https://127.0.0.1:{port}/v1"
        says = "cannot trust the certificate of .*set SSL_CERT_FILE to a file"
        with pytest.raises(dn.ModelUnavailable, match=says):
            ask("tiny", base_url=url, timeout=5)
        with pytest.raises(dn.DynscalingError):
            ask("tiny", base_url=url.replace("https", "http"), timeout=5)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
        assert ask("tiny", base_url=url).answers == ["8"]


def test_https_to_a_server_without_it_is_one_line(endpoint):
    with pytest.raises(dn.ModelUnavailable, match="does its address begin with http://?"):
        ask("tiny", base_url=endpoint.url.replace("http", "https"), timeout=5)


FAILURES = [
    {"base_url": "127.0.0.1"},
    {"base_url": f"http://me:{KEY}@127.0.0.1/v1"},
    {"base_url": f"http://127.0.0.1/v1?key={KEY}"},
    {"base_url": "http://127.0.0.1:9/v1"},
    {"headers": {"x y": KEY}},
    {"headers": {"x": f"{KEY}\n{KEY}"}},
    {"api_key": f"{KEY}\n{KEY}"},
    {"timeout": 0},
    {"kye": KEY[::-1]},
    {},
]


@pytest.mark.parametrize("settings", FAILURES)
def test_no_frame_of_a_traceback_holds_a_secret(endpoint, settings):
    """The frames of this file, which hold it as a text, do not count."""
    endpoint.key = "another"  # the server repeats the wrong key in its refusal
    given = {
        "base_url": endpoint.url,
        "api_key": KEY,
        "headers": {"X-Gateway": KEY},
        "default_query": {"code": KEY},
        **settings,
    }
    with pytest.raises((dn.DynscalingError, TypeError)) as caught:
        ask(dn.OpenAIModel("tiny", **given))
    assert KEY not in str(caught.value)
    errors, seen = [caught.value], 0
    while errors:
        error = errors.pop()
        errors += [e for e in (error.__cause__, error.__context__) if e is not None]
        for frame in traceback.TracebackException.from_exception(
            error, capture_locals=True, compact=False
        ).stack:
            if frame.filename != __file__:
                seen += 1
                assert KEY not in repr(frame.locals)
    assert seen or "kye" in settings
