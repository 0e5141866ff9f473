"""Ask, tell and release: the budget is never exceeded, and the ledger alone writes its counts."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import POLICIES, Uniform, policy
from dynscaling_nb.bandit.stopping import FlipBelow, Margin
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.errors import InputError


@pytest.mark.parametrize("budget", [0, -3, 2.5, "8", True, None, float("nan")])
def test_a_budget_must_be_a_positive_whole_number(budget):
    with pytest.raises(InputError, match="positive whole number of responses, got"):
        Ledger(1, budget, Uniform())


def test_a_budget_below_the_number_of_queries_is_refused():
    with pytest.raises(
        InputError, match=r"budget 5 is smaller than the 8 questions.*raise it to 8"
    ):
        Ledger(8, 5, Uniform())


def test_in_flight_pulls_count_as_pulled():
    ledger = Ledger(2, 20, policy("ucb", c=1.0), warmup=1)
    for pull in ledger.ask(2):
        ledger.tell(pull, "a")
    assert sorted(pull.query for pull in ledger.ask(4)) == [0, 0, 1, 1]


@pytest.mark.parametrize("name", POLICIES)
def test_asking_one_by_one_is_asking_at_once(name):
    def pulls(sizes):
        ledger = Ledger(4, 60, policy(name), seed=5)
        out = []
        for answers in ("aabb", "abab", "aaaa"):
            batch = [pull for size in sizes for pull in ledger.ask(size)]
            for pull in batch:
                ledger.tell(pull, answers[pull.query] + str(pull.index % 2))
            out += batch
        return out

    assert pulls([12]) == pulls([1] * 12) == pulls([5, 7])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(POLICIES)),
    st.integers(1, 5),
    st.integers(0, 60),
    st.lists(
        st.tuples(
            st.sampled_from(
                ["ask", "tell", "release", "fail", "resize", "policy", "stop", "set aside", "close"]
            ),
            st.integers(0, 9),
        ),
        max_size=80,
    ),
)
def test_the_budget_is_never_exceeded_and_every_vote_is_counted_once(name, queries, extra, steps):
    ledger = Ledger(queries, queries + extra, policy(name))
    waiting, told = [], 0
    for what, n in steps:
        if what == "ask":
            waiting += ledger.ask(n)
        elif what == "resize":
            assert ledger.resize(n * queries) >= n * queries
        elif what == "policy":
            ledger.change_policy(policy(sorted(POLICIES)[n % len(POLICIES)]))
        elif what == "stop":
            ledger.change_stop([None, Margin(3), FlipBelow(0.1)][n % 3])
        elif what == "set aside":
            ledger.set_aside([n % queries])
        elif what == "close":
            ledger.close(n % queries)
        elif waiting:
            pull = waiting.pop(n % len(waiting))
            if what == "tell":
                ledger.tell(pull, "abc"[n % 3])
                told += 1
            else:
                {"release": ledger.release, "fail": ledger.fail}[what](pull)
        assert ledger.spent + ledger.in_flight <= ledger.budget
        assert ledger.left >= 0
        assert ledger.spent == told == sum(votes.cast for votes in ledger.votes)
        assert ledger.in_flight == len(waiting) == ledger.arms.pending.sum()
        assert ledger.pulls.tolist() == (ledger.done + ledger.arms.pending).tolist()
        assert not (ledger.open & ledger.failed).any()


@pytest.mark.parametrize("name", POLICIES)
def test_the_whole_budget_is_spent(name):
    ledger = Ledger(3, 50, policy(name))
    while pulls := ledger.ask(4):
        for pull in pulls:
            ledger.tell(pull, str(pull.index % 3))
    assert ledger.spent == ledger.pulls.sum() == 50


def test_settled_queries_are_left_alone():
    ledger = Ledger(2, 40, Uniform(), stop=FlipBelow(0.1))
    while pulls := ledger.ask(1):
        ledger.tell(pulls[0], "same" if pulls[0].query == 0 else str(pulls[0].index))
    assert ledger.pulls.tolist() == [3, 37]  # flip probability 1/16 after three equal votes


def test_a_query_cannot_be_pulled_beyond_its_limit():
    ledger = Ledger(2, 20, Uniform(), Plan(depth=0), limits=[2, 5])
    assert np.bincount([pull.query for pull in ledger.ask(20)]).tolist() == [2, 5]


class TestFailures:
    def fail(self, ledger: Ledger, times: int) -> None:
        for _ in range(times):
            ledger.fail(ledger.ask()[0])

    def test_two_failures_in_a_row_are_forgiven(self):
        ledger = Ledger(1, 10, Uniform(), warmup=1)
        self.fail(ledger, 2)
        assert (ledger.failed.tolist(), ledger.open.tolist()) == ([False], [True])
        assert (ledger.pulls.tolist(), ledger.left) == ([0], 10)

    def test_three_failures_in_a_row_set_a_query_aside_and_its_budget_goes_to_the_others(self):
        ledger = Ledger(2, 10, Uniform(), Plan(depth=0), warmup=1)
        ledger.ask(2)
        first = ledger.ask(2)
        ledger.fail(next(pull for pull in first if pull.query == 0))
        for _ in range(2):
            (pull,) = ledger.ask()
            assert pull.query == 0
            ledger.fail(pull)
        assert ledger.failed.tolist() == [True, False]
        assert ledger.states == ["failed", "open"]
        assert [pull.query for pull in ledger.ask(10)] == [1] * 7

    def test_a_success_in_between_starts_the_count_again(self):
        ledger = Ledger(1, 20, Uniform(), Plan(depth=0), warmup=1)
        for _ in range(3):
            self.fail(ledger, 2)
            ledger.tell(ledger.ask()[0], "a")
        assert ledger.failed.tolist() == [False]

    def test_a_release_is_no_failure(self):
        ledger = Ledger(1, 20, Uniform(), warmup=1)
        for _ in range(5):
            ledger.release(ledger.ask()[0])
        assert (ledger.failed.tolist(), ledger.left) == ([False], 20)


class TestRelease:
    def test_the_next_pull_is_the_released_one_again(self):
        ledger = Ledger(1, 20, Uniform(), warmup=2, seed=3)
        for pull in ledger.ask(4):
            ledger.tell(pull, "a")
        (pull,) = ledger.ask()
        ledger.release(pull)
        (again,) = ledger.ask()
        assert pull.kind == "chained"
        assert (again.index, again.kind, again.sources) == (pull.index, pull.kind, pull.sources)

    def test_a_pull_ends_once(self):
        ledger = Ledger(1, 20, Uniform())
        (pull,) = ledger.ask()
        ledger.tell(pull, "a")
        with pytest.raises(KeyError):
            ledger.release(pull)


class TestSetAside:
    def test_queries_that_another_shard_set_aside_are_closed_at_once(self):
        ledger = Ledger(3, 30, Uniform(), Plan(depth=0), warmup=1)
        ledger.set_aside([0, 2])
        assert ledger.failed.tolist() == [True, False, True]
        assert ledger.open.tolist() == [False, True, False]
        assert ledger.ready.tolist() == [False, True, False]
        assert ledger.states == ["failed", "open", "failed"]
        assert [pull.query for pull in ledger.ask(5)] == [1] * 5

    def test_the_policy_does_not_choose_them_any_more(self):
        ledger = Ledger(3, 30, policy("flip"), Plan(depth=0), warmup=1)
        for pull in ledger.ask(3):
            ledger.tell(pull, "a")
        assert ledger.ask()[0].query == 0  # the others are scored by now: query 1 is the next
        ledger.set_aside([1])
        assert ledger.ask()[0].query == 2

    def test_what_is_in_flight_still_counts(self):
        ledger = Ledger(1, 30, Uniform(), warmup=1)
        (pull,) = ledger.ask()
        ledger.set_aside([0])
        ledger.tell(pull, "a")
        assert (ledger.leaders, ledger.open.tolist()) == (["a"], [False])


class TestReaders:
    @pytest.mark.parametrize("name", ["pulls", "done", "parallel", "open", "failed"])
    def test_an_array_of_the_ledger_cannot_be_written(self, name):
        ledger = Ledger(2, 10, Uniform())
        with pytest.raises(ValueError, match="read-only"):
            getattr(ledger, name)[0] = 1

    def test_nor_can_those_of_its_arms(self):
        with pytest.raises(ValueError, match="read-only"):
            Ledger(2, 10, Uniform()).arms.pulls[0] = 1

    def test_a_view_follows_the_ledger(self):
        ledger = Ledger(2, 10, Uniform(), warmup=1)
        pulls = ledger.pulls
        ledger.ask(2)
        assert pulls.tolist() == [1, 1]

    def test_looking_changes_nothing(self):
        def pulls(look: bool):
            ledger = Ledger(3, 60, policy("paper"), seed=2)
            names = [name for name in dir(Ledger) if isinstance(getattr(Ledger, name), property)]
            for _ in range(6):
                if look:
                    for name in names:
                        getattr(ledger, name)
                batch = ledger.ask(5)
                yield batch
                for pull in batch:
                    ledger.tell(pull, "ab"[pull.index % 2])

        assert list(pulls(look=True)) == list(pulls(look=False))


class TestChanges:
    def test_another_policy_decides_from_the_next_pull_on(self):
        ledger = Ledger(2, 40, Uniform(), Plan(depth=0), warmup=2)
        for pull in ledger.ask(8):
            ledger.tell(pull, "a" if pull.query == 0 else "ab"[pull.index % 2])
        assert ledger.foresee(1) == [-4]
        ledger.change_policy(policy("flip"))
        assert ledger.policy.name == "flip"
        assert {pull.query for pull in ledger.ask(3)} == {1}

    def test_another_plan_holds_from_the_next_pull_on(self):
        ledger = Ledger(1, 40, Uniform(), Plan(depth=0), warmup=1)
        for pull in ledger.ask(4):
            ledger.tell(pull, "a")
        ledger.change_plan(Plan(parallel=4, depth=2))
        assert ledger.plan.depth == 2
        assert ledger.ask()[0].kind == "chained"

    def test_pulls_of_other_shards_make_exploration_dearer(self):
        ledger = Ledger(2, 40, policy("ucb", c=1.0), Plan(depth=0), warmup=1)
        for pull in ledger.ask(2):
            ledger.tell(pull, "a")
        ledger.see_elsewhere(98)
        assert ledger.arms.elsewhere == 98
        assert ledger.ask()[0].score == pytest.approx(np.log(100) ** 0.5)

    def test_a_query_that_has_no_more_to_give_is_closed(self):
        ledger = Ledger(2, 40, Uniform(), Plan(depth=0), warmup=1)
        ledger.close(0)
        assert (ledger.open.tolist(), ledger.failed.tolist()) == ([False, True], [False, False])
        assert [pull.query for pull in ledger.ask(3)] == [1, 1, 1]

    def test_a_budget_cannot_be_lowered_below_what_is_spent_and_in_flight(self):
        ledger = Ledger(1, 40, Uniform(), warmup=4)
        for pull in ledger.ask(2):
            ledger.tell(pull, "a")
        ledger.ask(1)
        assert ledger.resize(1) == ledger.budget == 3
        assert ledger.left == 0


class TestSettled:
    def test_a_query_is_settled_below_five_per_cent_or_below_its_rules_threshold(self):
        def settled(stop):
            ledger = Ledger(2, 40, Uniform(), Plan(depth=0), stop=stop, warmup=4)
            for pull in ledger.ask(8):
                ledger.tell(pull, "a" if pull.query == 0 else "ab"[pull.index % 2])
            return ledger.settled.tolist()

        assert settled(None) == [True, False]  # flip probabilities 1/32 and 1/2
        assert settled(FlipBelow(0.01)) == [False, False]

    def test_a_query_is_in_one_state(self):
        ledger = Ledger(3, 40, Uniform(), Plan(depth=0), warmup=4)
        for pull in ledger.ask(12):
            ledger.tell(pull, "a" if pull.query < 2 else "ab"[pull.index % 2])
        ledger.set_aside([1])
        assert ledger.states == ["settled", "failed", "open"]
        assert {state: array.tolist() for state, array in ledger.holds.items()} == {
            "settled": [True, False, False],
            "failed": [False, True, False],
            "open": [False, False, True],
        }
