r"""Mathematics as models write it, in one form. Pure.

`$\dfrac12$`, `\[ \frac{1}{2} \]` and `**0.5**` are one answer. A plain number is written as such.
Everything else stays LaTeX, without its wrapping, sizes, fonts and units.
"""

import re

from dynscaling_nb.answers.numbers import plain_number
from dynscaling_nb.answers.prose import formula_of

_NO_SINGLE_VALUE = re.compile(  # "x <= 3", "3, -2", "(1, x)", "a+b=5", "\\sum_{k=1}^9 k"
    r"[<>≈]|\\(?:[lg]eq?|approx)(?![A-Za-z])|,\s|[(\[].*,|\||\\(?:sum|prod|int|lim)"
    r"|[A-Za-z]\s*(?:[-+*/]\s*\w|\^).*="
    r"|^\W*(?:[a-z]\s*=\s*-?)?\d,-?\d\W*$"  # "-2,3" and "x=3,4" are lists, "1,25" a decimal
)
LONGEST = 1000  # characters; of a longer text only the spacing is put in order

_CONTROLS = {"\x0c": r"\f", "\t": r"\t", "\b": r"\b", "\r": r"\r", "\a": r"\a", "\v": r"\v"}
_LOST_COMMAND = re.compile(  # what Python or JSON makes of "\frac", "\text", "\begin" ...
    r"\f(?=rac)|\t(?=ext|imes|heta|frac|an\b)|\x08(?=egin|oxed|inom|eta)|\r(?=ight|ho)"
    r"|\a(?=lpha|pprox)|\v(?=ec)"
)
_BACKSLASHES = re.compile(r"\\+")
_DOUBLED_COMMAND = re.compile(r"\\\\[A-Za-z({\[]")  # the "\\frac" of a text that was escaped twice

