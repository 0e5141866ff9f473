"""Completions from the reply of an OpenAI-compatible server. Pure.

Servers leave fields out, put thoughts in three places and count tokens wrongly. So nothing is taken
on trust here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from dynscaling_nb.errors import ModelError
from dynscaling_nb.records import Completion, Usage

MESSAGE_FIELDS = ("message", "detail", "error", "msg")  # where servers put an error's message
PAUSE_HEADERS = (  # and their units, in seconds; LiteLLM passes the last one on
    ("retry-after-ms", 1e-3),
    ("retry-after", 1.0),
    ("llm_provider-retry-after", 1.0),
)


def read_completions(body: Any, bound: Usage) -> list[Completion]:
    """The choices of a response; the first one carries the prompt's tokens.

    Tokens that the server does not count are 0. No count exceeds `bound`, the highest possible.
    Raises `ModelError` for a response without choices.
    """
    choices = [
        choice
        for choice in getattr(body, "choices", None) or ()
        if getattr(choice, "message", None) is not None
    ]
    if not choices:
        error = getattr(body, "error", None)
        message = error.get("message") if isinstance(error, Mapping) else error
        raise ModelError(f"a reply without choices{f': {message}' if message else ''}", body)
    usage = getattr(body, "usage", None)
    prompt = min(_count(usage, "prompt_tokens"), bound.prompt_tokens)
    total = min(_count(usage, "completion_tokens"), bound.completion_tokens)
    cached = min(_count(getattr(usage, "prompt_tokens_details", None), "cached_tokens"), prompt)
    share, rest = divmod(total, len(choices))  # the first `rest` choices have one token more
    usages = [Usage(completion_tokens=share + (i < rest)) for i in range(len(choices))]
    usages[0] += Usage(prompt, cached_tokens=cached)
    return [_completion(choice, usage) for choice, usage in zip(choices, usages, strict=True)]


def _count(usage: Any, name: str) -> int:
    """A number of tokens by the server's count, 0 if there is no sensible one."""
    count = getattr(usage, name, None)
    return count if isinstance(count, int) and count > 0 else 0


def _completion(choice: Any, usage: Usage) -> Completion:
    message = choice.message
    refusal = getattr(message, "refusal", None)
    text = _text(message.content or refusal or "")
    thoughts = str(
        getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None) or ""
    )
    finish = "refusal" if refusal and not message.content else str(choice.finish_reason or "stop")
    return Completion(text.strip(), thoughts.strip(), finish, usage, _logprob(choice))


def _text(content: Any) -> str:
    """The text of a message's content, which may be a list of parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return str(content)


def _logprob(choice: Any) -> float | None:
    """The mean log-probability of a choice's tokens, in nats; None if the server sends none."""
    tokens = getattr(getattr(choice, "logprobs", None), "content", None) or []
    values = []
    for token in tokens:
        value = getattr(token, "logprob", None)
        if isinstance(value, int | float) and isfinite(value):
            values.append(value)
    return sum(values) / len(values) if values else None


def error_message(body: Any, default: str) -> str:
    """The message in an error reply, `default` if it is empty.

    The body may be a string, `{"message"}`, `{"detail"}`, `{"error"}`, or a list of these.
    """
    if isinstance(body, list):
        body = body[0] if body else ""
    while isinstance(body, Mapping):
        inner = next((body[name] for name in MESSAGE_FIELDS if body.get(name)), None)
        if inner is None:
            break
        body = inner[0] if isinstance(inner, list) and inner else inner
    return str(body or default)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The pause that a server asks for, in seconds; None without a readable header.

    `retry-after` may hold seconds or a date.
    """
    for name, unit in PAUSE_HEADERS:
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            try:
                date = parsedate_to_datetime(value)
                seconds = (date - (now or datetime.now(UTC))).total_seconds()
            except (ValueError, TypeError):
                continue
        if isfinite(seconds):
            return max(seconds, 0.0)
    return None
