"""The controls of a panel: what is asked, of which model, and how the budget is spent."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from dynscaling_nb.build import resolve
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import as_queries, read_lines
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.openai.model import OpenAIModel
from dynscaling_nb.notebook.codegen import CHOICES, Name, Settings, default_c
from dynscaling_nb.notebook.ipython import name_of, variable
from dynscaling_nb.notebook.widgets.fields import Key
from dynscaling_nb.records import Query

EMBEDDED, SERVER, GIVEN = "embedded", "server", "given"
EACH = 8  # responses a query that the budget begins with
NAMED = {"description_width": "96px"}
WIDE = widgets.Layout(width="auto", min_width="0")


class Controls(widgets.VBox):  # type: ignore[misc]
    """Widgets that hold a `Settings`, the queries and the model. `steering` can change during a run, `locked` is locked meanwhile."""

    def __init__(self, queries: Sequence[Query], settings: Settings, model: Model | None) -> None:
        self._given = {query.text: query for query in queries}
        self._model = model
        self._first = settings
        self.key = Key()
        count = max(len(queries), 1)
        self.questions = widgets.Textarea(
            "\n".join(query.text for query in queries),
            description="Questions",
            placeholder="one a line; # begins a comment",
            rows=8,
            style=NAMED,
            layout=WIDE,
        )
        self.source = widgets.Text(
            description="or variable",
            placeholder="a list, dicts with gold answers, a table's column",
            style=NAMED,
            layout=WIDE,
            continuous_update=False,
        )
        known = [("embedded: sums, no key needed", EMBEDDED), ("a server", SERVER)]
        kind = EMBEDDED if settings.model is None else SERVER
        if model is not None:
            known, kind = [(f"the given one: {model.name}", GIVEN), *known], GIVEN
        self.model = widgets.Dropdown(
            options=known, value=kind, description="Model", style=NAMED, layout=WIDE
        )
        self.base_url = self._text(
            "Base URL", settings.base_url or "", "http://127.0.0.1:8080/v1; OpenAI's if empty"
        )
        self.name = self._text("Name", settings.model or "", "the model's name on that server")
        self.price_in = widgets.BoundedFloatText(
            0, min=0, max=1e6, description="$ / M in", style=NAMED, layout=WIDE
        )
        self.price_out = widgets.BoundedFloatText(
            0, min=0, max=1e6, description="$ / M out", style=NAMED, layout=WIDE
        )
        self.budget = widgets.IntSlider(
            settings.budget,
            min=1,
            max=max(4 * settings.budget, 16 * count),
            description="Budget",
            style=NAMED,
            layout=WIDE,
            continuous_update=False,
            tooltip="Responses to draw in all; can be moved during a run",
        )
        self.policy = widgets.Dropdown(
            options=CHOICES, value=settings.policy, description="Policy", style=NAMED, layout=WIDE
        )
        self.c = widgets.FloatSlider(
            0.3, min=0, max=2, step=0.05, description="Exploration c", style=NAMED, layout=WIDE
        )
        self.parallel = self._slider(
            "Parallel first",
            settings.parallel,
            1,
            16,
            "Independent responses before the first chained one",
        )
        self.depth = self._slider(
            "Chain depth", settings.depth, 0, 8, "Earlier responses in a chain; 0 draws no chains"
        )
        self.share = widgets.FloatSlider(
            settings.chained_share,
            min=0,
            max=1,
            step=0.05,
            description="Chained share",
            style=NAMED,
            layout=WIDE,
            tooltip="Share of chained responses after the first ones",
        )
        self.concurrency = self._slider(
            "In flight",
            settings.concurrency,
            1,
            max(64, settings.concurrency),
            "Requests at once, at most",
        )
        self.server = widgets.VBox(
            [self.base_url, self.name, self.key, self.price_in, self.price_out]
        )
        self.steering = [
            self.budget,
            self.policy,
            self.c,
            self.parallel,
            self.depth,
            self.share,
            self.concurrency,
        ]
        self.locked = [self.questions, self.source, self.model, self.base_url, self.name]
        self._fit(settings.c)
        self.model.observe(lambda _: self._fit(), "value")
        self.policy.observe(lambda _: self._fit(), "value")
        asked = widgets.VBox(
            [self.questions, self.source, self.model, self.server],
            layout=widgets.Layout(min_width="0"),
        )
        spent = widgets.VBox(self.steering, layout=widgets.Layout(min_width="0"))
        columns = widgets.Layout(
            grid_template_columns="repeat(auto-fit, minmax(min(100%, 340px), 1fr))",
            grid_gap="0 24px",
            width="100%",
        )
        super().__init__([widgets.GridBox([asked, spent], layout=columns)])

    @property
    def settings(self) -> Settings:
        """What the controls are set to."""
        served = self.served
        usual = default_c(self.policy.value)
        given = Name(name_of(self._model, "model")) if self.model.value == GIVEN else None
        return replace(
            self._first,
            budget=self.budget.value,
            model=(self.name.value.strip() or None) if served else given,
            base_url=(self.base_url.value.strip() or None) if served else None,
            policy=self.policy.value,
            c=None if usual is None or abs(self.c.value - usual) < 1e-9 else round(self.c.value, 4),
            parallel=self.parallel.value,
            depth=self.depth.value,
            chained_share=round(self.share.value, 4),
            concurrency=self.concurrency.value,
        )

    @property
    def variable(self) -> str | None:
        """The variable that holds the questions, None where they are typed."""
        return self.source.value.strip() or None

    @property
    def prices(self) -> tuple[float, float] | None:
        """Dollars for a million tokens in and out, None where no price was given."""
        given = (self.price_in.value, self.price_out.value)
        return given if self.model.value != EMBEDDED and any(given) else None

    @property
    def served(self) -> bool:
        """Whether the model is one on a server."""
        return bool(self.model.value == SERVER)

    def queries(self) -> list[Query]:
        """The questions, typed or from a variable. A line that was given with a gold answer keeps it. Raises `InputError`."""
        if self.variable:
            return as_queries(variable(self.variable))
        lines = read_lines(self.questions.value)
        given = [self._given.get(text) for text in lines]
        if all(given) and len(set(lines)) == len(lines):
            return [query for query in given if query]
        return as_queries(
            [
                {"text": text, "gold": query.gold if query else None}
                for text, query in zip(lines, given, strict=True)
            ]
        )

    def source_model(self) -> Model:
        """The model that is meant. Raises `InputError`."""
        if self.model.value == GIVEN and self._model is not None:
            return self._model
        if self.model.value == EMBEDDED:
            return resolve(None, temperature=self.settings.temperature)
        settings = self.settings
        if settings.model is None:
            raise InputError("name the model that the server is to use", settings.base_url)
        return OpenAIModel(
            settings.model,
            settings.base_url,
            api_key=self.key.secret,
            timeout=settings.timeout,
            seed=settings.seed,
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            logprobs=settings.vote_weight == "logprob",
        )

    def lock(self, locked: bool) -> None:
        """Lock what cannot change during a run, or unlock it."""
        for widget in self.locked:
            widget.disabled = locked

    def on_change(self, call: Callable[[Any], None]) -> None:
        """Have `call` called with each change of a control."""
        for widget in [*self.steering, *self.locked, self.price_in, self.price_out]:
            widget.observe(call, "value")

    def _fit(self, c: float | None = None) -> None:
        """Show the fields that matter: those of a server for a server, the weight of exploration where there is one."""
        self.server.layout.display = None if self.model.value == SERVER else "none"
        usual = default_c(self.policy.value)
        self.c.disabled = usual is None
        if usual is not None:
            self.c.value = usual if c is None else c

    @staticmethod
    def _text(name: str, value: str, hint: str) -> Any:
        return widgets.Text(
            value,
            description=name,
            placeholder=hint,
            style=NAMED,
            layout=WIDE,
            continuous_update=False,
        )

    @staticmethod
    def _slider(name: str, value: int, least: int, most: int, tooltip: str) -> Any:
        return widgets.IntSlider(
            value, min=least, max=most, description=name, style=NAMED, layout=WIDE, tooltip=tooltip
        )
