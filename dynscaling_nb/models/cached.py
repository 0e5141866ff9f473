"""Common random numbers: strategies that ask the same are given the same, in the same order; and nothing is drawn twice.

The k-th time that a run asks for the same prompt it gets the k-th response that was ever drawn for it. So independent responses are
shared between strategies, and chained ones wherever their prompts agree; and a run that is repeated is answered from what is recorded.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import parse
from dynscaling_nb.models.base import Model, Sampler, ServerStats
from dynscaling_nb.records import Completion, Query, Request, Usage


class ResponseCache:
    """What was drawn so far, by key; kept in a file of JSON lines where `path` is given, each line written before it is used."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._found: dict[str, Completion] = {}
        if path is not None and path.exists():
            self._read(path)

    def get(self, prompt: str, k: int) -> Completion | None:
        """The k-th completion of that prompt, where it was drawn."""
        return self._found.get(f"{prompt}/{k}")

    def keep(self, prompt: str, k: int, completion: Completion) -> None:
        """Keep a completion."""
        key = f"{prompt}/{k}"
        if self._path is not None:
            row = {
                "key": key,
                "text": completion.text,
                "thoughts": completion.thoughts,
                "finish": completion.finish,
                "logprob": completion.logprob,
            }
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**row, "usage": completion.usage.to_json()}) + "\n")
        self._found[key] = completion

    def _read(self, path: Path) -> None:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"cannot read {path}: {error}; name another file for the cache", str(path)
            ) from error
        for number, line in enumerate(lines, start=1):
            try:
                row = parse(line)
                key, usage = row.pop("key"), Usage.from_json(row.pop("usage"))
                self._found[key] = Completion(**row, usage=usage)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                if number == len(lines):  # the last write was cut off
                    continue
                raise InputError(
                    f"{path}, line {number}: not a drawn response; name another file for the cache",
                    number,
                ) from error


class Memory(Protocol):
    """What was drawn so far: the k-th response to a prompt is there, or is drawn and kept."""

    def get(self, prompt: str, k: int) -> Completion | None: ...  # noqa: D102

    def keep(self, prompt: str, k: int, completion: Completion) -> None: ...  # noqa: D102


class CachedModel(Model):
    """Another model, from which each response is drawn once. One for each run: it counts what the run has asked for.

    `key` says of a request, as text, which others may be given the same.
    """

    def __init__(self, model: Model, memory: Memory, key: Callable[[Request], str]) -> None:
        self._model = model
        self._memory = memory
        self._key = key
        self.name = model.name
        self.is_paid = model.is_paid
        self.max_tokens = model.max_tokens

    @property
    def identity(self) -> Any:
        """As the model's."""
        return self._model.identity

    def bound(self, request: Request) -> Usage:
        """As the model's."""
        return self._model.bound(request)

    def check(self, queries: Sequence[Query]) -> None:
        """As the model does."""
        self._model.check(queries)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["_CachedSampler"]:
        """A sampler that looks before it draws."""
        async with self._model.open() as sampler:
            yield _CachedSampler(sampler, self._memory, self._key)


class _CachedSampler(Sampler):
    def __init__(self, sampler: Sampler, memory: Memory, key: Callable[[Request], str]) -> None:
        self._sampler = sampler
        self._memory = memory
        self._key = key
        self._asked: Counter[str] = Counter()

    @property
    def max_n(self) -> int:  # type: ignore[override]  # read only here
        return self._sampler.max_n

    @property
    def stats(self) -> ServerStats | None:
        return self._sampler.stats

    def capacity(self, limit: int) -> int:
        return self._sampler.capacity(limit)

    async def generate(self, request: Request) -> list[Completion]:
        prompt = self._key(request)
        first = self._asked[prompt]
        self._asked[prompt] += request.n
        places = range(first, first + request.n)
        found = {k: kept for k in places if (kept := self._memory.get(prompt, k)) is not None}
        missing = [k for k in places if k not in found]
        if missing:
            seeds = tuple(int(prompt[:8], 16) + k * 7919 & 0x7FFFFFFF for k in missing)
            asked = Request(request.query, request.messages, len(missing), missing[0], seeds)
            for k, completion in zip(missing, await self._sampler.generate(asked), strict=False):
                self._memory.keep(prompt, k, completion)
                found[k] = completion
        return [found[k] for k in places if k in found]
