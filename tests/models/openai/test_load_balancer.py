"""Several servers as one: scripts with a clock, and the real client with real servers."""

from collections import Counter

import pytest
from aiohttp import web

import dynscaling_nb as dn
from dynscaling_nb.models.base import ServerStats
from dynscaling_nb.models.openai.load_balancer import REST, LoadBalancer
from dynscaling_nb.models.openai.throttle import TransientError
from dynscaling_nb.records import Query, Request

QUERIES = [f"Question number {i}?" for i in range(12)]


def question(body):
    """The question of a request."""
    return next(message["content"] for message in body["messages"] if message["role"] == "user")


def balanced(endpoints, **settings):
    return dn.OpenAIModel("tiny", [served.url for served in endpoints], max_n=1, **settings)


def test_the_load_is_shared_and_a_query_stays_where_its_prefix_is(endpoints):
    for served in endpoints:
        served.delay = 0.02
    result = dn.run(
        QUERIES, budget=96, model=balanced(endpoints), concurrency=12, seed=1, store=False
    )
    assert result.spent == 96
    counts = [len(served.bodies) for served in endpoints]
    assert sum(counts) == 96
    assert min(counts) > 96 / 3 * 0.6
    servers = [set(map(question, served.bodies)) for served in endpoints]
    homes = Counter(text for questions in servers for text in questions)
    assert sum(homes.values()) <= len(QUERIES) * 1.4  # hardly any question is known to two servers


def test_a_busy_server_sends_its_queries_elsewhere(endpoints):
    endpoints[0].delay, endpoints[1].delay, endpoints[2].delay = 1.0, 0.01, 0.01
    result = dn.run(
        QUERIES, budget=96, model=balanced(endpoints), concurrency=24, policy="uniform", store=False
    )
    assert result.spent == 96
    assert result.time < 5
    assert len(endpoints[0].bodies) < 30


def test_a_server_that_dies_is_left_out_and_named(endpoints):
    dead = "http://127.0.0.1:9/v1"
    model = dn.OpenAIModel("tiny", f"{dead}, {endpoints[0].url}", max_n=1, timeout=5)
    result = dn.run(QUERIES, budget=36, model=model, store=False)
    assert (result.spent, result.stopped, result.failures) == (36, "budget", 0)
    assert f"No answer from {dead}: the other servers took over" in result.report()
    assert len(endpoints[0].bodies) == 36


def test_a_server_that_fails_in_passing_has_its_requests_answered_elsewhere(endpoints):
    endpoints[0].behave = lambda body, count: web.json_response(
        {"error": {"message": "overloaded"}}, status=503
    )
    result = dn.run(
        QUERIES, budget=36, model=balanced(endpoints, max_retries=0), concurrency=6, store=False
    )
    assert (result.spent, result.stopped, result.failures) == (36, "budget", 0)


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
    first = dn.run(QUERIES, budget=12, model=balanced(endpoints), store=store, seed=1)
    again = dn.run(
        QUERIES, budget=24, model=balanced(endpoints[::-1]), store=store, seed=1, resume=True
    )
    assert (again.run, again.resumed) == (first.run, 12)


class TestRouting:
    """Servers that are scripts, and a clock that is moved by hand."""

    def balancer(self, clock, **scripts):
        self.stats = ServerStats()
        self.servers = {name: dn.ScriptedModel(script) for name, script in scripts.items()}
        return LoadBalancer(self.servers, self.stats, clock=clock)

    async def ask(self, balancer, text):
        return (await balancer.generate(Request(Query(text, text), ())))[0].text

    async def test_a_lost_server_comes_back_after_its_rest(self, clock):
        def lost_at_first(request):
            return dn.ModelUnavailable("gone") if clock.now < 1 else "a"

        balancer = self.balancer(clock, a=lost_at_first, b=lambda request: "b")
        assert await self.ask(balancer, "0") == "b"
        clock.now = REST - 0.1
        assert [await self.ask(balancer, str(i)) for i in (1, 2, 3)] == ["b"] * 3
        clock.now = REST
        assert await self.ask(balancer, "4") == "a"
        assert await self.ask(balancer, "0") == "b"  # it stays where its prefix is
        assert self.stats.lost == ["a"]

    async def test_only_when_no_server_is_left_is_the_model_unavailable(self, clock):
        gone, busy = dn.ModelUnavailable("gone"), TransientError("busy", "status 503")
        both = self.balancer(clock, a=lambda request: gone, b=lambda request: gone)
        with pytest.raises(dn.ModelUnavailable, match="gone"):
            await self.ask(both, "0")
        one = self.balancer(clock, a=lambda request: busy, b=lambda request: gone)
        with pytest.raises(dn.ModelError, match="gone") as failure:
            await self.ask(one, "0")
        assert not isinstance(failure.value, dn.ModelUnavailable)  # `a` is there for others

    def test_capacity_is_the_sum_of_the_servers_within_the_limit(self, clock):
        servers = {"a": Narrow(), "b": dn.ScriptedModel({}, max_n=4)}
        balancer = LoadBalancer(servers, ServerStats(), clock=clock)
        assert balancer.capacity(16) == 3 + 8
        assert balancer.capacity(7) == 3 + 4
        assert balancer.capacity(2) == 2
        assert balancer.max_n == 1

    async def test_a_lost_server_takes_no_share_of_the_capacity(self, clock):
        servers = {"a": Narrow(lambda request: dn.ModelUnavailable("gone"))}
        servers["b"] = dn.ScriptedModel(lambda request: "b")
        balancer = LoadBalancer(servers, ServerStats(), clock=clock)
        await self.ask(balancer, "0")
        assert balancer.capacity(16) == 16


class Narrow(dn.ScriptedModel):
    """A server that lets three requests through."""

    def __init__(self, script=lambda request: "a"):
        super().__init__(script)

    def capacity(self, limit):
        return min(limit, 3)
