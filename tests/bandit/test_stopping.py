"""Stop rules by hand, against a published package, and beside a policy in a ledger."""

import numpy as np
import pytest
from adaptive_consistency import AC, BetaStoppingCriteria, DirichletStoppingCriteria

from dynscaling_nb.answers.posterior import confidence, mode_probability
from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.bandit.arms import Arms
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.bandit.stopping import (
    SETTLED,
    STOP_RULES,
    AdaptiveConsistency,
    BayesFactor,
    Decided,
    DirichletConsistency,
    Doubling,
    EarlyStopping,
    FlipBelow,
    Margin,
    StopRule,
    stop_rule,
)
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.errors import InputError, UnknownName


def votes(answers: str) -> Votes:
    """Votes for single letters; a dot is a response that could not be read."""
    votes = Votes()
    for answer in answers:
        votes.add(None if answer == "." else answer)
    return votes


def stops_at(rule, answers: str) -> int | None:
    """After how many of the answers the rule stops."""
    return next(
        (n for n in range(1, len(answers) + 1) if rule.done(votes(answers[:n]), len(answers) - n)),
        None,
    )


@pytest.mark.parametrize("name", STOP_RULES)
def test_no_rule_stops_before_anything_was_drawn_or_read(name):
    assert not STOP_RULES[name]().done(Votes(), 8)
    assert not STOP_RULES[name]().done(votes("...."), 4)


@pytest.mark.parametrize("name", STOP_RULES)
def test_every_rule_stops_some_time_where_all_say_the_same(name):
    assert stops_at(STOP_RULES[name](), "a" * 40) is not None


@pytest.mark.parametrize(
    ("rule", "answers", "after"),
    [
        (AdaptiveConsistency(0.95), "aaaaaa", 4),  # 1 - 2^-5 = 0.969, after three 0.9375
        (EarlyStopping(3), "abbbbbb", 6),  # windows abb, bbb
        (EarlyStopping(3), "bb.bbb", 6),
        (EarlyStopping(3), "ab" * 9, None),
        (Doubling(2), "abaaaaaa", 4),  # 1 of 2, 3 of 4
        (Doubling(2), "abbababb", None),  # 1 of 2, 2 of 4, 5 of 8
        (Doubling(2), "aa", 2),
        (Margin(3), "abaaa", 5),
        (Decided(), "aaaaaaaa", 5),  # 5 to 0 with 3 left
        (Decided(), "abababaa", 8),  # nothing is left
        (BayesFactor(14), "aaa", 2),  # K = 2, P = 7/8: 2 * 7 = 14
        (FlipBelow(0.05), "aaaaaa", 4),  # 1/32, after three 1/16
        (FlipBelow(0.07), "aaaaaa", 3),
        (DirichletConsistency(0.95), "aaaaaa", 4),  # of one answer, as with AdaptiveConsistency
    ],
)
def test_rules_by_hand(rule, answers, after):
    assert stops_at(rule, answers) == after


@pytest.mark.parametrize("seed", range(40))
def test_adaptive_consistency_stops_where_the_published_package_does(seed):
    rng = np.random.default_rng(seed)
    answers = "".join(
        rng.choice(list("abcdef"), size=40, p=rng.dirichlet(np.ones(6) * rng.choice([0.3, 1, 3])))
    )
    published = AC(40, BetaStoppingCriteria(0.95))
    end = next((n for n in range(1, 41) if published.should_stop(list(answers[:n]))), None)
    assert stops_at(AdaptiveConsistency(0.95), answers) == end


def test_the_dirichlet_probability_is_that_of_the_published_package():
    for counts in ([6, 2, 1], [5, 3, 2, 1], [9, 3, 3]):
        answers = [name for name, count in zip("abcd", counts, strict=False) for _ in range(count)]
        published = DirichletStoppingCriteria(0.95, use_markov=False)  # by exact integration
        probability = published.should_stop(answers)["prob"]
        assert mode_probability(counts) == pytest.approx(probability, abs=2e-4)


@pytest.mark.parametrize("counts", [[3, 1], [7, 6], [12, 0], [40, 31]])
def test_of_two_answers_the_mode_probability_is_the_confidence(counts):
    assert mode_probability(counts) == pytest.approx(confidence(*counts), abs=1e-4)


@pytest.mark.parametrize("counts", [[3, 2, 2], [1, 1, 1, 1], [20, 15, 10, 5], [5, 0, 0]])
def test_the_mode_probability_is_what_drawing_shares_gives(counts):
    shares = np.random.default_rng(0).dirichlet(np.array(counts) + 1, size=200_000)
    assert mode_probability(counts) == pytest.approx((shares.argmax(axis=1) == 0).mean(), abs=0.005)


def test_the_budget_that_a_rule_frees_goes_to_the_others():
    ledger = Ledger(3, 60, policy("uniform"), Plan(depth=0), stop=stop_rule("margin"))
    while pulls := ledger.ask():
        for pull in pulls:
            ledger.tell(pull, "a" if pull.query < 2 else "ab"[pull.index % 2])
    assert ledger.done.tolist() == [3, 3, 54]
    assert ledger.open.tolist() == [False, False, True]


