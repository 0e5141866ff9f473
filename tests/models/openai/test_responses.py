"""What an odd response means: thoughts in three places, refusals, error messages of every form."""

from datetime import UTC, datetime

import pytest
from aiohttp import web

import dynscaling_nb as dn
from dynscaling_nb.models.openai.responses import read_completions, retry_after
from dynscaling_nb.records import Usage


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


BOUND = Usage(1000, 1000)


def only(choice, **more):
    """The one completion of a reply."""
    (completion,) = read_completions({"choices": [choice], **more}, BOUND).completions
    return completion


THINKING = {"type": "thinking", "thinking": [{"type": "text", "text": "deep"}]}


@pytest.mark.parametrize(
    ("odd", "text", "thoughts"),
    [
        ({"message": {"content": [{"type": "text", "text": "4"}, "2"]}}, "42", ""),
        ({"message": {"content": [THINKING, {"type": "text", "text": "42"}]}}, "42", "deep"),
        ({"message": {"content": [{"type": "reasoning", "text": "deep"}, "42"]}}, "42", "deep"),
        ({"message": {"content": [{"type": "output_text", "text": "42"}]}}, "42", ""),
        ({"message": {"content": [None, {"type": "image_url"}, "42"]}}, "42", ""),
        ({"message": {"content": {"type": "text", "text": "42"}}}, "42", ""),
        ({"message": {"content": 42}}, "42", ""),
        ({"message": {"content": "42", "reasoning_content": "deep"}}, "42", "deep"),
        ({"message": {"content": "42", "reasoning": "deep"}}, "42", "deep"),
        ({"message": {"content": "42", "thinking": "deep"}}, "42", "deep"),
        (
            {"message": {"content": "42", "reasoning_content": None, "reasoning": "deep"}},
            "42",
            "deep",
        ),
        (
            {"message": {"content": "42", "reasoning": [{"text": "de"}, {"text": "ep"}]}},
            "42",
            "deep",
        ),
        ({"text": "42", "logprobs": None}, "42", ""),
        ({"message": None, "text": "42"}, "42", ""),
        ({"delta": {"content": "42"}}, "42", ""),
        ({"message": {"tool_calls": [{"id": "a"}]}, "finish_reason": "tool_calls"}, "", ""),
        ({"message": {}}, "", ""),
    ],
)
def test_a_text_is_read_wherever_it_stands(odd, text, thoughts):
    completion = only(odd)
    assert (completion.text, completion.thoughts) == (text, thoughts)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        (None, "stop"),
        ("stop", "stop"),
        ("STOP", "stop"),
        ("eos_token", "stop"),
        ("end_turn", "stop"),
        ("length", "length"),
        ("MAX_TOKENS", "length"),
        ("model_length", "length"),
        ("content_filter", "content_filter"),
    ],
)
def test_the_reason_of_an_end_has_many_names(reason, finish):
    assert only({"message": {"content": "42"}, "finish_reason": reason}).finish == finish


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 4}, (9, 4)),
        ({"prompt_tokens": "9", "completion_tokens": 4.0}, (9, 4)),
        ({"prompt_tokens": None, "completion_tokens": "many"}, (0, 0)),
        ({"prompt_tokens": -5, "completion_tokens": float("nan")}, (0, 0)),
        ({"prompt_tokens": 10**400, "completion_tokens": float("inf")}, (0, 0)),
        ({"prompt_tokens": 10**12, "completion_tokens": 10**12}, (1000, 1000)),
        ({"prompt_tokens": [], "completion_tokens": {}, "prompt_tokens_details": 7}, (0, 0)),
        (None, (0, 0)),
        ("none", (0, 0)),
        ([], (0, 0)),
    ],
)
def test_a_count_that_makes_no_sense_is_none(usage, tokens):
    read = only({"message": {"content": "42"}}, usage=usage).usage
    assert (read.prompt_tokens, read.completion_tokens) == tokens


class TestSeveralChoices:
    """Some servers count the tokens of the first one only."""

    def read(self, texts, completion_tokens, **more):
        choices = [{"message": {"content": text}} for text in texts]
        usage = {"prompt_tokens": 9, "completion_tokens": completion_tokens}
        return read_completions({"choices": choices, "usage": usage, **more}, BOUND)

    def test_a_count_of_all_is_shared_out(self):
        reply = self.read(["one two three", "four five six"], 7)
        assert [c.usage for c in reply.completions] == [Usage(9, 4), Usage(0, 3)]
        assert not reply.estimated

    def test_fewer_tokens_than_words_are_those_of_the_first_alone(self):
        reply = self.read(["one two three", "four five six", "one two three one two three"], 4)
        assert sum(c.usage.completion_tokens for c in reply.completions) == 16  # 4 * 53 / 13 = 16.3
        assert reply.estimated

    def test_so_are_those_that_llama_cpp_says_it_has_predicted(self):
        reply = self.read(["42", "43"], 12, timings={"predicted_n": 12})
        assert sum(c.usage.completion_tokens for c in reply.completions) == 24
        assert reply.estimated

    def test_no_estimate_exceeds_the_bound(self):
        reply = self.read(["42"] * 4, 900, timings={"predicted_n": 900})
        assert sum(c.usage.completion_tokens for c in reply.completions) == 1000

    @pytest.mark.parametrize(("texts", "tokens"), [(["a b c"], 1), (["a b", "c d"], 0)])
    def test_one_choice_or_no_count_says_nothing(self, texts, tokens):
        reply = self.read(texts, tokens)
        assert sum(c.usage.completion_tokens for c in reply.completions) == tokens
        assert not reply.estimated

    def test_a_report_says_so(self, endpoint):
        endpoint.behave = lambda body, count: reply(
            *[choice(content="The answer is 7.")] * body.get("n", 1)
        )
        model = dn.OpenAIModel("tiny", endpoint.url)
        result = dn.run(["q?"], budget=4, warmup=4, depth=0, model=model, store=False)
        assert "tokens of the first of several responses only" in result.report()
        assert result.usage.completion_tokens == 4 * len(result.responses)


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

    def test_a_response_all_in_the_thoughts_is_read_from_them(self, endpoint):
        result = self.one(endpoint, choice(content=None, reasoning_content="The answer is 42."))
        assert (result.answers, result.responses[0].text) == (["42"], "The answer is 42.")
        assert "1 response was empty but for thoughts" in result.report()

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
