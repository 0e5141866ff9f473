"""The order of the pulls: warm-up, units, chains that wait, and what will be asked for next."""

from math import inf

import numpy as np
import pytest

from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import POLICIES, Uniform, policy
from dynscaling_nb.bandit.stopping import FlipBelow
from dynscaling_nb.chains.plan import AdaptiveDepth, Plan
from dynscaling_nb.errors import InputError

SINGLE = [name for name in POLICIES if policy(name).unit == 1]


def tell_all(ledger: Ledger, pulls, answers="a") -> None:
    for pull in pulls:
        ledger.tell(pull, answers[pull.index % len(answers)])


def scores(pulls) -> list[float]:
    return [inf if pull.score is None else pull.score for pull in pulls]


class TestWarmUp:
    def test_every_query_is_warmed_up_first(self):
        ledger = Ledger(3, 100, policy("okg"), warmup=2)
        assert [pull.query for pull in ledger.ask(6)] == [0, 0, 1, 1, 2, 2]

    @pytest.mark.parametrize(
        ("budget", "parallel", "warmup"),
        [(2, 4, 1), (12, 4, 3), (13, 4, 3), (16, 4, 4), (100, 4, 4), (100, 8, 8)],
    )
    def test_by_default_it_is_half_of_the_mean_share_up_to_the_plans_parallel(
        self, budget, parallel, warmup
    ):
        ledger = Ledger(2, budget, Uniform(), Plan(parallel=parallel, depth=0))
        assert ledger.warmup == warmup

    def test_a_short_budget_gives_every_query_the_same_smaller_one(self):
        ledger = Ledger(3, 8, policy("okg"), Plan(depth=0), warmup=5)
        assert ledger.warmup == 2
        assert [pull.query for pull in ledger.ask(6)] == [0, 0, 1, 1, 2, 2]

    def test_below_one_response_it_is_refused(self):
        with pytest.raises(InputError, match="at least 1 response a question, got 0"):
            Ledger(1, 8, Uniform(), warmup=0)

    def test_the_next_independent_pull_is_known(self):
        ledger = Ledger(2, 100, policy("okg"), warmup=2)
        known = []
        for _ in range(4):
            known.append(ledger.next_parallel)
            assert ledger.ask()[0].query == known[-1]
        assert known == [0, 0, 1, 1]
        assert ledger.next_parallel is None  # now the policy decides

    def test_a_query_that_was_set_aside_is_passed_over(self):
        ledger = Ledger(3, 100, policy("okg"), warmup=2)
        ledger.set_aside([0, 1])
        assert ledger.next_parallel == 2
        assert [pull.query for pull in ledger.ask(2)] == [2, 2]

    def test_without_budget_no_pull_is_next(self):
        ledger = Ledger(1, 1, Uniform(), warmup=1)
        ledger.ask()
        assert ledger.next_parallel is None
        assert ledger.ask() == []


class TestUnits:
    def test_the_papers_unit_is_four_parallel_then_four_chained(self):
        ledger = Ledger(1, 8, policy("paper"))
        first = ledger.ask(8)
        assert [pull.kind for pull in first] == ["parallel"] * 4
        tell_all(ledger, first)
        second = ledger.ask(8)
        assert [pull.kind for pull in second] == ["chained"] * 4
        assert all(sorted(pull.sources) == [0, 1, 2, 3] for pull in second)

    def test_the_rest_of_a_unit_is_owed_and_no_longer_left(self):
        ledger = Ledger(1, 20, policy("paper"))
        assert ledger.next_parallel is None  # no unit is decided yet
        ledger.ask()
        assert (ledger.in_flight, ledger.left, ledger.next_parallel) == (1, 12, 0)
        ledger.ask(3)
        assert ledger.next_parallel is None  # chains are next

    def test_without_chains_a_unit_is_independent(self):
        ledger = Ledger(1, 8, policy("paper"), Plan(depth=0))
        assert [pull.kind for pull in ledger.ask(9)] == ["parallel"] * 8

    def test_a_short_budget_gives_every_query_a_smaller_unit_first(self):
        ledger = Ledger(3, 7, policy("paper"), Plan(depth=0))
        assert [pull.query for pull in ledger.ask(9)] == [0, 0, 1, 1, 2, 2, 2]

    def test_another_unit_starts_while_chains_wait(self):
        ledger = Ledger(2, 16, policy("paper"))
        first = ledger.ask(16)
        assert [(pull.query, pull.kind) for pull in first] == [(0, "parallel")] * 4 + [
            (1, "parallel")
        ] * 4
        tell_all(ledger, first[:4])
        assert [(pull.query, pull.kind) for pull in ledger.ask(16)] == [(0, "chained")] * 4

    def test_a_query_that_another_policy_has_pulled_needs_no_unit_to_warm_up(self):
        ledger = Ledger(3, 40, Uniform(), Plan(depth=0), warmup=1)
        ledger.ask(1)
        ledger.change_policy(policy("paper"))
        assert [pull.query for pull in ledger.ask(16)] == [1] * 8 + [2] * 8

    def test_what_is_owed_to_a_query_that_was_set_aside_goes_to_the_others(self):
        ledger = Ledger(2, 24, policy("paper"), Plan(depth=0))
        ledger.ask(1)
        ledger.set_aside([0])
        assert [pull.query for pull in ledger.ask(30)] == [1] * 23

    def test_a_lower_budget_takes_what_is_owed(self):
        ledger = Ledger(1, 8, policy("paper"))
        ledger.ask(2)
        assert ledger.resize(3) == 3
        assert (ledger.left, len(ledger.ask(8))) == (0, 1)


