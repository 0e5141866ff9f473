"""What an OpenAI-compatible server sent, read with care: servers leave fields out, put thoughts in three places and miscount. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from dynscaling_nb.errors import ModelError
from dynscaling_nb.records import Completion, Usage


def completions(body: Any, bound: Usage) -> list[Completion]:
    """The choices of a reply; the first one carries the prompt's tokens. Tokens that the server does not count are 0, and never more than
    `bound`, the most that there can be. Raises `ModelError` where there is no choice.
    """
    choices = [
        choice
        for choice in getattr(body, "choices", None) or ()
        if getattr(choice, "message", None) is not None
    ]
    if not choices:
        error = getattr(body, "error", None)
        said = error.get("message") if isinstance(error, Mapping) else error
        raise ModelError(f"a reply without choices{f': {said}' if said else ''}", body)
    usage = getattr(body, "usage", None)
    prompt = min(_count(usage, "prompt_tokens"), bound.prompt_tokens)
    written = min(_count(usage, "completion_tokens"), bound.completion_tokens)
    cached = min(_count(getattr(usage, "prompt_tokens_details", None), "cached_tokens"), prompt)
    share, rest = divmod(written, len(choices))
    first = Usage(prompt, share + (rest > 0), cached_tokens=cached)
    return [
        _completion(choice, Usage(completion_tokens=share + (i < rest)) if i else first)
        for i, choice in enumerate(choices)
    ]


def _count(usage: Any, name: str) -> int:
    """A number of tokens as the server says, 0 where it says none."""
    said = getattr(usage, name, None)
    return said if isinstance(said, int) and said > 0 else 0


def _completion(choice: Any, usage: Usage) -> Completion:
    message = choice.message
    refusal = getattr(message, "refusal", None)
    text = message.content or refusal or ""
    if not isinstance(text, str):  # a list of parts
        text = (
            "".join(str(part.get("text", "")) for part in text if isinstance(part, Mapping))
            if isinstance(text, list)
            else str(text)
        )
    thoughts = str(
        getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None) or ""
    )
    if not thoughts:
        thoughts, text = apart(text)
    finish = "refusal" if refusal and not message.content else str(choice.finish_reason or "stop")
    return Completion(text.strip(), thoughts.strip(), finish, usage, _logprob(choice))


def apart(text: str) -> tuple[str, str]:
    """Thoughts and the rest of a text that holds `<think>` blocks; one that was opened and not closed takes the text to its end, one that
    was closed and not opened the text before it.
    """
    if "<think>" in text:
        before, _, rest = text.partition("<think>")
        inside, _, after = rest.partition("</think>")
        return inside, (before + after).strip()
    inside, closed, after = text.partition("</think>")
    return (inside, after) if closed else ("", text)


def _logprob(choice: Any) -> float | None:
    """The mean log-probability of a choice's tokens, in nats; None where the server gives none."""
    tokens = getattr(getattr(choice, "logprobs", None), "content", None) or []
    found = [
        value
        for token in tokens
        if isinstance(value := getattr(token, "logprob", None), int | float) and isfinite(value)
    ]
    return sum(found) / len(found) if found else None


def said(body: Any, message: str) -> str:
    """A refusal in the server's words, whatever form its body has: a string, `{"message"}`, `{"detail"}`, `{"error"}`, a list of them."""
    if isinstance(body, list):
        body = body[0] if body else ""
    while isinstance(body, Mapping):
        inner = next(
            (body[name] for name in ("message", "detail", "error", "msg") if body.get(name)), None
        )
        if inner is None:
            break
        body = inner[0] if isinstance(inner, list) and inner else inner
    return str(body or message)


def delay(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a server asks us to wait, by its headers: `retry-after-ms`, `retry-after` (seconds or a date) or the one that LiteLLM
    passes on. None where it says nothing that can be read.
    """
    for name, unit in (
        ("retry-after-ms", 1e-3),
        ("retry-after", 1.0),
        ("llm_provider-retry-after", 1.0),
    ):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            try:
                seconds = (
                    parsedate_to_datetime(value) - (now or datetime.now(UTC))
                ).total_seconds()
            except (ValueError, TypeError):
                continue
        if isfinite(seconds):
            return max(seconds, 0.0)
    return None
