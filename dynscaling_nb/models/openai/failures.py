"""What to do about a server's error reply, as data. Pure: no server is needed to test it.

DropField      a 400 or 422 names a field that was sent: leave it out from now on
FoldSystem     the server wants no system role: send its text with the question from now on
Fewer          a 400 or 422 that may be about the number of completions
Retry          a rate limit, a fault of the server: the same again, after a pause
UnknownModel   the server has no such model
Fail           anything else
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dynscaling_nb.errors import ModelError, ModelUnavailable
from dynscaling_nb.models.openai.request_body import EVERY_PIECE
from dynscaling_nb.models.openai.responses import retry_after
from dynscaling_nb.models.openai.roles import has_system, refuses_system

BAD_REQUEST = (400, 422)
BUSY = 429
TIMED_OUT, CONFLICT, FAULT = 408, 409, 500  # from 500 on the fault is the server's
# Signs of a refused key; the last one is the message of a LiteLLM proxy without a database.
KEY_SIGNS = ("api key", "api_key", "no connected db")
DROPPABLE = (  # fields that a request can do without
    EVERY_PIECE,
    "stream_options",
    "seed",
    "logprobs",
    "n",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
)


@dataclass(frozen=True)
class ErrorReply:
    """A server's error reply.

    Args:
        where: address of the server.
        status: HTTP status.
        text: the whole body as text.
        message: the server's own message, in one line without the key.
        headers: HTTP headers.
    """

    where: str
    status: int
    text: str
    message: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class DropField:
    """Send the request again without this field."""

    name: str


@dataclass(frozen=True)
class FoldSystem:
    """Send the system message as a part of the user's message from now on."""


@dataclass(frozen=True)
class Fewer:
    """Ask for `n` completions at a time. `named`: the server named it; else it is a guess."""

    n: int
    named: bool


@dataclass(frozen=True)
class Retry:
    """Send the same again, `after` the seconds that the server asks for, if it does."""

    message: str
    kind: str
    after: float | None


@dataclass(frozen=True)
class UnknownModel:
    """The server does not know the model; its list of models may hold a hint."""

    message: str


@dataclass(frozen=True)
class Fail:
    """Raise `error`."""

    error: ModelError


Decision = DropField | FoldSystem | Fewer | Retry | UnknownModel | Fail


def classify(reply: ErrorReply, body: Mapping[str, Any]) -> Decision:
    """The decision on an error reply to a request with this body."""
    if has_system(body["messages"]) and refuses_system(reply.status, reply.message):
        return FoldSystem()
    if reply.status in BAD_REQUEST:
        n, name = body.get("n", 1), refused_field(reply.text, body)
        if name == "n":
            limit = limit_named_in(reply.text, below=n)
            return DropField("n") if limit is None else Fewer(limit, named=True)
        if name is not None:
            return DropField(name)
        if n > 1:  # the reply names no field: the request may ask for too many at a time
            return Fewer(n // 2, named=False)
    return _end(reply, body["model"])


def refused_field(text: str, body: Mapping[str, Any]) -> str | None:
    """The field of the body that an error message names and that can be left out, or None.

    The user's own fields go first.
    """
    extra: Mapping[str, Any] = body.get("extra_body") or {}
    options: Mapping[str, Any] = body.get("stream_options") or {}
    for name in (*extra, *DROPPABLE):
        is_sent = name in body or name in extra or name in options
        if is_sent and _names(text, name):
            return name
    return None


def limit_named_in(text: str, *, below: int) -> int | None:
    """The largest number from 2 to `below` - 1 in an error message, or None."""
    numbers = [int(digits) for digits in re.findall(r"\d+", text)]
    return max((number for number in numbers if 1 < number < below), default=None)


def _names(text: str, name: str) -> bool:
    """Whether an error message names a field; one letter must stand in quotes or before `=`."""
    if len(name) > 1:
        return name in text
    forms = (f"'{name}'", f'"{name}"', f"`{name}`", f"{name} = ", f"{name}=")
    return any(form in text for form in forms)


def _end(reply: ErrorReply, model: str) -> Retry | UnknownModel | Fail:
    """The decision if no other body would help."""
    where, status, message = reply.where, reply.status, reply.message
    lower = message.lower()
    if status in (401, 403) or (status < FAULT and any(sign in lower for sign in KEY_SIGNS)):
        hint = "set OPENAI_API_KEY to a valid one"
        return Fail(ModelUnavailable(f"{where} refused the key ({status}); {hint}", status))
    if status == 404 or (status in BAD_REQUEST and "model" in lower and model in message):
        return UnknownModel(f"{where} does not know the model {model!r} ({status})")
    if status == BUSY and "quota" in lower:
        return Fail(ModelUnavailable(f"{where} says that the quota is used up: {message}", status))
    text = f"{where} answered {status}: {message}"
    if status == BUSY:
        return Retry(text, "rate limit", retry_after(reply.headers))
    if status >= FAULT or status in (TIMED_OUT, CONFLICT):
        return Retry(text, f"status {status}", retry_after(reply.headers))
    return Fail(ModelError(text, status))
