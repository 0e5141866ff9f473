"""From the text of a response to a canonical answer. Pure.

Two spellings of one value are one vote: `1,200`, `$1200.00` and `\\boxed{1200}` all read as `1200`. A reader is any function
from text to an answer or None; None is a response that casts no vote.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from dynscaling_nb.errors import lookup
from dynscaling_nb.records import Completion

Extractor = Callable[[str], str | None]

LONGEST_NUMBER = 200  # characters; anything longer is no number
UNREAD = (
    "refusal",
    "content_filter",
    "tool_calls",
    "function_call",
)  # how a completion without an answer ends
SHORT = 60  # a text of one line up to this many characters is taken for an answer itself

_STATED = re.compile(
    r"(?:answer|result|solution)\**\s*(?:is|=|:|\bequals\b)\**\s*:?\s*(?P<answer>[^\n]+)|^####\s*(?P<hash>[^\n]+)",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-+]?\.\d+"
_CURRENCY = r"(?:US|A|C)?[$€£¥₹]|(?:USD|EUR|GBP|CHF)\b"
_PLAIN = re.compile(
    rf"(?P<sign>[-+])?\s*(?:{_CURRENCY})?\s*(?P<number>{_NUMBER})\s*"
    rf"(?:(?:[eE]|\s*[x×*]\s*10\s*\^)\s*[{{(]?(?P<power>[-+]?\d{{1,3}})[}})]?)?"
    rf"(?:\s+(?P<numerator>\d+)\s*/\s*(?P<denominator>\d+)|\s*/\s*(?P<over>\d+(?:\.\d+)?))?"
    r"(?P<unit>\s*(?:%|°|[A-Za-zµ€$£¥₹²³][\w%°²³./^-]*)?(?:\s+[A-Za-z][\w²³./^-]*){0,3})"
)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{?\s*([-+]?[\d.,]+)\s*\}?\s*\{?\s*([\d.,]+)\s*\}?")
_LETTER = re.compile(
    r"(?:option|choice)?\s*[(\[]?([A-Ja-j])[)\].:]?(?:(?<=[)\].:])\s.*)?", re.IGNORECASE
)
_LONE_LETTER = re.compile(r"\(([A-J])\)|\b([B-HJ])\b(?![''’])")


def stated(text: str) -> str | None:
    """What a response states as its final answer: the last `\\boxed{}`, or what follows the last `answer is`, `Answer:` or
    `####`; a text of one short line is the answer itself. None where there is no such thing.
    """
    boxed = _boxed(text)
    if boxed is not None:
        return boxed
    found = [m["answer"] or m["hash"] for m in _STATED.finditer(text)]
    if found:
        return str(found[-1]).strip()
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
    """Reads a number: the one stated as the answer or, failing that, the last one in the text.

    Signs, thousands separators, decimals, fractions, powers of ten, currency and units are understood. The canonical form
    is an integer, a finite decimal or a reduced fraction: `1,200 km` is `1200`, `0.50` and `1/2` are `0.5`, `2/6` is `1/3`.
    """
    claim = stated(text)
    if claim is not None:
        value = _value(claim)
        if value is not None:
            return value
    found = re.findall(rf"(?:(?<![\w.,])|(?<=[$€£]))(?:{_NUMBER})", _plain(claim or text))
    return _value(found[-1]) if found else None


def _value(text: str) -> str | None:
    """The canonical number that the whole text writes, units aside, or None."""
    if len(text) > LONGEST_NUMBER:
        return None
    text = _FRACTION.sub(r"\1/\2", _plain(text))
    text = re.sub(r"^(?:[A-Za-z]\w{0,2}\s*)?(?:=|≈|~|approximately\b|about\b)\s*", "", text)
    match = _PLAIN.fullmatch(re.split(r",?\s+(?:because|since|as)\b", text)[0].rstrip(" .,;!"))
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
    return _shown(-value if match["sign"] == "-" else value)


def _shown(value: Fraction) -> str:
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
    """Reads the letter of a multiple choice, A to J: the one stated or, failing that, the last one that stands alone."""
    claim = stated(text)
    if claim is not None:
        match = _LETTER.fullmatch(_plain(claim).rstrip(" ."))
        if match:
            return match[1].upper()
    found = _LONE_LETTER.findall(_plain(claim or text))
    return (found[-1][0] or found[-1][1]) if found else None


def short(text: str) -> str | None:
    """Reads a short text, without regard to case, punctuation around it, articles or spacing."""
    claim = stated(text)
    if claim is None:
        return None
    words = _plain(claim).strip(" .,;:!?'\"*_").casefold().split()
    if len(words) > 1 and words[0] in ("a", "an", "the"):
        words = words[1:]
    return " ".join(words) or None


def auto(text: str) -> str | None:
    """Reads whatever is stated: a number where it is one, else the letter of a choice, else a short text."""
    claim = stated(text)
    if claim is None:
        return None
    value = _value(claim)
    if value is not None:
        return value
    letter = _LETTER.fullmatch(_plain(claim).rstrip(" ."))
    return letter[1].upper() if letter else short(text)


def latex(text: str) -> str | None:
    """Reads mathematics as it is written, in LaTeX or not; a plain number in its canonical form."""
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
    """The reader of that name, or the function itself. Raises `UnknownName`."""
    return lookup("extractor", how, EXTRACTORS)


def gold_answer(gold: str, read: Extractor) -> str:
    """A gold answer in canonical form, read as a response would be."""
    return read(f"The answer is {gold}.") or read(gold) or gold.strip()


def readable(completion: Completion, read: Extractor) -> str | None:
    """What a completion answers, read by `read`.

    A refusal, a filtered text and a call of a tool hold no answer. One that was cut off at its token limit is read without its last,
    unfinished line, and only where it states an answer there.
    """
    if completion.finish in UNREAD:
        return None
    if completion.finish == "length":
        whole = completion.text.rpartition("\n")[0]
        return read(whole) if stated(f"{whole}\n.\n.") is not None else None
    return read(completion.text)


def _plain(text: str) -> str:
    """Without Markdown, LaTeX wrapping and unusual characters."""
    text = text.replace("−", "-").replace("–", "-").replace("\u202f", "").replace("\u00a0", " ")
    text = re.sub(r"\\(?:text|mathrm|mathbf|textbf|operatorname)\s*\{([^{}]*)\}", r" \1 ", text)
    text = re.sub(r"\^\s*\{?\\(?:circ|degree)\}?", "°", text)
    text = re.sub(r"\\(?:left|right|!|,|;|:|quad|displaystyle)", "", text)
    text = (
        text.replace("{,}", ",")
        .replace("\\times", "×")
        .replace("\\cdot", "×")
        .replace("\\approx", "≈")
    )
    text = re.sub(r"\\[()\[\]]|\\(?=[$%])|\*\*|(?<!\\)\$(?!\s*\d)|`", "", text)
    text = re.sub(r"^\$(?=[^$]*\$)", "", text)
    return text.strip().rstrip("$")
