"""The pause that a server asks for in the body of an error reply. Pure."""

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

# Google's RetryInfo, OpenRouter's metadata and the time to load of Hugging Face.
FIELDS = ("retryDelay", "retry_delay", "retry_after_seconds", "retry_after", "estimated_time")
UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_AMOUNT = r"\d+(?:\.\d+)?"
_UNIT = r"ms|millisec\w*|s|sec\w*|m|min\w*|h|hours?|hrs?|d|days?"
_PART = re.compile(rf"({_AMOUNT})\s*({_UNIT})(?![a-z])", re.I)
_LENGTH = rf"{_AMOUNT}\s*(?:{_UNIT})(?![a-z])"
# "try again in 11m24.5s", "Please retry after 1 seconds", "wait 25000 seconds before retrying"
_ASKS = re.compile(
    r"(?:(?:try|retry)(?:ing)?(?: again| your request)?[^.\d]{0,20}? (?:in|after)|\bwait(?: for)?"
    rf"(?: at least)?|available (?:again )?in|resets? (?:in|after)):? ((?:{_LENGTH}[ ,]*)+)",
    re.I,
)


def pause_in_body(tree: Any, message: str) -> float | None:
    """The longest pause in seconds that a field or the message asks for, or None."""
    pauses = [*_in_fields(tree), *map(_seconds, _ASKS.findall(message))]
    return max(pauses, default=None)


def _in_fields(node: Any) -> Iterator[float]:
    if isinstance(node, list):
        for item in node:
            yield from _in_fields(item)
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if name in FIELDS and isinstance(value, str | int | float):
                seconds = _number(str(value).removesuffix("s"))
                if seconds is not None:
                    yield seconds
            elif name in ("error", "details", "metadata"):
                yield from _in_fields(value)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None


def _seconds(length: str) -> float:
    """The seconds of a length of time such as `1h2m3.5s` or `11 minutes`."""
    return sum(float(amount) * _unit(unit.lower()) for amount, unit in _PART.findall(length))


def _unit(unit: str) -> float:
    return UNITS["ms"] if unit.startswith(("ms", "millisec")) else UNITS[unit[0]]
