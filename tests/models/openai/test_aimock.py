"""Against aimock, a server that speaks the OpenAI protocol and that we did not write."""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

import dynscaling_nb as dn
from dynscaling_nb.models.openai.session import REFUSED_FIELDS

BINARY = Path(__file__).parents[3] / "build" / "aimock" / "node_modules" / ".bin" / "llmock"
KEY = "sk-test"
FIXTURES = [
    {"match": {"userMessage": "seven"}, "response": {"content": "Five and two.\nThe answer is 7."}},
    {
        "match": {"userMessage": "thought"},
        "response": {"reasoning": "deep", "content": "The answer is 3."},
    },
    {
        "match": {"userMessage": "tool"},
        "response": {"toolCalls": [{"name": "f", "arguments": "{}"}]},
    },
    {
        "match": {"userMessage": "cut"},
        "response": {"content": "so 3 + 4 = 7 and 1", "finishReason": "length"},
    },
    {
        "match": {"userMessage": "broken"},
        "response": {"error": {"message": "it broke", "type": "server_error"}, "status": 500},
    },
    {"match": {"userMessage": "Think on"}, "response": {"content": "Once more.\nThe answer is 7."}},
]


@pytest.fixture
def aimock(tmp_path):
    """Starts it with further options; returns its address. Without node: skipped, on CI failed."""
    if not BINARY.exists():
        message = "aimock is not installed; `make test` installs it where there is node"
        pytest.fail(message) if os.environ.get("CI") and shutil.which("node") else pytest.skip(
            message
        )
    REFUSED_FIELDS.clear()
    (tmp_path / "fixtures.json").write_text(json.dumps({"fixtures": FIXTURES}))
    running = []

    def start(*options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [
            BINARY,
            "-p",
            str(port),
            "-h",
            "127.0.0.1",
            "-f",
            tmp_path / "fixtures.json",
            "--log-level",
            "silent",
            *options,
        ]
        running.append(
            subprocess.Popen(
                command,
                env=os.environ | {"AIMOCK_API_KEYS": KEY},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://127.0.0.1:{port}/v1"
            time.sleep(0.05)
        raise TimeoutError("aimock did not start")

    yield start
    for process in running:
        process.terminate()
        process.wait(10)


def ask(url, question, budget=1, **settings):
    model = dn.OpenAIModel("mock-model", url, api_key=KEY, timeout=5, **settings)
    return dn.run([question], budget=budget, model=model, seed=1, store=False)


def test_it_answers_though_it_ignores_n(aimock):
    result = ask(aimock(), "what is seven?", 12)
    assert (result.answers, result.pulls, result.stopped) == (["7"], [12], "budget")
    assert {r.kind for r in result.responses} == {"parallel", "chained"}
    assert result.usage.prompt_tokens > 0
    assert result.usage.completion_tokens > 0


def test_its_thoughts_tool_calls_and_cut_off_texts_are_what_they_are(aimock):
    url = aimock()
    thought, tool, cut = (ask(url, question) for question in ("a thought?", "a tool?", "cut?"))
    assert (thought.answers, thought.responses[0].thoughts) == (["3"], "deep")
    assert (tool.answers, tool.responses[0].finish) == ([None], "tool_calls")
    assert (cut.answers, cut.responses[0].finish) == ([None], "length")


def test_a_wrong_key_is_said_in_one_line(aimock):
    with pytest.raises(dn.ModelUnavailable, match="refused the key"):
        dn.run(
            ["seven?"],
            budget=1,
            model=dn.OpenAIModel("m", aimock(), api_key="sk-wrong"),
            store=False,
        )


def test_an_error_that_stays_sets_the_query_aside(aimock):
    model = dn.OpenAIModel("m", aimock(), api_key=KEY, max_retries=1)
    result = dn.run(["broken?", "seven?"], budget=4, model=model, store=False)
    assert (result.states[0], result.pulls, result.stopped) == ("failed", [0, 4], "budget")
    assert "status 500" in result.report()


def test_its_chaos_is_ridden_out(aimock):
    url = aimock(
        "--chaos-drop",
        "0.05",
        "--chaos-malformed",
        "0.05",
        "--chaos-disconnect",
        "0.05",
        "--chaos-ratelimit",
        "0.05",
    )
    model = dn.OpenAIModel("mock-model", url, api_key=KEY, timeout=5, max_retries=6)
    began = time.monotonic()
    result = dn.run(
        [f"seven {i}?" for i in range(20)], budget=160, model=model, seed=1, store=False
    )
    assert (result.stopped, sum(result.pulls), len(result.responses)) == ("budget", 160, 160)
    assert set(result.answers) == {"7"}
    assert result.usage.retries > 0
    assert time.monotonic() - began < 60
