"""A model in a GGUF file on this computer, answered by llama.cpp inside this process.

xllamacpp holds the OpenAI-compatible server of llama.cpp. It listens on loopback, on a free port
and with a random key, as long as a run lasts. To the rest of the package it is one more server, so
limits, streams and the store work as for any other.

The server ends with the run, since it holds the context's memory and one start takes about half a
second for a small model. The weights stay in the system's cache of files.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Any

from dynscaling_nb.errors import InputError, ModelUnavailable
from dynscaling_nb.models.base import Sampler, ServerStats
from dynscaling_nb.models.openai.model import OpenAIModel
from dynscaling_nb.models.openai.settings import OpenAISettings
from dynscaling_nb.models.openai.throttle import Clock, Sleep
from dynscaling_nb.records import Completion, Query, Request

PREFIX = "gguf:"  # before the path, where a model is chosen by name
MAGIC = b"GGUF"  # the first bytes of every such file
HEAD = 1 << 20  # bytes at the beginning of a file that tell it from another
CACHE = 256  # MiB of prompts that were read before; every question is asked many times
MISSING = "a GGUF file needs xllamacpp: pip install 'dynscaling_nb[local]'"


@dataclass(frozen=True)
class LocalModel(OpenAIModel):
    """A model in a GGUF file on this computer; it needs the extra `local`.

    All settings of an `OpenAIModel` hold but its address and its key.

    Args:
        model: the path of the file.
        max_tokens: the most tokens of one response. A chain of four holds four responses, so a
            higher limit needs a larger `context`.
        context: tokens of a prompt and its response together, at most.
        slots: responses that are written at the same time. Each has a context of its own.
        threads: processor threads. One is the safe choice: two wait for each other as soon as
            another program takes a core.
    """

    max_tokens: int | None = 300
    timeout: float = 600.0  # a large model writes a few tokens a second
    context: int = field(default=2048, kw_only=True)
    slots: int = field(default=4, kw_only=True)
    threads: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.base_url is not None or self.api_key is not None:
            raise InputError("a local model has its own server: give no base URL and no key")
        for name, value in (
            ("context", self.context),
            ("slots", self.slots),
            ("threads", self.threads),
        ):
            if value < 1:
                raise InputError(f"{name} must be a positive whole number, got {value}", value)
        _check_file(self.path)
        object.__setattr__(self, "name", self.path.name)

    @property
    def path(self) -> Path:
        """The path of the file."""
        return Path(self.model).expanduser()

    @property
    def identity(self) -> dict[str, Any]:
        """The settings that its responses depend on: the file by its content, and sampling."""
        with self.path.open("rb") as file:
            head = sha256(file.read(HEAD)).hexdigest()
        served = super().identity
        del served["host"]
        return {**served, "model": self.name, "gguf": f"{head}/{self.path.stat().st_size}"}

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` if the library or the file is missing."""
        if find_spec("xllamacpp") is None:
            raise InputError(MISSING, "xllamacpp")
        _check_file(self.path)

    @asynccontextmanager
    async def open(
        self, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> AsyncIterator["_Slots"]:
        """A sampler on a server of its own, which ends with the context."""
        key = token_hex(16)
        server = await asyncio.to_thread(self._start, key)
        try:
            client = self._client(server.listening_address, key)
            async with client.open(clock=clock, sleep=sleep) as session:
                yield _Slots(session, self.slots)
        finally:
            del server  # xllamacpp ends the server with its last reference

    def _client(self, address: str, key: str) -> OpenAIModel:
        """The model on the server at this address."""
        shared = {part.name: getattr(self, part.name) for part in fields(OpenAISettings)}
        own = {"model": self.name, "base_url": f"{address}/v1", "api_key": key}
        del shared["name"]
        return OpenAIModel(**{**shared, **own, "max_n": min(self.max_n, self.slots)})

    def _start(self, key: str) -> Any:
        """A running server. Raises `ModelUnavailable` if llama.cpp cannot read the file."""
        from xllamacpp import CommonParams, Server

        settings = CommonParams()
        settings.model.path = str(self.path)
        settings.n_parallel = self.slots
        settings.n_ctx = self.slots * self.context
        settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = self.threads
        settings.hostnames = ["127.0.0.1"]
        settings.port = 0  # a free one
        settings.api_keys = [key]
        settings.cache_ram_mib = CACHE
        settings.ui = False
        settings.verbosity = 0
        try:
            return Server(settings)
        except RuntimeError as error:
            raise ModelUnavailable(
                f"llama.cpp cannot read {self.path}: is the file whole? ({error})", str(self.path)
            ) from None


class _Slots(Sampler):
    """A sampler that has as many requests in flight as its server has slots.

    More would wait at the server, and their waiting would count as a server that does not answer.
    """

    def __init__(self, session: Sampler, slots: int) -> None:
        self._session = session
        self._slots = slots

    @property
    def max_n(self) -> int:
        return self._session.max_n

    @property
    def stats(self) -> ServerStats | None:
        return self._session.stats

    def capacity(self, limit: int) -> int:
        return self._session.capacity(min(limit, self._slots))

    async def generate(self, request: Request) -> Sequence[Completion]:
        return await self._session.generate(request)


def _check_file(path: Path) -> None:
    """Raise `InputError` unless this is a GGUF file."""
    if not path.is_file():
        raise InputError(f"there is no file {path}: give the path of a GGUF file", str(path))
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise InputError(f"{path} is no GGUF file: it does not begin with GGUF", str(path))
