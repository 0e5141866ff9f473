"""The magic in a real kernel: awaited, interruptible, and deaf to nothing while it runs."""

import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

SLOW = (
    "from dynscaling_nb import ScriptedModel\n"
    "slow = ScriptedModel(lambda r: print('drawn') or 'The answer is 7.', delay=0.2)\n"
)


class Kernel:
    """A started kernel; `run` returns the reply's status and everything that was shown."""

    def __init__(self, manager, client) -> None:
        self.manager = manager
        self.client = client

    def send(self, code: str) -> str:
        return self.client.execute(code)

    def collect(self, msg_id: str, timeout: float = 60) -> tuple[str, list[dict]]:
        messages = []
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            messages.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                reply = self.client.get_shell_msg(timeout=timeout)
                while reply["parent_header"].get("msg_id") != msg_id:
                    reply = self.client.get_shell_msg(timeout=timeout)
                return reply["content"]["status"], messages
        raise TimeoutError

    def until_drawn(self, msg_id: str, count: int) -> None:
        """Wait for the cell's first responses from the model `slow`."""
        while count > 0:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == msg_id:
                count -= message["content"].get("text", "").count("drawn")

    def run(self, code: str) -> tuple[str, list[dict]]:
        return self.collect(self.send(code))

    def text(self, code: str) -> str:
        status, messages = self.run(code)
        assert status == "ok", messages
        return "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream").strip()


@pytest.fixture
def kernel(tmp_path: Path):
    with started(tmp_path) as kernel:
        yield kernel


@pytest.fixture(scope="module")
def one_kernel(tmp_path_factory):
    """A kernel for the tests that leave nothing behind."""
    with started(tmp_path_factory.mktemp("kernel")) as kernel:
        yield kernel


@contextmanager
def started(folder: Path):
    manager = KernelManager()
    manager.start_kernel(cwd=str(folder))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        found = Kernel(manager, client)
        found.run("%load_ext dynscaling_nb")
        yield found
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def shown(messages: list[dict], mimetype: str) -> list:
    kinds = ("execute_result", "display_data", "update_display_data")
    return [
        m["content"]["data"][mimetype]
        for m in messages
        if m["msg_type"] in kinds and mimetype in m["content"].get("data", {})
    ]


def test_a_cell_shows_progress_a_picture_and_a_table_and_binds_its_name(kernel: Kernel):
    status, messages = kernel.run(
        "\n%%dynscale --budget 12 --seed 1 -o found\n# sums\nWhat is 2 + 3?\n\nWhat is 7 * 8?\n"
    )
    assert status == "ok", messages
    assert any("response" in line for line in shown(messages, "text/plain"))
    assert shown(messages, "image/png")
    assert shown(messages, "application/vnd.vegalite.v5+json")
    table = [h for h in shown(messages, "text/html") if "<table" in h]
    assert len(table) == 1
    assert "What is 7 * 8?" in table[0]
    assert (
        kernel.text("print(sum(found.pulls), len(found.answers), found.stopped)") == "12 2 budget"
    )
    assert kernel.text("print(_ is found)") == "True"


