"""What if the same responses had been dealt out otherwise? Sliders replay the allocation at once; no model is called."""

from importlib import import_module
from typing import Any

import ipywidgets as widgets

from dynscaling_nb.bandit.policies import policy as policy_of
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.evaluation.replay import Reallocation, reallocate
from dynscaling_nb.formatting import html
from dynscaling_nb.notebook.charts.live import WhatIfView
from dynscaling_nb.notebook.codegen import CHOICES, constants, default_c
from dynscaling_nb.notebook.ipython import output, spawn
from dynscaling_nb.notebook.widgets.fields import Names
from dynscaling_nb.notebook.widgets.live_charts import LiveCharts, ready

NAMED = {"description_width": "96px"}
WIDE = widgets.Layout(width="100%", max_width="640px")


class Explorer(widgets.VBox):  # type: ignore[misc]
    """Sliders for budget, policy and exploration over the responses that a run has drawn. `found` is what they give now."""

    def __init__(self, result: Result, policy: str = "default", budget: int | None = None) -> None:
        if not result.responses:
            raise InputError("there is nothing to explore: the run drew no responses", result)
        self._result = result
        self._share = (
            "of the answers are the final ones"
            if result.accuracy is None
            else "of the answers are right"
        )
        count, drawn = len(result.queries), len(result.responses)
        self._most = max(count, drawn)
        self.budget = widgets.IntSlider(
            budget or self._most,
            min=count,
            max=self._most,
            description="Budget",
            style=NAMED,
            layout=WIDE,
        )
        self.policy = widgets.Dropdown(
            options=CHOICES, value=policy, description="Policy", style=NAMED, layout=WIDE
        )
        usual = default_c(policy)
        self.c = widgets.FloatSlider(
            0.3 if usual is None else usual,
            min=0,
            max=2,
            step=0.05,
            description="Exploration c",
            style=NAMED,
            layout=WIDE,
        )
        self.c.disabled = usual is None
        self.text = widgets.HTML()
        self.place = widgets.Box(layout=widgets.Layout(width="100%"))
        self._charts: LiveCharts | None = None
        self._uniform = reallocate(result, "uniform", self._most)
        self.found = self._replay()
        self._tell()
        for widget in (self.budget, self.policy, self.c):
            widget.observe(self._changed, "value")
        super().__init__([self.budget, self.policy, self.c, self.text, self.place, Names()])
        self.add_class("dynscale-panel")
        spawn(self._load())

    @property
    def summary(self) -> str:
        """What the budget would have brought, and where the recorded responses run out."""
        found, recorded, queries = (
            self.found,
            len(self._result.responses),
            len(self._result.queries),
        )
        drawn = f"{found.policy} policy, {len(found.drawn)} of {recorded} recorded responses"
        said = f"{drawn}: {_share(found)} {self._share} (uniform: {_share(self._uniform, len(found.drawn))})."
        ends = [
            f"after {ran.ran_out} responses by the {name}, when a first query has none left (in the end {ran.exhausted} of {queries})"
            for name, ran in (("chosen policy", found), ("uniform one", self._uniform))
            if ran.ran_out
        ]
        if not ends:
            return said
        return f"{said} The recording runs out {', and '.join(ends)}; beyond a dashed line its curve shows that as much as the policy."

    def _replay(self) -> Reallocation:
        chosen = policy_of(self.policy.value, **constants(self.policy.value, self.c.value))
        return reallocate(self._result, chosen, self.budget.value)

    def _changed(self, change: Any) -> None:
        if change["owner"] is self.policy:
            usual = default_c(self.policy.value)
            self.c.disabled = usual is None
            if usual is not None and self.c.value != usual:
                self.c.value = usual  # which comes back here
                return
        self.found = self._replay()
        self._tell()

    def _tell(self) -> None:
        self.text.value = f"<div role='status'>{html(self.summary)}</div>"
        if self._charts is None:
            return
        self._charts.show(WhatIfView(self._result, self.found, self._uniform, self.summary))

    async def _load(self) -> None:
        self._charts = await ready()
        from dynscaling_nb.notebook.charts.registry import what_if_charts

        self._charts.draw(what_if_charts(self._uniform), len(self._result.queries))
        self._tell()
        self.place.children = [self._charts]

    def _ipython_display_(self) -> None:
        view = super()._repr_mimebundle_()
        data = view[0] if isinstance(view, tuple) else view
        output({**data, "text/plain": self.summary})
        charts = import_module("dynscaling_nb.notebook.charts")
        picture = charts.what_if({"chosen policy": self.found, "uniform": self._uniform})
        output(*picture._repr_mimebundle_())


def explore(result: Result, policy: str = "default", budget: int | None = None) -> Explorer:
    """Replay a run's allocation with other budgets and policies on the responses that it drew, without a call to a model.

    Shows the share of right answers against the budget or, where no gold answer is known, of answers that are already the final ones;
    and says where the recorded responses run out. It begins with this policy and budget, all recorded responses if None. Raises
    `InputError` for a run without responses, `UnknownName` for a policy that is none.
    """
    if policy not in CHOICES:
        raise UnknownName("policy", policy, CHOICES)
    return Explorer(result, policy, budget)


def _share(found: Reallocation, after: int | None = None) -> str:
    shares = found.agreement if found.accuracy is None else found.accuracy
    return f"{shares[min(after or len(shares), len(shares)) - 1]:.1%}"
