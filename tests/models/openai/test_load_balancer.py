"""Several servers as one, and replies in pieces that are given up once they are not needed: the real client, real servers on loopback."""

from collections import Counter

import pytest
from aiohttp import web
from lab import until

import dynscaling_nb as dn

QUERIES = [f"Question number {i}?" for i in range(12)]


def asked(body):
    """The question of a request."""
    return next(message["content"] for message in body["messages"] if message["role"] == "user")


def fleet(endpoints, **settings):
    return dn.OpenAIModel("tiny", [served.url for served in endpoints], max_n=1, **settings)


def test_the_load_is_shared_and_a_query_stays_where_its_prefix_is(endpoints):
    for served in endpoints:
        served.delay = 0.02
    found = dn.run(QUERIES, budget=96, model=fleet(endpoints), concurrency=12, seed=1, store=False)
    assert found.spent == 96
    counts = [len(served.bodies) for served in endpoints]
    assert sum(counts) == 96
    assert min(counts) > 96 / 3 * 0.6
    servers = [set(map(asked, served.bodies)) for served in endpoints]
    homes = Counter(text for questions in servers for text in questions)
    assert sum(homes.values()) <= len(QUERIES) * 1.4  # hardly any question is known to two servers


def test_a_busy_server_sends_its_queries_elsewhere(endpoints):
    endpoints[0].delay, endpoints[1].delay, endpoints[2].delay = 1.0, 0.01, 0.01
    found = dn.run(
        QUERIES, budget=96, model=fleet(endpoints), concurrency=24, policy="uniform", store=False
    )
    assert found.spent == 96
    assert found.time < 5
    assert len(endpoints[0].bodies) < 30


def test_a_server_that_dies_is_left_out_and_named(endpoints):
    dead = "http://127.0.0.1:9/v1"
    model = dn.OpenAIModel("tiny", f"{dead}, {endpoints[0].url}", max_n=1, timeout=5)
    found = dn.run(QUERIES, budget=36, model=model, store=False)
    assert (found.spent, found.stopped, found.failures) == (36, "budget", 0)
    assert f"No answer from {dead}: the other servers went on" in found.report()
    assert len(endpoints[0].bodies) == 36


def test_a_server_that_fails_in_passing_has_its_requests_answered_elsewhere(endpoints):
    endpoints[0].behave = lambda body, count: web.json_response(
        {"error": {"message": "overloaded"}}, status=503
    )
    found = dn.run(
        QUERIES, budget=36, model=fleet(endpoints, max_retries=0), concurrency=6, store=False
    )
    assert (found.spent, found.stopped, found.failures) == (36, "budget", 0)


def test_where_all_are_gone_the_run_ends_with_the_reason():
    model = dn.OpenAIModel("tiny", ["http://127.0.0.1:9/v1", "http://127.0.0.1:7/v1"], timeout=2)
    with pytest.raises(dn.ModelUnavailable, match="cannot reach http://127.0.0.1"):
        dn.run(QUERIES, budget=12, model=model, store=False)
    with pytest.raises(
        dn.InputError, match="base URL must begin with http:// or https://, got '127.0.0.1'"
    ):
        dn.OpenAIModel("tiny", "http://127.0.0.1:9/v1,127.0.0.1")


def test_the_order_of_the_addresses_does_not_matter_to_a_run_that_is_taken_up_again(
    endpoints, tmp_path
):
    store = tmp_path / "runs.sqlite"
    first = dn.run(QUERIES, budget=12, model=fleet(endpoints), store=store, seed=1)
    again = dn.run(
        QUERIES, budget=24, model=fleet(endpoints[::-1]), store=store, seed=1, resume=True
    )
    assert (again.run, again.resumed) == (first.run, 12)


def test_a_stream_says_the_same_as_a_reply_at_once(endpoint):
    plain = dn.run(
        QUERIES[:3], budget=6, model=dn.OpenAIModel("tiny", endpoint.url, max_n=1), store=False
    )
    streamed = dn.run(
        QUERIES[:3],
        budget=6,
        model=dn.OpenAIModel("tiny", endpoint.url, max_n=1, stream=True),
        store=False,
    )
    assert streamed.answers == plain.answers
    assert {r.finish for r in streamed.responses} == {"stop"}
    assert streamed.usage.prompt_tokens == 60
    assert streamed.usage.completion_tokens > 0
    assert endpoint.bodies[-1]["stream_options"] == {
        "include_usage": True,
        "continuous_usage_stats": True,
    }