def test_questions_come_from_variables_with_gold_answers(one_kernel: Kernel):
    one_kernel.run(
        "import pandas as pd\ndf = pd.DataFrame({'q': ['What is 2 + 3?', 'What is 4 + 4?']})"
    )
    one_kernel.run("rows = [{'id': 'a', 'text': 'What is 2 + 3?', 'gold': '5'}]")
    assert one_kernel.run("%%dynscale --budget 4 --from df.q -o one\n")[0] == "ok"
    assert one_kernel.run("%%dynscale --budget 4 --from df['q'] -o two\n")[0] == "ok"
    status, messages = one_kernel.run("%%dynscale --budget 4 --from rows -o three\n")
    assert status == "ok"
    assert any("right" in html for html in shown(messages, "text/html"))
    assert (
        one_kernel.text(
            "print(len(one.pulls), len(two.pulls), "
            "three.queries[0].id, three.correct[0] is not None)"
        )
        == "2 2 a True"
    )


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%%dynscale\nWhat is 2 + 3?", "--budget 64"),
        ("%%dynscale --budget 0\nWhat is 2 + 3?", "positive whole number of responses, got '0'"),
        (
            "%%dynscale --budget many\nWhat is 2 + 3?",
            "positive whole number of responses, got 'many'",
        ),
        ("%%dynscale --budget 1\nWhat is 2 + 3?\nWhat is 2 + 4?", "smaller than the 2 questions"),
        ("%%dynscale --budget 8\n# nothing\n", "no questions"),
        ("%%dynscale --budget 8 -p uniforn\nWhat is 2 + 3?", "did you mean 'uniform'?"),
        ("%%dynscale --budget 8 --polcy ucb\nWhat is 2 + 3?", "did you mean --policy?"),
        ("%%dynscale --budget 8 -o 2x\nWhat is 2 + 3?", "name of a variable, got '2x'"),
        ("%%dynscale --budget 8 --from quest\n", "no variable 'quest'"),
        ("%%dynscale --budget 8 -c 1 -p okg\nWhat is 2 + 3?", "no constant 'c'; it belongs to ucb"),
        ("%%dynscale --budget 8\nWho was Plato?", "name a model"),
        ("%%dynscale --budget 8 -m abcus\nWhat is 2 + 3?", "did you mean 'abacus'"),
        (
            "%%dynscale --budget 8 -m x --base-url http://127.0.0.1:9/v1 --timeout 1\n"
            "What is 2 + 3?",
            "127.0.0.1:9",
        ),
    ],
)
def test_a_mistake_is_one_line_that_the_notebook_keeps(one_kernel: Kernel, cell: str, says: str):
    one_kernel.run("import os; os.environ.pop('OPENAI_API_KEY', None)")
    status, messages = one_kernel.run(cell)
    assert status == "error"
    (line,) = the_error(messages)
    assert says in line
    assert "\n" not in line


def the_error(messages: list[dict]) -> list[str]:
    """The lines of the one error among the messages."""
    (error,) = (m["content"] for m in messages if m["msg_type"] == "error")
    return error["traceback"]


def test_an_interrupt_keeps_what_was_drawn(kernel: Kernel):
    kernel.run(SLOW + "questions = [f'q{i}' for i in range(4)]")
    cell = kernel.send(
        "%%dynscale --budget 4000 -m slow --from questions --concurrency 4 -o found\n"
    )
    kernel.until_drawn(cell, 5)
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    status, messages = kernel.collect(cell)
    assert status == "ok", messages
    assert time.monotonic() - began < 60  # all 4,000 would take 200 s
    stopped, drawn, pulls = kernel.text(
        "print(found.stopped, len(found.responses), sum(found.pulls))"
    ).split()
    assert stopped == "user"
    assert 0 < int(drawn) == int(pulls) < 4000


def test_a_slider_moved_while_a_cell_runs_is_handled_while_it_runs(kernel: Kernel):
    kernel.run(SLOW + "import time, ipywidgets\nmoved = []\nslider = ipywidgets.IntSlider()")
    kernel.run(
        "slider.observe(lambda change: moved.append((time.monotonic(), change['new'])), 'value')"
    )
    comm = kernel.text("print(slider.comm.comm_id)")
    cell = kernel.send("%%dynscale --budget 40 -m slow --concurrency 2 -o found\nq1\nq2\n")
    kernel.until_drawn(cell, 1)
    content = {
        "comm_id": comm,
        "data": {"method": "update", "state": {"value": 42}, "buffer_paths": []},
    }
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", content))
    status, messages = kernel.collect(cell)
    assert status == "ok", messages
    when, value = kernel.text("print(moved[0][0] - time.monotonic(), moved[0][1])").split()
    assert value == "42"
    assert (
        float(when) < -1.0
    )  # the cell went on for four seconds; the move was handled well before its end


