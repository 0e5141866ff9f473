"""A server's error reply: its words, its codes and the fields that it names. Pure.

Servers and gateways put an error into many shapes, and one into another. So everything that is not
a request's own text is looked through, and what echoes the request is left out.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

from dynscaling_nb.models.openai.pauses import pause_in_body
from dynscaling_nb.models.openai.responses import retry_after

MESSAGE_LENGTH = 300  # characters of a server's own words that are shown
STARTS = 20  # places in a text at which a body inside it may begin
READ = 20_000  # characters of a page or of one text that are looked at
# The keys of a body under which servers put codes, words, and further bodies. Not among them are
# those that echo the request: `input`, `ctx`, `flagged_input` and the like.
CODES = (
    *("type", "code", "status", "reason", "error_type", "error_code", "errorCode", "__type"),
    *("quotaId", "status_code"),
)
WORDS = ("message", "Message", "detail", "error", "msg", "description", "status_msg", "title")
INNER = (
    *("error", "errors", "detail", "details", "message", "innererror", "metadata", "raw"),
    *("violations", "fieldViolations", "base_resp", "cause", "body"),
)
ECHO = ("messages", "prompt", "inputs")  # keys of a request that an error repeats
QUOTE = 4  # words in a row that an error and a prompt share: the error quotes the prompt
SHORTEST_QUOTE = 2  # words of a whole prompt
LONGEST_PROMPT = 200_000  # characters of a prompt that are compared
_PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.I | re.S)
_TITLE = re.compile(r"<(title|h1)[^>]*>\s*(.*?)\s*</\1>", re.I | re.S)
_TAG = re.compile(r"<[^<>]{1,200}>")
_URL = re.compile(r"\bhttps?://[^\s\"'<>)\]]+")
_OPENED = re.compile(r"[{\[](?=\s*[{'\"])")
_GROUP = re.compile(r"\.?\s*(?:Received Model Group|Available Model Group Fallbacks)=\S*")
_CLASS = re.compile(r"\b(?:litellm\.)?([A-Z]\w*(?:Error|Exception))\b(?=:| -)")
# A problem as pydantic prints it, in the two forms that servers pass on as plain text.
_PRINTED = re.compile(r"'type': '(\w+)', 'loc': \(([^)]*)\), 'msg': (['\"])(.*?)\3, ")
_BRACKET = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[{}\[\]()]""", re.S)
_INPUT = re.compile(r"\[type=(\w+), input_value=.*?, input_type=\w+\]", re.S)


@dataclass(frozen=True)
class ErrorReply:
    """A server's error reply, without secrets.

    Args:
        where: address of the server.
        status: HTTP status.
        text: the whole body.
        headers: HTTP headers.
    """

    where: str
    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Problem(NamedTuple):
    """A part of the request that an error is about: the names on the way to it, and the code."""

    names: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class ErrorDetail:
    """The meaning of an error reply.

    Args:
        status: HTTP status, or the one that the body of a reply with status 200 names.
        message: the server's own words, in one line.
        words: the same in lower case, without addresses and without the request's own text.
        codes: every type, code, status and reason, in lower-case letters and digits alone.
        problems: the parts of the request that it names as such.
        delay: the pause that the server asks for, in seconds, None if it asks for none.
        page: the title of a web page, None for any other reply.
    """

    status: int
    message: str
    words: str
    codes: frozenset[str]
    problems: tuple[Problem, ...] = ()
    delay: float | None = None
    page: str | None = None


def plain_code(code: object) -> str:
    """A code in lower-case letters and digits alone: `insufficient_quota`, `DeploymentNotFound`."""
    return re.sub(r"[^a-z0-9]", "", str(code).lower())


def codes_of(text: str) -> frozenset[str]:
    """The plain codes of a text with blanks between them."""
    return frozenset(map(plain_code, text.split()))


def error_detail(reply: ErrorReply, body: Mapping[str, Any]) -> ErrorDetail:
    """The meaning of an error reply to a request with this body."""
    start = reply.text[:READ]
    if _PAGE.match(start):
        title = _TITLE.search(start)
        page = " ".join(_TAG.sub(" ", title[2]).split())[:MESSAGE_LENGTH] if title else ""
        message = f"a web page, {page!r}" if page else "a web page"
        return ErrorDetail(
            reply.status, message, page.lower(), frozenset(), (), retry_after(reply.headers), page
        )
    try:
        return _detail(reply, _parsed(reply.text), body)
    except RecursionError:  # nested so deep that it says nothing
        return ErrorDetail(reply.status, _phrase(reply.status), "", frozenset())


def _detail(reply: ErrorReply, tree: Any, body: Mapping[str, Any]) -> ErrorDetail:
    """The meaning of an error reply with this body, which is JSON or a text."""
    sight = _Sight()
    sight.look(tree)
    words = list(dict.fromkeys(" ".join(words.split()) for words in sight.words if words.strip()))
    message = ": ".join(words) or _phrase(reply.status)
    pauses = (retry_after(reply.headers), pause_in_body([tree, *sight.inner], message))
    return ErrorDetail(
        _status(reply.status, tree),
        message[:MESSAGE_LENGTH],
        _without(prompts(body), _URL.sub(" ", message)).lower(),
        frozenset(map(plain_code, sight.codes)),
        tuple(sight.problems),
        max((pause for pause in pauses if pause is not None), default=None),
    )