_SIGNS = {
    "−": "-",
    "×": r"\times ",
    "·": r"\cdot ",
    "⋅": r"\cdot ",
    "÷": r"\div ",
    "π": r"\pi ",
    "θ": r"\theta ",
    "∞": r"\infty ",
    "±": r"\pm ",
    "∓": r"\mp ",
    "≤": r"\le ",
    "≥": r"\ge ",
    "<=": r"\le ",
    ">=": r"\ge ",
    "≠": r"\ne ",
    " !=": r" \ne ",  # not that of "5!=120"
    "≈": r"\approx ",
    "∈": r"\in ",
    "∪": r"\cup ",
    "∩": r"\cap ",
    "∅": r"\emptyset ",
    "ℝ": r"\mathbb{R}",
}
_UNUSUAL = re.compile("|".join(map(re.escape, _SIGNS)))
_COMMANDS = {
    "leq": r"\le ",
    "leqslant": r"\le ",
    "geq": r"\ge ",
    "geqslant": r"\ge ",
    "neq": r"\ne ",
    "lt": "<",
    "gt": ">",
    "lbrace": r"\{",
    "rbrace": r"\}",
    "lvert": "|",
    "rvert": "|",
    "vert": "|",
    "langle": "(",
    "rangle": ")",
    "varnothing": r"\emptyset ",
    "dfrac": r"\frac ",
    "tfrac": r"\frac ",
    "cfrac": r"\frac ",
    "boxed": "",
    "fbox": "",
    "quad": " ",
    "qquad": " ",
    "degree": r"^\circ ",
}
_COMMAND = re.compile(rf"\\({'|'.join(_COMMANDS)})(?![A-Za-z])\s*")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")  # the "²" of "x²"
_SIGNED_ROOT = re.compile(r"√\s*(?:(\d+|\w)|\(([^()]*)\))")  # "√2", "√(x+1)"
_SHORT_ROOT = re.compile(r"\\sqrt\s*([^\W_])")  # "\sqrt3"
_SHORT_FRACTION = re.compile(  # "\frac12", "\frac1{2}", "\frac{1}2"
    r"\\frac\s*(?:([^\W_])|\{([^{}]*)\})\s*(?:([^\W_])|\{([^{}]*)\})"
)
_PERIOD = re.compile(r"(\d+)\.(\d*)\\(?:overline|bar|dot)\s*\{(\d{1,40})\}")  # "0.1\overline{6}"
_PARAMETER = re.compile(  # what says of "k\pi, k \in \mathbb{Z}" that k is whole
    r",\s*(?:\\text\{[^{}]*\}\s*)?([a-z])\s*\\in\s*\\mathbb\s*\{?[ZN]\}?\s*$"
)
_THOUSANDS = re.compile(  # the "{,}" of "14{,}916", the ",\!" of "10,\!080", the "\," of "12\,345"
    r"(?<=\d)\s?(?:\{\s?,\s?\}|,\\!|\\[,!])\s?(?=\d{3}(?!\d))"
)
_SIZES = re.compile(  # "\left(", "\bigl["; the dot of "\right." stands for no bracket
    r"\\(?:(?:left|right|middle)(?![A-Za-z])(?:\s*\.(?!\d))?"
    r"|[bB]igg?[lrm]?(?![A-Za-z])|(?:display|text|script)style(?![A-Za-z])|limits(?![A-Za-z]))\s*"
)
_SPACES = re.compile(r"(?<!\\)\\[;:>\s]|~|\s+")
_NARROW_SPACES = re.compile(r"(?<!\\)\\[,!]")
_WRAPPING = re.compile(r"(?<!\\)\\[()\[\]\"]|(?<!\\)\$|\*\*|`")
_FONT = re.compile(  # "\mathrm{e}", "\textbf{B}"; "\mathbb{R}" is another letter, no font
    r"\\(?:text(?:normal|bf|it|rm|tt|sf)?|math(?:rm|bf|it|sf|tt)|mbox|operatorname\*?)"
    r"(?![A-Za-z])\s*\{([^{}]*)\}"
)
_DEGREES = re.compile(r"\s*(?:\^\s*(?:\\circ(?![A-Za-z])|\{\s*\\circ\s*\})|°)")
_ANGLE = re.compile(r"sin|cos|tan|cot|sec|csc")
_UNIT = re.compile(  # "\text{ cm}^2", " square units"
    r"(?:\\text\{([^{}]*)\}|(?<=[\d}A-Za-z)])\s((?:[a-z]{2,}\s)?[a-z]{2,}))"
    r"\s*(?:\^\s*\{?\s*[23]\s*\}?)?$"
)
_FIGURE = re.compile(r"\d|\\(?!text)[a-z]")  # of a formula, not of words
_OPTION = re.compile(r"\(\s*([A-Z])\s*\)")  # "(C)"
_EMPHASIS = re.compile(r"([*_])(?=\S)(.*\S)\1", re.DOTALL)  # "*B*"
_CONTENT = re.compile(r"[^\W_]|\\[A-Za-z]")
_FUNCTIONS = "sin|cos|tan|cot|sec|csc|log|ln|exp|sqrt|pi"
_NAME = re.compile(  # a word that is no function
    rf"(?<![A-Za-z])(?!(?:{_FUNCTIONS}|and|or|mod)(?![A-Za-z]))[^\W\d_]{{3,}}"
)
_LETTER = r"(?<![A-Za-z])[a-z](?![A-Za-z])"
_LOOKS = re.compile(
    r"\^"  # "x^2"
    rf"|\d{_LETTER}"  # "5x", "2 + 3i"
    rf"|{_LETTER}\)?\s*(?:[-+*/=<>]\s*[-(]*(?:\d|{_LETTER})|!)"  # "n-1", "f(x) = 2", "n!"
    rf"|\d\s*[-+*/=<>]\s*[-(]*{_LETTER}|[-+]{_LETTER}"  # "1/x", "-x"
    rf"|(?<![A-Za-z])(?:{_FUNCTIONS})(?:_?[\d({{]|\s?\w\b|/)"  # "sin(x)", "log_2 5", "pi/4"
    r"|^[(\[][^()\[\],]*\d[^()\[\],]*(?:,[^()\[\],]+)+[)\]]$"  # "(1, 2)", "[0, 5)"
)
_COMMAND_OF_FORMULA = re.compile(r"\\(?!text|[lr]?dots|quad)[A-Za-z]{2,}|\\\{")
_END = " \t\n.,;:"


def canonical(claim: str) -> str | None:
    r"""The mathematics of a claim in one form; None if it holds none.

    A plain number is written as `numbers` writes it: `\$1{,}200` and `1200.0` are `1200`.
    """
    if len(claim) > LONGEST:
        return " ".join(claim.split())
    for _ in range(len(claim) + 2):  # each round takes something away, so this ends
        once = _escaped_once(claim)
        text = (not _NO_SINGLE_VALUE.search(once) and plain_number(once)) or _unwrapped(once)
        if text == claim:
            break
        claim = text
    return claim if _CONTENT.search(claim) else None


