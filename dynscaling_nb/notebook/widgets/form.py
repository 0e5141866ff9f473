"""The fields and sliders of panels, all in the same looks."""

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

STYLE = {"description_width": "96px"}
WIDE = widgets.Layout(width="auto", min_width="0")
NO_RULE = ("never before the budget ends", "never")  # a dropdown shows no label for None


def rule_of(value: Any) -> Any:
    """The stop rule that a dropdown's value stands for, or None."""
    return None if value == NO_RULE[1] else value


def text_field(name: str, value: str, hint: str) -> Any:
    """A field for one line of text; it shows a hint while it is empty."""
    return widgets.Text(
        value,
        description=name,
        placeholder=hint,
        style=STYLE,
        layout=WIDE,
        continuous_update=False,
    )


def dropdown(name: str, options: Sequence[tuple[str, Any]], value: Any) -> Any:
    """A choice between labels, each with its value."""
    return widgets.Dropdown(
        options=options, value=value, description=name, style=STYLE, layout=WIDE
    )


def slider(name: str, value: int, low: int, high: int, tooltip: str) -> Any:
    """A slider over whole numbers."""
    return widgets.IntSlider(
        value, min=low, max=high, description=name, style=STYLE, layout=WIDE, tooltip=tooltip
    )


def decimal_slider(name: str, value: float, high: float, tooltip: str) -> Any:
    """A slider from 0 in steps of 0.05."""
    return widgets.FloatSlider(
        value,
        min=0,
        max=high,
        step=0.05,
        description=name,
        style=STYLE,
        layout=WIDE,
        tooltip=tooltip,
    )


def price_field(name: str, value: float) -> Any:
    """A field for a price."""
    return widgets.BoundedFloatText(
        value, min=0, max=1e6, description=name, style=STYLE, layout=WIDE
    )
