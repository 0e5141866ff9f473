"""Real servers by other people: llama.cpp on a model of known probabilities, and LiteLLM's proxy.

`make test-servers` builds and installs them; a missing server is a failure, not a skip.
"""

import json
import os
import socket
import subprocess
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import tiny
from scipy.stats import chisquare

import dynscaling_nb as dn
from dynscaling_nb.models.openai.session import REFUSED_FIELDS

BUILD = Path(__file__).parents[1] / "build"
LLAMA = BUILD / "llama" / "out" / "bin" / "llama-server"
LITELLM = BUILD / "litellm" / "bin" / "litellm"
KEY = "sk-test"
PLAIN = {"top_k": 0, "min_p": 0, "top_p": 1}  # else the server sharpens the distribution
RESPONSES = 2000
UNLIKELY = 1e-3  # a p-value below this does not come about by chance


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def started(command, port, log, env=None, seconds=120):
    process = subprocess.Popen(command, stdout=log.open("w"), stderr=subprocess.STDOUT, env=env)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.2)
    process.kill()
    raise AssertionError(f"{command[0]} did not start: {log.read_text()[-2000:]}")


@pytest.fixture(autouse=True)
def forget():
    REFUSED_FIELDS.clear()


class TestLlama:
    @pytest.fixture(scope="class")
    def url(self, tmp_path_factory):
        assert LLAMA.exists(), "build it first: make test-servers"
        folder, port = tmp_path_factory.mktemp("llama"), free_port()
        model = tiny.write(folder / "tiny.gguf")
        command = [
            LLAMA,
            "-m",
            model,
            "-c",
            "16384",
            "-np",
            "8",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--api-key",
            KEY,
            "--alias",
            "tiny",
            "--offline",
            "-t",
            "1",
        ]
        process = started(command, port, folder / "log")
        time.sleep(2)
        yield f"http://127.0.0.1:{port}/v1"
        process.terminate()
        process.wait(20)

    def model(self, url, **settings):
        settings = {
            "temperature": 1.0,
            "max_tokens": 8,
            "extra_body": PLAIN,
            "api_key": KEY,
        } | settings
        return dn.OpenAIModel("tiny", url, **settings)

    @pytest.mark.parametrize("n", [1, 8])
    @pytest.mark.parametrize("seed", [None, 7])
    def test_recorded_shares_match_the_known_probabilities(self, url, n, seed, tmp_path):
        """Choices are counted. Overlapping seeds would repeat samples and bias the votes."""
        questions = [f"question {i}?" for i in range(10)]
        result = dn.run(
            questions,
            budget=RESPONSES,
            model=self.model(url, max_n=n, seed=seed),
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
        print(f"\nn={n} seed={seed}: {dict(counts)}, {result.time:.1f} s")
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

    def test_usage_with_several_choices_is_a_lower_bound(self, url):
        """The server counts choice 0 only, so a limit in tokens asks for one at a time."""
        one = dn.run(
            ["q?"],
            budget=64,
            model=self.model(url, max_n=1),
            policy="uniform",
            depth=0,
            warmup=64,
            store=False,
        )
        many = dn.run(
            ["q?"],
            budget=64,
            model=self.model(url, max_n=8),
            policy="uniform",
            depth=0,
            warmup=64,
            store=False,
        )
        assert many.usage.completion_tokens < one.usage.completion_tokens
        limited = dn.run(
            ["q?"],
            budget=64,
            model=self.model(url, max_n=8),
            policy="uniform",
            depth=0,
            warmup=64,
            token_limit=2000,
            store=False,
        )
        assert all(r.usage.requests >= 1 for r in limited.responses)
        assert (
            sum(r.usage.prompt_tokens + r.usage.completion_tokens for r in limited.responses)
            <= 2000
        )

    def test_log_probabilities_are_those_of_the_weights(self, url):
        import math

        result = dn.run(
            ["q?"],
            budget=40,
            model=self.model(url, logprobs=True, max_n=1),
            depth=0,
            vote_weight="logprob",
            store=False,
        )
        for response in result.responses:
            assert response.logprob is not None
            assert response.logprob == pytest.approx(
                math.log(tiny.ANSWERS[response.answer]) / 2, abs=0.02
            )  # of the answer and of the end

    def test_a_wrong_key_and_a_text_too_long_are_said_in_one_line(self, url):
        with pytest.raises(dn.ModelUnavailable, match="refused the key"):
            dn.run(["q?"], budget=1, model=self.model(url, api_key="sk-wrong"), store=False)

    def test_more_choices_than_it_has_slots_are_asked_for_in_parts(self, url):
        """On 400 fewer are asked for at a time."""
        result = dn.run(
            ["q?"],
            budget=32,
            model=self.model(url, max_n=32),
            policy="uniform",
            depth=0,
            warmup=32,
            store=False,
        )
        assert (sum(result.pulls), result.failures) == (32, 0)
        assert result.usage.requests < 32

    def test_dropped_connections_are_routine(self, url):
        """Many short runs, each with connections of its own."""
        for seed in range(10):
            result = dn.run(
                ["q?"], budget=20, model=self.model(url), concurrency=8, seed=seed, store=False
            )
            assert (result.stopped, sum(result.pulls)) == ("budget", 20)


class TestLiteLLM:
    @pytest.fixture(scope="class")
    def url(self, tmp_path_factory):
        assert LITELLM.exists(), "install it first: make test-servers"
        folder, port = tmp_path_factory.mktemp("litellm"), free_port()
        entry = {
            "model": "openai/gpt-mock",
            "api_key": "none",
            "mock_response": "so it is\nThe answer is 7.",
        }
        limited = entry | {"mock_response": "litellm.RateLimitError"}
        models = [
            {"model_name": "mock", "litellm_params": entry},
            {"model_name": "limited", "litellm_params": limited},
        ]
        config = {
            "model_list": models,
            "general_settings": {"master_key": KEY},
            "litellm_settings": {"num_retries": 0},
        }
        (folder / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
        command = [
            LITELLM,
            "--config",
            folder / "config.yaml",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        env = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        process = started(command, port, folder / "log", env=env)
        yield f"http://127.0.0.1:{port}/v1"
        process.terminate()
        process.wait(20)

    def test_it_answers_with_several_choices(self, url):
        result = dn.run(
            ["a?", "b?"],
            budget=24,
            model=dn.OpenAIModel("mock", url, api_key=KEY, seed=1, max_tokens=50),
            seed=1,
            store=False,
        )
        assert (result.answers, sum(result.pulls), result.stopped) == (["7", "7"], 24, "budget")
        assert result.usage.completion_tokens > 0

    def test_a_wrong_key_and_an_unknown_model_are_said_in_one_line(self, url):
        with pytest.raises(dn.ModelUnavailable, match="refused the key"):
            dn.run(
                ["q?"], budget=1, model=dn.OpenAIModel("mock", url, api_key="sk-wrong"), store=False
            )
        with pytest.raises(dn.ModelUnavailable, match="does not know the model 'mok'"):
            dn.run(["q?"], budget=1, model=dn.OpenAIModel("mok", url, api_key=KEY), store=False)

    def test_a_rate_limit_that_stays_ends_with_one_message(self, url):
        with pytest.raises(dn.ModelError, match="429|gives no answer"):
            dn.run(
                ["q?"],
                budget=1,
                model=dn.OpenAIModel("limited", url, api_key=KEY, give_up_after=3),
                store=False,
            )
