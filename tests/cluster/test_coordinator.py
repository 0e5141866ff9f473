"""Runs on a Dask cluster of processes on this machine.

The budget is exact, the allocation is that of one machine, and workers come and go.
"""

import asyncio
import os
import signal
import time

import numpy as np
import pytest
from distributed import Client, LocalCluster

import dynscaling_nb as dn
from dynscaling_nb.bandit.policies import policy as policy_named
from dynscaling_nb.cluster.worker import shards_here
from dynscaling_nb.events import Drawn

QUERIES = 40
SHARES = {0: [0.97, 0.02, 0.01], 1: [0.5, 0.3, 0.2]}


def queries(count=QUERIES):
    return [{"id": str(i), "text": f"Question number {i}?", "gold": "a"} for i in range(count)]


def recorded(count=QUERIES, each=300):
    """Every other query is contested."""
    rng = np.random.default_rng(7)
    return {
        str(i): ["abc"[k] for k in rng.choice(3, size=each, p=SHARES[i % 2])] for i in range(count)
    }


def slow(seconds=0.05):
    return dn.ScriptedModel(
        lambda request: (
            f"thinking\nThe answer is {request.seeds[0] % (1 + 3 * (int(request.query.id) % 2))}."
        ),
        delay=seconds,
    )


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as found:
        yield found


@pytest.fixture(scope="module")
def client(cluster):
    with Client(cluster) as found:
        yield found


def test_the_budget_is_spent_to_the_last_and_goes_where_one_machine_sends_it(client):
    options = {"budget": QUERIES * 20, "model": dn.ReplayModel(recorded()), "depth": 0, "seed": 2}
    many, one = dn.run(queries(), cluster=client, **options), dn.run(queries(), **options)
    assert (sum(many.pulls), len(many.responses), many.stopped) == (
        QUERIES * 20,
        QUERIES * 20,
        "budget",
    )
    indices = [[r.index for r in many.responses_to(str(i))] for i in range(QUERIES)]
    assert indices == [list(range(pulls)) for pulls in many.pulls]
    contested = [sum(found.pulls[1::2]) / sum(found.pulls) for found in (many, one)]
    assert contested[0] == pytest.approx(contested[1], abs=0.1)
    assert contested[0] > 0.7


def test_answers_that_a_worker_reads_again_are_counted_again_by_the_coordinator(client):
    texts = dn.ScriptedModel(
        lambda request: f"so\nThe answer is {'42' if request.index else 'Rome'}.", delay=0.3
    )
    questions = [{"id": str(i), "text": f"How many, number {i}?"} for i in range(2)]
    # one at a time, so that the first response is reported before the second is read
    result = dn.run(questions, budget=8, model=texts, depth=0, cluster=client, concurrency=1)
    assert result.answers == ["42"] * 2
    firsts = [response.answer for response in result.responses if response.index == 0]
    assert firsts == [None] * 2
    assert result.counts["unread"] == 2


def test_chains_are_built_on_the_workers_and_everything_comes_back(client, tmp_path):
    store, seen = dn.Store(tmp_path / "runs.sqlite"), []
    found = dn.run(
        queries(12),
        budget=120,
        model=slow(),
        cluster=client,
        store=store,
        observers=[seen.append],
        seed=1,
        concurrency=8,
    )
    chained = [r for r in found.responses if r.kind == "chained"]
    assert len(chained) > 20
    assert all(set(r.sources) <= {s.index for s in found.responses_to(r.query_id)} for r in chained)
    assert len([event for event in seen if isinstance(event, Drawn)]) == 120
    assert [r.text for r in dn.load(found.run, store).responses] == [
        r.text for r in found.responses
    ]
    more = dn.run(
        queries(12),
        budget=180,
        model=slow(),
        cluster=client,
        store=store,
        seed=1,
        resume=True,
        in_memory="answers",
    )
    assert (more.run, more.resumed, more.spent, len(more.responses)) == (found.run, 120, 180, 180)
    assert found.time < 10


@pytest.mark.parametrize(
    ("policy", "stop"),
    [("paper", None), ("ucb", None), ("thompson", None), ("uniform", None), ("okg", "ac")],
)
def test_every_policy_keeps_to_the_budget(client, policy, stop):
    found = dn.run(
        queries(10),
        budget=100,
        model=dn.ReplayModel(recorded(10)),
        cluster=client,
        policy=policy,
        stop=stop,
        depth=0 if policy == "uniform" else 4,
        seed=1,
    )
    assert sum(found.pulls) <= 100
    assert found.stopped == ("settled" if stop and sum(found.pulls) < 100 else "budget")
    if policy == "uniform":
        assert found.pulls == [10] * 10


async def test_a_client_of_the_running_loop_and_steering_from_without(cluster):
    async with Client(cluster.scheduler_address, asynchronous=True) as client:
        handle = dn.start(
            queries(), budget=QUERIES * 50, model=slow(), cluster=client, concurrency=8
        )
        run = handle.run
        while run.ledger.spent < 100:
            await asyncio.sleep(0.05)
        handle.pause()
        await asyncio.sleep(0.7)
        before = run.ledger.spent
        await asyncio.sleep(0.7)
        assert run.ledger.spent == before
        handle.resume()
        run.change(budget=before + 60, policy=policy_named("uniform"))
        found = await handle
    assert (found.stopped, found.policy) == ("budget", "uniform")
    assert before <= found.spent == found.budget <= before + 60


