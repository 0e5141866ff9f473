"""Replays of pools small enough to be followed by hand."""

import json

import numpy as np
import pytest

import dynscaling_nb as dn
from dynscaling_nb import RecordedQuery, replay, replays
from dynscaling_nb.bandit.policies import Uniform
from dynscaling_nb.bandit.stopping import Margin
from dynscaling_nb.errors import InputError, UnknownName


def question(id: str, answers: str, tokens: int = 0, **options) -> RecordedQuery:
    """A question with single letters for answers, gold `a`, and responses of one length."""
    lengths = (tokens,) * len(answers) if tokens else ()
    return RecordedQuery(id, "a", tuple(answers), tokens=lengths, **options)


ALIKE = [question("right", "a" * 8), question("wrong", "b" * 8)]  # nothing depends on chance


def test_a_replay_is_the_mean_over_the_questions():
    result = replay(ALIKE, "uniform", 3, repeats=4)
    assert (result.policy, result.budget, result.unit) == ("uniform", 3, "responses")
    assert (result.accuracy, result.stderr, result.mean_pulls) == (0.5, 0.0, 3.0)


def test_questions_without_a_gold_answer_are_not_scored():
    unknown = RecordedQuery("unknown", None, (None,) * 8)
    either = RecordedQuery("either", ["b", "c"], tuple("c" * 8))
    assert replay([*ALIKE, unknown], "uniform", 3, repeats=1).accuracy == 0.5
    assert replay([*ALIKE, either], "uniform", 3, repeats=1).accuracy == 2 / 3
    with pytest.raises(InputError, match="no question of the pool has a gold answer"):
        replay([unknown], "uniform", 3)
    assert np.isnan(replays([unknown], "uniform", 3, repeats=1).accuracy).all()


def test_its_json_holds_what_a_report_needs_and_no_more():
    result = replay(ALIKE, "uniform", 2, stop="margin", repeats=1)
    assert result.to_json() == {
        "policy": "uniform",
        "budget": 2,
        "accuracy": 0.5,
        "stderr": None,
        "mean_pulls": 2.0,
    }


def test_a_rule_is_named_apart_from_its_policy():
    named = replay(ALIKE, "okg", 4, stop="margin", repeats=1)
    objects = replay(ALIKE, Uniform(), 4, stop=Margin(3), repeats=1)
    assert (named.policy, named.stop) == ("okg", "margin")
    assert (objects.policy, objects.stop) == ("uniform", "margin")
    assert replay(ALIKE, budget=4, repeats=1).stop is None


def test_a_rule_leaves_budget_unspent():
    assert replay(ALIKE, "uniform", 8, stop="margin", repeats=1).mean_pulls == 3  # 3 to 0


def test_a_pool_may_be_a_path(tmp_path):
    path = tmp_path / "pool.jsonl"
    rows = [{"id": q.id, "gold": q.gold, "answers": q.answers} for q in ALIKE]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert replay(path, "uniform", 3, repeats=2) == replay(ALIKE, "uniform", 3, repeats=2)
    assert replay(str(path), "uniform", 3, repeats=2).accuracy == 0.5


def test_the_error_is_that_of_the_mean():
    pool = [question(str(i), "aab" * 4) for i in range(5)]
    each = replays(pool, "uniform", 1, repeats=10)
    expected = np.std(each.accuracy, ddof=1) / np.sqrt(10)
    assert replay(pool, "uniform", 1, repeats=10).stderr == pytest.approx(expected)
    assert expected > 0


def test_the_same_seed_shuffles_alike():
    pool = [question(str(i), "aab" * 4) for i in range(5)]
    one, two = (replays(pool, "uniform", 1, repeats=6, seed=3).accuracy for _ in range(2))
    assert one.tolist() == two.tolist()
    assert one.tolist() != replays(pool, "uniform", 1, repeats=6, seed=9).accuracy.tolist()


def test_agreement_is_with_the_most_frequent_recorded_answer():
    pool = [question("gold is rare", "bbbb"), question("gold is usual", "aaaa")]
    each = replays(pool, "uniform", 2, repeats=1)
    assert (each.accuracy[0], each.agreement[0]) == (0.5, 1.0)


