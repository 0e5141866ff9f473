"""The system role: when it is refused, and where its text goes then."""

import pytest
from aiohttp import web

import dynscaling_nb as dn
from dynscaling_nb.models.openai.roles import folded, has_system, refuses_system


def talk(*turns):
    return [{"role": role, "content": text} for role, text in turns]


@pytest.mark.parametrize(
    "message",
    [
        "System role not supported",  # Gemma's template
        "'messages[0].role' does not support 'system' with this model",  # o1-mini
        "Unsupported value: 'messages[0].role' does not support 'developer' with this model.",
        "Conversation roles must alternate user/assistant/user/assistant/...",  # Mistral's
        "Only user and assistant roles are supported!",
        "Developer instruction is not enabled for models/gemma-3-27b-it",
        "This model does not support system messages",
        'messages: Unexpected role "system"',
        "A conversation must start with a user message.",
        "The model doesn't support a system prompt",
    ],
)
def test_a_refused_system_role_is_recognised(message):
    assert refuses_system(400, message)


@pytest.mark.parametrize(
    "message",
    [
        "unknown field 'seed'",
        "This model's maximum context length is 4096 tokens",
        "the system is busy, not available",
        "'n' must be 1, not 8",
        "The system prompt and the question are too long: 5000 tokens",
    ],
)
def test_other_messages_refuse_no_role(message):
    assert not refuses_system(400, message)


def test_a_rate_limit_refuses_no_role():
    assert not refuses_system(429, "System role not supported")


def test_the_system_text_goes_to_the_front_of_the_question():
    messages = talk(("system", "be brief"), ("user", "one?"))
    assert has_system(messages)
    assert folded(messages) == talk(("user", "be brief\n\none?"))


def test_roles_of_a_chain_alternate():
    messages = talk(("system", "s"), ("user", "q"), ("assistant", "a"), ("user", "t"))
    assert folded(messages) == talk(("user", "s\n\nq"), ("assistant", "a"), ("user", "t"))
    twice = talk(("user", "q"), ("user", "r"), ("system", "s"), ("assistant", "a"))
    assert folded(twice) == talk(("user", "q\n\nr\n\ns"), ("assistant", "a"))


def test_a_server_that_refuses_the_role_is_sent_its_text_with_the_question(endpoint):
    endpoint.behave = lambda body, count: (
        web.json_response({"error": {"message": "System role not supported"}}, status=400)
        if body["messages"][0]["role"] == "system"
        else None
    )
    model = dn.OpenAIModel("tiny", endpoint.url)
    result = dn.run(["one?"], budget=12, model=model, seed=1, concurrency=1, store=False)
    assert (sum(result.pulls), result.failures) == (12, 0)
    assert "the system role: its text was sent with the question" in result.report()
    refused, *later = endpoint.bodies
    assert refused["messages"][0]["role"] == "system"
    roles = {tuple(message["role"] for message in body["messages"]) for body in later}
    assert roles == {("user",), ("user", "assistant", "user")}
    assert all(body["messages"][0]["content"].endswith("\n\none?") for body in later)
    later = dn.run(["two?"], budget=1, model=model, store=False)
    assert "the system role: its text was sent with the question" in later.report()