async def test_stopping_keeps_what_was_drawn_and_the_workers_forget(cluster):
    async with Client(cluster.scheduler_address, asynchronous=True) as client:
        handle = dn.start(queries(), budget=QUERIES * 50, model=slow(0.2), cluster=client)
        while handle.run.ledger.spent < 50:
            await asyncio.sleep(0.05)
        handle.stop()
        found = await handle
        assert found.stopped == "user"
        assert 50 <= found.spent == len(found.responses) < QUERIES * 50
        held = await client.run(shards_here)
        assert [*held.values()] == [[]] * len(held)


def test_a_worker_that_is_killed_loses_nothing_that_was_told_and_the_budget_is_exact(
    cluster, client
):
    killed = []

    def kill(event):
        if isinstance(event, Drawn) and len(drawn := killed) == 0 and event.response.at > 0.8:
            drawn.append(next(iter(cluster.workers.values())).pid)
            os.kill(drawn[0], signal.SIGKILL)

    found = dn.run(
        queries(),
        budget=QUERIES * 20,
        model=slow(),
        cluster=client,
        concurrency=16,
        observers=[kill],
        seed=1,
    )
    assert killed
    assert (found.stopped, sum(found.pulls), len(found.responses)) == (
        "budget",
        QUERIES * 20,
        QUERIES * 20,
    )
    assert len({(r.query_id, r.index) for r in found.responses}) == QUERIES * 20


def test_a_worker_that_joins_takes_its_share(cluster, client):
    handle, most = None, 0
    client.wait_for_workers(2, timeout=120)  # the one that was killed before is back

    async def go():
        nonlocal handle, most
        handle = dn.start(
            queries(), budget=QUERIES * 300, model=slow(0.1), cluster=client, concurrency=16
        )
        await asyncio.sleep(1.0)
        cluster.scale(3)
        end = time.monotonic() + 120
        while most < 3 and time.monotonic() < end and not handle.done:
            held = await asyncio.to_thread(client.run, shards_here)
            most = max(most, sum(bool(names) for names in held.values()))
            await asyncio.sleep(0.1)
        handle.stop()
        return await handle

    found = asyncio.run(go())
    cluster.scale(2)
    assert most == 3
    assert len({(r.query_id, r.index) for r in found.responses}) == found.spent


def test_what_goes_wrong_is_said_in_one_line(client):
    def breaks(request):
        raise dn.ModelUnavailable("the server is on fire")

    with pytest.raises(dn.ModelUnavailable, match="the server is on fire"):
        dn.run(queries(4), budget=8, model=dn.ScriptedModel(breaks), cluster=client)
    with pytest.raises(dn.InputError, match="a cluster takes no token_limit, no cost_limit"):
        dn.run(queries(4), budget=8, cluster=client, token_limit=100, model=slow())
    with (
        LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        Client(empty) as nobody,
        pytest.raises(dn.InputError, match="has no workers"),
    ):
        dn.run(queries(4), budget=8, cluster=nobody, model=slow())


def test_from_a_shell_by_the_address_of_the_scheduler(cluster, tmp_path, capsys, monkeypatch):
    from dynscaling_nb.cli import main

    (tmp_path / "q.jsonl").write_text(
        '{"id": "a", "text": "What is 3 + 4?"}\n{"id": "b", "text": "What is 7 * 8 - 12?"}\n'
    )
    words = [
        "run",
        str(tmp_path / "q.jsonl"),
        "--budget",
        "12",
        "--seed",
        "1",
        "--out",
        str(tmp_path / "out.jsonl"),
        "--cluster",
    ]
    assert main([*words, cluster.scheduler_address]) == 0
    assert "12 of 12 responses" in capsys.readouterr().out
    monkeypatch.setattr("dynscaling_nb.cluster.dask.CONNECTING", 0.5)
    assert main([*words, "tcp://127.0.0.1:9"]) == 2
    assert "there is no Dask scheduler at 'tcp://127.0.0.1:9'" in capsys.readouterr().err


async def test_a_panel_shows_a_run_on_a_cluster(cluster):
    async with Client(cluster.scheduler_address, asynchronous=True) as client:
        panel = dn.Panel(queries(6), budget=60, model=slow(0.02), cluster=client)
        panel.run_button.click()
        end = time.monotonic() + 20
        while panel.result is None and time.monotonic() < end:
            await asyncio.sleep(0.1)
    assert panel.result.spent == 60
    assert "60 of 60" in panel.views.counters.value


def test_a_cluster_that_goes_away_ends_the_run_with_what_was_drawn():
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster.scheduler_address, timeout=2) as client,
    ):
        gone = []

        def leave(event):
            if isinstance(event, Drawn) and event.pull.number == 60:
                gone.append(cluster.close())

        found = dn.run(
            queries(), budget=QUERIES * 20, model=slow(), cluster=client, observers=[leave]
        )
    assert gone
    assert found.stopped == "error"
    assert "the cluster is gone" in found.error
    assert 60 < found.spent == len(found.responses) < QUERIES * 20
