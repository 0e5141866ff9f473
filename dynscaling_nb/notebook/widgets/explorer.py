"""The what-if explorer: sliders allocate a run's recorded responses again.

No model is called.
"""

from importlib import import_module
from typing import Any

import ipywidgets as widgets

from dynscaling_nb.bandit.policies import policy as policy_named
from dynscaling_nb.bandit.stopping import STOP_RULES
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.evaluation.reallocation import Reallocation, reallocate
from dynscaling_nb.formatting import html
from dynscaling_nb.notebook.charts.live import WhatIfView
from dynscaling_nb.notebook.codegen import POLICY_NAMES, constants, default_c
from dynscaling_nb.notebook.ipython import output, spawn
from dynscaling_nb.notebook.widgets.fields import ClosingBox, Names
from dynscaling_nb.notebook.widgets.form import NO_RULE, decimal_slider, dropdown, rule_of, slider
from dynscaling_nb.notebook.widgets.live_charts import LiveCharts, ready


class Explorer(ClosingBox):
    """Sliders for budget, policy, stop rule and exploration over a run's recorded responses.

    `reallocation` is the allocation that they show.
    """

    def __init__(self, result: Result, policy: str = "default", budget: int | None = None) -> None:
        if not result.responses:
            raise InputError("there is nothing to explore: the run drew no responses", result)
        self._result = result
        self._share = "of the answers are right"
        if result.accuracy is None:
            self._share = "of the answers are the final ones"
        count = len(result.queries)
        whole = max(count, len(result.responses))
        self.budget = slider("Budget", budget or whole, count, whole, "Responses to deal out")
        self.policy = dropdown("Policy", [(name, name) for name in POLICY_NAMES], policy)
        rules = [NO_RULE, *((name, name) for name in STOP_RULES)]
        self.stop = dropdown("Stop rule", rules, NO_RULE[1])
        usual = default_c(policy)
        hint = "Weight of exploration of the ucb policies"
        self.c = decimal_slider("Exploration c", 0.3 if usual is None else usual, 2, hint)
        self.c.disabled = usual is None
        self.text = widgets.HTML()
        self.place = widgets.Box(layout=widgets.Layout(width="100%"))
        self._charts: LiveCharts | None = None
        self._uniform = reallocate(result, "uniform", whole)
        self.reallocation = self._replay()
        self._tell()
        sliders = [self.budget, self.policy, self.stop, self.c]
        for widget in sliders:
            widget.observe(self._changed, "value")
        super().__init__([*sliders, self.text, self.place, Names()])
        self.add_class("dynscale-panel")
        spawn(self._load())

    @property
    def summary(self) -> str:
        """The outcome of the budget, and the point where the recorded responses run out."""
        now = self.reallocation
        dealt = f"{len(now.responses)} of {len(self._result.responses)} recorded responses"
        uniform = _share(self._uniform, len(now.responses))
        words = f"{now.policy} policy, {dealt}: {_share(now)} {self._share} (uniform: {uniform})."
        ends = [
            f"after {curve.ran_out} responses by the {name}, when a first question has none left "
            f"(in the end {curve.exhausted} of {len(self._result.queries)})"
            for name, curve in (("chosen policy", now), ("uniform one", self._uniform))
            if curve.ran_out
        ]
        if not ends:
            return words
        return (
            f"{words} The recording runs out {', and '.join(ends)}; beyond a dashed line its curve "
            "shows that as much as the policy."
        )

    def _replay(self) -> Reallocation:
        decider = policy_named(self.policy.value, **constants(self.policy.value, self.c.value))
        return reallocate(self._result, decider, self.budget.value, stop=rule_of(self.stop.value))

    def _changed(self, change: Any) -> None:
        if change["owner"] is self.policy:
            usual = default_c(self.policy.value)
            self.c.disabled = usual is None
            if usual is not None and self.c.value != usual:
                self.c.value = usual  # this calls the method again
                return
        self.reallocation = self._replay()
        self._tell()

    def _tell(self) -> None:
        self.text.value = f"<div role='status'>{html(self.summary)}</div>"
        if self._charts is None:
            return
        self._charts.show(WhatIfView(self._result, self.reallocation, self._uniform, self.summary))

    async def _load(self) -> None:
        self._charts = await ready()
        from dynscaling_nb.notebook.charts.registry import what_if_charts

        self._charts.draw(what_if_charts(self._uniform), len(self._result.queries))
        self._tell()
        self.place.children = [self._charts]

    def _ipython_display_(self) -> None:
        output(self.bundle(self.summary))
        charts = import_module("dynscaling_nb.notebook.charts")
        picture = charts.what_if({"chosen policy": self.reallocation, "uniform": self._uniform})
        output(*picture._repr_mimebundle_())


def explore(result: Result, policy: str = "default", budget: int | None = None) -> Explorer:
    """Allocate a run's responses again with other budgets and policies. No model is called.

    A curve shows the share of right answers against the budget. Without gold answers it shows the
    share of answers that equal the final ones. A sentence says where the recorded responses run
    out. The first allocation is by `policy` with this `budget` (None: all recorded responses).
    Raises `InputError` for a run without responses, `UnknownName` for an unknown policy.
    """
    if policy not in POLICY_NAMES:
        raise UnknownName("policy", policy, POLICY_NAMES)
    return Explorer(result, policy, budget)


def _share(curve: Reallocation, after: int | None = None) -> str:
    shares = curve.agreement if curve.accuracy is None else curve.accuracy
    return f"{shares[min(after or len(shares), len(shares)) - 1]:.1%}"