class TestChains:
    def test_chained_pulls_start_after_the_parallel_ones_and_alternate(self):
        ledger = Ledger(1, 9, Uniform(), Plan(parallel=3, depth=2, chained_share=0.5))
        kinds = []
        while pulls := ledger.ask():
            kinds.append(pulls[0].kind)
            tell_all(ledger, pulls)
        assert kinds == ["parallel"] * 3 + ["chained", "parallel"] * 3

    def test_a_chain_waits_for_the_responses_it_is_built_from(self):
        ledger = Ledger(1, 20, Uniform(), Plan(parallel=4, depth=4))
        first = ledger.ask(20)
        assert [pull.kind for pull in first] == ["parallel"] * 4
        tell_all(ledger, first[:3])
        assert not ledger.ready.any()
        assert ledger.ask(20) == []
        tell_all(ledger, first[3:])
        assert ledger.ready.all()
        assert len(ledger.ask(1)[0].sources) == 4

    def test_a_chain_that_has_too_few_responses_is_an_independent_pull(self):
        ledger = Ledger(1, 20, Uniform(), Plan(parallel=1, depth=4))
        tell_all(ledger, ledger.ask())
        (pull,) = ledger.ask()
        assert (pull.kind, pull.sources) == ("parallel", ())

    def test_the_sources_of_a_chain_can_be_those_that_disagree(self):
        plan = Plan(parallel=6, depth=2, chained_share=1, sources="disagreeing")
        ledger = Ledger(1, 20, Uniform(), plan)
        for pull in ledger.ask(6):
            ledger.tell(pull, "odd" if pull.index == 4 else "usual")
        assert 4 in ledger.ask()[0].sources

    def test_a_query_that_its_pulls_in_flight_may_settle_waits_for_them(self):
        ledger = Ledger(1, 40, policy("okg"), Plan(depth=0), warmup=1, stop=FlipBelow(0.05))
        first = ledger.ask(40)
        assert len(first) == 4  # four equal votes leave 1/32
        tell_all(ledger, first, "ab")
        # From 2 to 2, five more votes for the leader leave 0.055, six leave 0.033.
        assert len(ledger.ask(40)) == 6


class TestForesee:
    def test_chains_that_wait_are_not_foreseen(self):
        plan = Plan(parallel=4, depth=4, chained_share=1)
        ledger = Ledger(3, 60, policy("default"), plan, warmup=2)
        tell_all(ledger, ledger.ask(6))
        assert len(ledger.foresee(30)) == len(ledger.ask(30)) == 6

    @pytest.mark.parametrize("name", SINGLE)
    @pytest.mark.parametrize(
        "plan",
        [
            Plan(depth=0),
            Plan(parallel=2, depth=2),
            Plan(parallel=4, depth=4, chained_share=1),
            Plan(parallel=2, depth=2, sources="last"),
            Plan(parallel=3, depth=3, sources="previous"),
            AdaptiveDepth(parallel=2),
        ],
        ids=["none", "two", "all", "last", "previous", "adaptive"],
    )
    def test_it_gives_the_scores_of_what_is_asked_for_next(self, name, plan):
        rng = np.random.default_rng(7)
        ledger = Ledger(5, 300, policy(name), plan, warmup=2, seed=3, stop=FlipBelow(0.02))
        for _ in range(12):
            expected = ledger.foresee(9)
            pulls = ledger.ask(9)
            assert scores(pulls) == expected
            for pull in pulls:
                if rng.random() < 0.8:
                    ledger.tell(pull, "abc"[rng.integers(3)])
                else:
                    ledger.release(pull)

    def test_it_changes_nothing(self):
        def pulls(look: bool):
            ledger = Ledger(4, 100, policy("thompson"), AdaptiveDepth(parallel=2), seed=1)
            for _ in range(5):
                if look:
                    ledger.foresee(20)
                batch = ledger.ask(6)
                yield batch
                tell_all(ledger, batch, "ab")

        assert list(pulls(look=True)) == list(pulls(look=False))

    def test_it_does_not_look_at_the_budget(self):
        ledger = Ledger(2, 4, Uniform(), Plan(depth=0), warmup=1)
        tell_all(ledger, ledger.ask(4))
        assert ledger.ask() == []
        assert ledger.foresee(3) == [-2, -2, -3]

    def test_a_unit_counts_with_all_its_responses(self):
        ledger = Ledger(2, 40, policy("paper", c=0.0))
        assert ledger.foresee(40) == [inf] * 16  # the warm-up, one unit for each query
        tell_all(ledger, ledger.ask(40))  # the independent halves
        assert ledger.foresee(8) == [inf] * 8  # the chained halves, which are owed
        assert ledger.foresee(9)[8] == 0  # the policy's next unit, of equal votes

    def test_a_query_at_its_limit_and_one_set_aside_are_not_foreseen(self):
        ledger = Ledger(3, 30, Uniform(), Plan(depth=0), warmup=1, limits=[2, 9, 9])
        tell_all(ledger, ledger.ask(3))
        ledger.set_aside([1])
        assert ledger.foresee(20) == [-1, -1, *range(-2, -9, -1)]
