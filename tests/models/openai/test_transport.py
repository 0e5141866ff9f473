"""The HTTP library: aiohttp, or httpx where that is not installed or does not do."""

import sys

from openai import DefaultAioHttpClient, DefaultAsyncHttpxClient

from dynscaling_nb.models.openai.network import Proxy
from dynscaling_nb.models.openai.secrets import Secret
from dynscaling_nb.models.openai.transport import transport


def test_it_is_aiohttp_which_takes_any_number_of_requests():
    plain = Proxy(Secret("http://127.0.0.1:9"), "ALL_PROXY")
    assert transport(None) == transport(plain) == (DefaultAioHttpClient, None)


def test_without_aiohttp_and_for_a_socks_proxy_it_is_httpx(monkeypatch):
    socks = Proxy(Secret("socks5://127.0.0.1:9"), "ALL_PROXY")
    assert transport(socks) == (DefaultAsyncHttpxClient, 32)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert transport(None) == (DefaultAsyncHttpxClient, 32)


def test_openai_2_needs_one_more_package(monkeypatch):
    monkeypatch.setattr("dynscaling_nb.models.openai.transport.version", lambda name: "2.6.1")
    assert transport(None).client is DefaultAsyncHttpxClient
