"""What one worker does with orders, on a cluster of one worker in this process."""

import pytest
from distributed import Client, LocalCluster

import dynscaling_nb as dn
from dynscaling_nb.answers.equivalence import exact
from dynscaling_nb.answers.extract import extractor
from dynscaling_nb.answers.weights import equal
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.cluster.messages import Order, ShardSpec
from dynscaling_nb.cluster.worker import advance, shards_here
from dynscaling_nb.records import Query


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def make_spec(model):
    return ShardSpec(
        queries=[Query("1", "a?"), Query("2", "b?")],
        model=model,
        template=Template(),
        extract=extractor("auto"),
        equivalence=exact,
        vote_weight=equal,
        warmup=1,
        seed=1,
    )


def order(shard, budget, **settings):
    options = {"heard": 0, "forecast": 10, "elsewhere": 0, "concurrency": 2} | settings
    return Order(shard, budget, policy=policy("uniform"), stop=None, plan=Plan(depth=0), **options)


def send(client, *parts):
    return client.submit(advance, *parts, pure=False).result(timeout=20)


def until_asked(client, shard, budget, **settings):
    """The report once the shard has drawn its budget, with all of its responses."""
    while True:
        report = send(client, order(shard, budget, **settings))
        if report.pulls == budget and report.in_flight == 0:
            return report


def answers(text="The answer is 7."):
    return dn.ScriptedModel(lambda request: text)


def test_a_worker_without_the_shard_says_who_it_is(client):
    report = send(client, order("unknown", 4))
    assert not report.holds_shard
    assert report.address == next(iter(client.scheduler_info()["workers"]))


def test_a_shard_draws_its_budget_waits_and_goes_on_with_more(client):
    send(client, order("s", 4), make_spec(answers()), ())
    report = until_asked(client, "s", 4)
    assert (len(report.responses), report.budget, report.error) == (4, 4, None)
    assert report.scores == [-2, -2, -3, -3, -4, -4, -5, -5, -6, -6]
    more = until_asked(client, "s", 6, heard=4)
    assert len(more.responses) == 2
    assert until_asked(client, "s", 6, heard=4).responses == more.responses  # twice does no harm


def test_a_shard_begins_from_its_history(client):
    past = [dn.Response("1", i, "parallel", f"The answer is {i}.", "?", ()) for i in range(2)]
    send(client, order("h", 4, heard=2), make_spec(answers()), past)
    report = until_asked(client, "h", 4, heard=2)
    assert [r.query_id for r in report.responses] == ["2", "2"]
    assert [r.answer for r in until_asked(client, "h", 4).responses[:2]] == ["0", "1"]


def test_an_error_of_the_model_is_reported(client):
    model = dn.ScriptedModel(lambda request: dn.ModelUnavailable("on fire"))
    report = send(client, order("e", 4), make_spec(model), ())
    while report.error is None:
        report = send(client, order("e", 4))
    assert isinstance(report.error, dn.ModelUnavailable)
    assert str(report.error) == "on fire"


def test_a_paused_shard_asks_for_nothing_and_an_ended_one_is_forgotten(client):
    send(client, order("p", 2), make_spec(answers()), ())
    until_asked(client, "p", 2)
    paused = send(client, order("p", 8, heard=2, paused=True))
    assert (paused.budget, paused.pulls) == (8, 2)
    assert "p" in client.run(shards_here)[paused.address]
    send(client, order("p", 2, ended=True))
    assert "p" not in client.run(shards_here)[paused.address]
    assert not send(client, order("p", 4)).holds_shard
