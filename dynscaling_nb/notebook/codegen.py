"""What a panel is set to, as a value, and the code that would do the same. Pure."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from inspect import signature
from pathlib import Path
from typing import Any

from dynscaling_nb.answers.equivalence import Equivalence
from dynscaling_nb.answers.extract import Extractor
from dynscaling_nb.answers.judge import Judge
from dynscaling_nb.answers.weights import VoteWeight
from dynscaling_nb.bandit.policies import DEFAULT, POLICIES, Policy, policy
from dynscaling_nb.bandit.stopping import StopRule
from dynscaling_nb.build import CONCURRENCY, TIMEOUT
from dynscaling_nb.chains.plan import Plan, Sources, make_plan
from dynscaling_nb.records import Keep, Query
from dynscaling_nb.storage.sqlite import Store

CHOICES = ("default", *(name for name in POLICIES if name != DEFAULT))
OPTIONS = {"base_url": "--base-url", "model": "-m", "policy": "-p", "c": "-c"}


class Name(str):
    """The name of a variable, which stands in code as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Settings:
    """The settings of a run; names and defaults are those of `arun`. A model that is an object goes by its `Name`."""

    budget: int
    model: str | None = None
    base_url: str | None = None
    policy: str = "default"
    c: float | None = None
    parallel: int = 4
    depth: int = 4
    chained_share: float = 0.5
    concurrency: int = CONCURRENCY
    sources: Sources = "random"
    warmup: int | None = None
    stop: str | StopRule | None = None
    extract: str | Extractor = "auto"
    equivalence: str | Equivalence | Judge | None = None
    vote_weight: str | VoteWeight = "equal"
    depths: tuple[int, ...] | None = None
    timeout: float = TIMEOUT
    seed: int | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    token_limit: int | None = None
    cost_limit: float | None = None
    time_limit: float | None = None
    store: str | Path | Store | bool | None = None
    resume: bool | str = False
    reuse: bool = False
    in_memory: Keep = "all"
    cancel_settled: bool = False

    @property
    def plan(self) -> Plan:
        """Which kind the next response is."""
        return make_plan(self.parallel, self.depth, self.chained_share, self.sources, self.depths)

    @property
    def chosen_policy(self) -> Policy:
        """The policy with its constant."""
        return policy(self.policy, **({} if self.c is None else {"c": self.c}))

    @property
    def arguments(self) -> dict[str, Any]:
        """The budget, and whatever is not at its default."""
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}


def magic(settings: Settings, queries: Sequence[Query], source: str | None) -> str:
    """The cell that does the same: `%%dynscale ...` and the questions, or `--from` a variable."""
    options = [_option(name, value) for name, value in _written(settings).items()]
    if source:
        options.append(f"--from {shlex.quote(source)}")
    elif any(query.gold or query.prior for query in queries):
        return f"{_literal(queries)}\n\n# in a cell of its own:\n%%dynscale {' '.join(options)} --from questions"
    return "\n".join(
        [f"%%dynscale {' '.join(options)}", *([] if source else [query.text for query in queries])]
    )


def _option(name: str, value: Any) -> str:
    flag = OPTIONS.get(name, f"--{name.replace('_', '-')}")
    if value is True:
        return flag
    said = (
        ",".join(map(str, value))
        if isinstance(value, tuple)
        else "none"
        if value is None
        else str(value)
    )
    return f"{flag} {shlex.quote(said)}"


def call(settings: Settings, queries: Sequence[Query], source: str | None) -> str:
    """The call of `arun` that does the same."""
    options = ", ".join(f"{name}={value!r}" for name, value in _written(settings).items())
    asked = f"{_literal(queries)}\n" if not source else ""
    return f"import dynscaling_nb as dn\n\n{asked}result = await dn.arun({source or 'questions'}, {options})"


def _written(settings: Settings) -> dict[str, Any]:
    """The arguments as code has them: a reader of the user's by its name."""
    return {name: _code(value) for name, value in settings.arguments.items()}


def _code(value: Any) -> Any:
    if isinstance(value, Store | Path):
        return str(value.path if isinstance(value, Store) else value)
    return Name(value.__name__) if hasattr(value, "__name__") else value


def _literal(queries: Sequence[Query]) -> str:
    lines = "".join(f"    {_item(query)},\n" for query in queries)
    return f"questions = [\n{lines}]"


def _item(query: Query) -> str:
    row = {name: value for name, value in query.to_json().items() if value is not None}
    return json.dumps(row if set(row) - {"id", "text"} else query.text, ensure_ascii=False)


def constants(name: str, c: float) -> dict[str, float]:
    """What the policy of that name takes of a slider's weight of exploration."""
    return {} if default_c(name) is None else {"c": c}


def default_c(name: str) -> float | None:
    """The weight of exploration that a policy has by default, None for one without exploration."""
    made = POLICIES.get(DEFAULT if name == "default" else name.partition("+")[0])
    taken = {} if made is None else signature(made).parameters
    return float(taken["c"].default) if "c" in taken else None
