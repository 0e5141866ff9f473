"""The embedded model behind the protocol of all models: chat messages in, a written-out working out."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path

from threadpoolctl import ThreadpoolController

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.abacus import language
from dynscaling_nb.models.abacus.network import ATTEMPTS, LONGEST, Network, Prompt
from dynscaling_nb.models.base import Model, Sampler
from dynscaling_nb.records import Completion, Messages, Query, Request, Usage

WEIGHTS = Path(__file__).with_name("weights.npz")
TEMPERATURE = 1.3  # of sampling, by default; chosen by benchmarks/abacus.py
CAN = (
    "the embedded model reads sums of whole numbers from 2 to 40 with one to five of + - * and brackets, every step within "
    '+-999, such as "What is 19 - (4 + 7) * 3?"; for anything else name a model, -m MODEL or model="MODEL"'
)
_SUM = re.compile(r"[-+*×·−()\d\s]*[-+*×·−][-+*×·−()\d\s]*")
_WORDS = re.compile(
    r"\s*(?:(?:what\s+is|what's|how\s+much\s+is|calculate|compute|evaluate|work\s+out)\b:?)?\s*(.*?)\s*[=?.]*\s*",
    re.IGNORECASE | re.DOTALL,
)


class AbacusModel(Model):
    """A small language model that comes with the package: it works sums out, one operation a line, and errs as models do.

    `temperature` is that of its sampling; 0 always writes the likeliest token. Batches what is asked at once, in a thread
    of its own. Tokens are counted as the network sees them.
    """

    name = "abacus"

    def __init__(self, *, temperature: float = TEMPERATURE) -> None:
        if not temperature >= 0:
            raise InputError(
                f"temperature must be zero or a positive number, got {temperature}", temperature
            )
        self.temperature = temperature

    def check(self, queries: Sequence[Query]) -> None:
        """Raise `InputError` for a question that it cannot read; it never answers nonsense."""
        for query in queries:
            if _readable(query.text) is None:
                raise InputError(f"query {query.id!r}, {query.text[:80]!r}: {CAN}", query.text)

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
    """The network that comes with the package, read once."""
    return Network.load(WEIGHTS)


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _readable(text: str) -> language.Expression | None:
    """The sum that a question asks for, where it is one that the network was trained on."""
    match = _WORDS.fullmatch(text)
    expression = language.read(match[1]) if match else None
    if expression is None or not 1 <= language.operations(expression) <= language.OPERATIONS:
        return None
    numbers = [item for item in expression if isinstance(item, int)]
    in_range = all(language.SMALLEST <= n <= language.LARGEST for n in numbers)
    return expression if in_range and language.solve(expression) is not None else None


def prompt(messages: Messages) -> Prompt:
    """What the network reads of a chat: the sum in the first message of the user, and the workings that follow it.

    Raises `InputError` where there is no such sum, or more workings than the network can lay over one another.
    """
    asked = next((m["content"] for m in messages if m["role"] == "user"), "")
    expression = _readable(asked)
    if expression is None:
        sums = [language.read(found) for found in _SUM.findall(asked)]
        expression = next((e for e in reversed(sums) if e and language.solve(e)), None)
    if expression is None:
        raise InputError(f"no sum in {asked[:80]!r}: {CAN}", asked)
    earlier = [a for m in messages for a in language.attempts(m["content"])]
    if len(earlier) >= ATTEMPTS:
        raise InputError(
            f"the embedded model takes at most {ATTEMPTS - 1} earlier attempts, got {len(earlier)}",
            len(earlier),
        )
    return Network.prompt(language.encode(expression), earlier)


class _Batcher(Sampler):
    """Requests that arrive together are sampled together."""

    max_n = 16

    def __init__(self, network: Network, temperature: float) -> None:
        self._network = network
        self._temperature = temperature
        self._waiting: list[tuple[Prompt, int, asyncio.Future[tuple[list[int], float]]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def generate(self, request: Request) -> list[Completion]:
        read = prompt(request.messages)
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in range(request.n)]
        self._waiting += [
            (read, seed, future) for seed, future in zip(request.seeds, futures, strict=True)
        ]
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        drawn = [await future for future in futures]
        return [
            _completion(read, tokens, logprob, int(i == 0))
            for i, (tokens, logprob) in enumerate(drawn)
        ]

    async def _work(self) -> None:
        while self._waiting:
            count = 0
            while count != len(self._waiting):  # everyone who is about to ask gets on board
                count = len(self._waiting)
                await asyncio.sleep(0)
            batch, self._waiting = self._waiting, []
            prompts, seeds, futures = zip(*batch, strict=True)
            try:
                drawn = await asyncio.to_thread(self._sample, prompts, seeds)
            except Exception as error:
                for future in futures:
                    future.cancelled() or future.set_exception(error)
                continue
            for future, written in zip(futures, drawn, strict=True):
                future.cancelled() or future.set_result(written)

    def _sample(
        self, prompts: Sequence[Prompt], seeds: Sequence[int]
    ) -> list[tuple[list[int], float]]:
        """On one core: matrices this small gain little from more, and lose tenfold where the others are busy or not really there."""
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