@pytest.mark.parametrize("seed", range(20))
def test_a_decided_query_would_have_the_same_answer_at_the_end_of_its_budget(seed):
    answers = np.random.default_rng(seed).choice(list("abc"), size=24, p=[0.5, 0.3, 0.2])

    def play(stop: StopRule | None) -> Ledger:
        ledger = Ledger(1, 24, policy("uniform"), Plan(depth=0), stop=stop)
        while pulls := ledger.ask():
            for pull in pulls:
                ledger.tell(pull, str(answers[pull.index]))
        return ledger

    early, late = play(Decided()), play(None)
    assert early.leaders == late.leaders
    assert early.spent <= late.spent == 24


def test_without_its_rule_what_the_rule_had_closed_is_open_again():
    ledger = Ledger(2, 20, policy("okg"), Plan(depth=0), stop=Margin(3))
    while pulls := ledger.ask():
        for pull in pulls:
            ledger.tell(pull, "a")
    assert ledger.done.tolist() == [3, 3]
    ledger.change_stop(None)
    assert len(ledger.ask(20)) == 14


def test_another_rule_closes_and_opens_queries_at_once():
    ledger = Ledger(2, 40, policy("uniform"), Plan(depth=0), warmup=1)
    for pull in ledger.ask(6):
        ledger.tell(pull, "a" if pull.query == 0 else "ab"[pull.index % 2])
    ledger.change_stop(Margin(3))  # 3 to 0, and 2 to 1
    assert (ledger.stop.name, ledger.open.tolist()) == ("margin", [False, True])
    ledger.change_stop(None)
    assert ledger.open.tolist() == [True, True]


def test_responses_in_flight_may_still_change_an_answer():
    ledger = Ledger(1, 4, policy("uniform"), Plan(depth=0), stop=Decided())
    pulls = ledger.ask(4)
    for pull in pulls[:2]:
        ledger.tell(pull, "a")
    assert ledger.left == 0
    assert not ledger.has_enough(0)  # 2 to 0, with two in flight
    ledger.tell(pulls[2], "a")
    assert ledger.has_enough(0)  # 3 to 0, with one in flight


def test_a_rule_has_a_name_or_is_itself():
    assert stop_rule(None) is None
    assert stop_rule("ac").name == "ac"
    rule = Margin(5)
    assert stop_rule(rule) is rule
    with pytest.raises(UnknownName, match="unknown stop rule 'acc'; did you mean 'ac'"):
        stop_rule("acc")
    with pytest.raises(InputError, match="a rule or a dn.StopRule, got 0.05"):
        stop_rule(0.05)


@pytest.mark.parametrize(
    "make",
    [
        lambda: AdaptiveConsistency(1.5),
        lambda: EarlyStopping(0),
        lambda: Margin(0),
        lambda: BayesFactor(0),
        lambda: Doubling(0),
        lambda: Doubling(share=0),
        lambda: DirichletConsistency(answers=0),
        lambda: FlipBelow(0),
        lambda: FlipBelow(0.5),
    ],
)
def test_a_constant_that_makes_no_sense_is_refused(make):
    with pytest.raises(InputError, match="must"):
        make()


def test_the_dirichlet_rule_waits_longer_where_there_are_more_rivals():
    assert AdaptiveConsistency(0.9).done(votes("aaaaabcde"), 9)
    assert not DirichletConsistency(0.95).done(votes("aaaaabcde"), 9)


def test_the_dirichlet_rule_looks_at_the_leading_answers_alone():
    both = votes("aaaaab")  # 5 to 1, with 1/16 for b
    assert not DirichletConsistency(0.95, answers=2).done(both, 9)
    assert DirichletConsistency(0.95, answers=1).done(both, 9)  # the leader against no votes, 1/64


def test_a_rule_without_a_name_has_that_of_its_class_and_makes_nobody_wait():
    class Never(StopRule):
        def done(self, votes, left):
            return False

    assert (Never.name, Never().settled_below) == ("Never", SETTLED)
    assert Never().pending_may_settle(Arms.fresh(3)).tolist() == [False] * 3


def test_the_threshold_below_which_a_query_settles_is_that_of_what_is_shown():
    assert FlipBelow(0.2).settled_below == 0.2


def test_what_is_in_flight_may_settle_a_query():
    arms = Arms.fresh(3)
    arms.leader[:], arms.runner_up[:], arms.pending[:] = [2, 2, 4], [0, 1, 0], [2, 2, 0]
    # 4 to 0 leaves 1/32, 4 to 1 leaves 7/64; the third query has no pull in flight.
    assert FlipBelow(0.05).pending_may_settle(arms).tolist() == [True, False, False]


@pytest.mark.parametrize("name", STOP_RULES)
def test_the_names_are_those_of_the_registry(name):
    assert stop_rule(name).name == name
