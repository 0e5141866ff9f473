"""Charts of a result. Each is an Altair chart that you can change and save like any other.

In a notebook they show as Vega-Lite, and as a PNG in programs that do not understand it.
"""

from importlib import import_module
from typing import Any

_HOMES = {  # public functions, and the file of each
    "comparison": "_comparison",
    "displays": "_displays",
    "flip_probability": "_flip_probability",
    "needed": "_comparison",
    "pulls": "_pulls",
    "shown": "_displays",
    "timeline": "_timeline",
    "votes": "_votes",
    "what_if": "_what_if",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """A function, imported when it is first used: Altair takes almost two seconds."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
