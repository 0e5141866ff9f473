"""The settings: checks, addresses, bounds."""

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


def test_several_addresses_are_a_list_or_stand_with_commas_between():
    one, two = "http://a/v1", "http://b/v1"
    assert OpenAISettings("tiny").addresses == ()
    assert OpenAISettings("tiny", f"{one}, {two},{one}").addresses == (one, two)
    assert OpenAISettings("tiny", [one, two]).addresses == (one, two)
    with pytest.raises(InputError, match="http:// or https://, got 'here'"):
        OpenAISettings("tiny", f"{one},here")


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
    assert "sk-" not in repr(OpenAISettings("tiny", api_key="sk-own"))
