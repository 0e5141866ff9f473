"""The settings: checks, addresses, bounds."""

import re
from dataclasses import replace

import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.openai.settings import OpenAISettings


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("timeout", " of seconds"),
        ("request_deadline", " of seconds"),
        ("give_up_after", " of seconds"),
        ("requests_per_minute", ""),
        ("tokens_per_minute", ""),
        ("max_tokens", ""),
    ],
)
def test_limits_must_be_positive(name, unit):
    with pytest.raises(InputError, match=f"{name} must be a positive number{unit}, got 0"):
        OpenAISettings("tiny", **{name: 0})


def urls(settings):
    return tuple(server.url for server in settings.servers)


def test_several_addresses_are_a_list_or_stand_with_commas_between(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    one, two = "http://a/v1", "http://b/v1"
    assert urls(OpenAISettings("tiny")) == ("https://api.openai.com/v1",)
    assert urls(OpenAISettings("tiny", f"{one}, {two},{one}/")) == (one, two)
    assert urls(OpenAISettings("tiny", [one, two])) == (one, two)
    with pytest.raises(InputError, match="http:// or https://, got 'here'"):
        OpenAISettings("tiny", f"{one},here")


def test_the_address_in_the_environment_is_read_like_any_other(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", " http://a/v1/ ")
    assert urls(OpenAISettings("tiny")) == ("http://a/v1",)
    assert urls(OpenAISettings("tiny", "http://b/v1")) == ("http://b/v1",)
    monkeypatch.setenv("OPENAI_BASE_URL", "a:80")
    with pytest.raises(InputError, match="OPENAI_BASE_URL: base URL must begin with http://"):
        urls(OpenAISettings("tiny"))
    monkeypatch.setenv("OPENAI_BASE_URL", "  ")
    assert urls(OpenAISettings("tiny")) == ("https://api.openai.com/v1",)


def test_a_query_behind_an_address_becomes_parameters_and_stays_with_a_copy():
    settings = OpenAISettings("tiny", "http://a/openai?api-version=1", default_query={"x": "2"})
    for copy in (settings, replace(settings, temperature=0.5)):
        assert copy.base_url == "http://a/openai"
        assert dict(copy.default_query) == {"api-version": "1", "x": "2"}
    assert "api-version" not in repr(settings)


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"x y": "v"}, "headers['x y'] cannot be sent: no server reads such a name"),
        ({"x": "a\nb"}, "headers['x'] cannot be sent: its character 2 is a line break (U+000A)"),
        ({"x": "é"}, "its character 1 is no printable ASCII"),
        ("x: y", "headers must be a mapping of names to texts"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(headers, says):
    with pytest.raises(InputError, match=re.escape(says)):
        OpenAISettings("tiny", headers=headers)


@pytest.mark.parametrize("key", ["sk-secret\nsk-two", "sk-secr\u00e9t", "sk\x00secret"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(monkeypatch, key):
    with pytest.raises(InputError, match="the key in api_key cannot be sent: its char") as caught:
        OpenAISettings("tiny", api_key=key)
    assert "secr" not in str(caught.value)
    monkeypatch.setenv("OPENAI_API_KEY", key.replace("\x00", "\x01"))
    with pytest.raises(InputError, match="the key in OPENAI_API_KEY cannot be sent"):
        OpenAISettings("tiny").key


def test_bounds_count_bytes_and_guesses_count_characters(request_for):
    settings, request = OpenAISettings("tiny", max_tokens=50), request_for("é" * 8, n=3)
    assert settings.most_used(request).prompt_tokens == 16 + 256  # and the chat template
    assert settings.most_used(request).completion_tokens == 150
    assert settings.likely_used(request) == 2 + 150
    assert OpenAISettings("tiny").likely_used(request) == 2


def test_the_name_is_the_models_and_the_key_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    assert OpenAISettings("tiny").name == "tiny"
    assert OpenAISettings("tiny").key == "sk-environment"
    assert OpenAISettings("tiny", api_key="sk-own").key == "sk-own"
    assert OpenAISettings("tiny", api_key=" ").key == "sk-environment"
    assert "sk-" not in repr(OpenAISettings("tiny", api_key="sk-own"))
    monkeypatch.setenv("OPENAI_API_KEY", " \n")
    assert OpenAISettings("tiny").key is None