def is_formula(claim: str) -> bool:
    r"""Whether a claim is mathematics on its face: `x^2+1`, `\frac{\pi}{4}`, `(1, 2)`, `[0, 5)`.

    A list such as `1, 2` is none: whether its order counts, nobody can say.
    """
    if len(claim) > LONGEST:
        return False
    form = canonical(claim) or ""
    if _COMMAND_OF_FORMULA.search(form):
        return True
    return not _NAME.search(form) and _LOOKS.search(form) is not None


def _escaped_once(text: str) -> str:
    r"""The text with commands as they were before a program wrote them: `\\\\frac`, a form feed."""
    text = _LOST_COMMAND.sub(lambda m: _CONTROLS[m[0]], text)
    runs = _BACKSLASHES.findall(text)
    doubled = _DOUBLED_COMMAND.search(text) and all(len(run) % 2 == 0 for run in runs)
    return text.replace("\\\\", "\\") if doubled else text


def _unwrapped(text: str) -> str:
    """The text after one round: what wraps it is taken away, its signs and commands are usual."""
    text = formula_of(text)
    text = _UNUSUAL.sub(lambda m: _SIGNS[m[0]], text)
    text = _SUPERSCRIPT.sub(lambda m: f"^{{{m[0].translate(_SUPERSCRIPTS)}}}", text)
    text = _THOUSANDS.sub("", text)
    text = _PARAMETER.sub("", _PERIOD.sub(_as_fraction, text))
    text = _WRAPPING.sub("", _SIZES.sub("", text))
    text = _COMMAND.sub(lambda m: _COMMANDS[m[1]], text)
    text = _SIGNED_ROOT.sub(lambda m: rf"\sqrt{{{m[1] or m[2]}}}", text)
    text = _SHORT_ROOT.sub(r"\\sqrt{\1}", text)
    text = _SHORT_FRACTION.sub(lambda m: rf"\frac{{{m[1] or m[2]}}}{{{m[3] or m[4]}}}", text)
    text = _SPACES.sub(" ", _NARROW_SPACES.sub("", text))
    text = _FONT.sub(_without_font, text)
    if not _ANGLE.search(text):
        text = _DEGREES.sub("", text)
    return _inner(text.strip(_END))


def _as_fraction(match: re.Match[str]) -> str:
    r"""A repeating decimal: `0.1\overline{6}` is `\frac{15}{90}`, which is `1/6`."""
    head = match[1] + match[2]
    denominator = 10 ** len(match[2]) * (10 ** len(match[3]) - 1)
    return rf"\frac{{{int(head + match[3]) - int(head)}}}{{{denominator}}}"


def _without_font(match: re.Match[str]) -> str:
    """A letter or a formula without its font; words stay words."""
    content = match[1].strip()
    if len(content) == 1 or content.startswith("\\") or not re.search("[A-Za-z]", content):
        return content
    return rf"\text{{{' '.join(match[1].split())}}}" if match[0] != match.string else content


def _inner(text: str) -> str:
    """The text without braces, emphasis or a bracketed option around it, without a unit behind."""
    if text.startswith("{") and _closing(text) == len(text) - 1:
        return text[1:-1].strip(_END)
    if match := _EMPHASIS.fullmatch(text) or _OPTION.fullmatch(text):
        return match[match.lastindex or 0]
    unit = _UNIT.search(text)
    formula = text[: unit.start()] if unit else ""
    if unit and _is_unit(unit[1] or unit[2]) and (_FIGURE.search(formula) or (unit[1] and formula)):
        return formula.strip(_END)
    return text


def _is_unit(words: str) -> bool:
    return "-" not in words and plain_number(f"1 {words.strip()}") == "1"


def _closing(text: str) -> int | None:
    """Where the brace that the text opens with is closed; None if it is not."""
    depth = 0
    escaped = False
    for place, sign in enumerate(text):
        if not escaped:
            depth += (sign == "{") - (sign == "}")
            if depth == 0:
                return place
        escaped = sign == "\\" and not escaped
    return None
