"""Common random numbers: the k-th request for a prompt gets the k-th recorded response to it.

So strategies are compared on the same samples. They share independent responses, and chained ones
whose prompts agree. A repeated run draws nothing new.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.json_lines import parse
from dynscaling_nb.models.base import Model, Sampler, ServerStats
from dynscaling_nb.records import Completion, Query, Request, Usage

SEED_STEP = 7919  # a prime, so that the seeds of neighbouring completions lie apart
SEED_MASK = 0x7FFFFFFF  # seeds lie in [0, 2**31)


class Cache(Protocol):
    """Completions by prompt and number."""

    def get(self, prompt: str, k: int) -> Completion | None:
        """The k-th completion of a prompt, None if it has not been drawn."""

    def put(self, prompt: str, k: int, completion: Completion) -> None:
        """Record the k-th completion of a prompt."""


class ResponseCache:
    """A cache in memory, and in a file of JSON lines if `path` is set.

    Each line is written before its completion is used. Raises `InputError` for any other file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._completions: dict[str, Completion] = {}
        if path is not None and path.exists():
            self._read(path)

    def get(self, prompt: str, k: int) -> Completion | None:
        """The k-th completion of a prompt, None if it has not been drawn."""
        return self._completions.get(f"{prompt}/{k}")

    def put(self, prompt: str, k: int, completion: Completion) -> None:
        """Record the k-th completion of a prompt."""
        key = f"{prompt}/{k}"
        if self._path is not None:
            row = {
                "key": key,
                "text": completion.text,
                "thoughts": completion.thoughts,
                "finish": completion.finish,
                "logprob": completion.logprob,
                "usage": completion.usage.to_json(),
            }
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        self._completions[key] = completion

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
                self._completions[key] = Completion(**row, usage=usage)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                if number == len(lines):  # the process ended while it wrote this line
                    continue
                raise InputError(
                    f"{path}, line {number}: not a recorded response; "
                    "name another file for the cache",
                    number,
                ) from error


class CachedModel(Model):
    """Another model with a cache, so that each of its responses is drawn once.

    Every run needs a new `CachedModel`, since it counts the requests of each prompt. `key` turns a
    request into text. Requests with equal text share their responses.
    """

    def __init__(self, model: Model, cache: Cache, key: Callable[[Request], str]) -> None:
        self._model = model
        self._cache = cache
        self._key = key
        self.name = model.name
        self.is_paid = model.is_paid
        self.max_tokens = model.max_tokens

    @property
    def identity(self) -> Any:
        """The identity of the other model."""
        return self._model.identity

    def bound(self, request: Request) -> Usage:
        """The bound of the other model."""
        return self._model.bound(request)

    def check(self, queries: Sequence[Query]) -> None:
        """The check of the other model."""
        self._model.check(queries)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["_CachedSampler"]:
        """A sampler that draws only the responses that the cache lacks."""
        async with self._model.open() as sampler:
            yield _CachedSampler(sampler, self._cache, self._key)


class _CachedSampler(Sampler):
    def __init__(self, sampler: Sampler, cache: Cache, key: Callable[[Request], str]) -> None:
        self._sampler = sampler
        self._cache = cache
        self._key = key
        self._counts: Counter[str] = Counter()  # completions requested by the run, by prompt

    @property
    def max_n(self) -> int:
        return self._sampler.max_n

    @property
    def stats(self) -> ServerStats | None:
        return self._sampler.stats

    def capacity(self, limit: int) -> int:
        return self._sampler.capacity(limit)

    async def generate(self, request: Request) -> list[Completion]:
        prompt = self._key(request)
        first = self._counts[prompt]
        self._counts[prompt] += request.n
        numbers = range(first, first + request.n)
        cached = {k: self._cache.get(prompt, k) for k in numbers}
        completions = {k: hit for k, hit in cached.items() if hit is not None}
        missing = [k for k in numbers if k not in completions]
        if missing:
            # Seeds come from the prompt, not from the run: other runs must draw the same.
            seeds = tuple(int(prompt[:8], 16) + k * SEED_STEP & SEED_MASK for k in missing)
            rest = Request(request.query, request.messages, len(missing), missing[0], seeds)
            for k, completion in zip(missing, await self._sampler.generate(rest), strict=False):
                self._cache.put(prompt, k, completion)
                completions[k] = completion
        return [completions[k] for k in numbers if k in completions]
