"""The panel: controls and views of a run, which goes on in the background of the kernel's loop.

What the user wants (stop, pause, more budget, another policy) it says through the run's own methods. It looks at the run at most ten
times a second, and less often where that would take more than a twentieth of the time.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import fields
from importlib import import_module
from typing import Any

import ipywidgets as widgets

from dynscaling_nb.api import RunHandle
from dynscaling_nb.build import CONCURRENCY, TIMEOUT, prepare
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.engine.estimate import estimate
from dynscaling_nb.engine.report import REASONS
from dynscaling_nb.engine.result import Result
from dynscaling_nb.errors import DynscalingError, InputError
from dynscaling_nb.formatting import html
from dynscaling_nb.inputs import as_queries, check_budget
from dynscaling_nb.models.abacus import held_out
from dynscaling_nb.models.base import Model
from dynscaling_nb.notebook.codegen import Settings, call, magic
from dynscaling_nb.notebook.ipython import CELLS, output, places, spawn, this_cell
from dynscaling_nb.notebook.widgets.controls import EACH, Controls
from dynscaling_nb.notebook.widgets.fields import Code, Names
from dynscaling_nb.notebook.widgets.live_view import LiveView

PAUSE = 0.1  # seconds between looks, at least
EXAMPLES = 20  # every so many of the embedded model's questions
SHARE = 0.05  # of the time that looking may take


class Panel(widgets.VBox):  # type: ignore[misc]
    """Ask, watch and steer: questions, model and budget as controls, with live charts. `result` is the last run's, None before its end.

    The arguments are those of `arun`, each the first value of its control; without questions it begins with some for the embedded
    model. `prices` are dollars for a million tokens in and out; `on_result` is called with each result.
    """

    def __init__(
        self,
        queries: Any = None,
        *,
        budget: int | None = None,
        model: str | Model | None = None,
        base_url: str | None = None,
        policy: str = "default",
        c: float | None = None,
        parallel: int = 4,
        depth: int = 4,
        chained_share: float = 0.5,
        concurrency: int = CONCURRENCY,
        timeout: float = TIMEOUT,
        seed: int | None = None,
        source: str | None = None,
        prices: tuple[float, float] | None = None,
        on_result: Callable[[Result], None] | None = None,
        **options: Any,
    ) -> None:
        if queries is None and source is None and model is None:
            queries = held_out()[::EXAMPLES]
        asked = [] if queries is None else as_queries(queries)
        if budget is None:
            budget = EACH * max(len(asked), 1)
        check_budget(budget, max(len(asked), 1))
        name = model if isinstance(model, str) else None
        named = {
            field.name: options.pop(field.name)
            for field in fields(Settings)
            if field.name in options
        }
        settings = Settings(
            budget,
            name,
            base_url,
            policy,
            c,
            parallel,
            depth,
            chained_share,
            concurrency,
            timeout=timeout,
            seed=seed,
            **named,
        )
        _ = settings.plan, settings.chosen_policy  # raise for what cannot be
        self.result: Result | None = None
        self._options = options
        self._on_result = on_result
        self._handle: RunHandle | None = None
        self._show_outcome: Callable[[Any], None] = lambda _: (
            None
        )  # until the panel itself is shown
        self._cell = this_cell()
        self.controls = Controls(asked, settings, None if isinstance(model, str) else model)
        self.controls.source.value = source or ""
        if prices is not None:
            self.controls.price_in.value, self.controls.price_out.value = prices
        self.run_button = _button(
            "Run", "play", "success", self._start, "Answer the questions under the budget"
        )
        self.pause_button = _button(
            "Pause", "pause", "", self._pause, "Ask for nothing more until resumed"
        )
        self.stop_button = _button(
            "Stop", "stop", "danger", self._stop, "End the run with what it has"
        )
        self.add_button = _button(
            "Add budget", "plus", "", self._add, "A quarter more, also after the end of a run"
        )
        self.status = widgets.HTML()
        self.forecast = widgets.HTML()
        self.views = LiveView()
        self._cell_code, self._call_code = Code(), Code()
        codes = widgets.Tab([self._cell_code, self._call_code], titles=["Cell", "Python"])
        same = widgets.Accordion([codes], titles=["The same as code"])
        row = [self.run_button, self.pause_button, self.stop_button, self.add_button]
        buttons = widgets.HBox(row, layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__(
            [self.controls, self.forecast, buttons, self.status, self.views, same, Names()]
        )
        self.add_class("dynscale-panel")
        self.controls.on_change(self._changed)
        self._write_code()
        self._set_buttons()
        if CELLS.stop(self._cell):
            self._say("The run that this cell started before was stopped.")
        spawn(self.views.load())

    @property
    def done(self) -> bool:
        """Whether no run goes on."""
        return self._handle is None or self._handle.done

    def stop(self) -> None:
        """End the run soon, with what it has."""
        if self._handle is not None:
            self._handle.stop()

    @property
    def text(self) -> str:
        """The panel where there are no widgets: the code that does the same."""
        return f"A panel shows where a notebook has widgets. The same as code:\n\n{self._call_code.code}"

    def _ipython_display_(self) -> None:
        view = super()._repr_mimebundle_()
        data = view[0] if isinstance(view, tuple) else view
        output({**data, "text/plain": self.text})
        self._show_outcome = places(3)

    def _start(self) -> None:
        settings = self.controls.settings
        try:
            queries = self.controls.queries()
            own = {
                "model": self.controls.source_model(),
                "base_url": None,
                "temperature": None,
                "max_tokens": None,
            }
            options = {**self._options, **settings.arguments, **own, "prices": self.controls.prices}
            run = prepare(queries, **options, observers=[self.views])
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
        """Refresh the views until the run has ended, then show what it found."""
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
            return
        if self.result is not None:
            wrong = f": {self.result.error}" if self.result.error else ""
            self._say(f"Ended: {REASONS[self.result.stopped]}{wrong}.", wrong=bool(wrong))
            if self._on_result is not None:
                self._on_result(self.result)
            charts = import_module("dynscaling_nb.notebook.charts")
            self._show_outcome(await asyncio.to_thread(charts.displays, self.result))

    def _pause(self) -> None:
        if self._handle is None or self._handle.done:
            return
        if self._handle.run.paused:
            self._handle.resume()
        else:
            self._handle.pause()
        self._set_buttons()

    def _stop(self) -> None:
        self.stop()

    def _add(self) -> None:
        slider = self.controls.budget
        more = slider.value + max(slider.value // 4, 1)
        slider.max = max(slider.max, more)
        slider.value = more
        if self._handle is not None and self._handle.done and self._handle.run.stopped is not None:
            self._handle.run.change(budget=more)
            self._follow(RunHandle(self._handle.run))

    def _changed(self, change: Any) -> None:
        """A control was moved: the code follows, and so does the run that goes on."""
        self._write_code()
        if (
            self._handle is None
            or self._handle.done
            or change["owner"] not in self.controls.steering
        ):
            return
        settings, run = self.controls.settings, self._handle.run
        run.change(
            budget=settings.budget,
            policy=settings.chosen_policy,
            plan=settings.plan,
            concurrency=settings.concurrency,
        )
        if run.ledger.budget != settings.budget:
            self._say(
                f"{run.ledger.budget} responses are drawn or in flight; the budget cannot be less."
            )
            self.controls.budget.value = run.ledger.budget

    def _write_code(self) -> None:
        settings, source = self.controls.settings, self.controls.variable
        try:
            queries = [] if source else self.controls.queries()
        except InputError:
            queries = []
        self._cell_code.code = magic(settings, queries, source)
        self._call_code.code = call(settings, queries, source)
        self.forecast.value = self._expected(settings)

    def _expected(self, settings: Settings) -> str:
        """What a run on a server may take; nothing for the embedded model."""
        try:
            if not self.controls.served:
                return ""
            found = estimate(
                self.controls.queries(),
                settings.budget,
                settings.plan,
                Template(),
                max_tokens=settings.max_tokens,
                prices=self.controls.prices,
                token_limit=settings.token_limit,
                cost_limit=settings.cost_limit,
            )
        except DynscalingError:
            return ""
        return f"<div role='note' style='opacity:.75'>Estimate: {html(str(found))}.</div>"

    def _set_buttons(self) -> None:
        going = not self.done
        paused = going and self._handle is not None and self._handle.run.paused
        self.controls.lock(going)
        self.run_button.disabled = going
        self.pause_button.disabled = self.stop_button.disabled = not going
        self.pause_button.description, self.pause_button.icon = (
            ("Resume", "play") if paused else ("Pause", "pause")
        )

    def _say(self, text: str, *, wrong: bool = False) -> None:
        role, colour = (
            ("alert", "color:var(--jp-error-color1,#d32f2f)") if wrong else ("status", "")
        )
        self.status.value = (
            f"<div role='{role}' style='{colour}'>{html(text)}</div>" if text else ""
        )


def _button(name: str, icon: str, style: str, do: Callable[[], None], tooltip: str) -> Any:
    button = widgets.Button(description=name, icon=icon, button_style=style, tooltip=tooltip)
    button.on_click(lambda _: do())
    return button
