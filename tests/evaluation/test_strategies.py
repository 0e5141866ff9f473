"""What each strategy sends, and which responses decide."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import UnknownName
from dynscaling_nb.evaluation.strategies import STRATEGIES, strategy

QUERIES = [{"id": str(i), "text": f"question {i}?"} for i in range(4)]


def spend(name: str, budget: int) -> list[list[dn.Response]]:
    """The responses of one strategy on a scripted model, by question."""
    chosen = strategy(name)
    plan = chosen.plan_for(budget)
    result = dn.run(
        QUERIES,
        budget=budget * len(QUERIES),
        model=dn.ScriptedModel(lambda r: f"thought {r.seeds[0]}\nThe answer is {r.seeds[0] % 3}."),
        policy=chosen.policy,
        stop=chosen.stop,
        parallel=plan.parallel,
        depth=plan.depth,
        chained_share=plan.chained_share,
        sources=plan.sources,
        template=chosen.template,
        seed=1,
    )
    return [result.responses_to(query["id"]) for query in QUERIES]


def response(index: int, answer: str | None, *, weight: float = 1.0) -> dn.Response:
    return dn.Response("q", index, "parallel", "", answer, (), weight=weight)


def responses(answers: str) -> list[dn.Response]:
    """Responses with single letters for answers; a dot is a response without one."""
    return [response(i, None if a == "." else a) for i, a in enumerate(answers)]


def last_words(drawn: dn.Response) -> str:
    return drawn.messages[-1]["content"]


def test_sequential_revision_shows_each_response_the_last():
    for drawn in spend("sequential", 5):
        assert [r.sources for r in drawn] == [(), (0,), (1,), (2,), (3,)]
        assert drawn[3].messages[-2]["content"] == drawn[2].text.splitlines()[0]


def test_waiting_asks_to_think_further():
    for drawn in spend("wait", 3):
        assert [r.sources for r in drawn] == [(), (0,), (1,)]
        assert last_words(drawn[2]) == (
            "Wait. Think further. Then finish with a line that begins with the words: "
            f"The answer is\n\nThe question again: question {drawn[2].query_id}?"
        )


def test_after_waiting_the_last_response_decides():
    wait = STRATEGIES["wait"]
    assert wait.answer(responses("aab"), wait.plan_for(3)) == "b"
    assert wait.answer(responses("aa."), wait.plan_for(3)) is None


def test_aggregation_reads_all_the_others_and_decides():
    aggregate = STRATEGIES["aggregate"]
    for drawn in spend("aggregate", 6):
        assert [r.kind for r in drawn] == ["parallel"] * 5 + ["chained"]
        assert sorted(drawn[5].sources) == [0, 1, 2, 3, 4]
        assert last_words(drawn[5]).startswith("These are several attempts at the question.")
        assert drawn[5].messages[-2]["content"].count("Another attempt:") == 4
        assert aggregate.answer(drawn, aggregate.plan_for(6)) == drawn[5].answer


def test_one_call_aggregates_eight_responses_at_most():
    plan = STRATEGIES["aggregate"].plan_for(12)
    assert (plan.parallel, plan.depth) == (11, 8)


def test_self_aggregation_goes_from_generation_to_generation():
    for drawn in spend("rsa", 12):
        assert all(r.sources == () for r in drawn[:4])
        assert all(set(r.sources) < {0, 1, 2, 3} and len(r.sources) == 3 for r in drawn[4:8])
        assert all(set(r.sources) < {4, 5, 6, 7} and len(r.sources) == 3 for r in drawn[8:])
        assert last_words(drawn[8]).startswith("These are several attempts at the question.")


def test_after_self_aggregation_the_last_generation_votes():
    rsa = STRATEGIES["rsa"]
    assert rsa.answer(responses("aaaaabbb"), rsa.plan_for(8)) == "b"
    assert rsa.answer(responses("aaaaaaaacb"), rsa.plan_for(10)) == "c"  # the new one is of two
    assert rsa.answer(responses("aab"), rsa.plan_for(3)) == "a"  # the first one is not complete


def test_integrated_sampling_draws_half_in_parallel_and_chains_four():
    for drawn in spend("integrated", 8):
        assert [r.kind for r in drawn] == ["parallel"] * 4 + ["chained"] * 4
        assert all(sorted(r.sources) == [0, 1, 2, 3] for r in drawn[4:])


def test_the_papers_unit_is_half_in_parallel_and_half_chained():
    for drawn in spend("paper", 8):
        assert [r.kind for r in drawn] == ["parallel"] * 4 + ["chained"] * 4
    for drawn in spend("parallel-ucb", 8):
        assert [r.kind for r in drawn] == ["parallel"] * 8


@pytest.mark.parametrize(
    "name", ["ac", "ac-dirichlet", "esc", "doubling", "margin", "bayes-factor"]
)
def test_a_stop_rule_is_a_strategy_of_its_name_with_independent_responses_in_turn(name):
    rule = STRATEGIES[name]
    assert (rule.stop, rule.policy, rule.plan_for(8)) == (name, "uniform", dn.Plan(depth=0))


@pytest.mark.parametrize("name", ["blend-asc", "okg"])
def test_a_policy_is_a_strategy_of_its_name_with_independent_responses(name):
    rival = STRATEGIES[name]
    assert (rival.policy, rival.stop, rival.plan_for(8)) == (name, None, dn.Plan(depth=0))


def test_a_bandit_over_depths_begins_with_two_independent_responses():
    assert STRATEGIES["adaptive-depth"].plan_for(8) == dn.AdaptiveDepth(parallel=2)


def test_by_default_all_responses_vote_by_weight():
    heavy = [response(0, "a"), response(1, "a"), response(2, "b", weight=3.0)]
    assert dn.Strategy("mine").answer(heavy, dn.Plan()) == "b"


def test_votes_weighed_by_confidence_are_a_strategy():
    assert STRATEGIES["cisc"].vote_weight == "logprob"
    assert STRATEGIES["self-consistency"].vote_weight == "equal"


def test_the_packages_own_differ_by_their_chains_alone():
    bandit, dynscaling = STRATEGIES["bandit"], STRATEGIES["dynscaling"]
    assert bandit.policy == dynscaling.policy == "default"
    assert (bandit.plan, dynscaling.plan) == (dn.Plan(depth=0), dn.Plan())


def test_a_strategy_is_a_name_or_an_object():
    mine = dn.Strategy("mine")
    assert strategy(mine) is mine
    with pytest.raises(
        UnknownName, match="unknown strategy 'dynscalin'; did you mean 'dynscaling'"
    ):
        strategy("dynscalin")
