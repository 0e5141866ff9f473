"""Completions from the reply of an OpenAI-compatible server. Pure.

Servers leave fields out, put thoughts in many places and count tokens wrongly. So a reply is plain
JSON here, and nothing in it is taken on trust.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, NamedTuple

from dynscaling_nb.errors import ModelError
from dynscaling_nb.records import Completion, Usage

THOUGHTS = ("reasoning_content", "reasoning", "thinking")  # the fields of a message
PART_FIELDS = ("text", "thinking", "reasoning", "summary", "content", "refusal")
FINISHES = {  # other words for the two reasons that matter
    **dict.fromkeys(("max_tokens", "max_output_tokens", "model_length", "max_length"), "length"),
    **dict.fromkeys(("stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete"), "stop"),
}
PAUSE_HEADERS = (  # and their units, in seconds; LiteLLM passes the last one on
    ("retry-after-ms", 1e-3),
    ("retry-after", 1.0),
    ("llm_provider-retry-after", 1.0),
)


class ReadReply(NamedTuple):
    """The completions of a reply. `estimated`: the server has not counted all of their tokens."""

    completions: list[Completion]
    estimated: bool


class _Texts(NamedTuple):
    text: str = ""
    thoughts: str = ""


def read_completions(reply: Mapping[str, Any], bound: Usage, opening: str = "") -> ReadReply:
    """The choices of a reply; the first one carries the prompt's tokens.

    `opening` is a text that the model continues. Some servers repeat it; it is no part of a choice.
    Choices that failed are left out. Tokens that the server does not count are 0. No count exceeds
    `bound`, the highest possible. Raises `ModelError` for a reply without choices.
    """
    choices = [choice for choice in _choices(reply) if not _has_failed(choice)]
    if not choices:
        raise ModelError("a reply without choices", reply)
    texts = [_texts_of(choice) for choice in choices]
    usage = reply.get("usage")
    counted = count(usage, "completion_tokens")
    total = _written(counted, texts, reply)
    prompt = min(count(usage, "prompt_tokens"), bound.prompt_tokens)
    cached = min(count(_part(usage, "prompt_tokens_details"), "cached_tokens"), prompt)
    share, rest = divmod(min(total, bound.completion_tokens), len(choices))
    usages = [Usage(completion_tokens=share + (i < rest)) for i in range(len(choices))]
    usages[0] += Usage(prompt, cached_tokens=cached)
    completions = [
        Completion(
            text.text.removeprefix(opening.strip()).strip(),
            text.thoughts,
            _finish(choice),
            usage,
            _logprob(choice),
        )
        for choice, text, usage in zip(choices, texts, usages, strict=True)
    ]
    return ReadReply(completions, estimated=total > counted)


def embedded_error(reply: Mapping[str, Any]) -> Any:
    """The error in a reply of which nothing can be used, None if something can."""
    choices = _choices(reply)
    if not all(map(_has_failed, choices)):
        return None
    errors = (
        choice.get("error") or "the model failed (finish_reason: error)" for choice in choices
    )
    return reply.get("error") or next(errors, None)


def entries(value: Any, name: str) -> list[Any]:
    """The list in a field of a mapping, empty if there is none."""
    inner = _part(value, name)
    return inner if isinstance(inner, list) else []


def count(usage: Any, name: str) -> int:
    """A number of tokens by the server's count, 0 if there is no sensible one."""
    try:
        tokens = float(_part(usage, name) or 0)
    except (TypeError, ValueError, OverflowError):
        return 0
    return int(tokens) if isfinite(tokens) and tokens > 0 else 0


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _choices(reply: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The choices that hold a message or a text, or that failed."""
    return [
        choice
        for choice in entries(reply, "choices")
        if isinstance(choice, dict)
        and (_message(choice) is not None or "text" in choice or _has_failed(choice))
    ]


def _message(choice: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The message of a choice; some servers call it `delta` in a whole reply too."""
    messages = (choice.get(name) for name in ("message", "delta"))
    return next((message for message in messages if isinstance(message, dict)), None)


def _has_failed(choice: Mapping[str, Any]) -> bool:
    return choice.get("finish_reason") == "error" or bool(choice.get("error"))


def _texts_of(choice: Mapping[str, Any]) -> _Texts:
    """The text and the thoughts of a choice, wherever its server puts them."""
    message = _message(choice) or {"content": choice.get("text")}
    content, refusal = _read(message.get("content")), message.get("refusal")
    fields = (_read(message[name]) for name in THOUGHTS if message.get(name))
    thoughts = next(("".join(field) for field in fields if any(field)), content.thoughts)
    text = content.text or (_read(refusal).text if refusal else "")
    return _Texts(text.strip(), thoughts.strip())


def _read(content: Any) -> _Texts:
    """The texts of a message's content, which may be a text, a part, or a list of parts."""
    if isinstance(content, str):
        return _Texts(content)
    if isinstance(content, list):
        parts = [_read(part) for part in content]
        return _Texts("".join(p.text for p in parts), "".join(p.thoughts for p in parts))
    if not isinstance(content, dict):
        return _Texts("" if content is None else str(content))
    inner = _read(next((content[name] for name in PART_FIELDS if content.get(name)), None))
    is_thought = any(sign in str(content.get("type")) for sign in ("think", "reason", "thought"))
    return _Texts("", inner.text + inner.thoughts) if is_thought else inner


def _finish(choice: Mapping[str, Any]) -> str:
    message = _message(choice) or {}
    if message.get("refusal") and not message.get("content"):
        return "refusal"
    reason = str(choice.get("finish_reason") or "stop")
    return FINISHES.get(reason.lower(), reason)


def _written(counted: int, texts: Sequence[_Texts], reply: Mapping[str, Any]) -> int:
    """The tokens of all choices.

    Some servers, llama.cpp among them, count those of the first choice alone. The others' are then
    estimated from their length. No token is more than a word, so the number of words tells.
    """
    lengths = [len(text.text) + len(text.thoughts) for text in texts]
    words = sum(len(part.split()) for text in texts for part in text)
    is_first_alone = words > counted or _part(reply.get("timings"), "predicted_n") == counted
    if len(texts) == 1 or not counted or not lengths[0] or not is_first_alone:
        return counted
    return max(counted, round(counted * sum(lengths) / lengths[0]))


def _logprob(choice: Mapping[str, Any]) -> float | None:
    """The mean log-probability of a choice's tokens, in nats; None if the server sends none."""
    values = []
    for token in entries(choice.get("logprobs"), "content"):
        value = _part(token, "logprob")
        if isinstance(value, int | float) and isfinite(value):
            values.append(value)
    return sum(values) / len(values) if values else None


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
