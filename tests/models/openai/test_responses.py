"""What an odd response means: thoughts in three places, refusals, error messages of every form."""

from datetime import UTC, datetime

import pytest
from aiohttp import web

import dynscaling_nb as dn
from dynscaling_nb.models.openai.responses import retry_after


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT"}, 30),
        ({"llm_provider-retry-after": "3"}, 3),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-4"}, 0),
        ({}, None),
    ],
)
def test_a_server_is_believed_when_it_says_how_long(headers, seconds):
    assert retry_after(headers, datetime(2026, 11, 24, 12, 0, tzinfo=UTC)) == seconds


def choice(**message):
    finish = message.pop("finish", "stop")
    return {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}


def reply(*choices, **more):
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    return web.json_response(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": list(choices),
            "usage": usage,
            **more,
        }
    )


class TestResponses:
    """Each odd reply has a defined meaning."""

    def one(self, endpoint, *choices, **more):
        endpoint.behave = lambda body, count: reply(*choices, **more)
        model = dn.OpenAIModel("tiny", endpoint.url, max_n=1, max_retries=0)
        return dn.run(["q?"], budget=1, model=model, store=False)

    def test_truncated_is_read_without_its_last_line_and_only_where_it_states_an_answer(
        self, endpoint
    ):
        for content, answer in (
            ("so 3 + 4 = 7 and 1", None),
            ("The answer is 12", None),
            ("The answer is 12.\nLet me ch", "12"),
            ("", None),
        ):
            result = self.one(endpoint, choice(content=content, finish="length"))
            assert result.answers == [answer]
        assert "1 response cut off at the token limit" in result.report()

    @pytest.mark.parametrize(
        "odd",
        [
            {"content": None, "refusal": "I cannot help with 7"},
            {"content": "The answer is 7.", "finish": "content_filter"},
            {
                "content": None,
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": "7"}}
                ],
                "finish": "tool_calls",
            },
            {"content": ""},
            {"content": None},
        ],
    )
    def test_a_refusal_a_filtered_text_a_tool_call_and_nothing_cast_no_vote(self, endpoint, odd):
        result = self.one(endpoint, choice(**odd))
        assert (result.answers, result.pulls, result.stopped) == ([None], [1], "budget")
        assert "could not be read" in result.report()

    def test_thoughts_come_from_three_places(self, endpoint):
        for message in (
            {"reasoning_content": "deep"},
            {"reasoning": "deep"},
            {"content": "<think>deep</think>The answer is 3."},
        ):
            result = self.one(endpoint, choice(**({"content": "The answer is 3."} | message)))
            assert (result.responses[0].thoughts, result.answers) == ("deep", ["3"])

    @pytest.mark.parametrize(
        "body", [{"choices": []}, {"choices": None}, {"error": {"message": "overloaded"}}]
    )
    def test_a_reply_without_choices_is_a_failure(self, endpoint, body):
        endpoint.behave = lambda _, count: web.json_response(body)
        with pytest.raises(dn.ModelError, match="without choices|set aside"):
            dn.run(
                ["q?"],
                budget=1,
                model=dn.OpenAIModel("tiny", endpoint.url, max_retries=0),
                store=False,
            )

    def test_tokens_of_the_servers_cache_are_counted(self, endpoint):
        usage = {
            "prompt_tokens": 9,
            "completion_tokens": 4,
            "total_tokens": 13,
            "prompt_tokens_details": {"cached_tokens": 5},
        }
        assert self.one(endpoint, choice(content="3"), usage=usage).usage.cached_tokens == 5
