"""Charts of a result, each an Altair chart to change and to save like any other.

In a notebook they show as Vega-Lite, and as a PNG where that is not understood.
"""

from importlib import import_module
from typing import Any

__all__ = [
    "comparison",
    "displays",
    "needed",
    "pulls",
    "shown",
    "timeline",
    "uncertainty",
    "votes",
    "what_if",
]


def __getattr__(name: str) -> Any:
    """Loaded when first used: Altair is heavy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("dynscaling_nb.notebook.charts.finished"), name)


def __dir__() -> list[str]:
    return __all__
