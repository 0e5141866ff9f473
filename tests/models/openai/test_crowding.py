"""Servers as functions from the requests in flight to the seconds of a response."""

import pytest

from dynscaling_nb.models.base import ServerStats
from dynscaling_nb.models.openai.crowding import Crowding


def settled(seconds, start=16, answers=200, timeout=600):
    """The limit after so many responses, and the report's lowest number in flight."""
    stats = ServerStats()
    crowding = Crowding(stats, timeout)
    for _ in range(answers):
        in_flight = start if crowding.limit is None else min(start, crowding.limit)
        crowding.answered(seconds(in_flight), in_flight)
    return crowding.limit, stats.fewest


@pytest.mark.parametrize(
    ("seconds", "limit", "fewest"),
    [
        (lambda n: 10 * n, 4, 4),  # one core: 160, 80 and 40 s
        (lambda n: 100 * n, 1, 1),
        (lambda n: 100, None, 8),  # as quick with many: the half is taken back
        (lambda n: 60 + n, None, 8),
        (lambda n: 4 * n, None, None),  # quick enough for a timeout of 600 s
        (lambda n: 100 if n < 10 else 160, 8, 4),  # a limit of its own: 4 are no quicker than 8
    ],
)
def test_fewer_are_sent_while_that_makes_responses_quicker(seconds, limit, fewest):
    assert settled(seconds) == (limit, fewest)


def test_what_is_slow_depends_on_the_timeout():
    assert settled(lambda n: n / 2, timeout=8)[0] == 2
    assert settled(lambda n: n / 2, timeout=600)[0] is None


def test_responses_requested_before_a_half_say_nothing_about_it():
    crowding = Crowding(ServerStats(), 600)
    for _ in range(8):
        crowding.answered(160, 8)
    assert crowding.limit == 4
    for _ in range(8):
        crowding.answered(160, 8)
    assert crowding.limit == 4
    for _ in range(4):
        crowding.answered(70, 4)
    assert crowding.limit == 4
