"""What can go wrong, and what to do about it.

    DynscalingError
    ├── InputError (also a ValueError)   an argument is wrong; nothing was spent
    │   └── UnknownName                  no such policy, model, option ...: names the nearest
    ├── ModelError                       a call failed; the run goes on with its other questions
    │   ├── ModelUnavailable             every further call would fail: the run ends
    │   └── Exhausted                    a recorded pool has no further response to this question
    └── StoreError                       a file of runs cannot be used

Each error carries the value in question as `.value`. Its message is one line that says what to do.
"""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

LISTED = 25  # the most names that a message lists beside the nearest one


class DynscalingError(Exception):
    """Root of the tree; `value` is the value in question."""

    def __init__(self, message: str, value: Any = None) -> None:
        super().__init__(message)
        self.value = value


class InputError(DynscalingError, ValueError):
    """The user passed a value that cannot be used."""


class UnknownName(InputError):
    """A name that does not exist; the message suggests the nearest and lists the others."""

    def __init__(self, kind: str, name: str, names: Iterable[str]) -> None:
        listed = sorted(names)
        near = get_close_matches(name, listed, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else ""
        if not near or len(listed) <= LISTED:
            hint = f"{hint} known: {', '.join(listed)}".strip()
        super().__init__(f"unknown {kind} {name!r}; {hint}", name)


class ModelError(DynscalingError):
    """One call to a model failed, after all retries of its client."""


class ModelUnavailable(ModelError):
    """The model cannot be reached or refuses all calls; asking again will not help."""


class StoreError(DynscalingError):
    """A file of runs cannot be read or written, or is not a store."""


class Exhausted(ModelError):
    """A recorded pool has no further response to the query in `value`."""


def lookup(kind: str, how: str | F, registry: Mapping[str, F]) -> F:
    """The function of that name in a registry, or the function itself.

    `kind` names the registry in the message. Raises `UnknownName`.
    """
    if callable(how):
        return how
    if how not in registry:
        raise UnknownName(kind, how, registry)
    return registry[how]
