"""The panel: controls and views of a run, which goes on in the background of the kernel's loop.

The panel steers the run (stop, pause, more budget, another policy) through the run's own methods.
It looks at the run at most ten times a second. It looks less often if that would take more than a
twentieth of the time.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import ipywidgets as widgets

from dynscaling_nb.api import RunHandle, described
from dynscaling_nb.bandit.stopping import stop_rule
from dynscaling_nb.build import build
from dynscaling_nb.engine.report import reason
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import DynscalingError, InputError
from dynscaling_nb.formatting import html
from dynscaling_nb.inputs import as_queries, check_budget
from dynscaling_nb.models.abacus import held_out
from dynscaling_nb.notebook.codegen import call, cell
from dynscaling_nb.notebook.ipython import CELLS, name_of, output, places, spawn, this_cell
from dynscaling_nb.notebook.widgets.controls import EACH, Controls
from dynscaling_nb.notebook.widgets.fields import ClosingBox, Code, Names
from dynscaling_nb.notebook.widgets.live_view import LiveView
from dynscaling_nb.options import RunOptions
from dynscaling_nb.resolve import check_options, estimate_of, model_of, plan_of, policy_of

PAUSE = 0.1  # seconds between looks, at least
EXAMPLES = 20  # a new panel shows every twentieth of the embedded model's questions
SHARE = 0.05  # of the time that looking may take


class Panel(ClosingBox):
    """A panel to run and steer: questions, model and budget as controls, with live charts.

    The options are those of `arun`; each one is the first value of its control. Without questions
    the panel shows some for the embedded model.

    - `source`: name of a variable with the questions.
    - `on_result`: called with each result.

    The attribute `result` is the result of the last run, None before its end.
    """

    def __init__(
        self,
        queries: Any = None,
        *,
        budget: int | None = None,
        source: str | None = None,
        on_result: Callable[[Result], None] | None = None,
        **options: Any,
    ) -> None:
        """Raises `InputError` for invalid options."""
        if queries is None and source is None and options.get("model") is None:
            queries = held_out()[::EXAMPLES]
        queries = [] if queries is None else as_queries(queries)
        count = max(len(queries), 1)
        first = RunOptions.of(budget=EACH * count if budget is None else budget, **options)
        check_budget(first.budget, count)
        check_options(first)
        self.result: Result | None = None
        self._on_result = on_result
        self._handle: RunHandle | None = None
        self._show_outcome: Callable[[Any], None] = lambda _: None  # until the panel is shown
        self._cell = this_cell()
        self._make(Controls(queries, first), source or "")
        if CELLS.stop(self._cell):
            self._say("The run that this cell started before was stopped.")
        spawn(self.views.load())

    def _make(self, controls: Controls, source: str) -> None:
        """Put the parts together."""
        self.controls = controls
        self.controls.source.value = source
        self._make_buttons()
        self.status = widgets.HTML()
        self.forecast = widgets.HTML()
        self.views = LiveView()
        self._cell_code, self._call_code = Code(), Code()
        codes = widgets.Tab([self._cell_code, self._call_code], titles=["Cell", "Python"])
        same = widgets.Accordion([codes], titles=["The same as code"])
        parts = [self.controls, self.forecast, self.buttons, self.status, self.views, same]
        super().__init__([*parts, Names()])
        self.add_class("dynscale-panel")
        self.controls.on_change(self._changed)
        self._write_code()
        self._set_buttons()

    def _make_buttons(self) -> None:
        run, stop = "Answer the questions under the budget", "End with the responses so far"
        pause, add = "Send no further request until resumed", "A quarter more, also after the end"
        self.run_button = _button("Run", "play", "success", self._start, run)
        self.pause_button = _button("Pause", "pause", "", self._pause, pause)
        self.stop_button = _button("Stop", "stop", "danger", self.stop, stop)
        self.add_button = _button("Add budget", "plus", "", self._add, add)
        row = [self.run_button, self.pause_button, self.stop_button, self.add_button]
        self.buttons = widgets.HBox(row, layout=widgets.Layout(flex_flow="row wrap"))

    @property
    def done(self) -> bool:
        """Whether no run goes on."""
        return self._handle is None or self._handle.done

    def stop(self) -> None:
        """End the run soon, with the responses so far."""
        if self._handle is not None:
            self._handle.stop()

    @property
    def text(self) -> str:
        """The panel in text, for a place without widgets: the same as code."""
        code = self._call_code.code
        return f"A panel shows where a notebook has widgets. The same as code:\n\n{code}"

    def _ipython_display_(self) -> None:
        output(self.bundle(self.text))
        self._show_outcome = places(3)

    def _start(self) -> None:
        try:
            options = self.controls.options
            if self.controls.served and options.model is None:
                raise InputError("name the model that the server is to use", options.base_url)
            options = replace(options, observers=(*options.observers, self.views))
            run = build(self.controls.queries(), options, self.controls.key.secret)
        except DynscalingError as error:
            self._say(str(error), wrong=True)
            return
        self._say("")
        self._show_outcome([])
        self.views.watch(run)
        self._follow(RunHandle(run))

    def _follow(self, handle: RunHandle) -> None:
        self._handle = handle
        CELLS.keep(self._cell, self)
        self._set_buttons()
        spawn(self._look(handle))

    async def _look(self, handle: RunHandle) -> None:
        """Refresh the views until the run has ended, then show its result."""
        ended = asyncio.Event()
        handle.when_done(ended.set)
        while not ended.is_set():
            began = time.perf_counter()
            self.views.refresh(self.controls.prices)
            cost = time.perf_counter() - began
            try:
                async with asyncio.timeout(max(PAUSE, cost / SHARE - cost)):
                    await ended.wait()
            except TimeoutError:
                continue
        self.views.refresh(self.controls.prices)
        self._set_buttons()
        try:
            self.result = handle.result
        except DynscalingError as error:
            self._say(str(error), wrong=True)
        else:
            await self._show_end(self.result)

    async def _show_end(self, result: Result | None) -> None:
        """Say how the run ended and show its charts."""
        if result is None:
            return
        error = f": {result.error}" if result.error else ""
        self._say(f"Ended: {reason(result)}{error}.", wrong=bool(error))
        if self._on_result is not None:
            self._on_result(result)
        charts = import_module("dynscaling_nb.notebook.charts")
        self._show_outcome(await asyncio.to_thread(charts.displays, result))

    def _pause(self) -> None:
        if self._handle is None or self._handle.done:
            return
        if self._handle.run.paused:
            self._handle.resume()
        else:
            self._handle.pause()
        self._set_buttons()

    def _add(self) -> None:
        slider = self.controls.budget
        more = slider.value + max(slider.value // 4, 1)
        slider.max = max(slider.max, more)
        slider.value = more
        if self._handle is not None and self._handle.done and self._handle.run.stopped is not None:
            self._handle.run.change(budget=more)
            self._follow(RunHandle(self._handle.run))

    def _changed(self, change: Any) -> None:
        """Follow a control that was moved: change the code, and the run if one goes on."""
        self._write_code()
        if self._handle is None or self._handle.done:
            return
        if change["owner"] not in self.controls.steering:
            return
        options, run = self.controls.options, self._handle.run
        run.change(
            budget=options.budget,
            policy=policy_of(options),
            stop=stop_rule(options.stop),
            plan=plan_of(options),
            concurrency=options.concurrency,
        )
        if run.ledger.budget != options.budget:
            self._say(
                f"{run.ledger.budget} responses are drawn or in flight; the budget cannot be less."
            )
            self.controls.budget.value = run.ledger.budget

    def _write_code(self) -> None:
        options, source = self.controls.options, self.controls.variable
        try:
            queries = [] if source else self.controls.queries()
        except InputError:
            queries = []
        self._cell_code.code = cell(options, queries, source, name_of)
        self._call_code.code = call(options, queries, source, name_of)
        self.forecast.value = self._expected(options)

    def _expected(self, options: RunOptions) -> str:
        """The estimate of a run on a server; an empty text for the embedded model."""
        if not self.controls.served or options.model is None:
            return ""
        try:
            estimate = estimate_of(self.controls.queries(), options, model_of(options))
        except DynscalingError:
            return ""
        return f"<div role='note' style='opacity:.75'>Estimate: {html(str(estimate))}.</div>"

    def _set_buttons(self) -> None:
        going = not self.done
        paused = going and self._handle is not None and self._handle.run.paused
        self.controls.lock(going)
        self.run_button.disabled = going
        self.pause_button.disabled = self.stop_button.disabled = not going
        self.pause_button.description = "Resume" if paused else "Pause"
        self.pause_button.icon = "play" if paused else "pause"

    def _say(self, text: str, *, wrong: bool = False) -> None:
        role = "alert" if wrong else "status"
        colour = "color:var(--jp-error-color1,#d32f2f)" if wrong else ""
        line = f"<div role='{role}' style='{colour}'>{html(text)}</div>"
        self.status.value = line if text else ""


def _button(name: str, icon: str, style: str, do: Callable[[], None], tooltip: str) -> Any:
    button = widgets.Button(description=name, icon=icon, button_style=style, tooltip=tooltip)
    button.on_click(lambda _: do())
    return button


described(Panel.__init__, None)
