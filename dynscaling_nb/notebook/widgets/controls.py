"""The controls of a panel: the questions, the model, and how the budget is spent."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import STOP_RULES
from dynscaling_nb.inputs import as_queries
from dynscaling_nb.inputs.typed import as_typed, typed_questions
from dynscaling_nb.models.base import Model
from dynscaling_nb.notebook.codegen import POLICY_NAMES, default_c
from dynscaling_nb.notebook.ipython import variable
from dynscaling_nb.notebook.widgets.fields import Key
from dynscaling_nb.notebook.widgets.form import (
    NO_RULE,
    STYLE,
    WIDE,
    decimal_slider,
    dropdown,
    price_field,
    rule_of,
    slider,
    text_field,
)
from dynscaling_nb.options import RunOptions
from dynscaling_nb.records import Prices, Query

EMBEDDED, SERVER, OBJECT = "embedded", "server", "object"
EACH = 8  # responses a question that the budget begins with
NARROW = widgets.Layout(min_width="0")


class Controls(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Widgets that hold the options of a run and its questions.

    `steering` holds the widgets that can change during a run. The widgets in `locked` cannot.
    """

    def __init__(self, queries: Sequence[Query], options: RunOptions) -> None:
        self._first = options
        self._queries = {query.text: query for query in queries}
        self._first_queries = list(queries)
        self._first_text = as_typed([query.text for query in queries])
        self._make_questions()
        self._make_model()
        self._make_spending(max(len(queries), 1))
        self._fit(options.c)
        self.model.observe(lambda _: self._fit(), "value")
        self.policy.observe(lambda _: self._fit(), "value")
        questions = [self.questions, self.source, self.model, self.server]
        columns = widgets.Layout(
            grid_template_columns="repeat(auto-fit, minmax(min(100%, 340px), 1fr))",
            grid_gap="0 24px",
            width="100%",
        )
        halves = [widgets.VBox(half, layout=NARROW) for half in (questions, self.steering)]
        super().__init__([widgets.GridBox(halves, layout=columns)])

    def _make_questions(self) -> None:
        self.questions = widgets.Textarea(
            self._first_text,
            description="Questions",
            placeholder="one a line, or blocks with --- between; # begins a comment",
            rows=8,
            style=STYLE,
            layout=WIDE,
        )
        hint = "a list, dicts with gold answers, a table's column"
        self.source = text_field("or variable", "", hint)

    def _make_model(self) -> None:
        first = self._first
        kinds = [("embedded: sums, no key needed", EMBEDDED), ("a server", SERVER)]
        kind = EMBEDDED if first.model is None else SERVER
        if isinstance(first.model, Model):
            kinds, kind = [(f"the object: {first.model.name}", OBJECT), *kinds], OBJECT
        self.model = dropdown("Model", kinds, kind)
        address = first.base_url if isinstance(first.base_url, str) else ""
        self.base_url = text_field(
            "Base URL", address, "http://127.0.0.1:8080/v1; OpenAI's if empty"
        )
        name = first.model if isinstance(first.model, str) else ""
        self.name = text_field("Name", name, "the model's name on that server")
        self.key = Key()
        prices = first.prices or (0.0, 0.0)
        self.price_in = price_field("$ / M in", prices[0])
        self.price_out = price_field("$ / M out", prices[1])
        server = [self.base_url, self.name, self.key, self.price_in, self.price_out]
        self.server = widgets.VBox(server)
        self.locked = [self.questions, self.source, self.model, self.base_url, self.name]

    def _make_spending(self, count: int) -> None:
        first = self._first
        budget = first.budget
        hint = "Responses to draw in all; can be moved during a run"
        self.budget = slider("Budget", budget, 1, max(4 * budget, 16 * count), hint)
        self.budget.continuous_update = False
        names = [(name, name) for name in POLICY_NAMES]
        own = [(first.policy.name, first.policy)] if isinstance(first.policy, Policy) else []
        self.policy = dropdown("Policy", [*own, *names], first.policy)
        rules: list[tuple[str, Any]] = [NO_RULE, *((name, name) for name in STOP_RULES)]
        if first.stop is not None and not isinstance(first.stop, str):
            rules.append((first.stop.name, first.stop))
        self.stop = dropdown("Stop rule", rules, first.stop or NO_RULE[1])
        self.c = decimal_slider(
            "Exploration c", 0.3, 2, "Weight of exploration of the ucb policies"
        )
        hint = "Independent responses before the first chained one"
        self.parallel = slider("Parallel first", first.parallel, 1, 16, hint)
        hint = "Earlier responses in a chain; 0 draws no chains"
        self.depth = slider("Chain depth", first.depth, 0, 8, hint)
        hint = "Share of chained responses after the first ones"
        self.chained_share = decimal_slider("Chained share", first.chained_share, 1, hint)
        limit = max(64, first.concurrency)
        hint = "Requests in flight at most"
        self.concurrency = slider("In flight", first.concurrency, 1, limit, hint)
        self.steering = [
            self.budget,
            self.policy,
            self.stop,
            self.c,
            self.parallel,
            self.depth,
            self.chained_share,
            self.concurrency,
        ]

    @property
    def options(self) -> RunOptions:
        """The options that the controls show. Raises `InputError`."""
        return replace(
            self._first,
            budget=self.budget.value,
            model=self._chosen_model(),
            base_url=self._address() if self.served else None,
            policy=self.policy.value,
            c=self._chosen_c(),
            stop=rule_of(self.stop.value),
            parallel=self.parallel.value,
            depth=self.depth.value,
            chained_share=round(self.chained_share.value, 4),
            prices=self.prices,
            concurrency=self.concurrency.value,
        )

    def _chosen_model(self) -> str | Model | None:
        if self.model.value == OBJECT:
            return self._first.model
        return (self.name.value.strip() or None) if self.served else None

    def _address(self) -> str | Sequence[str] | None:
        first = self._first.base_url
        if first is not None and not isinstance(first, str):  # several servers have no field
            return first
        return self.base_url.value.strip() or None

    def _chosen_c(self) -> float | None:
        usual = default_c(self.policy.value)
        if usual is None or abs(self.c.value - usual) < 1e-9:
            return None
        return float(round(self.c.value, 4))

    @property
    def variable(self) -> str | None:
        """The variable that holds the questions; None if they are typed."""
        return self.source.value.strip() or None

    @property
    def prices(self) -> Prices | None:
        """Dollars for a million tokens in, out and, if the user passed it, in from the cache.

        None without a price.
        """
        prices = (self.price_in.value, self.price_out.value)
        if self.model.value == EMBEDDED or not any(prices):
            return None
        return (*prices, *(self._first.prices or ())[2:])

    @property
    def served(self) -> bool:
        """Whether the model is one on a server."""
        return bool(self.model.value == SERVER)

    def queries(self) -> list[Query]:
        """The questions, typed or from a variable. Raises `InputError`.

        A typed text that equals one of the first questions keeps its gold answer.
        """
        if self.variable:
            return as_queries(variable(self.variable))
        if self._first_queries and self.questions.value == self._first_text:
            return list(self._first_queries)
        texts = typed_questions(self.questions.value)
        originals = [self._queries.get(text) for text in texts]
        if all(originals) and len(set(texts)) == len(texts):
            return [query for query in originals if query]
        return as_queries(
            [
                {"text": text, "gold": query.gold if query else None}
                for text, query in zip(texts, originals, strict=True)
            ]
        )

    def lock(self, locked: bool) -> None:
        """Lock the widgets that cannot change during a run, or unlock them."""
        for widget in self.locked:
            widget.disabled = locked

    def on_change(self, call: Callable[[Any], None]) -> None:
        """Call `call` with each change of a control."""
        for widget in [*self.steering, *self.locked, self.price_in, self.price_out]:
            widget.observe(call, "value")

    def _fit(self, c: float | None = None) -> None:
        """Show a server's fields for a server, and enable `c` if the policy has it."""
        self.server.layout.display = None if self.served else "none"
        usual = default_c(self.policy.value)
        self.c.disabled = usual is None
        if usual is not None:
            self.c.value = usual if c is None else c
