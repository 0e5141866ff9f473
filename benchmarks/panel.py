"""What looking costs: a run under a panel against the same run without one, in a real kernel; and the what-if explorer's replay.

Live views look at most ten times a second and take at most a twentieth of the time; here is what that comes to. Each pair of runs takes
place in one kernel, one after the other, in turns. `updates / s` are those that the charts were sent, from the kernel's messages.
"""

import json
import time
from statistics import median

from jupyter_client.manager import KernelManager
from report import report

SETUP = """
%load_ext dynscaling_nb
import asyncio, json, random, statistics, time
import dynscaling_nb as dn
from dynscaling_nb.notebook.widgets.live_charts import ready
_ = await ready()
says = lambda request: f"I think about it.\\n" * 20 + f"The answer is {request.seeds[0] % (1 + int(request.query.id) % 4)}."

async def bare(questions, budget, delay):
    began = time.perf_counter()
    await dn.arun(questions, budget=budget, model=dn.ScriptedModel(says, delay=delay), seed=1, concurrency=16)
    return time.perf_counter() - began

async def watched(questions, budget, delay):
    panel = dn.Panel(questions, budget=budget, model=dn.ScriptedModel(says, delay=delay), seed=1, concurrency=16)
    while panel.views.charts is None:
        await asyncio.sleep(0.01)
    charts, sent = panel.views.charts, []
    charts.observe(lambda _: sent.append(1), "rows")
    began = time.perf_counter()
    panel._start()
    await panel._handle
    seconds = time.perf_counter() - began
    await asyncio.sleep(0.5)
    panel.close()
    return seconds, (len(sent) - 2) / seconds  # without the empty first and the last

async def pairs(queries, budget, delay, repeats):
    questions = [f"Question number {i}?" for i in range(1, queries + 1)]
    rows = []
    for _ in range(repeats):
        plain = await bare(questions, budget, delay)
        seconds, rate = await watched(questions, budget, delay)
        rows.append((plain, seconds, rate))
    return rows
"""
CASES = ((8, 400, 0.05), (40, 1600, 0.05), (100, 1600, 0.05), (300, 2400, 0.05))
REPLAY = """
found = await dn.arun([{{"text": f"Question {{i}}?", "gold": "0"}} for i in range(1, {queries} + 1)], budget={queries} * 16,
                      model=dn.ScriptedModel(says), policy="uniform", seed=1)
explorer = dn.explore(found)
while explorer._charts is None:
    await asyncio.sleep(0.01)
def move(value):
    began = time.perf_counter()
    explorer.budget.value = value
    return time.perf_counter() - began
explorer.policy.value = "ucb"
budgets = random.Random(0).sample(range({queries} * 8, {queries} * 16), 20)
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
        """What the code prints; the kernel's messages are read meanwhile, as a page would."""
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


def main() -> None:
    kernel = Kernel()
    try:
        kernel.printed(SETUP)
        rows = []
        for queries, budget, delay in CASES:
            found = json.loads(
                kernel.printed(f"print(json.dumps(await pairs({queries}, {budget}, {delay}, 5)))")
            )
            ratios = [watched / bare for bare, watched, _ in found]
            rows.append(
                {
                    "queries": queries,
                    "responses": budget,
                    "bare s": median(bare for bare, _, _ in found),
                    "with panel s": median(watched for _, watched, _ in found),
                    "ratio": f"{median(ratios):.3f}",
                    "largest": f"{max(ratios):.3f}",
                    "updates / s": median(rate for _, _, rate in found),
                }
            )
        report("panel: 50 ms a response, 16 in flight, with a panel and without, 5 pairs", rows)
        rows = []
        for queries in (20, 100, 300):
            times = json.loads(kernel.printed(REPLAY.format(queries=queries)))
            rows.append(
                {
                    "queries x 16": queries,
                    "median ms": 1000 * median(times),
                    "max ms": 1000 * max(times),
                }
            )
        report("explore: one move of the budget slider, ucb", rows)
    finally:
        kernel.close()


if __name__ == "__main__":
    main()
