"""What to do about a server's error reply: rules, the first of which that applies decides. Pure.

Only a field that the server does not know changes what later requests are sent with. A bad value,
such as a temperature out of range, ends the run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dynscaling_nb.models.openai import error_signs as signs
from dynscaling_nb.models.openai.addresses import path_hint
from dynscaling_nb.models.openai.decisions import (
    Decision,
    DropField,
    EndRun,
    FailQuestion,
    Fewer,
    FoldSystem,
    NotFound,
    Retry,
    UnknownModel,
)
from dynscaling_nb.models.openai.error_detail import ErrorDetail, ErrorReply, error_detail
from dynscaling_nb.models.openai.refused_fields import (
    LIMITS,
    is_about_n,
    is_last_limit,
    limit_named_in,
    unknown_field,
    wrong_value,
)
from dynscaling_nb.models.openai.roles import has_system, refuses_system

BAD_REQUEST = frozenset({400, 422})
BUSY, FAULT = 429, 500  # from 500 on the fault is the server's
PASSING = frozenset({408, 409, 424, 425, 498, 499})  # timeouts, conflicts and failed parts
GONE, TOO_LARGE = 410, frozenset({413, 414, 431})
LONGEST_WAIT = 300.0  # seconds; a server that asks for more ends the run
KEY_HINT = "set OPENAI_API_KEY to a valid one"
MINUTE, HOUR, DAY = 60, 3600, 86400  # seconds


@dataclass(frozen=True)
class Failure:
    """An error reply, its meaning, and the body of the request."""

    reply: ErrorReply
    detail: ErrorDetail
    body: Mapping[str, Any]

    @property
    def line(self) -> str:
        """The server's words with its address and status."""
        verb = "answered with" if self.detail.status < signs.FIRST_ERROR else "answered"
        return f"{self.reply.where} {verb} {self.detail.status}: {self.detail.message}"

    def says(self, what: str, then: str = "") -> str:
        """A line on what is wrong, with the server's words and what to do."""
        words = f"{self.detail.message.rstrip('.')}; {then}" if then else self.detail.message
        return f"{self.reply.where} {what} ({self.detail.status}): {words}"


def classify(reply: ErrorReply, body: Mapping[str, Any]) -> Decision:
    """The decision on an error reply to a request with this body."""
    failure = Failure(reply, error_detail(reply, body), body)
    decisions = (rule(failure) for rule in RULES)
    return next((each for each in decisions if each is not None), FailQuestion(failure.line))


def _web_page(failure: Failure) -> Decision | None:
    """A web page, from a firewall, from a proxy, or from an address that is no server."""
    detail, where = failure.detail, failure.reply.where
    if detail.page is None or detail.status >= FAULT or detail.status == BUSY:
        return None
    if detail.status == signs.FORBIDDEN:
        hint = "a firewall or a proxy stands before the server"
        return FailQuestion(f"{where} answered 403 with {detail.message}; {hint}")
    if detail.status < signs.FIRST_ERROR:
        return EndRun(f"{where} answered with {detail.message}; {_address_hint(where)}")
    return None


def _money(failure: Failure) -> Decision | None:
    detail = failure.detail
    final = EndRun(failure.says("says that the quota is used up"))
    if detail.status == signs.PAYMENT or signs.MONEY(detail):
        return final
    if signs.GOOGLES_LIMIT.in_codes(detail):
        of_a_day = any(signs.GOOGLES_FINAL.search(code) for code in detail.codes)
        return final if of_a_day or signs.NO_LIMIT_AT_ALL.search(detail.words) else None
    is_final = signs.CURRENT_QUOTA.in_words(detail) or (
        detail.status == BUSY and signs.OF_A_DAY.in_words(detail)
    )
    return final if is_final and detail.delay is None else None


def _too_large(failure: Failure) -> Decision | None:
    """A request that no pause would let through."""
    detail = failure.detail
    match = signs.REQUESTED.search(detail.words)
    is_above = match is not None and _number(match[2]) > _number(match[1])
    if detail.status in TOO_LARGE or signs.TOO_LARGE(detail) or is_above:
        return FailQuestion(failure.line)
    return None


def _rate_limit(failure: Failure) -> Decision | None:
    detail = failure.detail
    if detail.status == BUSY or (detail.status < FAULT and signs.RATE_LIMIT.in_codes(detail)):
        return _again(failure, "rate limit")
    return None


def _context(failure: Failure) -> Decision | None:
    """A prompt that is too long, unless the limit on the response leaves no room for any prompt."""
    detail, body = failure.detail, failure.body
    if not signs.CONTEXT(detail):
        return None
    limit = next((body[name] for name in LIMITS if name in body), 0)
    match = signs.CONTEXT_SIZE.search(detail.words)
    if match is not None and limit >= _number(match[1]):
        return EndRun(failure.says("refuses the limit on tokens", f"max_tokens is {limit}"))
    return FailQuestion(failure.line)


def _moderation(failure: Failure) -> Decision | None:
    return FailQuestion(failure.line) if signs.MODERATION(failure.detail) else None


