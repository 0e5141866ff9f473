"""The body of a request, without the fields and the role that its server refuses. Pure."""

from collections.abc import Collection
from hashlib import sha256
from typing import Any

from dynscaling_nb.models.openai.roles import SYSTEM_ROLE, folded
from dynscaling_nb.models.openai.settings import OpenAISettings
from dynscaling_nb.records import Request

EVERY_PIECE = "continuous_usage_stats"  # usage with every piece of a stream; vLLM knows it
PREFIX = "prefix"  # of a message that the model goes on with; Mistral and DeepSeek know it
# The same for vLLM, SGLang and llama.cpp.
CONTINUED = {"continue_final_message": True, "add_generation_prompt": False}


def request_body(
    settings: OpenAISettings, request: Request, *, offset: int, n: int, refused: Collection[str]
) -> dict[str, Any]:
    """The body that asks for `n` completions of a request, from number `offset` on."""
    limit = "max_tokens" if "max_completion_tokens" in refused else "max_completion_tokens"
    streams = settings.stream and "stream" not in refused
    messages: list[dict[str, Any]] = [
        dict(message)
        for message in (folded(request.messages) if SYSTEM_ROLE in refused else request.messages)
    ]
    further = dict(settings.extra_body)
    if opening(request):
        further = CONTINUED | further
        if PREFIX not in refused:
            messages[-1][PREFIX] = True
    extra = {name: value for name, value in further.items() if name not in refused}
    optional: dict[str, Any] = {
        "n": n if n > 1 else None,
        "temperature": settings.temperature,
        "reasoning_effort": settings.reasoning_effort,
        limit: settings.max_tokens,
        "seed": None
        if settings.seed is None
        else request_seed(settings.seed, request.query.id, request.index + offset),
        "logprobs": settings.logprobs or None,
        "stream": settings.stream or None,
        "stream_options": _stream_options(refused) if streams else None,
        "extra_body": extra or None,
    }
    sent = {
        name: value for name, value in optional.items() if value is not None and name not in refused
    }
    return {"model": settings.model, "messages": messages, **sent}


def opening(request: Request) -> str:
    """The text that the model is to continue: a last message of its own, else empty."""
    last = request.messages[-1]
    return last["content"] if last["role"] == "assistant" else ""


def _stream_options(refused: Collection[str]) -> dict[str, bool]:
    """Ask for the usage with every piece of a stream, or else with the last one."""
    options = {"include_usage": True}
    if EVERY_PIECE not in refused:
        options[EVERY_PIECE] = True
    return options


def request_seed(seed: int, query_id: str, index: int) -> int:
    """A seed in [0, 2**31) for one request, far from those of its neighbours.

    Some servers add the choice's number to the seed. Neighbouring seeds would repeat samples there.
    """
    digest = sha256(f"{seed}/{query_id}/{index}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
