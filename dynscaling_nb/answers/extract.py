"""Reads the answer of a response from its text, in canonical form. Pure.

Two spellings of one value are one vote: `1,200`, `$1200.00` and `\\boxed{1200}` all read as `1200`.
An extractor is any function from a text to an answer or None. None casts no vote.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from dynscaling_nb.errors import lookup
from dynscaling_nb.records import Completion

Extractor = Callable[[str], str | None]

LONGEST_NUMBER = 200  # characters; a longer text is not a number
UNREAD = (  # how a completion without an answer ends
    "refusal",
    "content_filter",
    "tool_calls",
    "function_call",
)
SHORT = 60  # characters; a text of one line up to this length is itself the answer

_STATED = re.compile(  # "The answer is 12", "**Answer:** 12", "result = 12"; "#### 12" of GSM8K
    r"(?:answer|result|solution)\**\s*(?:is|=|:|\bequals\b)\**\s*:?\s*(?P<answer>[^\n]+)"
    r"|^####\s*(?P<hash>[^\n]+)",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-+]?\.\d+"  # "1,200.50", "-7", ".5"
_CURRENCY = r"(?:US|A|C)?[$€£¥₹]|(?:USD|EUR|GBP|CHF)\b"  # "$", "US$", "EUR"
_QUANTITY = re.compile(
    rf"(?P<sign>[-+])?\s*(?:{_CURRENCY})?\s*(?P<number>{_NUMBER})\s*"  # "-$1,200"
    # "1.2e3", "1.2 × 10^{3}"
    rf"(?:(?:[eE]|\s*[x×*]\s*10\s*\^)\s*[{{(]?(?P<power>[-+]?\d{{1,3}})[}})]?)?"
    # "1 1/2", "3/4"
    rf"(?:\s+(?P<numerator>\d+)\s*/\s*(?P<denominator>\d+)|\s*/\s*(?P<over>\d+(?:\.\d+)?))?"
    # "50 %", "12 km/h", "3 large red apples"
    r"(?P<unit>\s*(?:%|°|[A-Za-zµ€$£¥₹²³][\w%°²³./^-]*)?(?:\s+[A-Za-z][\w²³./^-]*){0,3})"
)
_NUMBER_WITHIN = re.compile(rf"(?:(?<![\w.,])|(?<=[$€£]))(?:{_NUMBER})")  # the 7 of "so 7 apples"
_ASSIGNED = re.compile(  # the "x =" of "x = 7", the "about" of "about 7"
    r"^(?:[A-Za-z]\w{0,2}\s*)?(?:=|≈|~|approximately\b|about\b)\s*"
)
_REASON = re.compile(r",?\s+(?:because|since|as)\b")  # the rest of "7, because it is odd"
_FRACTION = re.compile(  # "\frac{1}{2}", "\dfrac12"
    r"\\[dt]?frac\s*\{?\s*([-+]?[\d.,]+)\s*\}?\s*\{?\s*([\d.,]+)\s*\}?"
)
_LETTER = re.compile(  # "B", "(b)", "option B.", "(B) Paris"
    r"(?:option|choice)?\s*[(\[]?([A-Ja-j])[)\].:]?(?:(?<=[)\].:])\s.*)?", re.IGNORECASE
)
_LONE_LETTER = re.compile(  # the B of "so (B)" and of "it must be B"; a bare A may be a word
    r"\(([A-J])\)|\b([B-HJ])\b(?![''’])"
)
_TEXT_COMMAND = re.compile(  # "\text{km}"
    r"\\(?:text|mathrm|mathbf|textbf|operatorname)\s*\{([^{}]*)\}"
)
_DEGREES = re.compile(r"\^\s*\{?\\(?:circ|degree)\}?")  # the "^\circ" of "30^\circ"
_SPACING = re.compile(r"\\(?:left|right|!|,|;|:|quad|displaystyle)")  # the "\," of "1\,200"
_WRAPPING = re.compile(  # "\(7\)", "**7**", "`7`", "$x$"; not the sign of "$5"
    r"\\[()\[\]]|\\(?=[$%])|\*\*|(?<!\\)\$(?!\s*\d)|`"
)
_OPENING_DOLLAR = re.compile(r"^\$(?=[^$]*\$)")  # the first "$" of "$7$"


def stated(text: str) -> str | None:
    """The final answer that a response states, or None.

    The last `\\boxed{}` counts first, then the words after the last `answer is`, `Answer:` or
    `####`. A text of one short line is itself the answer.
    """
    boxed = _boxed(text)
    if boxed is not None:
        return boxed
    statements = [m["answer"] or m["hash"] for m in _STATED.finditer(text)]
    if statements:
        return str(statements[-1]).strip()
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[0].strip() if len(lines) == 1 and len(lines[0]) <= SHORT else None


def _boxed(text: str) -> str | None:
    start = max(text.rfind("\\boxed{"), text.rfind("\\fbox{"))
    if start < 0:
        return None
    start = text.index("{", start) + 1
    depth = 1
    for i in range(start, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[start:i].strip()
    return None


def number(text: str) -> str | None:
    """A number: the one stated as the answer, else the last one in the text.

    It may have a sign, thousands separators, decimals, a power of ten, a currency and units, or be
    a fraction. The canonical form is an integer, a finite decimal or a reduced fraction:
    `1,200 km` is `1200`, `0.50` and `1/2` are `0.5`, `2/6` is `1/3`.
    """
    claim = stated(text)
    if claim is not None:
        value = _value(claim)
        if value is not None:
            return value
    numbers = _NUMBER_WITHIN.findall(_plain(claim or text))
    return _value(numbers[-1]) if numbers else None


def _value(text: str) -> str | None:
    """The text as a canonical number without its unit; None if it is not a number."""
    if len(text) > LONGEST_NUMBER:
        return None
    text = _FRACTION.sub(r"\1/\2", _plain(text))
    text = _ASSIGNED.sub("", text)
    match = _QUANTITY.fullmatch(_REASON.split(text)[0].rstrip(" .,;!"))
    if match is None:
        return None
    try:
        value = Fraction(match["number"].replace(",", ""))
        if match["power"]:
            value *= Fraction(10) ** int(match["power"])
        if match["numerator"]:
            part = Fraction(int(match["numerator"]), int(match["denominator"]))
            value += -part if value < 0 else part
        if match["over"]:
            value /= Fraction(match["over"])
    except ZeroDivisionError:
        return None
    return _written(-value if match["sign"] == "-" else value)


def _written(value: Fraction) -> str:
    """The value as an integer, as a decimal if that is finite, else as a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    twos_and_fives = value.denominator
    for prime in (2, 5):
        while twos_and_fives % prime == 0:
            twos_and_fives //= prime
    if twos_and_fives != 1:
        return f"{value.numerator}/{value.denominator}"
    places = 0
    while value.denominator != 1:
        value *= 10
        places += 1
    digits = str(abs(value.numerator)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def choice(text: str) -> str | None:
    """The letter of a multiple choice, A to J: the stated one, else the last that stands alone."""
    claim = stated(text)
    if claim is not None:
        match = _LETTER.fullmatch(_plain(claim).rstrip(" ."))
        if match:
            return match[1].upper()
    letters = _LONE_LETTER.findall(_plain(claim or text))
    return (letters[-1][0] or letters[-1][1]) if letters else None


def short(text: str) -> str | None:
    """A short text, without case, punctuation around it, a leading article or extra spacing."""
    claim = stated(text)
    if claim is None:
        return None
    words = _plain(claim).strip(" .,;:!?'\"*_").casefold().split()
    if len(words) > 1 and words[0] in ("a", "an", "the"):
        words = words[1:]
    return " ".join(words) or None


def auto(text: str) -> str | None:
    """The stated answer as a number, else as the letter of a choice, else as a short text."""
    claim = stated(text)
    if claim is None:
        return None
    value = _value(claim)
    if value is not None:
        return value
    letter = _LETTER.fullmatch(_plain(claim).rstrip(" ."))
    return letter[1].upper() if letter else short(text)


def latex(text: str) -> str | None:
    """The stated mathematics as written, in LaTeX or not; a plain number in canonical form."""
    claim = stated(text)
    if claim is None:
        return None
    return _value(claim) or claim.strip().removesuffix(".").strip("$").strip() or None


EXTRACTORS: Mapping[str, Extractor] = {
    "auto": auto,
    "number": number,
    "choice": choice,
    "text": short,
    "latex": latex,
}


def extractor(how: str | Extractor) -> Extractor:
    """The extractor of that name, or the function itself. Raises `UnknownName`."""
    return lookup("extractor", how, EXTRACTORS)


def gold_answer(gold: str, extract: Extractor) -> str:
    """A gold answer in canonical form, as a response's answer would read."""
    return extract(f"The answer is {gold}.") or extract(gold) or gold.strip()


def readable(completion: Completion, extract: Extractor) -> str | None:
    """The answer of a completion, by the extractor `extract`.

    A refusal, a filtered text and a tool call hold no answer. A completion that was truncated at
    its token limit loses its last, unfinished line; the rest must then state the answer.
    """
    if completion.finish in UNREAD:
        return None
    if completion.finish == "length":
        whole = completion.text.rpartition("\n")[0]
        # two further lines, so that one short line does not pass for an answer
        return extract(whole) if stated(f"{whole}\n.\n.") is not None else None
    return extract(completion.text)


def _plain(text: str) -> str:
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