def test_the_synchronous_twin_runs_where_a_loop_runs(one_kernel: Kernel):
    assert (
        one_kernel.text(
            "import dynscaling_nb as dn\nprint(dn.run(['What is 2 + 3?'], budget=4, seed=1).pulls)"
        )
        == "[4]"
    )


CALL = "get_ipython().run_cell_magic('dynscale', '--budget 4 --seed 1 -o r', 'What is 2 + 3?')"


@pytest.mark.parametrize(
    "source",
    [
        "%%time\n%%dynscale --budget 4 --seed 1 -o r\nWhat is 2 + 3?",
        "%%capture shown\n%%dynscale --budget 4 --seed 1 -o r\nWhat is 2 + 3?",
        f"async def ask():\n    return {CALL}\nawait ask()",
        f"%autoawait off\n{CALL}",
        "%%dynscale --budget 4 --seed 1 -o r\nWhat is 2 + 3?",  # still without autoawait
    ],
)
def test_it_runs_under_other_magics_and_from_other_code(one_kernel: Kernel, source: str):
    one_kernel.run("r = None")
    status, messages = one_kernel.run(source)
    assert status == "ok", messages
    assert one_kernel.text("print(r.answers)") == "['5']"


def test_a_mistake_under_another_magic_is_one_line_too(one_kernel: Kernel):
    _, messages = one_kernel.run("%%time\n%%dynscale\nWhat is 2 + 3?")
    assert the_error(messages)[0].startswith("InputError: budget is missing")


@pytest.mark.parametrize(
    "source",
    [
        "%%time\n%%dynscale --budget 4000 -m slow --concurrency 4 -o found\nq?\n",
        "import asyncio, dynscaling_nb as dn\nawait asyncio.sleep(0)\n"
        "found = dn.run(['q?'], budget=4000, model=slow, concurrency=4)",
    ],
)
def test_an_interrupt_of_a_call_that_waits_keeps_what_was_drawn(one_kernel: Kernel, source: str):
    one_kernel.run("%autoawait asyncio\n" + SLOW + "found = None")
    cell = one_kernel.send(source)
    one_kernel.until_drawn(cell, 5)
    one_kernel.manager.interrupt_kernel()
    status, messages = one_kernel.collect(cell)
    assert status == "ok", messages
    assert one_kernel.text("print(found.stopped, 0 < found.spent < 4000)") == "user True"


def test_under_gui_it_waits_in_a_thread(one_kernel: Kernel):
    one_kernel.run("get_ipython().kernel.eventloop = lambda kernel: None  # as %gui sets one")
    code = (
        "import threading, dynscaling_nb as dn\n"
        "names = []\n"
        "model = dn.ScriptedModel(lambda r: names.append(threading.current_thread().name) or '7')"
    )
    one_kernel.run(code)
    status, messages = one_kernel.run("%%dynscale --budget 1 -m model\nq?")
    one_kernel.run("get_ipython().kernel.eventloop = None")
    assert status == "ok", messages
    assert one_kernel.text("print(len(names), 'MainThread' in names)") == "1 False"


def test_help_shows_the_options(one_kernel: Kernel):
    message_id = one_kernel.client.execute("%%dynscale?")
    one_kernel.collect(message_id)
    one_kernel.run("%load_ext dynscaling_nb")
    assert "--budget" in one_kernel.text("print(get_ipython().find_cell_magic('dynscale').__doc__)")


def test_unloading_leaves_nothing_behind(kernel: Kernel):
    kernel.run("%unload_ext dynscaling_nb")
    assert (
        kernel.text(
            "names = [f.__name__ for f in get_ipython().input_transformers_post]\n"
            "print([name for name in names if name == 'awaited'])"
        )
        == "[]"
    )
    assert kernel.text("print(get_ipython().find_cell_magic('dynscale'))") == "None"
