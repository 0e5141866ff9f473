"""Charts of a result. Each is an Altair chart that you can change and save like any other.

A notebook shows them as Vega-Lite; a program that does not understand Vega-Lite shows a PNG.
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
    """Import a function when it is first used: Altair takes almost two seconds to import."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
