"""What every model and every sampler has by default, and what a report says of a server."""

import asyncio
from collections import Counter

import pytest

import dynscaling_nb as dn
from dynscaling_nb.models import base
from dynscaling_nb.models.base import CallCancelled, ServerStats, attempt, server_notes
from dynscaling_nb.records import Query, Request, Usage


@pytest.fixture
def echo():
    """The model of the module's own example."""
    example = base.__doc__.partition("    class")
    code = "from contextlib import asynccontextmanager\nfrom dynscaling_nb import *\n"
    lines = f"{example[1]}{example[2]}".splitlines()
    names = {}
    exec(code + "\n".join(line.removeprefix("    ") for line in lines), names)
    return names["EchoModel"]()


def test_a_provider_of_ten_lines_takes_part_in_a_run(echo):
    result = dn.run(["7"], budget=3, depth=0, model=echo, extract="number")
    assert (result.model, result.answers, result.pulls) == ("echo", ["7"], [3])


async def test_defaults_are_those_of_a_model_without_a_server(echo):
    assert (echo.is_paid, echo.max_tokens, echo.identity) == (False, None, "echo")
    assert (echo.max_n, echo.stats, echo.capacity(16)) == (1, None, 16)
    with pytest.raises(dn.InputError, match="need a model with a method `bound`; 'echo' does not"):
        echo.bound(Request(Query("q", "q"), ()))


async def test_a_failure_of_the_model_is_a_value_and_a_bug_is_raised():
    request = Request(Query("q", "q"), ())
    failure = dn.ModelError("no")
    outcome = await attempt(dn.ScriptedModel(lambda request: failure), request)
    assert (outcome.completions, outcome.error) == ((), failure)
    with pytest.raises(ZeroDivisionError):
        await attempt(dn.ScriptedModel(lambda request: 1 / 0), request)


@pytest.mark.parametrize(
    ("completion", "text", "thoughts", "alone"),
    [
        (dn.Completion("", "so 42"), "so 42", "", 1),
        (dn.Completion("<think>so 42"), "so 42", "", 1),
        (dn.Completion("<think>so 42</think>"), "so 42", "", 1),
        (dn.Completion("<|channel|>analysis<|message|>so 42<|end|>"), "so 42", "", 1),
        (dn.Completion("", "so 42", "length"), "", "so 42", 0),
        (dn.Completion("", "so 42", "tool_calls"), "", "so 42", 0),
        (dn.Completion("", ""), "", "", 0),
        (dn.Completion("42", "so"), "42", "so", 0),
        (dn.Completion("<think>so</think>42", "else"), "42", "else", 0),
        (dn.Completion("4\ud83d2", "\ud83d\ude00"), "4\ufffd2", "\U0001f600", 0),
    ],
)
async def test_a_response_is_cleaned_when_it_arrives(completion, text, thoughts, alone):
    class Server(dn.Sampler):
        stats = ServerStats()

        async def generate(self, request):
            return [completion]

    server = Server()
    outcome = await attempt(server, Request(Query("q", "q"), ()))
    assert [(c.text, c.thoughts) for c in outcome.completions] == [(text, thoughts)]
    assert server.stats.thoughts_alone == alone


async def test_a_cancellation_carries_its_usage_through_timeouts_and_tasks():
    async def call():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise asyncio.CancelledError(CallCancelled(Usage(3, 2, 1), counted=True)) from None

    with pytest.raises(TimeoutError) as late:
        async with asyncio.timeout(0):
            await call()
    assert CallCancelled.of(late.value.__cause__).used == Usage(3, 2, 1)
    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task
    assert CallCancelled.of(cancelled.value) == CallCancelled(Usage(3, 2, 1), counted=True)
    assert CallCancelled.of(asyncio.CancelledError("a message")) is None
    assert CallCancelled.of(asyncio.CancelledError()) is None


def test_a_report_adds_up_what_happened_at_all_servers():
    one = ServerStats(
        failed=Counter({"timeout": 1, "rate limit": 2}),
        dropped=["seed"],
        folded=True,
        lost=["a"],
        paused=1.25,
        fewest=3,
        thoughts_alone=2,
    )
    two = ServerStats(
        failed=Counter({"rate limit": 1}),
        dropped=["seed", "n"],
        paused=0.5,
        fewest=5,
        thoughts_alone=1,
        estimated=4,
    )
    assert server_notes([one, two]) == [
        "attempts that failed: 3 x rate limit, 1 x timeout; "
        "pauses before asking again added up to 1.8 s",
        "requests in flight were reduced to 3 to spare the server",
        "no answer from a: the other servers took over",
        "the server refused seed, n: left out from then on",
        "the server refused the system role: its text was sent with the question",
        "3 responses were empty but for thoughts: the answer was read from these",
        "the server counted the tokens of the first of several responses only: "
        "those of the others are estimated from their length",
    ]
    assert server_notes([ServerStats()]) == server_notes([]) == []