def test_no_question_gets_more_than_its_recording_or_its_limit():
    pool = [question("short", "a" * 2), question("long", "a" * 9)]
    assert replays(pool, "uniform", 8, repeats=1).pulls[0] == (2 + 9) / 2
    assert replays(pool, "uniform", 8, repeats=1, max_responses=3).pulls[0] == (2 + 3) / 2


def test_priors_count_as_votes():
    pool = [question("q", "b" * 4, prior={"a": 3})]
    assert replay(pool, "uniform", 2, repeats=1).accuracy == 1


class PreferLast(dn.Policy):
    """Pulls the last question that is open."""

    def scores(self, arms, rng):
        return np.arange(len(arms.pulls), dtype=float)


class TestTokens:
    def spend(self, pool, budget, policy="uniform", **options):
        return replay(pool, policy, budget, unit="tokens", repeats=1, **options)

    def test_responses_are_drawn_while_tokens_are_left(self):
        pool = [question("one", "a" * 9, 10), question("two", "a" * 9, 10)]
        assert self.spend(pool, 40).mean_pulls == 4  # 80 tokens, 10 a response
        assert self.spend(pool, 40).unit == "tokens"

    def test_a_response_that_would_pass_the_total_ends_the_replay_and_does_not_count(self):
        pool = [question("one", "a" * 9, 10), question("two", "a" * 9, 10)]
        assert self.spend(pool, 39.5).mean_pulls == 3.5  # 79 tokens: the eighth would make 80

    def test_it_ends_even_where_a_shorter_response_would_still_fit(self):
        pool = [question("long", "a" * 4, 8), question("short", "a" * 4, 1)]
        assert self.spend(pool, 10).mean_pulls == 2  # 8, 1, 8, 1; the next, of 8, would make 26
        assert self.spend(pool, 4.9).mean_pulls == 1  # 8, 1; 0.8 of 9.8 are left

    def test_the_mean_length_does_not_bound_the_responses(self):
        # Mean length 5.5: 16 tokens are 3 responses. The policy finds shorter ones, and draws 7.
        pool = [question("long", "b" * 20, 10), question("short", "a" * 20, 1)]
        assert self.spend(pool, 8, PreferLast()).mean_pulls == 3.5  # 10, then six of 1

    def test_the_warm_up_is_that_of_the_budget_in_responses(self):
        # Mean length 10: 160 tokens are 16 responses, 8 each; half of that is the warm-up.
        pool = [question("first", "a" * 20, 10), question("last", "b" * 20, 10)]
        pulls_seen = []

        class Watch(PreferLast):
            def scores(self, arms, rng):
                pulls_seen.append(arms.pulls.tolist())
                return super().scores(arms, rng)

        self.spend(pool, 80, Watch())
        assert pulls_seen[0] == [4, 4]

    def test_a_pool_without_lengths_is_refused(self):
        with pytest.raises(InputError, match=r"records `tokens`.*question 'right' does not"):
            self.spend(ALIKE, 10)

    def test_a_budget_below_one_response_each_leaves_questions_unanswered(self):
        pool = [question("one", "a" * 4, 10), question("two", "a" * 4, 10)]
        result = self.spend(pool, 5)
        assert (result.mean_pulls, result.accuracy) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"repeats": 0}, InputError, "repeats must be 1 or more, got 0"),
        ({"unit": "words"}, InputError, "unit must be one of responses, tokens, got 'words'"),
        ({"budget": 0}, InputError, "budget must be a positive number of responses a question"),
        ({"budget": float("nan")}, InputError, "budget must be a positive number"),
        ({"budget": 0.5}, InputError, "budget 1 is smaller than the 2"),
        ({"policy": "ukg"}, UnknownName, "did you mean"),
        ({"stop": "marign"}, UnknownName, "did you mean 'margin'"),
    ],
)
def test_bad_input_is_one_line(arguments, error, message):
    with pytest.raises(error, match=message):
        replay(ALIKE, **arguments)