class _Sight:
    """The words, codes and problems of a body, the outermost first."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.codes: list[object] = []
        self.problems: list[Problem] = []
        self.inner: list[Any] = []  # bodies inside texts

    def look(self, node: Any) -> None:
        if isinstance(node, str):
            self._look_at_text(node)
        elif isinstance(node, list):
            for item in node:
                self.look(item)
        elif isinstance(node, Mapping):
            self._look_at_mapping(node)

    def _look_at_mapping(self, node: Mapping[str, Any]) -> None:
        self.codes += [node[name] for name in CODES if isinstance(node.get(name), str | int)]
        names = _location(node.get("loc") or node.get("param") or node.get("field"))
        if names:
            self.problems.append(Problem(names, plain_code(node.get("type") or node.get("code"))))
        for name in dict.fromkeys((*WORDS, *INNER)):
            inner = node.get(name)
            if isinstance(inner, Mapping | list):
                self.look(inner)
            elif isinstance(inner, str) and (name != "title" or not self.words):
                shown = f"{names[-1]}: {inner}" if "loc" in node and names else inner
                self._look_at_text(shown)

    def _look_at_text(self, text: str) -> None:
        text = _GROUP.sub("", text[:READ])
        for code, place, _, _ in _PRINTED.findall(text):
            names = _location([part.strip(" '\"") for part in place.split(",")])
            self.problems.append(Problem(names, plain_code(code)))
            self.codes.append(code)
        if _PRINTED.search(text):
            text = "; ".join(
                f"{place.split(',')[-1].strip(chr(39) + chr(32))}: {words}"
                for _, place, _, words in _PRINTED.findall(text)
            )
        self.codes += _INPUT.findall(text)
        self.codes += _CLASS.findall(text)
        before, inner, after = _embedded(_INPUT.sub("", text))
        self.words += [part for part in (before.rstrip(" -:b'\""), after.strip(" .'\"")) if part]
        self.inner.append(inner)
        self.look(inner)


def _parsed(text: str) -> Any:
    """The body as JSON, or else as text without tags."""
    try:
        return json.loads(text)
    except ValueError:
        return _TAG.sub(" ", text) if text.lstrip().startswith("<") else text


def _embedded(text: str) -> tuple[str, Any, str]:
    """The text before, the value of, and the text after an error or a request inside a text.

    A request is worth nothing: its value is None.
    """
    for start in [match.start() for match in _OPENED.finditer(text)][:STARTS]:
        value, end = _value_at(text, start)
        first = value[0] if isinstance(value, list) and value else value
        if not isinstance(first, Mapping):
            continue
        if any(name in first for name in ECHO):
            return text[:start], None, text[end:]
        if any(name in first for name in (*WORDS, *INNER)):
            return text[:start], value, text[end:]
    return text, None, ""


def _value_at(text: str, start: int) -> tuple[Any, int]:
    """The value in JSON or in Python's notation that begins there, and its end."""
    try:
        value, length = json.JSONDecoder().raw_decode(text[start:])
        return value, start + length
    except ValueError:
        pass
    end = _closed(text, start)
    try:
        return ast.literal_eval(text[start:end]), end
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None, start


def _closed(text: str, start: int) -> int:
    """The place after the bracket that closes the one at `start`; brackets in quotes are text."""
    depth = 0
    for match in _BRACKET.finditer(text, start):
        depth += match[0] in "{[("
        depth -= match[0] in "}])"
        if depth == 0:
            return match.end()
    return len(text)


def _location(place: Any) -> tuple[str, ...]:
    """The names on the way to a part of a request: `["body", "messages", 0]`, `messages[0].role`.

    The word `body` at its front and numbers say nothing.
    """
    if isinstance(place, str):
        place = re.split(r"[.\[\]\s>/]+|->", place)
    if not isinstance(place, list | tuple):
        return ()
    names = [str(part) for part in place if str(part) and not str(part).isdecimal()]
    return tuple(name for name in names if name.lower() not in ("body", "none", "null"))


def _status(status: int, tree: Any) -> int:
    """The status; where a reply with status 200 holds an error, the one that its body names."""
    if status >= HTTPStatus.BAD_REQUEST:
        return status
    error = tree.get("error") if isinstance(tree, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    is_status = isinstance(code, int | str) and re.fullmatch(r"[45]\d\d", str(code))
    return int(code) if code is not None and is_status else status


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no further words"


def prompts(body: Mapping[str, Any]) -> Iterator[str]:
    """The texts of a request's messages."""
    for message in body.get("messages") or ():
        content = message.get("content")
        if isinstance(content, str):
            yield content


def _without(texts: Iterable[str], message: str) -> str:
    """The message without runs of words that it shares with the texts of the request."""
    words = message.split()
    plain = [re.sub(r"\W", "", word).lower() for word in words]
    quoted = [False] * len(words)
    for text in texts:
        prompt = [re.sub(r"\W", "", word).lower() for word in text[:LONGEST_PROMPT].split()]
        length = min(QUOTE, len(prompt))
        if length < SHORTEST_QUOTE:
            continue
        runs = {tuple(prompt[i : i + length]) for i in range(len(prompt) - length + 1)}
        for i in range(len(plain) - length + 1):
            if tuple(plain[i : i + length]) in runs:
                quoted[i : i + length] = [True] * length
    return " ".join(word for word, is_quoted in zip(words, quoted, strict=True) if not is_quoted)
