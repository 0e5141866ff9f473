"""Signals beyond counting equal strings: sure votes, beliefs, a judge of sameness, a bandit over kinds of pull."""

import math

import numpy as np
import pytest

import dynscaling_nb as dn
from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.answers.weights import LogProb, vote_weight_by
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.chains.plan import AdaptiveDepth
from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.records import Completion


class Sure(dn.ScriptedModel):
    """Says 7 twice, unsure, then 8, sure."""

    def __init__(self):
        super().__init__({"1": ["7", "7", "8"]})

    async def generate(self, request):
        found = await super().generate(request)
        return [
            Completion(c.text, usage=c.usage, logprob=-0.5 if c.text == "7" else -0.01)
            for c in found
        ]


class TestWeights:
    def test_a_weight_is_the_exponential_of_the_mean_log_probability_over_the_temperature(self):
        assert LogProb(0.5)(Completion("x", logprob=-1.0)) == pytest.approx(math.exp(-2))
        assert LogProb(0.001)(Completion("x", logprob=-1e9)) > 0
        assert LogProb()(Completion("x")) == 1

    def test_one_sure_vote_outweighs_two_unsure_ones(self):
        plain, weighed = (
            dn.run(["q"], budget=3, model=Sure(), depth=0, vote_weight=w)
            for w in ("equal", "logprob")
        )
        assert (plain.answers, weighed.answers) == (["7"], ["8"])
        assert weighed.pulls == [3]
        assert (
            weighed.confidence[0] < 0.5 < plain.confidence[0]
        )  # it speaks of what the model says most often
        assert [r.logprob for r in weighed.responses] == [-0.5, -0.5, -0.01]

    def test_a_function_of_the_users_weighs(self):
        found = dn.run(
            ["q"],
            budget=3,
            model=Sure(),
            depth=0,
            vote_weight=lambda completion: 5.0 if completion.text == "8" else 1.0,
        )
        assert found.answers == ["8"]

    @pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
    def test_a_weight_that_is_none_ends_the_run_with_what_was_drawn(self, weight):
        found = dn.run(
            ["q"], budget=3, model=Sure(), depth=0, vote_weight=lambda completion: weight
        )
        assert found.stopped == "error"
        assert "must return a finite number" in found.error
        assert len(found.responses) >= 1

    def test_unknown_names_and_models_without_log_probabilities_are_refused(self):
        with pytest.raises(UnknownName, match="did you mean 'logprob'"):
            vote_weight_by("logprobs")
        with pytest.raises(InputError, match="positive"):
            LogProb(0)
        with pytest.raises(InputError, match="logprobs=True"):
            dn.run(
                ["q"],
                budget=3,
                model=dn.OpenAIModel("m", "http://127.0.0.1:1/v1"),
                vote_weight="logprob",
            )

    def test_log_probabilities_come_from_the_server(self, endpoint):
        plain = endpoint.completion

        def completion(body):
            said = plain(body)
            for choice in said["choices"] if body.get("logprobs") else []:
                choice["logprobs"] = {
                    "content": [
                        {"token": "a", "logprob": x, "bytes": None, "top_logprobs": []}
                        for x in (-0.1, -0.3)
                    ]
                }
            return said

        endpoint.completion = completion
        found = dn.run(["q"], budget=3, model="tiny", base_url=endpoint.url, vote_weight="logprob")
        assert [r.logprob for r in found.responses] == [pytest.approx(-0.2)] * 3

    def test_the_embedded_model_is_surer_of_what_it_says_when_right(self):
        from dynscaling_nb.models.abacus import held_out

        found = dn.run(held_out()[:20], budget=160, policy="uniform", depth=0, seed=1)
        golds = dict(zip([q.id for q in found.queries], found.golds, strict=True))
        sure, unsure = (
            [r.logprob for r in found.responses if (r.answer == golds[r.query_id]) is right]
            for right in (True, False)
        )
        assert all(value <= 0 for value in sure + unsure)
        assert np.mean(sure) > np.mean(unsure)


