"""A real server by other people that takes minutes to install: LiteLLM's proxy.

`make test-servers` installs it; a missing server is a failure, not a skip.
"""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

import dynscaling_nb as dn
from dynscaling_nb.models.openai.session import REFUSED_FIELDS

BUILD = Path(__file__).parents[1] / "build"
LITELLM = BUILD / "litellm" / "bin" / "litellm"
KEY = "sk-test"


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
