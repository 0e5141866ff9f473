"""The settings of a model behind an OpenAI-compatible address, and their checks."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Request, Usage

LONGEST = 1_000_000  # tokens; no model writes a longer completion
FRAME = 256  # tokens at most that a server's chat template adds to a prompt


@dataclass(frozen=True)
class OpenAISettings:
    """The settings of an `OpenAIModel`, which explains each field.

    Raises `InputError` for a value that cannot be used.
    """

    model: str
    base_url: str | Sequence[str] | None = None
    api_key: str | None = field(default=None, repr=False, compare=False)
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float = 60.0
    max_retries: int = 4
    seed: int | None = None
    max_n: int = 8
    logprobs: bool = False
    stream: bool = False
    request_deadline: float | None = None
    give_up_after: float = 120.0
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.model)
        for name, value, unit in (
            ("timeout", self.timeout, " of seconds"),
            ("request_deadline", self.request_deadline, " of seconds"),
            ("give_up_after", self.give_up_after, " of seconds"),
            ("requests_per_minute", self.requests_per_minute, ""),
            ("tokens_per_minute", self.tokens_per_minute, ""),
            ("max_tokens", self.max_tokens, ""),
        ):
            if value is not None and not value > 0:
                raise InputError(f"{name} must be a positive number{unit}, got {value}", value)
        for address in self.addresses:
            if not address.startswith(("http://", "https://")):
                raise InputError(
                    f"base URL must begin with http:// or https://, got {address!r}", address
                )
            if "@" in urlsplit(address).netloc:  # the error must not repeat the password
                raise InputError(
                    "base URL must hold no name and password; "
                    "give the key as OPENAI_API_KEY, or as api_key="
                )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The servers' addresses; empty for the client's own default."""
        if isinstance(self.base_url, str):
            addresses: Sequence[str] = self.base_url.split(",")
        else:
            addresses = self.base_url or ()
        return tuple(dict.fromkeys(address.strip() for address in addresses))

    @property
    def key(self) -> str | None:
        """The key, from `api_key` or from the environment."""
        return self.api_key or os.environ.get("OPENAI_API_KEY") or None

    def most_used(self, request: Request) -> Usage:
        """The most tokens that one attempt can use.

        A token of the prompt is at least one byte. Without `max_tokens` the bound of a completion
        is longer than any model writes.
        """
        prompt = sum(len(message["content"].encode()) for message in request.messages) + FRAME
        return Usage(prompt, request.n * (self.max_tokens or LONGEST))

    def likely_used(self, request: Request) -> int:
        """Tokens of a request by a guess, for the limit per minute.

        Four characters are a token, and every response has `max_tokens`.
        """
        prompt = sum(len(message["content"]) for message in request.messages) // 4
        return prompt + request.n * (self.max_tokens or 0)
