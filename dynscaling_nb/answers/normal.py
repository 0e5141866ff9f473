"""Texts without what makes no difference: markup, LaTeX wrapping, forms of one character. Pure."""

import re

_TEXT_COMMAND = re.compile(  # "\text{km}"
    r"\\(?:text|mathrm|mathbf|textbf|operatorname)\s*\{([^{}]*)\}"
)
_DEGREES = re.compile(r"\^\s*\{?\\(?:circ|degree)\}?")  # the "^\circ" of "30^\circ"
_SPACING = re.compile(r"\\(?:left|right|!|,|;|:|quad|displaystyle)")  # the "\," of "1\,200"
_WRAPPING = re.compile(  # "\(7\)", "**7**", "`7`", "$x$"; not the sign of "$5"
    r"\\[()\[\]]|\\(?=[$%])|\*\*|(?<!\\)\$(?!\s*\d)|`"
)
_OPENING_DOLLAR = re.compile(r"^\$(?=[^$]*\$)")  # the first "$" of "$7$"


def plain(text: str) -> str:
    """The text without Markdown, LaTeX wrapping and unusual characters."""
    text = text.replace("−", "-").replace("–", "-").replace("\u202f", "").replace("\u00a0", " ")
    text = _TEXT_COMMAND.sub(r" \1 ", text)
    text = _DEGREES.sub("°", text)
    text = _SPACING.sub("", text)
    text = text.replace("{,}", ",").replace("\\approx", "≈")
    text = text.replace("\\times", "×").replace("\\cdot", "×")
    text = _WRAPPING.sub("", text)
    text = _OPENING_DOLLAR.sub("", text)
    return text.strip().rstrip("$")
