"""Which responses are chained, and from which earlier ones."""

import numpy as np
import pytest

import dynscaling_nb as dn
from dynscaling_nb import AdaptiveDepth, Plan, Votes
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.chains.plan import make_plan
from dynscaling_nb.errors import InputError


def kinds(plan: Plan, responses: int) -> str:
    """One letter a response: c for chained, i for independent."""
    return "".join("c" if plan.chains(index) else "i" for index in range(responses))


def choices(plan: Plan, answers: dict[int, str], times: int, **options) -> list[tuple[int, ...]]:
    rng = np.random.default_rng(0)
    return [plan.choose(sorted(answers), answers, rng, **options) for _ in range(times)]


class TestSchedule:
    @pytest.mark.parametrize(
        ("share", "after"),
        [
            (0, "iiiiii"),
            (0.25, "ciiici"),  # ceil(k / 4): 1 1 1 1 2 2
            (0.5, "cicici"),
            (0.75, "cccicc"),  # ceil(3 k / 4): 1 2 3 3 4 5
            (1, "cccccc"),
        ],
    )
    def test_the_share_of_chained_responses_is_spread_evenly(self, share, after):
        assert kinds(Plan(parallel=3, chained_share=share), 9) == "iii" + after

    def test_without_depth_nothing_is_chained(self):
        assert kinds(Plan(depth=0, chained_share=1), 8) == "i" * 8

    def test_a_chained_response_sees_the_depth_of_the_plan(self):
        plan = Plan(parallel=2, depth=3)
        seen = [plan.sees(index, Votes(), np.random.default_rng(0)) for index in range(5)]
        assert seen == [0, 0, 3, 0, 3]

    @pytest.mark.parametrize(
        ("sources", "waits"),
        [("random", [3, 3]), ("last", [4, 9]), ("previous", [3, 9])],
    )
    def test_a_chain_waits_for_the_responses_that_it_may_read(self, sources, waits):
        plan = Plan(parallel=3, depth=4, sources=sources)
        assert plan.needs(np.array([4, 9])).tolist() == waits

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"parallel": 0}, "parallel must be at least 1 response, got 0"),
            ({"depth": -1}, "depth must be 0 .* got -1"),
            ({"chained_share": 1.5}, "chained_share must lie between 0 and 1, got 1.5"),
            ({"sources": "best"}, "sources must be one of random, disagreeing, .* got 'best'"),
        ],
    )
    def test_a_plan_that_makes_no_sense_is_refused(self, settings, message):
        with pytest.raises(InputError, match=message):
            Plan(**settings)


class TestSources:
    def test_a_chain_needs_two_finished_responses(self):
        assert choices(Plan(depth=4), {0: "a"}, 1) == [()]
        assert choices(Plan(depth=1), {0: "a"}, 1) == [(0,)]

    def test_random_ones_come_in_every_order(self):
        chains = choices(Plan(depth=2), dict.fromkeys(range(3), "a"), 100)
        assert set(chains) == {(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)}

    def test_ordered_ones_come_in_the_order_in_which_they_were_drawn(self):
        chains = choices(Plan(depth=2, sources="ordered"), dict.fromkeys(range(3), "a"), 100)
        assert set(chains) == {(0, 1), (0, 2), (1, 2)}

    def test_disagreeing_ones_hold_as_many_answers_as_they_can(self):
        answers = {0: "a", 1: "a", 2: "b", 3: "a"}
        chains = choices(Plan(depth=2, sources="disagreeing"), answers, 100)
        assert all(2 in chain for chain in chains)

    def test_disagreeing_ones_are_shuffled_at_the_end(self):
        # without that the second response of an answer would always come last
        answers = {0: "a", 1: "a", 2: "b"}
        chains = choices(Plan(depth=3, sources="disagreeing"), answers, 200)
        assert len(set(chains)) == 6

    def test_last_ones_are_the_latest_of_any_kind(self):
        plan = Plan(depth=2, sources="last")
        chain = plan.choose([0], {0: "a", 1: "b", 2: None}, np.random.default_rng(0))
        assert chain == (1, 2)

    def test_previous_ones_are_of_the_generation_before(self):
        plan = Plan(parallel=2, depth=2, sources="previous")
        answers = dict.fromkeys(range(6), "a")
        assert {tuple(sorted(c)) for c in choices(plan, answers, 20, index=4)} == {(2, 3)}
        assert {tuple(sorted(c)) for c in choices(plan, answers, 20, index=7)} == {(4, 5)}

    def test_a_depth_of_the_callers_goes_before_the_plans(self):
        chains = choices(Plan(depth=4), dict.fromkeys(range(4), "a"), 5, depth=2)
        assert {len(chain) for chain in chains} == {2}


class TestAdaptiveDepth:
    def pulls_by_depth(self, agreement: dict[int, float], budget: int = 200) -> dict[int, int]:
        """Pulls of each depth on one query.

        A response that sees d others gives the leading answer with probability agreement[d].
        """
        rng = np.random.default_rng(0)
        plan = AdaptiveDepth(parallel=4, depths=tuple(agreement))
        ledger = Ledger(1, budget, policy("uniform"), plan, seed=0)
        pulls_of = dict.fromkeys(agreement, 0)
        while pulls := ledger.ask():
            depth = len(pulls[0].sources)
            pulls_of[depth] += 1
            agrees = rng.random() < agreement[depth]
            ledger.tell(pulls[0], "7" if agrees else str(rng.integers(100, 200)))
        return pulls_of

    def test_the_depth_that_agrees_more_gets_the_budget(self):
        assert self.pulls_by_depth({0: 0.3, 4: 0.9})[4] > 120
        assert self.pulls_by_depth({0: 0.9, 4: 0.3})[0] > 120

    def test_every_depth_is_tried(self):
        assert min(self.pulls_by_depth({0: 0.5, 2: 0.5, 4: 0.5}).values()) > 3

    def test_the_first_responses_are_independent(self):
        plan, votes = AdaptiveDepth(parallel=3, depths=(2,)), Votes()
        rng = np.random.default_rng(0)
        assert [plan.sees(index, votes, rng) for index in range(5)] == [0, 0, 0, 2, 2]

    def test_its_depth_is_the_largest(self):
        assert AdaptiveDepth(depths=(0, 6, 2)).depth == 6

    def test_a_run_takes_the_depths(self):
        result = dn.run(["What is 19 - (4 + 7) * 3?"], budget=24, depths=(0, 2, 4), seed=2)
        assert {len(response.sources) for response in result.responses} <= {0, 2, 4}
        assert sum(result.pulls) == 24

    @pytest.mark.parametrize("depths", [(), (0, -2)])
    def test_depths_that_make_no_sense_are_refused(self, depths):
        with pytest.raises(InputError, match="depths must be one or more numbers"):
            AdaptiveDepth(depths=depths)


def test_depths_make_an_adaptive_plan():
    assert make_plan(3, 2, 0.7, "last", None) == Plan(3, 2, 0.7, "last")
    adaptive = make_plan(3, 2, 0.7, "ordered", [0, 4])
    assert adaptive == AdaptiveDepth(parallel=3, sources="ordered", depths=(0, 4))
