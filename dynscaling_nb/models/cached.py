"""Common random numbers: the k-th request for a prompt gets the k-th recorded response to it.

So strategies are compared on the same samples. They share independent responses, and chained ones
whose prompts agree. A repeated run draws nothing new.
"""

import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.json_lines import parse
from dynscaling_nb.models.base import Model, Sampler, ServerStats
from dynscaling_nb.records import Completion, Query, Request, Usage

SEED_STEP = 7919  # a prime, so that the seeds of neighbouring completions lie apart
SEED_MASK = 0x7FFFFFFF  # seeds lie in [0, 2**31)
START = b'{"key": '  # of each line in a file

Answer = Callable[[Query, Completion], str | None]


class Cache(Protocol):
    """Completions by prompt and number."""

    def get(self, prompt: str, k: int) -> Completion | None:
        """The k-th completion of a prompt, None if it has not been drawn."""

    def put(self, prompt: str, k: int, query: Query, completion: Completion) -> None:
        """Record the k-th completion of a prompt of this query."""


class ResponseCache:
    """A cache in memory, and in a file of JSON lines if `path` is set.

    Each line is written before its completion is used. For people who look into the file it also
    has the question and what `answer` reads in the completion. Raises `InputError` for any other
    file.
    """

    def __init__(self, path: Path | None = None, answer: Answer = lambda *_: None) -> None:
        self._path = path
        self._answer = answer
        self._completions: dict[str, Completion] = {}
        self._whole: int | None = None  # bytes of the file's whole lines, if its last one is none
        self._gap = ""  # between a last line without an end and a new one
        if path is not None and path.exists():
            self._read(path)

    def get(self, prompt: str, k: int) -> Completion | None:
        """The k-th completion of a prompt, None if it has not been drawn."""
        return self._completions.get(f"{prompt}/{k}")

    def put(self, prompt: str, k: int, query: Query, completion: Completion) -> None:
        """Record the k-th completion of a prompt of this query."""
        key = f"{prompt}/{k}"
        if self._path is not None:
            row = {
                "key": key,
                "id": query.id,
                "question": query.text,
                "answer": self._answer(query, completion),
                "text": completion.text,
                "thoughts": completion.thoughts,
                "finish": completion.finish,
                "logprob": completion.logprob,
                "usage": completion.usage.to_json(),
            }
            self._write(self._path, json.dumps(row, ensure_ascii=False))
        self._completions[key] = completion

    def _write(self, path: Path, line: str) -> None:
        if self._whole is not None:
            os.truncate(path, self._whole)
        # A lone surrogate becomes its escape, which JSON reads as it was.
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(f"{self._gap}{line}\n")
        self._whole, self._gap = None, ""

    def _read(self, path: Path) -> None:
        try:
            content = path.read_bytes()
            whole, _, last = content.rpartition(b"\n")
            lines = whole.decode("utf-8").split("\n") if whole else []
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"cannot read {path}: {error}; name another file for the cache", str(path)
            ) from error
        for number, line in enumerate(lines, start=1):
            self._take(line, f"{path}, line {number}")
        if last:
            self._take_last(last, f"{path}, line {len(lines) + 1}", len(content))

    def _take_last(self, line: bytes, place: str, size: int) -> None:
        """Keep the response in a last line without an end; one that is cut off is drawn again."""
        try:
            self._take(line.decode("utf-8", "replace"), place)
            self._gap = "\n"
        except InputError:
            if not line.startswith(START):
                raise
            self._whole = size - len(line)

    def _take(self, line: str, place: str) -> None:
        """Keep the response in a line of the file. Raises `InputError`."""
        try:
            row = parse(line)
            self._completions[row["key"]] = _completion(row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{place}: not a recorded response; name another file for the cache", place
            ) from error


def _completion(row: Mapping[str, Any]) -> Completion:
    return Completion(
        row["text"], row["thoughts"], row["finish"], Usage.from_json(row["usage"]), row["logprob"]
    )


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
                self._cache.put(prompt, k, request.query, completion)
                completions[k] = completion
        return [completions[k] for k in numbers if k in completions]