def test_a_server_that_knows_no_stream_options_is_asked_without(endpoint):
    def behave(body, count):
        for name in ("continuous_usage_stats", "stream_options"):
            if name in (body.get("stream_options") or {}) or name in body:
                return web.json_response(
                    {"error": {"message": f"unknown field: {name}"}}, status=400
                )
        return None

    endpoint.behave = behave
    model = dn.OpenAIModel("no-options", endpoint.url, max_n=1, stream=True)
    found = dn.run(QUERIES[:3], budget=6, model=model, store=False)
    assert (found.spent, found.usage.completion_tokens) == (6, 0)
    assert "refused continuous_usage_stats, stream_options" in found.report()


def test_a_stream_that_breaks_off_is_no_answer(endpoint):
    async def breaks(body, request):
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        piece = '{"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [{"index": 0, "delta": {"content": "The"}}]}'
        await reply.write(f"data: {piece}\n\n".encode())
        return reply

    endpoint.stream = breaks
    with pytest.raises(dn.ModelError, match="a stream that broke off"):
        dn.run(
            QUERIES[:1],
            budget=1,
            model=dn.OpenAIModel(
                "tiny", endpoint.url, max_n=1, stream=True, max_retries=1, give_up_after=3
            ),
            store=False,
        )


def first_ones_quick(endpoints, refused=()):
    """Five quick streams for each query, and any others so slow that they would take twelve seconds."""
    seen = Counter()

    def behave(served):
        def answer(body, count):
            for name in refused:
                if name in body:
                    return web.json_response(
                        {"error": {"message": f"unknown field: {name}"}}, status=400
                    )
            seen[asked(body)] += 1
            quick = seen[asked(body)] <= 5
            served.pause, served.text = (0.02, short) if quick else (0.2, long)
            return None

        return answer

    def short(body, choice):
        return "well well well well well\nThe answer is 7."

    def long(body, choice):
        return " ".join(["well"] * 60) + "\nThe answer is 7."

    for served in endpoints:
        served.behave = behave(served)


@pytest.mark.parametrize("limits", [{}, {"tokens": 40_000, "max_tokens": 50}])
def test_what_is_in_flight_is_given_up_once_the_query_has_enough(endpoint, limits):
    first_ones_quick([endpoint])
    options = {
        "model": "tiny",
        "base_url": endpoint.url,
        "concurrency": 12,
        "store": None,
        "depth": 0,
        "timeout": 10,
        "seed": 1,
        **limits,
    }
    found = dn.run(
        QUERIES[:2], budget=40, policy="uniform", stop="ac", cancel_settled=True, **options
    )
    assert found.stopped == "settled", found.error
    assert found.answers == ["7", "7"]
    assert found.tally["cut off"] > 0
    assert len(endpoint.bodies) <= found.tally["cut off"] + found.spent  # some were not sent yet
    until(lambda: endpoint.now == 0)
    assert (
        0 < endpoint.broken <= len(endpoint.bodies) - found.spent
    )  # and some had said all by the time
    assert "given up in flight, since the query had enough" in found.report()
    drawn = sum(r.usage.completion_tokens for r in found.responses)
    unsaid = 50 * found.tally["cut off"] if limits else 0  # of those that had no piece yet
    assert (
        drawn < found.usage.completion_tokens <= endpoint.written + unsaid
    )  # the server said with every piece how much it had written


def test_under_a_limit_what_a_silent_server_had_written_counts_as_all_it_might_have(endpoint):
    first_ones_quick([endpoint], refused=["stream_options"])
    options = {"base_url": endpoint.url, "concurrency": 12, "store": None, "depth": 0, "seed": 1}
    found = dn.run(
        QUERIES[:1],
        budget=40,
        model="silent",
        policy="uniform",
        stop="ac",
        cancel_settled=True,
        token_limit=100_000,
        max_tokens=50,
        extract=lambda text: "7",
        **options,
    )
    assert found.stopped == "settled", found.error
    assert found.tally["cut off"] > 0
    bound = dn.OpenAIModel("silent", endpoint.url, max_tokens=50).bound(
        dn.Request(found.queries[0], found.responses[0].messages)
    )
    assert found.usage.completion_tokens == 50 * (found.tally["cut off"] + found.spent)
    assert found.usage.prompt_tokens == bound.prompt_tokens * (found.tally["cut off"] + found.spent)


def test_calls_to_several_servers_are_given_up_too(endpoints):
    first_ones_quick(endpoints)
    model = fleet(endpoints, stream=True)
    found = dn.run(
        QUERIES[:2],
        budget=40,
        policy="uniform",
        stop="ac",
        cancel_settled=True,
        model=model,
        concurrency=12,
        store=False,
        depth=0,
        seed=1,
    )
    assert found.stopped == "settled"
    assert found.tally["cut off"] > 0
    assert found.usage.completion_tokens > sum(r.usage.completion_tokens for r in found.responses)
