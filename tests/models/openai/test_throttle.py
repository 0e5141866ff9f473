"""How the client treats a server: less when it is busy, pauses as asked, within limits of a minute, and an end to it."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web

import dynscaling_nb as dn
from dynscaling_nb.models.base import ServerStats
from dynscaling_nb.models.openai.session import REFUSED_FIELDS
from dynscaling_nb.models.openai.responses import apart, delay, said
from dynscaling_nb.models.openai.throttle import RateLimit, Throttle, TransientError

LIMIT, OTHER = TransientError("no", "rate limit"), TransientError("no", "status 500")


@pytest.fixture(autouse=True)
def forget():
    """What servers of other tests refused."""
    REFUSED_FIELDS.clear()


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class TestThrottle:
    def test_capacity_falls_with_refusals_and_comes_back_slowly(self):
        throttle = Throttle(ServerStats(), give_up_after=60)
        assert throttle.capacity(16) == 16
        for _ in range(6):
            throttle.failed(LIMIT)
        assert throttle.capacity(16) == 7
        for _ in range(8):
            throttle.answered()
        assert throttle.capacity(16) == 9
        for _ in range(100):
            throttle.failed(LIMIT)
        assert throttle.capacity(16) == 1
        for _ in range(60):
            throttle.answered()
        assert throttle.capacity(16) == 16

    @pytest.mark.parametrize(
        ("failure", "one_in", "falls"),
        [(LIMIT, 5, True), (LIMIT, 9, False), (OTHER, 2, True), (OTHER, 5, False)],
    )
    def test_the_share_of_failures_decides(self, failure, one_in, falls):
        throttle = Throttle(ServerStats(), give_up_after=60)
        throttle.capacity(16)
        for i in range(900):
            throttle.failed(failure) if i % one_in == 0 else throttle.answered()
        assert (throttle.capacity(16) <= 3) == falls

    def test_it_breaks_after_patience_without_an_answer(self):
        clock = Clock()
        throttle = Throttle(ServerStats(), give_up_after=60, clock=clock)
        throttle.failed(OTHER)
        clock.now = 59
        throttle.failed(OTHER)
        assert throttle.broken is None
        clock.now = 61
        assert throttle.broken == "2 attempts in a row failed over 61 s"
        throttle.answered()
        assert throttle.broken is None

    def test_pauses_grow_and_a_servers_word_goes_first(self):
        throttle = Throttle(ServerStats(), give_up_after=60)
        pauses = [throttle.pause(n, None) for n in range(1, 12)]
        assert all(0.125 * 2**n <= pause <= 0.25 * 2**n for n, pause in enumerate(pauses[:6]))
        assert max(pauses) <= 30
        assert 7 <= throttle.pause(1, 7.0) <= 7.1


async def test_no_minute_holds_more_than_the_limit(monkeypatch):
    clock, slept, starts = Clock(), [], []

    async def sleep(seconds):
        slept.append(seconds)
        clock.now += seconds

    limit = RateLimit(10, clock=clock)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    for _ in range(35):
        await limit.take(1)
        starts.append(clock.now)
        clock.now += 0.5
    assert all(sum(start <= other < start + 60 for other in starts) <= 10 for start in starts)
    assert starts[-1] < 183  # and not much later than need be
    await limit.take(99)  # more than a minute's: an empty minute
    await RateLimit(None).take(10**9)


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
    assert delay(headers, datetime(2026, 11, 24, 12, 0, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    "body",
    [
        "too long",
        {"message": "too long"},
        {"detail": "too long"},
        {"error": {"message": "too long", "code": None}},
        [{"error": {"message": "too long"}}],
        {"detail": [{"msg": "too long"}]},
    ],
)
def test_a_refusal_is_read_whatever_form_it_has(body):
    assert said(body, "status 400") == "too long"


@pytest.mark.parametrize(
    ("text", "thoughts", "rest"),
    [
        ("<think>a</think>b", "a", "b"),
        ("a</think>b", "a", "b"),
        ("<think>a", "a", ""),
        ("b", "", "b"),
        ("x<think>a</think>b", "a", "xb"),
    ],
)
def test_thoughts_are_told_apart(text, thoughts, rest):
    assert apart(text) == (thoughts, rest)


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


class TestReplies:
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
            found = self.one(endpoint, choice(content=content, finish="length"))
            assert found.answers == [answer]
        assert "1 response cut off at the token limit" in found.report()

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
        found = self.one(endpoint, choice(**odd))
        assert (found.answers, found.pulls, found.stopped) == ([None], [1], "budget")
        assert "held no answer" in found.report()

    def test_thoughts_come_from_three_places(self, endpoint):
        for message in (
            {"reasoning_content": "deep"},
            {"reasoning": "deep"},
            {"content": "<think>deep</think>The answer is 3."},
        ):
            found = self.one(endpoint, choice(**({"content": "The answer is 3."} | message)))
            assert (found.responses[0].thoughts, found.answers) == ("deep", ["3"])

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


class TestRefusedFields:
    def refuse(self, endpoint, *names):
        def behave(body, count):
            name = next((name for name in names if name in body), None)
            return name and web.json_response({"detail": f"unknown field '{name}'"}, status=422)

        endpoint.behave = behave

    def test_are_left_out_once_for_that_model_and_reported(self, endpoint):
        self.refuse(endpoint, "top_k", "seed", "logprobs", "temperature", "max_completion_tokens")
        model = dn.OpenAIModel(
            "tiny",
            endpoint.url,
            seed=1,
            logprobs=True,
            temperature=0.5,
            max_tokens=9,
            extra_body={"top_k": 5, "min_p": 0},
        )
        first = dn.run(["q?"], budget=4, model=model, concurrency=1, store=False)
        assert (
            "refused top_k, seed, logprobs, temperature, max_completion_tokens: left out"
            in first.report()
        )
        count = len(endpoint.bodies)
        second = dn.run(["q?"], budget=4, model=model, concurrency=1, store=False)
        assert len(endpoint.bodies) == count + second.usage.requests
        assert set(endpoint.bodies[-1]) >= {"min_p", "max_tokens"}
        assert "refused" not in second.report()

    def test_of_another_model_are_not(self, endpoint):
        self.refuse(endpoint, "seed")
        dn.run(["q?"], budget=1, model=dn.OpenAIModel("tiny", endpoint.url, seed=1), store=False)
        endpoint.behave = None
        dn.run(["q?"], budget=1, model=dn.OpenAIModel("other", endpoint.url, seed=1), store=False)
        assert "seed" in endpoint.bodies[-1]


def test_a_rate_limit_of_a_minute_is_sat_out(endpoint):
    until = []

    def behave(body, count):
        now = asyncio.get_running_loop().time()
        until.append(until[0] if until else now + 2)
        if now < until[0]:
            return web.json_response({"error": {"message": "slow down"}}, status=429)
        return None

    endpoint.behave = behave
    found = dn.run(
        ["q?"], budget=16, model=dn.OpenAIModel("tiny", endpoint.url, max_retries=1), store=False
    )
    assert (found.stopped, sum(found.pulls), found.failures) == ("budget", 16, 0)


def test_a_call_has_a_deadline(endpoint):
    endpoint.behave = lambda body, count: web.json_response(
        {"error": {"message": "slow down"}}, status=429, headers={"retry-after": "30"}
    )
    with pytest.raises(dn.ModelError, match="slow down|set aside"):
        dn.run(
            ["q?"],
            budget=1,
            model=dn.OpenAIModel("tiny", endpoint.url, request_deadline=0.5),
            store=False,
        )


def test_requests_a_minute_are_held_to(endpoint):
    model = dn.OpenAIModel("tiny", endpoint.url, requests_per_minute=3, max_n=1)
    found = dn.run(["q?"], budget=8, model=model, time_limit=1.5, store=False)
    assert len(endpoint.bodies) == len(found.responses) == 3


def test_a_400_that_names_nothing_is_asked_for_fewer_at_a_time(endpoint):
    endpoint.behave = lambda body, count: (
        web.json_response({"error": "too many choices"}, status=400)
        if body.get("n", 1) > 3
        else None
    )
    found = dn.run(
        ["q?"],
        budget=24,
        model=dn.OpenAIModel("tiny", endpoint.url),
        policy="uniform",
        depth=0,
        warmup=24,
        store=False,
        concurrency=1,
    )
    assert (sum(found.pulls), found.failures) == (24, 0)
    sent = [body.get("n", 1) for body in endpoint.bodies]
    assert sent[:3] == [8, 4, 2]
    assert max(sent[3:]) == 2


def test_a_limit_in_tokens_asks_for_one_completion_at_a_time(endpoint):
    """By some servers the usage of several is that of the first."""
    found = dn.run(
        ["q?"],
        budget=12,
        model=dn.OpenAIModel("tiny", endpoint.url, max_tokens=20),
        token_limit=9000,
        store=False,
    )
    assert sum(found.pulls) == len(endpoint.bodies) == 12
    assert all("n" not in body for body in endpoint.bodies)


def test_no_key_is_sent_as_a_placeholder(endpoint, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "")
    endpoint.key = "none"
    assert dn.run(
        ["q?"], budget=1, model=dn.OpenAIModel("tiny", endpoint.url), store=False
    ).answers == ["8"]


def test_a_limit_of_n_that_is_named_is_kept_to(endpoint):
    said = "Field 'n': Value must be between 1 <= value <= 3, but got 8"
    endpoint.behave = lambda body, count: (
        web.json_response({"error": {"message": said}}, status=400)
        if body.get("n", 1) > 3
        else None
    )
    model = dn.OpenAIModel("tiny", endpoint.url)
    found = dn.run(
        ["q?"],
        budget=9,
        model=model,
        policy="uniform",
        depth=0,
        warmup=9,
        store=False,
        concurrency=1,
    )
    assert [body.get("n", 1) for body in endpoint.bodies] == [8, 3, 3, 2, 1]
    assert "refused" not in found.report()
