"""One call: what it is charged, the responses it gives back, and the seeds that it sends."""

import asyncio

import pytest

from dynscaling_nb.engine.calls import (
    Call,
    Reply,
    ending,
    paid,
    responses,
    sampling_seed,
)
from dynscaling_nb.models.base import CallCancelled, Outcome
from dynscaling_nb.records import Completion, Pull, Query, Request, Usage

BOUND = Usage(10, 100)
PULLS = (Pull(0, 0, 0, "parallel"), Pull(1, 0, 1, "parallel"))


def call(bound: Usage | None = BOUND) -> Call:
    return Call(PULLS, Request(Query("q", "?"), (), 2), bound)


def reply(*completions: Completion) -> Reply:
    outcome = Outcome(call().request, completions, None, 0.5)
    return Reply(outcome, ["7"] * len(completions), [2.0] * len(completions))


def test_each_completion_becomes_the_response_of_its_pull():
    pairs = responses(call(None), reply(Completion("one"), Completion("two")), now=3.0)
    assert [pull for pull, _ in pairs] == list(PULLS)
    assert [(r.text, r.index, r.answer, r.weight) for _, r in pairs] == [
        ("one", 0, "7", 2.0),
        ("two", 1, "7", 2.0),
    ]
    assert [(r.query_id, r.time, r.at) for _, r in pairs] == [("q", 0.5, 3.0)] * 2


def test_a_pull_without_a_completion_has_no_response():
    assert len(responses(call(), reply(Completion("one")), now=0.0)) == 1


@pytest.mark.parametrize(
    ("used", "charge"),
    [
        (Usage(8, 20, 1), Usage(8, 20, 1)),
        (Usage(0, 20, 1), Usage(10, 20, 1)),  # the server did not count the prompt
        (Usage(8, 101, 1), Usage(8, 100, 1)),  # more than it can have written
    ],
)
def test_a_response_is_charged_what_its_server_counted_within_the_bound(used, charge):
    ((_, response),) = responses(call(), reply(Completion("one", usage=used)), now=0.0)
    assert response.usage == charge
    ((_, free),) = responses(call(None), reply(Completion("one", usage=used)), now=0.0)
    assert free.usage == used


def test_a_reused_response_is_not_charged_again():
    ((_, response),) = responses(call(), reply(Completion("one", reused=True)), now=0.0)
    assert (response.reused, response.usage) == (True, Usage())


@pytest.mark.parametrize(
    ("end", "limited", "free"),
    [
        (CallCancelled(Usage(8, 3, 1), counted=True), Usage(8, 3, 1), Usage(8, 3, 1)),
        (CallCancelled(Usage(8, 0, 1), counted=True), Usage(8, 100, 1), Usage(8, 0, 1)),
        (CallCancelled(Usage(), counted=True), Usage(), Usage()),  # nothing was sent
        (CallCancelled(Usage(requests=1), counted=False), BOUND, Usage(requests=1)),
        (reply(Completion("one", usage=Usage(8, 3, 1))), Usage(8, 3, 1), Usage(8, 3, 1)),
        (reply(Completion("one", reused=True)), Usage(), Usage()),
        (reply(), BOUND, Usage(requests=1)),
    ],
)
def test_a_call_whose_responses_do_not_count_is_paid_as_counted_or_else_by_its_bound(
    end, limited, free
):
    assert paid(call(), end) == limited
    assert paid(call(None), end) == free


async def test_a_task_cancelled_before_it_began_has_an_unknown_end():
    task = asyncio.create_task(asyncio.sleep(0))
    task.cancel()
    await asyncio.wait([task])
    assert ending(task) == CallCancelled(Usage(requests=1), counted=False)


def test_sampling_seeds_differ_by_run_query_and_index_alone():
    keys = [(run, query, index) for run in (1, 2) for query in (0, 1) for index in (0, 1)]
    seeds = [sampling_seed(run, Pull(9, query, index, "parallel")) for run, query, index in keys]
    assert len(set(seeds)) == len(keys)
    assert all(0 <= seed < 2**31 for seed in seeds)
    other = Pull(4, 0, 0, "chained", (1, 2), 0.5)
    assert sampling_seed(1, other) == seeds[0]
