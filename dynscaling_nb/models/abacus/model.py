"""The embedded model as a `Model`: it reads chat messages and writes a working, line by line."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from threadpoolctl import ThreadpoolController

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.abacus import language
from dynscaling_nb.models.abacus.network import ATTEMPTS, LONGEST, Network, Prompt
from dynscaling_nb.models.base import Model, Sampler
from dynscaling_nb.records import Completion, Messages, Query, Request, Usage

WEIGHTS = Path(__file__).with_name("weights.npz")
TEMPERATURE = 1.3  # of sampling, by default; chosen by benchmarks/abacus.py
CAN = (
    "the embedded model reads sums of whole numbers from 2 to 40 with one to five of + - * and "
    'brackets, every step within +-999, such as "What is 19 - (4 + 7) * 3?"; '
    'for anything else name a model, -m MODEL or model="MODEL"'
)
_SUM = re.compile(r"[-+*×·−()\d\s]*[-+*×·−][-+*×·−()\d\s]*")
_WORDS = re.compile(
    r"\s*(?:(?:what\s+is|what's|how\s+much\s+is|calculate|compute|evaluate|work\s+out)\b:?)?"
    r"\s*(.*?)\s*[=?.]*\s*",
    re.IGNORECASE | re.DOTALL,
)


class AbacusModel(Model):
    """A small language model inside the package. It works out sums and errs as models do.

    `temperature`: of sampling; 0 always writes the likeliest token. Requests that come together are
    sampled together, in a thread. Tokens are those of the network's own vocabulary.
    """

    name = "abacus"

    def __init__(self, *, temperature: float = TEMPERATURE) -> None:
        if not temperature >= 0:
            raise InputError(
                f"temperature must be zero or a positive number, got {temperature}", temperature
            )
        self.temperature = temperature

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` for a question that the model cannot read."""
        for query in queries:
            if _readable(query.text) is None:
                raise InputError(f"question {query.id!r}, {query.text[:80]!r}: {CAN}", query.text)

    def bound(self, request: Request) -> Usage:
        """The most tokens that a request can use."""
        return Usage(len(prompt(request.messages).tokens), request.n * LONGEST)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["_Batcher"]:
        """A sampler that gathers requests into batches."""
        batcher = _Batcher(await asyncio.to_thread(load), self.temperature)
        try:
            yield batcher
        finally:
            batcher.close()


@lru_cache(maxsize=1)
def load() -> Network:
    """The network of the package, read once."""
    return Network.load(WEIGHTS)


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _readable(text: str) -> language.Expression | None:
    """The sum in a question, None if the network was not trained on such sums."""
    match = _WORDS.fullmatch(text)
    expression = language.read(match[1]) if match else None
    if expression is None or not 1 <= language.operations(expression) <= language.OPERATIONS:
        return None
    numbers = [item for item in expression if isinstance(item, int)]
    in_range = all(language.SMALLEST <= n <= language.LARGEST for n in numbers)
    return expression if in_range and language.solve(expression) is not None else None


def prompt(messages: Messages) -> Prompt:
    """The network's prompt for a chat: the sum in the user's first message, and earlier workings.

    Raises `InputError` without such a sum, and for more workings than the network was trained on.
    """
    question = next((m["content"] for m in messages if m["role"] == "user"), "")
    expression = _readable(question)
    if expression is None:
        sums = [language.read(text) for text in _SUM.findall(question)]
        expression = next((e for e in reversed(sums) if e and language.solve(e)), None)
    if expression is None:
        raise InputError(f"no sum in {question[:80]!r}: {CAN}", question)
    earlier = [a for m in messages for a in language.attempts(m["content"])]
    if len(earlier) >= ATTEMPTS:
        raise InputError(
            f"the embedded model takes at most {ATTEMPTS - 1} earlier attempts, got {len(earlier)}",
            len(earlier),
        )
    return Network.prompt(language.encode(expression), earlier)


class _Waiting(NamedTuple):
    """A response to write; its tokens and its mean log-probability go into `future`."""

    prompt: Prompt
    seed: int
    future: asyncio.Future[tuple[list[int], float]]


class _Batcher(Sampler):
    """Requests that arrive together are sampled together."""

    max_n = 16

    def __init__(self, network: Network, temperature: float) -> None:
        self._network = network
        self._temperature = temperature
        self._waiting: list[_Waiting] = []
        self._worker: asyncio.Task[None] | None = None

    async def generate(self, request: Request) -> list[Completion]:
        read = prompt(request.messages)
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in range(request.n)]
        self._waiting += [
            _Waiting(read, seed, future)
            for seed, future in zip(request.seeds, futures, strict=True)
        ]
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        responses = [await future for future in futures]
        return [
            _completion(read, tokens, logprob, int(i == 0))
            for i, (tokens, logprob) in enumerate(responses)
        ]

    async def _work(self) -> None:
        while self._waiting:
            count = 0
            while count != len(self._waiting):  # requests that are about to come join the batch
                count = len(self._waiting)
                await asyncio.sleep(0)
            batch, self._waiting = self._waiting, []
            prompts, seeds = [each.prompt for each in batch], [each.seed for each in batch]
            try:
                responses = await asyncio.to_thread(self._sample, prompts, seeds)
            except Exception as error:
                for each in batch:
                    if not each.future.cancelled():
                        each.future.set_exception(error)
                continue
            for each, response in zip(batch, responses, strict=True):
                if not each.future.cancelled():
                    each.future.set_result(response)

    def _sample(
        self, prompts: Sequence[Prompt], seeds: Sequence[int]
    ) -> list[tuple[list[int], float]]:
        """Sample on one core.

        Matrices this small gain little from more cores, and lose tenfold if the others are busy.
        """
        with _threads().limit(limits=1, user_api="blas"):
            return self._network.write(prompts, seeds, self._temperature)

    def close(self) -> None:
        if self._worker is not None:
            self._worker.cancel()


def _completion(read: Prompt, tokens: list[int], logprob: float, requests: int) -> Completion:
    finished = tokens[-1:] == [language.END]
    return Completion(
        text=language.working([*tokens]),
        finish="stop" if finished else "length",
        usage=Usage(len(read.tokens), len(tokens), requests),
        logprob=logprob,
    )
