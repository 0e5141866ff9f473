"""One server, the real client: refused fields, repeats, limits a minute, cancellation."""

import asyncio

import pytest
from aiohttp import web

import dynscaling_nb as dn
from dynscaling_nb.models.base import CallCancelled


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


def test_a_400_that_names_nothing_is_asked_for_fewer_at_a_time(endpoint):
    endpoint.behave = lambda body, count: (
        web.json_response({"error": "too many choices"}, status=400)
        if body.get("n", 1) > 3
        else None
    )
    result = dn.run(
        ["q?"],
        budget=24,
        model=dn.OpenAIModel("tiny", endpoint.url),
        policy="uniform",
        depth=0,
        warmup=24,
        store=False,
        concurrency=1,
    )
    assert (sum(result.pulls), result.failures) == (24, 0)
    sent = [body.get("n", 1) for body in endpoint.bodies]
    assert sent[:3] == [8, 4, 2]
    assert max(sent[3:]) == 2


def test_a_limit_of_n_that_is_named_is_kept_to(endpoint):
    said = "Field 'n': Value must be between 1 <= value <= 3, but got 8"
    endpoint.behave = lambda body, count: (
        web.json_response({"error": {"message": said}}, status=400)
        if body.get("n", 1) > 3
        else None
    )
    model = dn.OpenAIModel("tiny", endpoint.url)
    result = dn.run(
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
    assert "refused" not in result.report()


def test_no_key_is_sent_as_a_placeholder(endpoint, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "")
    endpoint.key = "none"
    assert dn.run(
        ["q?"], budget=1, model=dn.OpenAIModel("tiny", endpoint.url), store=False
    ).answers == ["8"]


async def test_a_field_refused_once_is_not_sent_again(endpoint, request_for):
    endpoint.behave = lambda body, count: (
        web.json_response({"detail": "unknown field 'seed'"}, status=422)
        if "seed" in body
        else None
    )
    model = dn.OpenAIModel("tiny", endpoint.url, seed=1)
    for _ in range(2):  # a later run knows it too
        async with model.open() as sampler:
            await sampler.generate(request_for())
            await sampler.generate(request_for())
    assert ["seed" in body for body in endpoint.bodies] == [True, False, False, False, False]


async def test_requests_a_minute_are_held_to(endpoint, request_for, clock):
    times = sent_at(endpoint, clock)
    model = dn.OpenAIModel("tiny", endpoint.url, requests_per_minute=3)
    async with model.open(clock=clock, sleep=clock.sleep) as sampler:
        for _ in range(7):
            await sampler.generate(request_for())
    assert times == [0, 0, 0, 60, 60, 60, 120]


async def test_tokens_a_minute_are_held_to(endpoint, request_for, clock):
    times = sent_at(endpoint, clock)
    model = dn.OpenAIModel("tiny", endpoint.url, tokens_per_minute=250, max_tokens=100)
    async with model.open(clock=clock, sleep=clock.sleep) as sampler:
        for _ in range(5):
            await sampler.generate(request_for("x" * 40))  # 10 + 100 tokens
    assert times == [0, 0, 60, 60, 120]


async def test_a_rate_limit_of_a_minute_is_sat_out(endpoint, request_for, clock):
    endpoint.behave = lambda body, count: (
        web.json_response({"error": {"message": "slow down"}}, status=429)
        if clock.now < 60
        else None
    )
    model = dn.OpenAIModel("tiny", endpoint.url, max_retries=1)
    async with model.open(clock=clock, sleep=clock.sleep) as sampler:
        completions = await sampler.generate(request_for())
        assert sampler.stats.failed == {"rate limit": len(endpoint.bodies) - 1}
    assert completions[0].usage.retries == len(endpoint.bodies) - 1 > 1


async def test_a_server_that_only_fails_is_given_up_after_a_while(endpoint, request_for, clock):
    endpoint.behave = lambda body, count: web.json_response({"detail": "no"}, status=429)
    model = dn.OpenAIModel("tiny", endpoint.url, give_up_after=100)
    async with model.open(clock=clock, sleep=clock.sleep) as sampler:
        with pytest.raises(dn.ModelUnavailable, match="gives no answer: .* in a row failed over"):
            await sampler.generate(request_for())
    assert 100 <= clock.now <= 130


async def test_no_question_is_blamed_for_a_server_that_is_away(endpoint, request_for, clock):
    def behave(body, count):
        if count > 5 and clock.now < 45:
            return web.json_response({"error": "Loading model"}, status=503)
        return None

    endpoint.behave = behave
    model = dn.OpenAIModel("tiny", endpoint.url, max_retries=1)
    async with model.open(clock=clock, sleep=clock.sleep) as sampler:
        requests = [request_for(f"question {i % 4}?") for i in range(12)]
        answers = await asyncio.gather(*map(sampler.generate, requests))
    assert [len(completions) for completions in answers] == [1] * 12
    assert 45 <= clock.now <= 120


async def test_an_error_reply_is_acted_on(endpoint, request_for):
    """One for each decision that the table of failures holds, with its effect on later requests."""
    long = {"error": {"message": "too many tokens", "code": "context_length_exceeded"}}
    endpoint.behave = lambda body, count: (
        web.json_response(long, status=400) if "long" in body["messages"][0]["content"] else None
    )
    async with dn.OpenAIModel("tiny", endpoint.url, max_tokens=100).open() as sampler:
        with pytest.raises(dn.ModelError, match="too many tokens") as failure:
            await sampler.generate(request_for("long?"))
        assert not isinstance(failure.value, dn.ModelUnavailable)
        await sampler.generate(request_for())
    assert [body["max_completion_tokens"] for body in endpoint.bodies] == [100, 100]


@pytest.mark.parametrize(
    ("status", "message", "says"),
    [
        (404, "Not Found", "does not know the model 'other' .404.: Not Found; it has tiny"),
        (404, "model 'other' is not here", "does not know the model 'other'.*; it has tiny"),
        (404, "no such policy", "answered 404: no such policy"),
        (429, "wait 11 minutes", "asks to wait 11 minutes .429.: .*resume=True"),
        (400, "temperature must be at most 1", "refuses the value of temperature"),
    ],
)
async def test_what_stands_against_every_request_ends_the_run(
    endpoint, request_for, status, message, says
):
    endpoint.behave = lambda body, count: web.json_response({"detail": message}, status=status)
    async with dn.OpenAIModel("other", endpoint.url, temperature=2.0).open() as sampler:
        with pytest.raises(dn.ModelUnavailable, match=says):
            await sampler.generate(request_for())
    assert len(endpoint.bodies) == 1


async def test_a_later_part_that_fails_leaves_the_parts_that_came(endpoint, request_for):
    endpoint.most = 2
    endpoint.behave = lambda body, count: (
        web.json_response({"detail": "no"}, status=418) if count == 3 else None
    )
    async with dn.OpenAIModel("tiny", endpoint.url).open() as sampler:
        assert len(await sampler.generate(request_for(n=8))) == 4
        assert sampler.max_n == 2


class TestCancelled:
    """A call that is cancelled says what it used, and stays a cancellation."""

    @pytest.fixture
    def streaming(self, endpoint):
        endpoint.pause = 0.05
        endpoint.text = lambda body, choice: "well " * 200
        return endpoint

    def model(self, endpoint, **settings):
        return dn.OpenAIModel("tiny", endpoint.url, stream=True, **settings)

    async def test_usage_is_that_of_the_pieces_that_came(self, streaming, request_for):
        async with self.model(streaming).open() as sampler:
            task = asyncio.create_task(sampler.generate(request_for()))
            while streaming.written < 3:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
        call = CallCancelled.of(cancelled.value)
        assert call.counted
        assert call.used.prompt_tokens == 10
        assert 1 <= call.used.completion_tokens <= streaming.written
        assert call.used.requests == 1

    async def test_a_timeout_around_it_is_a_timeout(self, streaming, request_for):
        async with self.model(streaming).open() as sampler:
            with pytest.raises(TimeoutError) as late:
                async with asyncio.timeout(0.5):
                    await sampler.generate(request_for())
        assert CallCancelled.of(late.value.__cause__).used.requests == 1

    async def test_its_own_timeout_is_a_failure_that_is_repeated(self, streaming, request_for):
        streaming.behave = lambda body, count: setattr(streaming, "pause", 0 if count > 1 else 4)
        async with self.model(streaming, timeout=2).open() as sampler:
            completions = await sampler.generate(request_for())
            assert sampler.stats.failed == {"timeout": 1}
        assert completions[0].usage.retries == 1

    async def test_one_in_a_pause_between_attempts_has_nothing_to_say(self, endpoint, request_for):
        endpoint.behave = lambda body, count: web.json_response({"detail": "no"}, status=503)
        pausing = asyncio.Event()

        async def pause(seconds):
            pausing.set()
            await asyncio.Event().wait()

        async with self.model(endpoint).open(sleep=pause) as sampler:
            task = asyncio.create_task(sampler.generate(request_for()))
            await pausing.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
        assert CallCancelled.of(cancelled.value) is None
        assert len(endpoint.bodies) == 1


def sent_at(endpoint, clock):
    """The times at which requests reach the server, as they come."""
    times = []
    endpoint.behave = lambda body, count: times.append(clock.now)
    return times
