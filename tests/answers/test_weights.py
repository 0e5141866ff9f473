"""What a vote weighs."""

import math

import numpy as np
import pytest

import dynscaling_nb as dn
from dynscaling_nb.answers.weights import LogProb, equal, valid_weight, vote_weight_by
from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.records import Completion


class SureOfEight(dn.ScriptedModel):
    """Says 7 twice, unsure, then 8, sure."""

    def __init__(self):
        super().__init__({"1": ["7", "7", "8"]})

    async def generate(self, request):
        completions = await super().generate(request)
        return [
            Completion(c.text, usage=c.usage, logprob=-0.5 if c.text == "7" else -0.01)
            for c in completions
        ]


def run(vote_weight) -> dn.Result:
    return dn.run(["q"], budget=3, model=SureOfEight(), depth=0, vote_weight=vote_weight)


def test_equal_votes_weigh_one():
    assert equal(Completion("x", logprob=-3.0)) == 1


def test_a_weight_is_the_exponential_of_the_mean_log_probability_over_the_temperature():
    assert LogProb(0.5)(Completion("x", logprob=-1.0)) == pytest.approx(math.exp(-2))
    assert LogProb(0.001)(Completion("x", logprob=-1e9)) > 0
    assert LogProb()(Completion("x")) == 1


def test_one_sure_vote_outweighs_two_unsure_ones():
    plain, weighed = run("equal"), run("logprob")
    assert (plain.answers, weighed.answers) == (["7"], ["8"])
    assert weighed.pulls == [3]
    assert [r.logprob for r in weighed.responses] == [-0.5, -0.5, -0.01]
    # confidence is about the most frequent answer, whatever the weights
    assert weighed.confidence[0] < 0.5 < plain.confidence[0]


def test_a_function_of_the_users_weighs():
    assert run(lambda completion: 5.0 if completion.text == "8" else 1.0).answers == ["8"]


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_a_weight_that_is_not_a_finite_positive_number_or_zero_ends_the_run(weight):
    with pytest.raises(InputError, match="vote_weight must return a finite number"):
        valid_weight(weight)
    result = run(lambda completion: weight)
    assert result.stopped == "error"
    assert "vote_weight must return a finite number" in result.error
    assert len(result.responses) >= 1


def test_unknown_names_and_models_without_log_probabilities_are_refused():
    with pytest.raises(UnknownName, match="unknown vote weight 'logprobs'; did you mean 'logprob'"):
        vote_weight_by("logprobs")
    with pytest.raises(InputError, match="positive"):
        LogProb(0)
    model = dn.OpenAIModel("m", "http://127.0.0.1:1/v1")
    with pytest.raises(InputError, match="logprobs=True"):
        dn.run(["q"], budget=3, model=model, vote_weight="logprob")


def test_log_probabilities_come_from_the_server(endpoint):
    plain = endpoint.completion

    def completion(body):
        reply = plain(body)
        for choice in reply["choices"] if body.get("logprobs") else []:
            choice["logprobs"] = {
                "content": [
                    {"token": "a", "logprob": x, "bytes": None, "top_logprobs": []}
                    for x in (-0.1, -0.3)
                ]
            }
        return reply

    endpoint.completion = completion
    result = dn.run(["q"], budget=3, model="tiny", base_url=endpoint.url, vote_weight="logprob")
    assert [r.logprob for r in result.responses] == [pytest.approx(-0.2)] * 3


def test_the_embedded_model_is_surer_of_its_answers_when_it_is_right():
    result = dn.run(dn.held_out()[:20], budget=160, policy="uniform", depth=0, seed=1)
    golds = dict(zip([q.id for q in result.queries], result.golds, strict=True))
    sure, unsure = (
        [r.logprob for r in result.responses if (r.answer == golds[r.query_id]) is right]
        for right in (True, False)
    )
    assert all(value <= 0 for value in sure + unsure)
    assert np.mean(sure) > np.mean(unsure)
