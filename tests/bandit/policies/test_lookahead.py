"""Looking several votes ahead, by hand and by going through all votes."""

import math
from fractions import Fraction

import pytest

from dynscaling_nb.bandit.policies import Lookahead
from dynscaling_nb.errors import InputError


def value(a: int, b: int) -> Fraction:
    """The posterior probability that the better of two answers is reported, at `a` to `b` votes."""
    tosses = a + b + 1
    flip = Fraction(sum(math.comb(tosses, k) for k in range(a + 1, tosses + 1)), 2**tosses)
    return max(flip, 1 - flip)


def expected_value(a: int, b: int, ahead: int) -> Fraction:
    """The expected value after `ahead` more votes, by going through all of them."""
    chances = {(a, b): Fraction(1)}
    for _ in range(ahead):
        after: dict[tuple[int, int], Fraction] = {}
        for (x, y), chance in chances.items():
            share = Fraction(1 + x, 2 + x + y)
            after[x + 1, y] = after.get((x + 1, y), Fraction(0)) + chance * share
            after[x, y + 1] = after.get((x, y + 1), Fraction(0)) + chance * (1 - share)
        chances = after
    return sum((chance * value(x, y) for (x, y), chance in chances.items()), Fraction(0))


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 0), (1, 1), (2, 0), (3, 1), (5, 5), (9, 2)])
def test_the_gain_is_what_going_through_all_votes_gives(a, b, arms, rng):
    best = max((expected_value(a, b, m) - value(a, b)) / m for m in (1, 2, 4, 8, 16))
    (score,) = Lookahead().scores(arms([a + b], [a], [b]), rng)
    assert score == pytest.approx(float(best), rel=1e-9)


def test_the_default_by_hand(arms, rng):
    # No votes: one more brings 3/4 - 1/2. At 1 to 1, one more brings 11/16 - 1/2.
    # Of 3 responses none counts: (1/4)^1.5 = 1/8. Of 11 responses two count: (3/12)^1.5 = 1/8.
    scores = Lookahead().scores(
        arms([0, 3, 2, 11], [0, 0, 1, 1], [0, 0, 1, 1], votes=[0, 3, 2, 11]), rng
    )
    assert scores == pytest.approx([1 / 4, 1 / 32, 3 / 16, 3 / 128])


@pytest.mark.parametrize(("relevance", "factor"), [(0, 1), (1, 1 / 4), (1.5, 1 / 8), (2, 1 / 16)])
def test_relevance_is_the_power_of_the_share_of_votes_that_count(relevance, factor, arms, rng):
    (score,) = Lookahead(relevance).scores(arms([3], [0], [0], votes=[3]), rng)
    assert score == pytest.approx(factor / 4)


def test_pulls_in_flight_count_as_votes_for_the_leader_in_the_gain_alone(arms, rng):
    # 0 to 1 with one in flight has the gain of 1 to 1; of one finished response one counts.
    (score,) = Lookahead().scores(arms([2], [0], [1], pending=[1]), rng)
    assert score == pytest.approx(3 / 16)


def test_beyond_the_table_the_margin_counts(arms, rng):
    scores = Lookahead().scores(arms([900, 900, 4000], [450, 500, 4000], [450, 400, 0]), rng)
    assert scores[0] > scores[1] >= scores[2] >= 0


def test_a_negative_relevance_is_refused():
    with pytest.raises(InputError, match=r"zero or a positive number, got -0\.5"):
        Lookahead(-0.5)
