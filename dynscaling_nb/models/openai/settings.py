"""The settings of a model behind an OpenAI-compatible address, and their checks."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.openai.addresses import (
    KEY_NAMES,
    OPENAI,
    Address,
    BadAddress,
    read_address,
)
from dynscaling_nb.models.openai.secrets import (
    LONG,
    Mask,
    Secret,
    SecretMapping,
    fault_of,
    hides,
    key_in,
)
from dynscaling_nb.records import Request, Usage

LONGEST = 1_000_000  # tokens; no model writes a longer completion
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a header's name, by RFC 9110
FRAME = 256  # tokens at most that a server's chat template adds to a prompt


@hides("base_url", "api_key", "headers", "default_query")
@dataclass(frozen=True, repr=False)
class OpenAISettings:
    """The settings of an `OpenAIModel`, which explains each field.

    Raises `InputError` for a value that cannot be used.
    """

    model: str
    base_url: str | Sequence[str] | None = None
    api_key: str | Secret | None = field(default=None, repr=False, compare=False)
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float = 600.0
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
    default_query: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    reasoning_effort: str | None = None
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
        if self.reasoning_effort is not None and not self.reasoning_effort.strip():
            raise InputError("reasoning_effort must be a word such as low, or None", "")
        self._read_secrets()

    def __repr__(self) -> str:
        """The settings that are not at their defaults, as far as they are set yet."""
        values = vars(self)
        shown = [f for f in fields(self) if f.repr and values.get(f.name, f.default) != f.default]
        return f"{type(self).__name__}({', '.join(f'{f.name}={values[f.name]!r}' for f in shown)})"

    def _read_secrets(self) -> None:
        """Mend the addresses, the key and the headers; set the addresses' queries apart."""
        addresses = _addresses(self.base_url)
        query = _checked("default_query", self.default_query)
        for address in addresses:
            query = SecretMapping({**address.query, **query})
        urls = tuple(dict.fromkeys(address.url for address in addresses))
        for name, value in {
            "base_url": urls if len(urls) > 1 else next(iter(urls), None),
            "api_key": _usable(key_in(self.api_key), "api_key"),
            "headers": _checked("headers", self.headers),
            "default_query": query,
        }.items():
            object.__setattr__(self, name, value)

    @property
    def servers(self) -> tuple[Address, ...]:
        """The servers' addresses: those of `base_url`, else of OPENAI_BASE_URL, else OpenAI's own.

        Raises `InputError` for a variable that holds no address.
        """
        name = "OPENAI_BASE_URL"
        own = _addresses(self.base_url) or _addresses(os.environ.get(name), f"{name}: ")
        return tuple(dict.fromkeys(own)) or (Address(OPENAI),)

    @property
    def key(self) -> Secret | None:
        """The key, from `api_key` or from the environment.

        Raises `InputError` for one that cannot be sent.
        """
        name = "OPENAI_API_KEY"
        return key_in(self.api_key) or _usable(key_in(os.environ.get(name)), name)

    @property
    def mask(self) -> Mask:
        """Takes the key, and what headers and the query hold, out of a server's messages."""
        values = [Secret(value) for value in self.headers.values() if len(value) >= LONG]
        hidden = [
            Secret(value) for name, value in self.default_query.items() if KEY_NAMES.search(name)
        ]
        return Mask([*values, *hidden, *([] if self.key is None else [self.key])])

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


def _addresses(base_url: Any, source: str = "") -> list[Address]:
    """The addresses in a base URL, or in several; blank ones are left out. Raises `InputError`."""
    several = base_url if isinstance(base_url, list | tuple) else [base_url or ""]
    secrets = [part if isinstance(part, Secret) else Secret(str(part)) for part in several]
    addresses = []
    for text in (Secret(part) for secret in secrets for part in secret.reveal().split(",")):
        address = read_address(text)
        if isinstance(address, BadAddress):
            raise InputError(f"{source}{address.reason}", address.text)
        if address is not None:
            addresses.append(address)
    return addresses


def _usable(key: Secret | None, source: str) -> Secret | None:
    """The key, if it can be sent. Raises `InputError`, which does not show it."""
    if key is not None and (fault := fault_of(key)):
        raise InputError(f"the key in {source} cannot be sent: {fault}")
    return key


def _checked(source: str, values: Any) -> SecretMapping:
    """The headers, or the parameters of a query, without blanks around their values.

    Raises `InputError` for one that cannot be sent, and does not show it.
    """
    if not isinstance(values, Mapping):
        raise InputError(f"{source} must be a mapping of names to texts")
    checked: dict[str, str | Secret] = {}
    for name in values:
        text = Secret(_plain(values[name]).strip())
        fault = fault_of(text) if TOKEN.fullmatch(name) else "no server reads such a name"
        if fault:
            raise InputError(f"{source}[{name!r}] cannot be sent: {fault}", name)
        checked[name] = text
    return SecretMapping(checked)


def _plain(value: Any) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)
