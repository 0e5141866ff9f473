"""Keys and other secrets: no repr shows them, and no message of a server repeats them.

A traceback can show the variables of its frames. So a secret is wrapped as soon as it arrives, and
unwrapped when a client is made.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

T = TypeVar("T")

MASK = "***"
# Around a key that was copied: blanks, line breaks, marks without width, quotes of all kinds.
WRAPPING = " \t\r\n\v\f\0\u00a0\u200b\u200c\u200d\u2060\ufeff\"'`\u2018\u2019\u201c\u201d"
LOGGERS = ("httpx", "httpx2", "openai._base_client")  # which write the address of a request
LONG = 8  # characters; a secret as long as this is masked wherever it stands
SHORTEST = 4  # characters; a shorter one is masked only after the word Bearer


class Secret:
    """A text that no repr shows; `reveal` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text. Call it at the last moment, and give the text no name."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return other.reveal() == self._text if isinstance(other, Secret) else other == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[Any, ...]:
        return Secret, (self._text,)  # a model goes to the workers of a cluster


class SecretMapping(Mapping[str, str]):
    """A mapping of names to values of which a repr shows the names alone."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str | Secret]) -> None:
        self._values: dict[str, Secret] = {name: wrapped(values[name]) for name in values}

    def __getitem__(self, name: str) -> str:
        return self._values[name].reveal()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self._values, MASK))

    def __reduce__(self) -> tuple[Any, ...]:
        return SecretMapping, (dict(self),)


def key_in(secret: "Secret | str | None") -> Secret | None:
    """The key in a text that was copied: without white space, quotes and `Bearer` around it.

    None if nothing is left.
    """
    if secret is None:
        return None
    wrapped = secret if isinstance(secret, Secret) else Secret(secret)
    bare = Secret(wrapped.reveal().strip(WRAPPING))
    bare = Secret(re.sub(r"^Bearer\s+", "", bare.reveal(), flags=re.IGNORECASE).strip(WRAPPING))
    return bare if bare.reveal() else None


def fault_of(secret: Secret) -> str | None:
    """Why a secret cannot be sent in a header, without showing it; None if it can."""
    for place, letter in enumerate(secret.reveal(), start=1):
        if not " " <= letter <= "~":
            kind = "a line break" if letter in "\r\n" else "no printable ASCII"
            return f"its character {place} is {kind} (U+{ord(letter):04X}): copy it once more"
    return None


def hides(*names: str) -> Callable[[type[T]], type[T]]:
    """A decorator of a dataclass: its constructor wraps these arguments before it does anything.

    A text becomes a `Secret`. A mapping becomes a `Secret` of each value, by name.
    """

    def decorate(cls: type[T]) -> type[T]:
        plain: Any = cls.__init__
        places = tuple(cls.__dataclass_fields__)  # type: ignore[attr-defined]

        @wraps(plain)
        def wrapping(self: Any, *args: Any, **kwargs: Any) -> None:
            args = (
                tuple(
                    wrapped(value) if name in names else value
                    for name, value in zip(places, args, strict=False)
                )
                + args[len(places) :]
            )
            kwargs = {
                name: wrapped(value) if name in names else value for name, value in kwargs.items()
            }
            plain(self, *args, **kwargs)

        cls.__init__ = wrapping  # type: ignore[method-assign]
        return cls

    return decorate


def wrapped(value: Any) -> Any:
    """The value with every text in it as a `Secret`; what is no text, list or mapping as it is."""
    if isinstance(value, str):
        return Secret(value)
    if isinstance(value, SecretMapping):
        return value
    if isinstance(value, Mapping):
        return {name: wrapped(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return tuple(wrapped(part) for part in value)
    return value


class Mask:
    """Puts *** in the place of secrets, and changes nothing else.

    A long secret is masked wherever it stands, also quoted as in a URL. A short one may be a word,
    so it is masked as a word of its own, and a very short one after `Bearer` only.
    """

    __slots__ = ("_pattern",)

    def __init__(self, secrets: Iterable[Secret]) -> None:
        parts = sorted({p for secret in secrets for p in _patterns(secret)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(parts)) if parts else None

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)


@contextmanager
def masked_logs(mask: Mask) -> Iterator[None]:
    """Keep secrets out of the logs of the HTTP libraries, which show whole addresses."""

    def hide(record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            texts = [(value, str(value)) for value in record.args]
            record.args = tuple(
                value if mask(text) == text else mask(text) for value, text in texts
            )
        return True

    loggers = [logging.getLogger(name) for name in LOGGERS]
    for logger in loggers:
        logger.addFilter(hide)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(hide)


def _patterns(secret: Secret) -> Iterator[str]:
    """The forms of a secret in a message: as it is, as in a URL, and each long word of it."""
    text = secret.reveal().strip()
    for form in (text, quote(text, safe=""), *text.split()):
        if len(form) >= LONG:
            yield re.escape(form)
    if SHORTEST <= len(text) < LONG:
        yield rf"(?<!\w){re.escape(text)}(?!\w)"
    elif 0 < len(text) < SHORTEST:
        yield rf"(?<=Bearer ){re.escape(text)}(?!\w)"
