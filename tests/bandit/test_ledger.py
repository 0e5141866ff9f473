"""The books: what is asked, told and given back, and a budget that cannot be exceeded."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import POLICIES, Uniform, policy
from dynscaling_nb.bandit.stopping import FlipBelow
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.errors import InputError


@pytest.mark.parametrize("budget", [0, -3, 2.5, "8", True, None, float("nan")])
def test_a_budget_must_be_a_positive_whole_number(budget):
    with pytest.raises(InputError, match="positive whole number of responses, got"):
        Ledger(1, budget, Uniform())


def test_a_budget_below_the_number_of_queries_is_refused():
    with pytest.raises(InputError, match=r"budget 5 is smaller than the 8 queries.*raise it to 8"):
        Ledger(8, 5, Uniform())


def test_a_query_that_its_pulls_in_flight_may_settle_waits_for_them():
    ledger = Ledger(1, 40, policy("okg"), Plan(depth=0), warmup=1, stop=FlipBelow(0.05))
    first = ledger.ask(40)
    assert len(first) == 4  # four equal votes leave 1/32
    for pull in first:
        ledger.tell(pull, "ab"[pull.index % 2])
    assert len(ledger.ask(40)) == 6  # from 2 to 2 five more for the leader leave 0.055, six 0.033


def test_every_query_is_warmed_up_first():
    ledger = Ledger(3, 100, policy("okg"), warmup=2)
    assert [p.query for p in ledger.ask(6)] == [0, 0, 1, 1, 2, 2]


def test_in_flight_pulls_count_as_pulled():
    ledger = Ledger(2, 20, policy("ucb", c=1.0), warmup=1)
    for pull in ledger.ask(2):
        ledger.tell(pull, "a")
    assert sorted(p.query for p in ledger.ask(4)) == [0, 0, 1, 1]


@pytest.mark.parametrize("name", POLICIES)
def test_asking_one_by_one_is_asking_at_once(name):
    def pulls(sizes):
        ledger = Ledger(4, 60, policy(name), seed=5)
        out = []
        for answers in ("aabb", "abab", "aaaa"):
            asked = [p for size in sizes for p in ledger.ask(size)]
            for p in asked:
                ledger.tell(p, answers[p.query] + str(p.index % 2))
            out += asked
        return out

    assert pulls([12]) == pulls([1] * 12) == pulls([5, 7])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(POLICIES)),
    st.integers(1, 5),
    st.integers(0, 60),
    st.lists(
        st.tuples(st.sampled_from(["ask", "tell", "fail", "resize", "policy"]), st.integers(0, 9)),
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
        elif waiting:
            pull = waiting.pop(n % len(waiting))
            if what == "tell":
                ledger.tell(pull, "abc"[n % 3])
                told += 1
            else:
                ledger.fail(pull)
        assert ledger.spent + ledger.in_flight <= ledger.budget
        assert ledger.left >= 0
        assert ledger.spent == told == sum(v.cast for v in ledger.votes)
        assert ledger.in_flight == len(waiting) == ledger.arms.pending.sum()


@pytest.mark.parametrize("name", POLICIES)
def test_the_whole_budget_is_spent(name):
    ledger = Ledger(3, 50, policy(name))
    while pulls := ledger.ask(4):
        for pull in pulls:
            ledger.tell(pull, str(pull.index % 3))
    assert ledger.spent == ledger.pulls.sum() == 50


def test_a_failure_gives_its_reservation_back_and_three_in_a_row_set_a_query_aside():
    ledger = Ledger(2, 10, Uniform(), warmup=1)
    for _ in range(3):
        pull = (
            next(p for p in ledger.ask(2) if p.query == 0)
            if ledger.in_flight == 0
            else ledger.ask(1)[0]
        )
        ledger.fail(pull)
    assert ledger.failed.tolist() == [True, False]
    while pulls := ledger.ask(3):
        assert {p.query for p in pulls} == {1}
        for pull in pulls:
            ledger.tell(pull, "a")
    assert ledger.pulls[0] == 0


def test_settled_queries_are_left_alone():
    ledger = Ledger(2, 40, Uniform(), stop=FlipBelow(0.1))
    while pulls := ledger.ask(1):
        ledger.tell(pulls[0], "same" if pulls[0].query == 0 else str(pulls[0].index))
    assert ledger.pulls.tolist() == [3, 37]  # flip probability 1/16 after three equal votes


def test_the_papers_unit_is_four_parallel_then_four_chained():
    ledger = Ledger(1, 8, policy("paper"))
    first = ledger.ask(8)
    assert [p.kind for p in first] == ["parallel"] * 4
    for pull in first:
        ledger.tell(pull, "a")
    second = ledger.ask(8)
    assert [p.kind for p in second] == ["chained"] * 4
    assert all(sorted(p.sources) == [0, 1, 2, 3] for p in second)


def test_chained_pulls_start_after_the_parallel_ones_and_alternate():
    ledger = Ledger(1, 9, Uniform(), Plan(parallel=3, depth=2, chained_share=0.5))
    kinds = []
    while pulls := ledger.ask():
        kinds.append(pulls[0].kind)
        ledger.tell(pulls[0], "a")
    assert kinds == ["parallel"] * 3 + ["chained", "parallel"] * 3


def test_a_chain_waits_for_the_responses_it_is_built_from():
    ledger = Ledger(1, 20, Uniform(), Plan(parallel=4, depth=4))
    first = ledger.ask(20)
    assert [p.kind for p in first] == ["parallel"] * 4
    for pull in first[:3]:
        ledger.tell(pull, "a")
    assert ledger.ask(20) == []
    ledger.tell(first[3], "a")
    assert len(ledger.ask(1)[0].sources) == 4


def test_the_sources_of_a_chain_can_be_those_that_disagree():
    ledger = Ledger(
        1, 20, Uniform(), Plan(parallel=6, depth=2, chained_share=1, sources="disagreeing")
    )
    for pull in ledger.ask(6):
        ledger.tell(pull, "odd" if pull.index == 4 else "usual")
    assert 4 in ledger.ask()[0].sources


def test_a_query_cannot_be_pulled_beyond_its_limit():
    ledger = Ledger(2, 20, Uniform(), Plan(depth=0), limits=[2, 5])
    assert np.bincount([p.query for p in ledger.ask(20)]).tolist() == [2, 5]


@pytest.mark.parametrize(
    "plan", [{"parallel": 0}, {"depth": -1}, {"chained_share": 1.5}, {"sources": "best"}]
)
def test_a_plan_that_makes_no_sense_is_refused(plan):
    with pytest.raises(InputError, match=next(iter(plan))):
        Plan(**plan)