def _key(failure: Failure) -> Decision | None:
    detail = failure.detail
    is_refused = detail.status == signs.UNAUTHORIZED or (
        detail.status < FAULT and signs.KEY(detail) and not signs.NO_ACCESS(detail)
    )
    return EndRun(failure.says("refused the key", KEY_HINT)) if is_refused else None


def _model(failure: Failure) -> Decision | None:
    detail, model = failure.detail, failure.body["model"]
    if signs.OTHER_ENDPOINT.in_words(detail):
        return EndRun(failure.line)
    is_model = signs.MODEL(detail) and detail.status < FAULT
    if detail.status == signs.FORBIDDEN and (is_model or signs.NO_ACCESS(detail)):
        return EndRun(failure.says(f"gives no access to the model {model!r}"))
    if is_model:
        return UnknownModel(failure.says(f"does not know the model {model!r}"))
    return None


def _nowhere(failure: Failure) -> Decision | None:
    """An address without a server behind it, or a model that the server has no code for."""
    detail, where, model = failure.detail, failure.reply.where, failure.body["model"]
    unknown = failure.says(f"does not know the model {model!r}")
    about_model = any(problem.names[:1] == ("model",) for problem in detail.problems)
    if about_model and detail.status in BAD_REQUEST:
        return UnknownModel(unknown)
    if detail.status == GONE:
        return EndRun(failure.line)
    is_standard = detail.page is not None or not failure.reply.text or signs.NOWHERE(detail)
    if detail.status not in signs.NO_SUCH_PLACE and not signs.NOWHERE(detail):
        return None
    if is_standard:
        what = f"has nothing at {_join(where, 'chat/completions')}"
        return NotFound(failure.says(what, _address_hint(where)), unknown)
    if about_model or model.lower() in detail.words:
        return NotFound(failure.line, unknown)
    return EndRun(failure.line)


def _forbidden(failure: Failure) -> Decision | None:
    if failure.detail.status != signs.FORBIDDEN:
        return None
    if failure.detail.codes:
        return EndRun(failure.says("refused access", "check what the key may do"))
    return EndRun(failure.says("refused the key", KEY_HINT))  # so it is where nothing else is said


def _field(failure: Failure) -> Decision | None:
    """A field that the server does not know, or a value that it refuses."""
    detail, body = failure.detail, failure.body
    if detail.status not in BAD_REQUEST:
        return None
    n = body.get("n", 1)
    if n > 1 and is_about_n(detail):
        limit = limit_named_in(detail.words, below=n)
        return DropField("n") if limit is None else Fewer(limit, named=True)
    name = unknown_field(detail, body)
    if name is not None:
        if is_last_limit(name, body):
            return EndRun(failure.says(f"refuses {name}", "set no max_tokens for this server"))
        return DropField(name)
    name = wrong_value(detail, body)
    if name is not None:
        shown = "max_tokens" if name in LIMITS else name  # as the user knows it
        return EndRun(failure.says(f"refuses the value of {shown}", _maximum(name, failure)))
    return Fewer(n // 2, named=False) if n > 1 else None


def _role(failure: Failure) -> Decision | None:
    detail = failure.detail
    is_refused = refuses_system(detail.status, detail.words)
    return FoldSystem() if is_refused and has_system(failure.body["messages"]) else None


def _passing(failure: Failure) -> Decision | None:
    """A fault of the server."""
    status = failure.detail.status
    if status >= FAULT or status in PASSING or status < signs.FIRST_ERROR:
        kind = f"status {status}" if status >= signs.FIRST_ERROR else "malformed reply"
        return _again(failure, kind)
    return None


RULES: tuple[Callable[[Failure], Decision | None], ...] = (
    _web_page,
    _moderation,
    _money,
    _too_large,
    _rate_limit,
    _context,
    _role,
    _key,
    _model,
    _nowhere,
    _forbidden,
    _field,
    _passing,
)


def _again(failure: Failure, kind: str) -> Retry | EndRun:
    """The same again, unless the server asks for a wait that nobody sits out."""
    after = failure.detail.delay
    if after is not None and after > LONGEST_WAIT:
        hint = "start the run again after that, with resume=True"
        return EndRun(failure.says(f"asks to wait {in_words(after)}", hint))
    return Retry(failure.line, kind, after)


def in_words(seconds: float) -> str:
    """A length of time: `40 s`, `11 minutes`, `24 hours`, `3 days`."""
    for length, unit in ((2 * DAY, "days"), (2 * HOUR, "hours"), (2 * MINUTE, "minutes")):
        if seconds >= length:
            return f"{seconds / (length / 2):.0f} {unit}"
    return f"{seconds:.0f} s"


def _maximum(name: str, failure: Failure) -> str:
    """The largest value that is allowed, where a limit on tokens is too high."""
    value = failure.body.get(name)
    if name not in LIMITS or not isinstance(value, int):
        return ""
    limit = limit_named_in(failure.detail.words, below=value)
    return "" if limit is None else f"the maximum is {limit}"


def _address_hint(where: str) -> str:
    return path_hint(where) or "is the base URL right?"


def _join(where: str, path: str) -> str:
    return f"{where.rstrip('/')}/{path}"


def _number(digits: str) -> int:
    return int(digits.replace(",", ""))
