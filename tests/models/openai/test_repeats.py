"""How often a failed request is sent again, and whom its failures are blamed on."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.models.base import ServerStats
from dynscaling_nb.models.openai.repeats import Repeats
from dynscaling_nb.models.openai.throttle import Throttle, TransientError

AWAY = TransientError("away", "status 503")
ODD = TransientError("odd", "malformed reply")
LATE = TransientError("late", "timeout")
DROPPED = TransientError("dropped", "connection")
BUSY = TransientError("busy", "rate limit")


def repeats(clock=None, base_url="http://a/v1", **settings):
    model = dn.OpenAIModel("m", base_url, **settings)
    ticks = clock or (lambda: 0.0)
    throttle = Throttle(ServerStats(), give_up_after=model.give_up_after, clock=ticks)
    return Repeats(model, throttle), throttle


def test_a_fault_of_the_server_is_waited_out_beyond_the_number_of_retries(clock):
    some, throttle = repeats(clock)
    throttle.failed(AWAY)
    some.failed("a", AWAY)
    assert not some.is_last("a", AWAY, 50)
    clock.now = 121
    assert some.is_last("a", AWAY, 50)


def test_a_question_that_alone_fails_while_others_are_answered_is_not():
    some, _ = repeats(max_retries=2)
    some.failed("a", AWAY)
    some.answered("b")
    some.failed("a", AWAY)
    assert not some.is_last("a", AWAY, 2)
    assert some.is_last("a", AWAY, 3)


def test_once_another_question_fails_too_it_is_the_server():
    some, _ = repeats(max_retries=2)
    some.failed("a", AWAY)
    some.answered("b")  # an answer that was on its way
    some.failed("a", AWAY)
    some.failed("b", AWAY)
    assert not some.is_last("a", AWAY, 3)
    assert not some.is_last("b", AWAY, 3)


def test_an_answer_ends_the_blame():
    some, _ = repeats(max_retries=2)
    some.failed("a", AWAY)
    some.answered("b")
    some.answered("a")
    some.failed("a", AWAY)
    assert not some.is_last("a", AWAY, 3)


@pytest.mark.parametrize(
    ("failure", "settings", "attempts"),
    [
        (ODD, {}, 5),
        (LATE, {}, 2),
        (LATE, {"max_retries": 0}, 1),
        (AWAY, {"max_retries": 0}, 1),
        (AWAY, {"base_url": "http://a/v1,http://b/v1"}, 5),
    ],
)
def test_other_failures_are_repeated_so_often(failure, settings, attempts):
    some, _ = repeats(**settings)
    some.replied()
    some.failed("a", failure)
    assert [some.is_last("a", failure, i) for i in (attempts - 1, attempts)] == [False, True]


def test_a_rate_limit_is_repeated_without_end():
    some, _ = repeats()
    some.failed("a", BUSY)
    some.answered("b")
    assert not some.is_last("a", BUSY, 1000)


@pytest.mark.parametrize(("failure", "attempts"), [(DROPPED, 3), (LATE, 2)])
def test_a_server_that_was_never_reached_is_soon_told(failure, attempts):
    some, _ = repeats()
    some.failed("a", failure)
    assert some.is_unreached(failure)
    assert [some.is_last("a", failure, i) for i in (attempts - 1, attempts)] == [False, True]
    some.failed("a", AWAY)
    assert not some.is_unreached(failure)
