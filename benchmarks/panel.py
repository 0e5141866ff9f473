"""The cost of looking: a run under a panel against the same run without one, in a real kernel.

python benchmarks/panel.py [--quick]

Live views refresh at most ten times a second and take at most a twentieth of the time. Each pair of
runs takes place in one kernel, one run after the other. `updates / s` counts the rows that the
charts received. The second table is the time of one move of the explorer's budget slider.
"""

import argparse
import json
import time
from collections.abc import Sequence
from statistics import median

from jupyter_client.manager import KernelManager
from report import destination, report

REPEATS = 5  # pairs of runs
CASES = ((8, 400), (40, 1600), (100, 1600), (300, 2400))  # questions, responses
DELAY = 0.05  # seconds a response
REPLAYED = (20, 100, 300)  # questions of the explorer, with 16 responses each
SETUP = """
%load_ext dynscaling_nb
import asyncio, json, random, time
import dynscaling_nb as dn
from dynscaling_nb.notebook.widgets.live_charts import ready
_ = await ready()

def says(request):
    answer = request.seeds[0] % (1 + int(request.query.id) % 4)
    return "I think about it.\\n" * 20 + f"The answer is {answer}."

def options(budget, delay):
    model = dn.ScriptedModel(says, delay=delay)
    return {"budget": budget, "model": model, "seed": 1, "concurrency": 16}

async def bare(questions, budget, delay):
    began = time.perf_counter()
    await dn.arun(questions, **options(budget, delay))
    return time.perf_counter() - began

async def watched(questions, budget, delay):
    panel = dn.Panel(questions, **options(budget, delay))
    while panel.views.charts is None:
        await asyncio.sleep(0.01)
    updates = []
    panel.views.charts.observe(lambda _: updates.append(1), "rows")
    began = time.perf_counter()
    panel.run_button.click()
    while not panel.done:
        await asyncio.sleep(0.002)
    seconds = time.perf_counter() - began
    await asyncio.sleep(0.5)
    panel.close()
    return seconds, (len(updates) - 2) / seconds  # without the empty first and the last

async def pairs(count, budget, delay, repeats):
    questions = [f"Question number {i}?" for i in range(1, count + 1)]
    rows = []
    for _ in range(repeats):
        plain = await bare(questions, budget, delay)
        seconds, rate = await watched(questions, budget, delay)
        rows.append((plain, seconds, rate))
    return rows
"""
REPLAY = """
questions = [{{"text": f"Question {{i}}?", "gold": "0"}} for i in range(1, {count} + 1)]
result = await dn.arun(
    questions, budget={count} * 16, model=dn.ScriptedModel(says), policy="uniform", seed=1
)
explorer = dn.explore(result)
while not explorer.place.children:
    await asyncio.sleep(0.01)

def move(value):
    began = time.perf_counter()
    explorer.budget.value = value
    return time.perf_counter() - began

explorer.policy.value = "ucb"
budgets = random.Random(0).sample(range({count} * 8, {count} * 16), 20)
print(json.dumps([move(value) for value in budgets]))
"""


class Kernel:
    def __init__(self) -> None:
        self.manager = KernelManager()
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def printed(self, code: str, timeout: float = 300) -> str:
        """What the code prints. The kernel's messages are read meanwhile, as a page does."""
        mine, out, end = self.client.execute(code), "", time.monotonic() + timeout
        while time.monotonic() < end:
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != mine:
                continue
            if message["msg_type"] == "error":
                raise RuntimeError("\n".join(message["content"]["traceback"]))
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                out += message["content"]["text"]
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return out
        raise TimeoutError(code)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def panels(kernel: Kernel, cases: Sequence[tuple[int, int]], repeats: int) -> list[dict]:
    """Runs under a panel and without one."""
    rows = []
    for count, budget in cases:
        code = f"print(json.dumps(await pairs({count}, {budget}, {DELAY}, {repeats})))"
        runs = json.loads(kernel.printed(code))
        ratios = [watched / bare for bare, watched, _ in runs]
        rows.append(
            {
                "questions": count,
                "responses": budget,
                "bare s": median(bare for bare, _, _ in runs),
                "with panel s": median(watched for _, watched, _ in runs),
                "ratio": f"{median(ratios):.3f}",
                "largest": f"{max(ratios):.3f}",
                "updates / s": median(rate for _, _, rate in runs),
            }
        )
    return rows


def explorers(kernel: Kernel, counts: Sequence[int]) -> list[dict]:
    """Moves of the explorer's budget slider."""
    rows = []
    for count in counts:
        times = [1000 * t for t in json.loads(kernel.printed(REPLAY.format(count=count)))]
        rows.append({"questions x 16": count, "median ms": median(times), "max ms": max(times)})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the smallest case, once")
    args = parser.parse_args()
    folder = destination(parser, args)
    cases, counts, repeats = CASES, REPLAYED, REPEATS
    if args.quick:
        cases, counts, repeats = CASES[:1], REPLAYED[:1], 1
    kernel = Kernel()
    try:
        kernel.printed(SETUP)
        title = f"panel: 50 ms a response, 16 in flight, with a panel and without, {repeats} pairs"
        report(title, panels(kernel, cases, repeats), folder)
        title = "explore: one move of the budget slider, ucb"
        report(title, explorers(kernel, counts), folder)
    finally:
        kernel.close()


if __name__ == "__main__":
    main()
