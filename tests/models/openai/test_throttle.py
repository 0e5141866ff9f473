"""Fewer requests at once for a busy server, pauses as it asks, limits a minute, and an end."""

import pytest

from dynscaling_nb.models.base import ServerStats
from dynscaling_nb.models.openai.throttle import RateLimit, Throttle, TransientError, backoff

LIMIT, OTHER = TransientError("no", "rate limit"), TransientError("no", "status 500")
LATE = TransientError("no", "timeout")


def capacity(throttle, limit=16):
    throttle.set_limit(limit)
    return throttle.capacity


class TestThrottle:
    def test_capacity_falls_with_refusals_and_comes_back_slowly(self):
        throttle = Throttle(ServerStats(), give_up_after=60)
        assert capacity(throttle) == 16
        for _ in range(6):
            throttle.failed(LIMIT)
        assert capacity(throttle) == 7
        for _ in range(8):
            throttle.succeeded()
        assert capacity(throttle) == 9
        for _ in range(100):
            throttle.failed(LIMIT)
        assert capacity(throttle) == 1
        for _ in range(60):
            throttle.succeeded()
        assert capacity(throttle) == 16

    @pytest.mark.parametrize(
        ("failure", "one_in", "falls"),
        [
            (LIMIT, 5, True),
            (LIMIT, 9, False),
            (OTHER, 2, True),
            (OTHER, 5, False),
            (LATE, 7, True),
            (LATE, 11, False),
        ],
    )
    def test_the_share_of_failures_decides(self, failure, one_in, falls):
        throttle = Throttle(ServerStats(), give_up_after=60)
        capacity(throttle)
        for i in range(900):
            throttle.failed(failure) if i % one_in == 0 else throttle.succeeded()
        assert (capacity(throttle) <= 3) == falls

    def test_it_gives_up_after_so_many_seconds_without_an_answer(self, clock):
        throttle = Throttle(ServerStats(), give_up_after=60, clock=clock)
        throttle.failed(OTHER)
        clock.now = 59
        throttle.failed(OTHER)
        assert throttle.reason_to_give_up is None
        clock.now = 61
        assert throttle.reason_to_give_up == "2 attempts in a row failed over 61 s"
        throttle.succeeded()
        assert throttle.reason_to_give_up is None

    def test_a_servers_wish_goes_before_the_own_pause_and_both_are_counted(self):
        stats = ServerStats()
        throttle = Throttle(stats, give_up_after=60)
        pauses = [throttle.pause(1, 7.0), throttle.pause(1, None)]
        assert 7 <= pauses[0] <= 7.1
        assert 0.125 <= pauses[1] <= 0.25
        assert stats.paused == sum(pauses)

    def test_a_wait_that_the_server_asks_for_is_no_silence(self, clock):
        throttle = Throttle(ServerStats(), give_up_after=60, clock=clock)
        wait = TransientError("wait", "rate limit", 100.0)
        throttle.failed(wait)
        throttle.failed(wait)  # of another request, at the same time: no longer wait
        clock.now = 159
        assert throttle.reason_to_give_up is None
        clock.now = 160
        assert throttle.reason_to_give_up

    def test_waits_without_end_are_given_up_as_well(self, clock):
        throttle = Throttle(ServerStats(), give_up_after=60, clock=clock)
        while throttle.reason_to_give_up is None:
            throttle.failed(TransientError("wait", "rate limit", 30.0))
            clock.now += 30
        assert clock.now == 360

    def test_a_wish_of_almost_no_pause_has_a_floor(self):
        throttle = Throttle(ServerStats(), give_up_after=60)
        assert throttle.pause(5, 0.0) >= 2
        assert throttle.pause(5, 0.01) >= 2
        assert throttle.pause(5, 1.0) <= 1.1

    def test_the_end_of_the_latest_pause_is_known(self, clock):
        stats = ServerStats()
        throttle = Throttle(stats, give_up_after=60, clock=clock)
        throttle.pause(1, 30.0)
        throttle.pause(1, 7.0)
        assert 30 <= stats.waits_until <= 30.1

    def test_the_lowest_capacity_goes_into_the_report(self):
        stats = ServerStats()
        throttle = Throttle(stats, give_up_after=60)
        throttle.set_limit(16)
        for failure in (LIMIT, LIMIT, OTHER):  # 16 - 1.5 - 1.5 - 0.5
            throttle.failed(failure)
        throttle.succeeded()
        assert stats.fewest == 12
        assert stats.failed == {"rate limit": 2, "status 500": 1}


def test_pauses_double_up_to_half_a_minute():
    assert all(0.125 * 2**n <= backoff(n + 1) <= 0.25 * 2**n for n in range(7))
    assert all(15 <= backoff(20) <= 30 for _ in range(20))


async def test_no_minute_holds_more_than_the_limit(clock):
    limit, starts = RateLimit(10, clock=clock, sleep=clock.sleep), []
    for _ in range(35):
        await limit.take(1)
        starts.append(clock.now)
        clock.now += 0.5
    assert all(sum(start <= other < start + 60 for other in starts) <= 10 for start in starts)
    assert starts[-1] < 183  # and not much later than need be


async def test_more_than_the_limit_waits_for_an_empty_minute(clock):
    limit = RateLimit(10, clock=clock, sleep=clock.sleep)
    await limit.take(1)
    await limit.take(99)
    assert clock.now == pytest.approx(60)
    await limit.take(1)
    assert clock.now == pytest.approx(120)


async def test_no_limit_never_waits(clock):
    limit = RateLimit(None, clock=clock, sleep=clock.sleep)
    await limit.take(10**9)
    await limit.take(10**9)
    assert clock.now == 0
