r"""Mathematics from LaTeX on one line: `\frac{3}{4}` as `3⁄4`, `2^{10}` as `2^(10)`. Pure.

What has no such form leaves a backslash, so that nobody takes its parts for numbers.
"""

import re

from dynscaling_nb.answers.units import words_of

_POSTFIX = re.compile(r"\^\s*(?:\(|\{)?\s*(st|nd|rd|th)\b\s*[)}]?")  # the "^{th}" of "18^{th}"
_POWER = re.compile(r"([\^_])\s*\{([^{}]*)\}")  # "2^{10}", "101_{2}"
_CALCULATION = re.compile(r"<<[^<>]{0,200}>>")  # what GSM8K has after "=": "<<5+3=8>>8"
_BLANK = re.compile("__+")  # a line to write on: "___42___"
_ARGUMENT = r"\s*(?:\{([^{}]*)\}|(\d))"
_FRACTION = re.compile(rf"(\d?)\\[dtc]?frac{_ARGUMENT}{_ARGUMENT}")  # "1\dfrac{1}{2}", "\frac12"
_COMMAND = re.compile(r"\\([A-Za-z]+)\s?|\\(.)")
_FONT = re.compile(  # "\mathbf{42}", "\boxed{42}"; the commonest ones are gone already
    r"\\(?:boxed|fbox|text[a-z]*|math[a-z]*|mbox|emph|bm|boldsymbol|underline|hbox|unit|num)"
    r"\s*\{([^{}]*)\}"
)
_ROOT = re.compile(r"\\sqrt\s*(?:\[[^\[\]]*\])?\s*(?:\{([^{}]*)\}|(\d))")  # "\sqrt{2}", "\sqrt2"
_RELATION = re.compile(r"[<>!]=")  # ">=", "!="
_ALIGNED = re.compile(r"\\(?:begin|end)\s*\{(?:align|equation|gather|split)[a-z]*\*?\}")
_ESCAPED_TWICE = re.compile(r"\\{2}(?=[A-Za-z]{2})")  # the "\\frac" of JSON
_ARROW = re.compile(r"[-=]+>")
_DOLLAR = re.compile(r"\b(?:US|AU?|CA?|HK|NZ|S|R)\$")  # "US$5", "R$ 5"
_EXPONENT = re.compile(r"\*\*(?=\s?-?\d)")  # Python's "2**10"
_CHARACTERS = {
    "approx": "≈",
    "ast": "*",
    "cdot": "*",
    "cdots": "…",
    "circ": "°",
    "cong": "≈",
    "degree": "°",
    "div": "/",
    "dollar": "$",
    "dots": "…",
    "equiv": "≈",
    "euro": "€",
    "ge": ">",
    "geq": ">",
    "geqslant": ">",
    "gt": ">",
    "in": "∈",
    "le": "<",
    "ldots": "…",
    "leq": "<",
    "leqslant": "<",
    "lt": "<",
    "mu": "µ",
    "neq": "<",
    "Omega": "Ω",
    "percent": "%",
    "pounds": "£",
    "pm": "±",
    "Rightarrow": "→",
    "implies": "→",
    "rightarrow": "→",
    "sim": "≈",
    "simeq": "≈",
    "therefore": " ",
    "times": "×",
    "to": "→",
}
_NOTHING = words_of(  # commands that change how their argument looks
    "bf boxed fbox big bigl bigr displaystyle large Large left limits mathrm phantom right rm "
    "small textstyle"
)
_SPACES = words_of("enspace hfill hspace newline qquad quad space thinspace")
_CHARACTERS |= dict.fromkeys(_NOTHING, "") | dict.fromkeys(_SPACES, " ")
_ESCAPED = {" ": " ", ",": " ", ";": " ", ":": " ", "!": "", "{": "[", "}": "]", "\\": ";"}
_ESCAPED |= {character: character for character in "$%#&_-/"} | dict.fromkeys("()[]", " ")
DEPTH = 3  # of fractions and fonts within each other


_FORMS = (  # a part of the text without which there is no match, the pattern, its one form
    ("<<", _CALCULATION, ""),
    ("__", _BLANK, " "),
    ("^", _POSTFIX, r"\1"),
    ("{", _POWER, r"\1(\2)"),
    ("=", _RELATION, ">"),
    (">", _ARROW, "→"),
    ("$", _DOLLAR, "$"),
    ("Rs.", re.compile(r"\bRs\."), "₹"),
    ("**", _EXPONENT, "^"),
)


def on_one_line(text: str) -> str:
    """The text with its LaTeX as characters, fractions with U+2044 and powers in brackets."""
    for part, pattern, form in _FORMS:
        if part in text:  # spares most of the searches
            text = pattern.sub(form, text)
    if "\\" not in text:
        return text
    text = _ALIGNED.sub(" ", _ESCAPED_TWICE.sub(r"\\", text))
    if "\\begin" in text:  # a matrix, cases
        return "\\"
    for _ in range(DEPTH):
        text, count = _FONT.subn(r" \1", text)
        text, roots = _ROOT.subn(r"√(\1\2)", text)
        text, fractions = _FRACTION.subn(_as_fraction, text)
        text, powers = _POWER.subn(r"\1(\2)", text)
        if not count + roots + fractions + powers:
            break
    return _COMMAND.sub(_as_character, text)


def _as_fraction(match: re.Match[str]) -> str:
    r"""`1⁄2` for `\frac{1}{2}`, and with a space before it after a digit: `3\frac{1}{2}`."""
    above = (match[2] or match[3] or "").strip()
    below = (match[4] or match[5] or "").strip()
    if above.isdecimal() and below.isdecimal():
        space = " " if match[1] else ""
        comma = " " if match.string[match.end() : match.end() + 1] == "," else ""
        return f"{match[1]}{space}{above}⁄{below}{comma}"  # no run of digits across the comma
    return f"{match[1]}(({above})/({below}))"


def _as_character(match: re.Match[str]) -> str:
    if match[1] is None:
        return _ESCAPED.get(match[2], "\\")
    return _CHARACTERS.get(match[1], "\\")
