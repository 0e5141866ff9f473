"""What can go wrong, and what to do about it.

    DynscalingError
    ├── InputError (also a ValueError)   what the user passed; nothing was spent
    │   └── UnknownName                  no such policy, model, option ...: names the nearest
    ├── ModelError                       a call to a model failed; a run goes on with its other queries
    │   └── ModelUnavailable             every further call would fail too: the run ends with what it has
    ├── Exhausted                        a recorded pool has no further response to this query
    └── StoreError                       a file of runs that cannot be used

Each carries the value that it is about as `.value`, and its message is one line that says what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class DynscalingError(Exception):
    """Root of the tree; `value` is what the error is about."""

    def __init__(self, message: str, value: Any = None) -> None:
        super().__init__(message)
        self.value = value


class InputError(DynscalingError, ValueError):
    """Something passed by the user cannot be used."""


class UnknownName(InputError):
    """A name that is none of those known."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(f"unknown {kind} {name!r}; {hint}known: {', '.join(names)}", name)


class ModelError(DynscalingError):
    """One call to a model failed, after whatever retries its client makes."""


class ModelUnavailable(ModelError):
    """The model cannot be reached or refuses us; asking again will not help."""


class StoreError(DynscalingError):
    """A file of runs cannot be read or written, or is none."""


class Exhausted(ModelError):
    """A recorded pool has no further response to the query in `value`."""
