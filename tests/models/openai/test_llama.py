"""Real llama.cpp, on a model whose weights were set by hand: each answer's chance is known."""

import math
from collections import Counter
from itertools import pairwise

import pytest
import tiny
from scipy.stats import chisquare
from small import llama_cpp

import dynscaling_nb as dn
from dynscaling_nb.models.openai.session import REFUSED_FIELDS

KEY = "sk-test"
PLAIN = {"top_k": 0, "min_p": 0, "top_p": 1}  # else the server sharpens the distribution
RESPONSES = 1000
UNLIKELY = 1e-3  # a p-value below this does not come about by chance


@pytest.fixture(autouse=True)
def forget():
    REFUSED_FIELDS.clear()


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    settings = llama_cpp().CommonParams()
    settings.model.path = str(tiny.write(tmp_path_factory.mktemp("llama") / "tiny.gguf"))
    settings.model_alias = ["tiny"]
    settings.n_ctx, settings.n_parallel = 16384, 8
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    settings.hostnames, settings.port = ["127.0.0.1"], 0
    settings.api_keys = [KEY]
    settings.verbosity = 0
    server = llama_cpp().Server(settings)
    yield f"{server.listening_address}/v1"
    del server  # it ends with its last reference


def model(url, **settings):
    settings = {
        "temperature": 1.0,
        "max_tokens": 8,
        "extra_body": PLAIN,
        "api_key": KEY,
    } | settings
    return dn.OpenAIModel("tiny", url, **settings)


@pytest.mark.parametrize("n", [1, 8])
@pytest.mark.parametrize("seed", [None, 7])
def test_recorded_shares_match_the_known_probabilities(url, n, seed, tmp_path):
    """Choices are counted. Overlapping seeds would repeat samples and bias the votes."""
    questions = [f"question {i}?" for i in range(10)]
    result = dn.run(
        questions,
        budget=RESPONSES,
        model=model(url, max_n=n, seed=seed),
        policy="uniform",
        depth=0,
        warmup=RESPONSES // 10,
        concurrency=8,
        seed=1,
        store=tmp_path / "runs.sqlite",
    )
    counts = Counter(r.answer for r in dn.Store(tmp_path / "runs.sqlite").responses(result.run))
    assert set(counts) <= set(tiny.ANSWERS)
    assert counts.total() == sum(result.pulls) == RESPONSES
    observed = [counts[answer] for answer in tiny.ANSWERS]
    assert (
        chisquare(observed, [RESPONSES * share for share in tiny.ANSWERS.values()]).pvalue
        > UNLIKELY
    )
    if seed is None:
        return
    by_query = [[r.answer for r in result.responses_to(query.id)] for query in result.queries]
    pairs = Counter(pair for answers in by_query for pair in pairwise(answers))
    expected = {(a, b): p * q for a, p in tiny.ANSWERS.items() for b, q in tiny.ANSWERS.items()}
    observed = [pairs[pair] for pair in expected]
    assert (
        chisquare(observed, [pairs.total() * share for share in expected.values()]).pvalue
        > UNLIKELY
    )  # neighbours are independent


def test_usage_with_several_choices_is_estimated_for_those_that_are_not_counted(url):
    """The server counts choice 0 only. A limit in tokens asks for one at a time."""
    one = dn.run(
        ["q?"],
        budget=64,
        model=model(url, max_n=1),
        policy="uniform",
        depth=0,
        warmup=64,
        store=False,
    )
    many = dn.run(
        ["q?"],
        budget=64,
        model=model(url, max_n=8),
        policy="uniform",
        depth=0,
        warmup=64,
        store=False,
    )
    assert many.usage.completion_tokens == pytest.approx(one.usage.completion_tokens, rel=0.2)
    limited = dn.run(
        ["q?"],
        budget=64,
        model=model(url, max_n=8),
        policy="uniform",
        depth=0,
        warmup=64,
        token_limit=2000,
        store=False,
    )
    assert all(r.usage.requests >= 1 for r in limited.responses)
    assert sum(r.usage.prompt_tokens + r.usage.completion_tokens for r in limited.responses) <= 2000


def test_log_probabilities_are_those_of_the_weights(url):
    result = dn.run(
        ["q?"],
        budget=40,
        model=model(url, logprobs=True, max_n=1),
        depth=0,
        vote_weight="logprob",
        store=False,
    )
    for response in result.responses:
        assert response.logprob is not None
        assert response.logprob == pytest.approx(
            math.log(tiny.ANSWERS[response.answer]) / 2, abs=0.02
        )  # of the answer and of the end


def test_a_wrong_key_and_a_text_too_long_are_said_in_one_line(url):
    with pytest.raises(dn.ModelUnavailable, match="refused the key"):
        dn.run(["q?"], budget=1, model=model(url, api_key="sk-wrong"), store=False)


def test_more_choices_than_it_has_slots_are_asked_for_in_parts(url):
    """On 400 fewer are asked for at a time."""
    result = dn.run(
        ["q?"],
        budget=32,
        model=model(url, max_n=32),
        policy="uniform",
        depth=0,
        warmup=32,
        store=False,
    )
    assert (sum(result.pulls), result.failures) == (32, 0)
    assert result.usage.requests < 32


def test_dropped_connections_are_routine(url):
    """Many short runs, each with connections of its own."""
    for seed in range(10):
        result = dn.run(["q?"], budget=20, model=model(url), concurrency=8, seed=seed, store=False)
        assert (result.stopped, sum(result.pulls)) == ("budget", 20)
