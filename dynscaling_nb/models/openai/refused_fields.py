"""The field of a request that an error reply is about, and whether the server knows it. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from dynscaling_nb.models.openai.error_detail import ErrorDetail, codes_of
from dynscaling_nb.models.openai.request_body import EVERY_PIECE, PREFIX

LIMITS = ("max_completion_tokens", "max_tokens")  # two names of one limit
LIMITS_ELSEWHERE = ("max_output_tokens", "maxOutputTokens", "max_new_tokens")  # behind a gateway
DROPPABLE = (  # fields that a request can do without
    EVERY_PIECE,
    PREFIX,
    "stream_options",
    "stream",
    "seed",
    "logprobs",
    "reasoning_effort",
    "n",
    *LIMITS,
    "temperature",
    "reasoning_effort",
)
UNKNOWN = codes_of(  # of a field that the server does not know or cannot do
    """
    extra_forbidden unknown_parameter unsupported_parameter unsupported_value unknown_field
    unrecognized_request_argument unexpected_keyword_argument unsupportedparamserror
    unrecognized_keys additionalproperties value_error.extra
    """
)
_QUOTE = r"[`'\"\[{(<]*"
_LIST = rf"(?:{_QUOTE}[\w.]+[`'\"]?(?:, ?| and )){{0,12}}"  # other names before the one
_NOT = (
    r"(?:not (?:yet |currently |a )*(?:supported|allowed|permitted|recogni[sz]ed|available"
    r"|implemented|accepted|valid argument|known)|unsupported|unknown|unexpected|deprecated"
    r"|unrecogni[sz]ed|does(?: not|n't) support|extra (?:inputs|fields) (?:are )?not permitted)"
)
_BEFORE = (
    r"(?:unknown|unrecogni[sz]ed|unsupported|unexpected|extra|additional|no such|cannot find"
    r"|not (?:supported|allowed|permitted|recogni[sz]ed)|does(?: not|n't) support|are not permitted"
    r"|invalid (?:field|parameter|argument|keyword|key))"
)
_RANGE = re.compile(
    r"\bbetween\b|\bat (?:most|least)\b|(?:less|greater|smaller|larger|higher|lower) than"
    r"|\bm(?:ax|in)imum\b|\brange\b|\bmust be\b|\bshould be\b|\btoo (?:large|high|small|big|low)\b"
    r"|<=|>=|\bexceeds?\b|\bup to\b|supports at most|invalid value|only \d|\ballowed values?\b"
)


def sent_fields(body: Mapping[str, Any]) -> Iterator[str]:
    """The fields of a body that can be left out, the user's own first."""
    extra: Mapping[str, Any] = body.get("extra_body") or {}
    options: Mapping[str, Any] = body.get("stream_options") or {}
    last = body["messages"][-1] if body["messages"] else {}
    yield from extra
    yield from (name for name in DROPPABLE if any(name in part for part in (body, options, last)))


def unknown_field(detail: ErrorDetail, body: Mapping[str, Any]) -> str | None:
    """The field that was sent and that the server does not know or cannot do, or None."""
    for name in sent_fields(body):
        for problem in detail.problems:
            is_unknown = bool({problem.code, *_general(detail)} & UNKNOWN)
            if is_unknown and name in problem.names[-1:]:
                return name
    if _RANGE.search(detail.words) and not detail.codes & UNKNOWN:
        return None
    return next((name for name in sent_fields(body) if _is_refused(detail.words, name)), None)


def wrong_value(detail: ErrorDetail, body: Mapping[str, Any]) -> str | None:
    """The field that was sent with a value that the server refuses, or None."""
    fields = [name for name in sent_fields(body) if name != "n"]
    for name in fields:
        if any(set(problem.names[:1]) & _aliases(name) for problem in detail.problems):
            return name
    if not _RANGE.search(detail.words):
        return None
    return next(
        (name for name in fields if any(_is_named(detail.words, a) for a in _aliases(name))), None
    )


def is_about_n(detail: ErrorDetail) -> bool:
    """Whether an error is about the number of completions."""
    return any(problem.names == ("n",) for problem in detail.problems) or _is_named(
        detail.words, "n"
    )


def is_last_limit(name: str, body: Mapping[str, Any]) -> bool:
    """Whether a request without this field would have no limit on its tokens."""
    extra: Mapping[str, Any] = body.get("extra_body") or {}
    return name == "max_tokens" or (name in LIMITS and name in extra)


def limit_named_in(text: str, *, below: float) -> int | None:
    """The largest whole number from 2 to `below`, itself not included, in a text, or None."""
    numbers = [int(digits.replace(",", "")) for digits in re.findall(r"\d[\d,]*", text)]
    return max((number for number in numbers if 1 < number < below), default=None)


def _general(detail: ErrorDetail) -> Collection[str]:
    """The codes of the whole error, if it is about one part of the request."""
    return detail.codes if len(detail.problems) == 1 else ()


def _aliases(name: str) -> set[str]:
    return {*LIMITS, *LIMITS_ELSEWHERE} if name in LIMITS else {name}


def _is_refused(words: str, name: str) -> bool:
    """Whether the words say, right beside a field's name, that it is unknown."""
    if len(name) == 1 and not _is_named(words, name):
        return False
    escaped = re.escape(name.lower())
    before = rf"{_BEFORE}[\w ]{{0,40}}?[^\w.]{{1,6}}{_LIST}{_QUOTE}(?:\w+\.)*{escaped}\b"
    after = (
        rf"(?<![\w.]){escaped}[`'\")\]}}:]*\s+(?:(?:parameter|field|option|argument|value|is|are"
        rf"|was|were) )*{_NOT}"
    )
    return re.search(f"{before}|{after}", words) is not None


def _is_named(words: str, name: str) -> bool:
    """Whether words name a field; one letter must stand in quotes or before `=`."""
    escaped = re.escape(name.lower())
    if len(name) > 1:
        return re.search(rf"(?<!\w){escaped}(?!\w)", words) is not None
    return (
        re.search(rf"(?<!\w)(?:'{escaped}'|\"{escaped}\"|`{escaped}`|{escaped} ?=)", words)
        is not None
    )
