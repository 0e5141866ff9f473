"""A panel as code: the cell and the call of `arun` that run with the same options. Pure."""

import json
import shlex
from collections.abc import Callable, Sequence
from inspect import signature
from keyword import iskeyword
from pathlib import Path
from typing import Any

from dynscaling_nb.bandit.policies import DEFAULT, POLICIES
from dynscaling_nb.declaration import Declared, declarations
from dynscaling_nb.inputs.typed import as_typed, can_be_typed
from dynscaling_nb.options import RunOptions
from dynscaling_nb.records import Query
from dynscaling_nb.storage.sqlite import Store

POLICY_NAMES = ("default", *(name for name in POLICIES if name != DEFAULT))

NameOf = Callable[[Any], str | None]  # of the notebook's variable that holds an object


class Name(str):
    """The name of a variable, which stands in code as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def no_names(_: Any) -> None:
    """The `NameOf` without a notebook: no object has a name."""


def cell(
    options: RunOptions, queries: Sequence[Query], source: str | None, name_of: NameOf = no_names
) -> str:
    """The cell that does the same: `%%dynscale ...` and the questions, or `--from` a variable."""
    declared = declarations(type(options))
    flags = [
        _flag(declared[name], value)
        for name, value in _as_code(options, name_of).items()
        if declared[name].has_flag or declared[name].about.variable is not None
    ]
    if source:
        flags.append(f"--from {shlex.quote(source)}")
    elif not all(_can_stand_in_a_cell(query) for query in queries):
        line = " ".join([*flags, "--from questions"])
        return f"{_literal(queries)}\n\n# in a cell of its own:\n%%dynscale {line}"
    questions = "" if source else as_typed([query.text for query in queries])
    return "\n".join([f"%%dynscale {' '.join(flags)}", questions]).rstrip("\n")


def _can_stand_in_a_cell(query: Query) -> bool:
    """Whether a cell can ask the question: braces in it might be a variable of the notebook."""
    return not (query.gold or query.prior or "{" in query.text) and can_be_typed([query.text])


def call(
    options: RunOptions, queries: Sequence[Query], source: str | None, name_of: NameOf = no_names
) -> str:
    """The call of `arun` that does the same."""
    values = _as_code(options, name_of)
    keywords = ", ".join(f"{name}={value!r}" for name, value in values.items())
    questions = "" if source else f"{_literal(queries)}\n"
    return (
        f"import dynscaling_nb as dn\n\n{questions}"
        f"result = await dn.arun({source or 'questions'}, {keywords})"
    )


def _flag(option: Declared, value: Any) -> str:
    if value is True and (option.is_switch or option.about.bare is not None):
        return option.flag
    words = {True: "default", False: "none"}
    if isinstance(value, bool):
        text = words[value]
    else:
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"{option.flag} {shlex.quote(text)}"


def _as_code(options: RunOptions, name_of: NameOf) -> dict[str, Any]:
    """The options that are not at their defaults, as values in code.

    An object becomes the name of a variable.
    """
    return {name: _plain(name, value, name_of) for name, value in options.changed.items()}


def _plain(name: str, value: Any, name_of: NameOf) -> Any:
    if isinstance(value, Store):
        return str(value.path)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Name) or _is_literal(value):
        return value
    own = getattr(value, "__name__", "")  # of a function
    is_public = own.isidentifier() and not iskeyword(own) and not own.startswith("_")
    usual = own if is_public else f"my_{name}"
    return Name(name_of(value) or usual)


def _is_literal(value: Any) -> bool:
    """Whether the `repr` of the value is code for it."""
    if isinstance(value, tuple):
        return all(_is_literal(part) for part in value)
    return value is None or isinstance(value, str | int | float | bool)


def _literal(queries: Sequence[Query]) -> str:
    lines = "".join(f"    {_item(query)},\n" for query in queries)
    return f"questions = [\n{lines}]"


def _item(query: Query) -> str:
    row = {name: value for name, value in query.to_json().items() if value is not None}
    return json.dumps(row if set(row) - {"id", "text"} else query.text, ensure_ascii=False)


def default_c(name: str) -> float | None:
    """The weight of exploration that a policy has by default, None for one without exploration."""
    made = POLICIES.get(DEFAULT if name == "default" else name)
    constants = {} if made is None else signature(made).parameters
    return float(constants["c"].default) if "c" in constants else None


def constants(name: str, c: float) -> dict[str, float]:
    """The constants of the policy of that name, by a slider's weight of exploration."""
    return {} if default_c(name) is None else {"c": c}
