"""Addresses as people write them: mended, or refused with a reason."""

import re

import pytest

from dynscaling_nb.models.openai.addresses import (
    Address,
    BadAddress,
    is_loopback,
    path_hint,
    read_address,
)
from dynscaling_nb.models.openai.secrets import Secret

KEY = "sk-very-secret-0123456789"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://h/v1", "http://h/v1"),
        ("http://h/v1/", "http://h/v1"),
        ("  'HTTP://H:80//v1/'\n", "http://h:80/v1"),
        ("<https://h/v1>", "https://h/v1"),
        ("http://h/v1/chat/completions", "http://h/v1"),
        ("http://h/v1/chat/completions/", "http://h/v1"),
        ("http://h/v1/models", "http://h/v1"),
        ("https://h.services.ai.azure.com/models", "https://h.services.ai.azure.com/models"),
        ("http://h", "http://h"),
        ("http://exämple.org/v1", "http://exämple.org/v1"),
        ("http://my_host.:80/v1", "http://my_host.:80/v1"),
        ("http://h/v1#/settings", "http://h/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_an_address_is_mended(text, url):
    assert read_address(Secret(text)) == Address(url)


def test_a_query_is_set_apart():
    text = "https://h/openai/deployments/gpt/chat/completions?api-version=2024-10-21&x="
    address = read_address(Secret(text))
    assert address == Address("https://h/openai/deployments/gpt")
    assert address.query == {"api-version": "2024-10-21", "x": ""}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("localhost:8080", "begin with http://.*did you mean 'http://localhost:8080/v1'?"),
        ("127.0.0.1:8080/v1/", "did you mean 'http://127.0.0.1:8080/v1'?"),
        ("api.example.com/v1", "did you mean 'https://api.example.com/v1'?"),
        ("http:/host/v1", "did you mean 'http://host/v1'?"),
        ("https//host", "did you mean 'https://host/v1'?"),
        ("ftp://host/v1", "must begin with http:// or https://, got 'ftp://host/v1'$"),
        ("http://", "must begin with http:// or https://"),
        ("http://:80/v1", "must hold a valid host and port"),
        ("http://host:99999/v1", "must hold a valid host and port"),
        ("http://host:0/v1", "must hold a valid host and port"),
        ("http://host:port/v1", "must hold a valid host and port"),
        ("http://[::1/v1", "must hold a valid host and port"),
        ("http://256.1.1.1/v1", "must hold a valid host and port"),
        ("http://a..b/v1", "must hold a valid host and port"),
        (f"http://{'a' * 70}/v1", "must hold a valid host and port"),
        ("http://*/v1", "must hold a valid host and port"),
        ("http://my host/v1", "no blanks, got 'http://my host/v1'"),
        (f"http://me:{KEY}@host/v1", "must hold no name and password"),
        (f"http://me:{KEY}@host:port/v1", "must hold"),
        (f"http://host/v1?api-key={KEY}", "must hold no key in its query"),
        (f"http://host/v1?key={KEY}", "give it as OPENAI_API_KEY, or as headers="),
        (f"ftp://host/v1?key={KEY}", "must begin with"),
    ],
)
def test_what_is_no_address_is_refused_with_a_reason_and_without_a_secret(text, says):
    outcome = read_address(Secret(text))
    assert isinstance(outcome, BadAddress)
    assert KEY not in outcome.reason + outcome.text
    assert "\n" not in outcome.reason
    assert re.search(says.replace("?", r"\?"), outcome.reason)


def test_a_blank_text_is_no_address():
    assert read_address(Secret(" ''\n")) is None


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("http://h:80", "does the base URL end with /v1? Try http://h:80/v1"),
        ("http://h/api", "does the base URL end with /v1? Try http://h/v1"),
        ("http://h/v1/", ""),
        ("https://h/v1beta/openai", ""),
        ("https://h/openai/deployments/gpt", ""),
    ],
)
def test_an_address_without_a_version_has_a_hint(url, hint):
    assert path_hint(url) == hint


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("0.0.0.0", True),
        ("localhost.com", False),
        ("10.0.0.1", False),
    ],
)
def test_this_machine_has_several_names(host, is_here):
    assert is_loopback(host) is is_here
