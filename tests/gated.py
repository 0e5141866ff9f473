"""A model whose calls wait until a test lets them through, a clock that a test moves, and runs."""

import asyncio

import dynscaling_nb as dn
from dynscaling_nb.answers.extract import extractor
from dynscaling_nb.answers.reader import AnswerReader
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import policy as policy_named
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.engine.run import Run
from dynscaling_nb.inputs import as_queries


class GatedModel(dn.ScriptedModel):
    """As a `ScriptedModel`, but each call waits for `let`."""

    def __init__(self, script=lambda request: "The answer is 7.", **settings):
        super().__init__(script, **settings)
        self.gates = []

    async def generate(self, request):
        gate = asyncio.get_running_loop().create_future()
        self.gates.append(gate)
        await gate
        return await super().generate(request)

    @property
    def waiting(self):
        """The gates of calls that wait and were not cancelled."""
        return [gate for gate in self.gates if not gate.done()]

    async def let(self, count, *, last_first=False):
        """Let `count` calls through, once so many wait."""
        await until(lambda: len(self.waiting) >= count)
        gates = self.waiting[:count]
        for gate in reversed(gates) if last_first else gates:
            gate.set_result(None)


class Clock:
    """Seconds that a test moves on."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


async def until(condition):
    """Give other tasks their turns until the condition holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


def make_run(model, queries=("a?", "b?", "c?", "d?"), *, budget=40, policy="uniform", **settings):
    """A run without chains over these queries."""
    asked = as_queries(list(queries))
    plan = settings.pop("plan", Plan(depth=0))
    ledger = Ledger(
        len(asked), budget, policy_named(policy), plan, stop=settings.pop("stop", None), seed=1
    )
    same = settings.pop("equivalence", None)
    reader = AnswerReader(asked, extractor("auto"), *([same] if same else []))
    return Run(asked, model, ledger, reader=reader, template=Template(), seed=1, **settings)