class TestPriors:
    def test_a_prior_counts_as_votes_but_not_as_pulls(self):
        found = dn.run(
            [{"text": "q", "prior": {"8.0": 3}}],
            budget=2,
            model=dn.ScriptedModel(lambda r: "The answer is 7."),
            depth=0,
        )
        assert (found.answers, found.pulls) == (["8"], [2])

    def test_what_is_believed_already_needs_fewer_pulls(self):
        asked = [{"text": "a", "prior": {"7": 6}}, {"text": "b"}]
        found = dn.run(
            asked,
            budget=20,
            model=dn.ScriptedModel(lambda r: f"The answer is {7 + r.seeds[0] % 2}."),
            depth=0,
            seed=1,
        )
        assert found.pulls[0] < found.pulls[1]

    def test_a_single_answer_is_one_vote(self):
        votes = Votes({"a": 1})
        votes.add("b")
        assert (votes.leader, votes.cast, votes.top_two) == ("a", 2, (1, 1))

    @pytest.mark.parametrize("prior", [{"7": 0}, {"7": -1}, {"7": 0.5}, 7, ["7"]])
    def test_others_are_refused(self, prior):
        with pytest.raises(InputError, match="prior of query 1"):
            dn.run([{"text": "q", "prior": prior}], budget=1)

    def test_a_query_survives_json(self):
        query = dn.Query("1", "q", "7", {"7": 2})
        assert dn.Query.from_json(query.to_json()) == query
        assert dn.Query("1", "q").to_json() == {"id": "1", "text": "q", "gold": None}


class TestJudge:
    capitals = dn.ScriptedModel(
        lambda r: ["Paris", "the city of Paris", "PARIS", "Lyon"][r.index % 4]
    )

    def judge(self, **settings):
        def decide(request):
            said = request.messages[0]["content"]
            return "Yes." if "Lyon" not in said else "no"

        return dn.Judge(dn.ScriptedModel(decide), **settings)

    def test_answers_that_the_model_calls_the_same_are_one_vote(self):
        judge = self.judge()
        found = dn.run(
            ["Capital of France?"],
            budget=8,
            model=self.capitals,
            depth=0,
            extract=str.strip,
            equivalence=judge,
            concurrency=8,
        )
        assert found.answers == ["Paris"]
        assert [r.answer for r in sorted(found.responses, key=lambda r: r.index)] == [
            "Paris",
            "Paris",
            "Paris",
            "Lyon",
        ] * 2
        assert (
            found.judge_usage.requests == len(judge.model.requests) == 2
        )  # each pair once, the same words without a call
        assert found.usage.requests == 8

    def test_after_its_last_call_other_words_differ(self):
        found = dn.run(
            ["q"],
            budget=4,
            model=self.capitals,
            depth=0,
            extract=str.strip,
            equivalence=self.judge(max_calls=0),
            concurrency=1,
        )
        assert {r.answer for r in found.responses} == {"Paris", "the city of Paris", "Lyon"}

    def test_a_call_that_fails_counts_as_different(self):
        failing = dn.Judge(dn.ScriptedModel(lambda r: dn.ModelError("no")))
        found = dn.run(
            ["q"],
            budget=4,
            model=self.capitals,
            depth=0,
            extract=str.strip,
            equivalence=failing,
            concurrency=1,
        )
        assert (found.stopped, len({r.answer for r in found.responses})) == ("budget", 3)

    def test_an_answer_cannot_fill_another_slot(self):
        judge = self.judge()
        model = dn.ScriptedModel(lambda r: ["{second}", "b"][r.index % 2])
        dn.run(
            ["q"],
            budget=2,
            model=model,
            depth=0,
            extract=str.strip,
            equivalence=judge,
            concurrency=1,
        )
        assert "Second answer: {second}" in judge.model.requests[0].messages[0]["content"]

    def test_a_prompt_without_its_slots_is_refused(self):
        with pytest.raises(InputError, match="{first}"):
            dn.Judge(self.capitals, prompt="{question} {second}")


class TestAdaptiveDepth:
    def draw(self, right, budget=200):
        """Pulls of each depth on a query where a response that sees `d` others says the leading answer with probability right[d]."""
        rng = np.random.default_rng(0)
        ledger = Ledger(
            1,
            budget,
            policy("uniform"),
            AdaptiveDepth(parallel=4, depths=tuple(right)),
            seed=0,
        )
        seen = dict.fromkeys(right, 0)
        while pulls := ledger.ask():
            depth = len(pulls[0].sources)
            seen[depth] += 1
            ledger.tell(
                pulls[0], "7" if rng.random() < right[depth] else str(rng.integers(100, 200))
            )
        return seen

    def test_the_kind_that_agrees_more_gets_the_budget(self):
        assert self.draw({0: 0.3, 4: 0.9})[4] > 120
        assert self.draw({0: 0.9, 4: 0.3})[0] > 120

    def test_every_depth_is_tried(self):
        assert min(self.draw({0: 0.5, 2: 0.5, 4: 0.5}).values()) > 3

    def test_a_run_takes_the_depths(self):
        found = dn.run(["What is 19 - (4 + 7) * 3?"], budget=24, depths=(0, 2, 4), seed=2)
        assert {len(r.sources) for r in found.responses} <= {0, 2, 4}
        assert sum(found.pulls) == 24

    def test_bad_depths_are_refused(self):
        with pytest.raises(InputError, match="depths"):
            dn.run(["What is 2 + 2?"], budget=4, depths=())
