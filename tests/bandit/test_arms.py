"""What a policy sees."""

import numpy as np
import pytest

from dynscaling_nb.bandit.arms import Arms


def test_fresh_arms_are_wholly_uncertain():
    arms = Arms.fresh(2, budget=7)
    assert (arms.budget, arms.elsewhere) == (7, 0)
    assert arms.pulls.tolist() == arms.votes.tolist() == arms.unread.tolist() == [0, 0]
    assert arms.uncertainty.tolist() == arms.entropy.tolist() == [1, 1]


def test_some_of_the_arms_keep_what_is_common_to_all():
    arms = Arms.fresh(3, budget=7)
    arms.pulls[:], arms.unread[:], arms.elsewhere = [1, 2, 3], [4, 5, 6], 9
    some = arms.at(np.array([2, 0]))
    assert (some.pulls.tolist(), some.unread.tolist()) == ([3, 1], [6, 4])
    assert (some.budget, some.elsewhere) == (7, 9)


def test_the_readable_share_counts_one_imagined_response_in():
    arms = Arms.fresh(3)
    arms.pulls[:], arms.pending[:], arms.unread[:] = [0, 3, 4], [0, 0, 1], [0, 3, 1]
    assert arms.readable == pytest.approx([1, 1 / 4, 3 / 4])


@pytest.mark.parametrize(
    "name",
    ["pulls", "pending", "votes", "leader", "runner_up", "uncertainty", "entropy", "unread"],
)
def test_a_reader_cannot_write_and_sees_later_changes(name):
    arms = Arms.fresh(2)
    view = getattr(arms.read_only(), name)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 5
    getattr(arms, name)[0] = 5
    assert view[0] == 5
