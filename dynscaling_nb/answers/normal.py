"""Texts without what makes no difference: markup, LaTeX wrapping, forms of one character. Pure."""

import html
import re
import unicodedata

_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # "４２", "：", "（"
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－➖"), "-")
_QUOTES = dict.fromkeys(map(ord, "‘’‚‛′ʼ`´"), "'") | dict.fromkeys(map(ord, "“”„‟«»″"), '"')
_SPACES = dict.fromkeys(map(ord, "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"), " ")
_SPACES |= dict.fromkeys(map(ord, "\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " ")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0f"))
_FORMS = _FULL_WIDTH | _UNSEEN | {ord("٫"): ".", ord("٬"): ",", 0x3000: " "}
_FORMS |= {0x2044: "/", 0x2215: "/"}  # "1⁄2", "1∕2"
_CHARACTERS = _DASHES | _QUOTES | _SPACES

_SUPERSCRIPTS = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")  # the "⁻³" of "10⁻³"
_ORDINARY = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_VULGAR = re.compile(r"(\d?)\s?([¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")  # the "3½" of "3½ cups"
_DIGIT = re.compile(r"(?![0-9])\d")  # the "٤" of "٤٢"

_TEXT_COMMAND = re.compile(  # "\text{km}"
    r"\\(?:text|textbf|textit|mathrm|mathbf|mathit|mathsf|operatorname|mbox)\s*\{([^{}]*)\}"
)
_DEGREES = re.compile(r"\^\s*\{?\\(?:circ|degree)\}?")  # the "^\circ" of "30^\circ"
_TIMES = re.compile(r"\\(?:times|cdot)(?![A-Za-z])")
_SPACING = re.compile(  # the "\," of "1\,200", not the "\left" of "\leftarrow"
    r"\\(?:(?:left|right|quad|qquad|displaystyle)(?![A-Za-z])|[!,;:])"
)
_MATH = re.compile(  # "$7$", "$$x$$"; not the signs of "$5 and $6"
    r"(?<!\\)\${1,2}(?=[^\s$])((?:\\.|[^$\\\n]){1,400})(?<=\S)\${1,2}(?!\d)"
)
_WRAPPING = re.compile(  # "\(7\)", a lone "$"; not the sign of "$5"
    r"\\[()\[\]]|\\(?=[$%#&_])|(?<!\\)\$(?!\s*-?[\d.])"
)

_BOLD = re.compile(  # the stars of "**7**" and "***B***", not those of "2**10"
    r"(?<![\w)\]}*])\*{2,3}(?=\S)|(?<=\S)\*{2,3}(?![\w(\[{\\*])"
)
_EMPHASIS = re.compile(  # "*B*", "_B_", "__B__", "`B`", "~~B~~"; not "3*7 + 5*4", "a_1 + b_2"
    r"(?<![\w*)])\*(?=[^\s*])([^*\n]{1,200})(?<=[^\s*])\*(?![\w*(])"
    r"|(?<![\w_\\}])_{1,2}(?=[^\s_])([^_\n]{1,200})(?<=[^\s_])_{1,2}(?![\w_])"
    r"|`([^`\n]{1,200})`"
    r"|~~([^~\n]{1,200})~~"
)
_TAG = re.compile(  # "<b>42</b>"; not "x < b"
    r"</?(?:b|i|u|p|em|strong|span|div|code|mark|center|font|math|small|big|li|ul|ol|h[1-6])"
    r"(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"</?[A-Za-z]")
_BREAK = re.compile(r"<br\s?/?>", re.IGNORECASE)
_RAISED = re.compile(r"<sup>([^<>]{1,20})</sup>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")  # "&nbsp;"


def unified(text: str) -> str:
    """The text with each character in its usual form, and lines that end in a line feed.

    Full-width forms, letters with separate accents, characters that nobody sees, HTML.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_FORMS))
    if "<" in text and _ANY_TAG.search(text):
        text = _RAISED.sub(r"^{\1}", _BREAK.sub("\n", text))
        text = _TAG.sub("", text)
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def unmarked(text: str) -> str:
    """The text without the stars, underscores and backticks of Markdown."""
    if "**" in text:
        text = _BOLD.sub("", text)
    if "*" in text or "_" in text or "`" in text or "~" in text:
        text = _EMPHASIS.sub(lambda match: match[match.lastindex or 0], text)
    return text


def plain(text: str) -> str:
    """The text in one form of Unicode, without Markdown, HTML and LaTeX wrapping.

    Superscripts become exponents (`10⁻³` is `10^-3`), and `3½` becomes `3 1/2`.
    """
    text = unmarked(unified(text))
    if not text.isascii():
        text = _one_form(text)
    if "\\" in text:
        text = _TEXT_COMMAND.sub(r" \1 ", text)
        text = _DEGREES.sub("°", text)
        text = _SPACING.sub("", text)
        text = _TIMES.sub("×", text.replace("\\approx", "≈"))
    text = text.replace("{,}", ",")
    if "\\" in text or "$" in text:
        text = _WRAPPING.sub("", _MATH.sub(r"\1", text))
    return text.strip().rstrip("$")


def _one_form(text: str) -> str:
    """Dashes, quotes, spaces, digits and compatible characters in one form each."""
    text = _VULGAR.sub(_written_out, text)
    text = _SUPERSCRIPTS.sub(lambda match: "^" + match[0].translate(_ORDINARY), text)
    text = _DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text)
    return unicodedata.normalize("NFKC", text.translate(_CHARACTERS))


def _written_out(match: re.Match[str]) -> str:
    """A fraction of one character with a slash: `3½` as `3 1/2`."""
    fraction = unicodedata.normalize("NFKC", match[2]).replace("\u2044", "/")
    return f"{match[1]} {fraction}" if match[1] else fraction
