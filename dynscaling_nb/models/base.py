"""Base classes for models: a `Model` holds settings, and `open` gives a `Sampler` for one run.

A new provider writes `name`, `open` and `generate`. Everything else has a default that works.
A model without connections can be its own sampler:

    class EchoModel(Model, Sampler):
        name = "echo"

        @asynccontextmanager
        async def open(self):
            yield self

        async def generate(self, request):
            text = request.messages[-1]["content"]
            return [Completion(text)] * request.n
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from dynscaling_nb.encoding import encodable
from dynscaling_nb.errors import InputError, ModelError
from dynscaling_nb.formatting import counted
from dynscaling_nb.models.thoughts import split_thoughts
from dynscaling_nb.records import Completion, Query, Request, Usage


@dataclass
class ServerStats:
    """Events between a run and its server.

    Args:
        failed: failed attempts, by kind of failure.
        dropped: request fields that the server refused.
        folded: whether the server refused the system role, so that its text goes with the question.
        lost: servers that stopped answering.
        paused: seconds of waiting before repeats, summed over requests.
        waits_until: the time of `time.monotonic` until which a request pauses, 0 before the first.
        fewest: the lowest number of requests allowed at once, None if it was never reduced.
        thoughts_alone: responses whose whole text stood among the thoughts.
        estimated: replies with tokens of some choices only, so that the others were estimated.
    """

    failed: Counter[str] = field(default_factory=Counter)
    dropped: list[str] = field(default_factory=list)
    folded: bool = False
    lost: list[str] = field(default_factory=list)
    paused: float = 0.0
    waits_until: float = 0.0
    fewest: int | None = None
    thoughts_alone: int = 0
    estimated: int = 0


def server_notes(all_stats: Sequence[ServerStats]) -> list[str]:
    """Sentences for a report, one for each kind of event; empty if nothing happened."""
    failed: Counter[str] = sum((stats.failed for stats in all_stats), Counter())
    fewest = [stats.fewest for stats in all_stats if stats.fewest is not None]
    lost = list(dict.fromkeys(name for stats in all_stats for name in stats.lost))
    dropped = list(dict.fromkeys(name for stats in all_stats for name in stats.dropped))
    notes = []
    if failed:
        kinds = ", ".join(f"{count} x {kind}" for kind, count in failed.most_common())
        paused = sum(stats.paused for stats in all_stats)
        notes.append(
            f"attempts that failed: {kinds}; pauses before asking again added up to {paused:.1f} s"
        )
    if fewest:
        notes.append(f"requests in flight were reduced to {min(fewest)} to spare the server")
    if lost:
        notes.append(f"no answer from {', '.join(lost)}: the other servers took over")
    if dropped:
        notes.append(f"the server refused {', '.join(dropped)}: left out from then on")
    if any(stats.folded for stats in all_stats):
        notes.append("the server refused the system role: its text was sent with the question")
    if thoughts_alone := sum(stats.thoughts_alone for stats in all_stats):
        texts = counted(thoughts_alone, "response was", "responses were")
        notes.append(f"{texts} empty but for thoughts: the answer was read from these")
    if any(stats.estimated for stats in all_stats):
        notes.append(
            "the server counted the tokens of the first of several responses only: "
            "those of the others are estimated from their length"
        )
    return notes


@dataclass(frozen=True)
class CallCancelled:
    """The usage of a call that was cancelled in flight.

    `counted`: the server counted it; otherwise it is an estimate. A sampler raises it as the value
    of a plain `asyncio.CancelledError`. A subclass would not do: `asyncio.timeout` and `TaskGroup`
    of Python 3.11 recognise that exact type only.
    """

    used: Usage
    counted: bool

    @classmethod
    def of(cls, error: asyncio.CancelledError) -> "CallCancelled | None":
        """The usage that a cancellation carries, or None."""
        value = error.args[0] if error.args else None
        return value if isinstance(value, cls) else None


class Sampler(ABC):
    """An open model: it generates the completions of one run."""

    @property
    def max_n(self) -> int:
        """Completions that one request may ask for; it may change during a run.

        A subclass overrides it with a class attribute or a property.
        """
        return 1

    @property
    def stats(self) -> ServerStats | None:
        """Events at the server, None for a model without a server."""
        return None

    def capacity(self, limit: int) -> int:
        """Requests that may be in flight now, at most `limit`."""
        return limit

    @abstractmethod
    async def generate(self, request: Request) -> Sequence[Completion]:
        """`request.n` completions; fewer if the rest failed.

        Raises `ModelError` if the call failed, and `ModelUnavailable` if every further call would
        fail too. A cancelled call may raise `asyncio.CancelledError(CallCancelled(...))`.
        """


class Model(ABC):
    """A model and its settings. `name` is shown to people and holds no secret.

    Args:
        is_paid: whether responses cost money or time; they are then stored by default.
        max_tokens: the most tokens of one response, None if there is no limit.
    """

    name: str
    is_paid: bool = False
    max_tokens: int | None = None

    @abstractmethod
    def open(self) -> AbstractAsyncContextManager[Sampler]:
        """A sampler for one run. Its connections are closed with the context."""

    def check(self, queries: Sequence[Query]) -> None:  # noqa: B027  a default, not abstract
        """Raise `InputError` for a query that the model cannot take, before anything is sent."""

    def bound(self, request: Request) -> Usage:
        """The most tokens that one attempt of a request can use.

        Raises `InputError` if that is unknown; limits in tokens and money need it.
        """
        raise InputError(
            "token_limit and cost_limit need a model with a method `bound`; "
            f"{self.name!r} does not have it",
            self.name,
        )

    @property
    def identity(self) -> Any:
        """The settings that its responses depend on, as plain values without secrets.

        Runs of models with equal identities may share responses.
        """
        return self.name


@dataclass(frozen=True)
class Outcome:
    """The end of one request: its completions or its error, and the seconds that it took."""

    request: Request
    completions: tuple[Completion, ...]
    error: ModelError | InputError | None
    seconds: float


async def attempt(sampler: Sampler, request: Request) -> Outcome:
    """Send a request, and set the thoughts of its completions apart.

    A failure of the model is a value; a bug is raised with its traceback.
    """
    began = time.perf_counter()
    error: ModelError | InputError | None = None
    completions: Sequence[Completion] = ()
    try:
        completions = await sampler.generate(request)
    except (ModelError, InputError) as failure:
        error = failure
    seconds = time.perf_counter() - began
    stats = sampler.stats or ServerStats()
    return Outcome(request, tuple(_clean(each, stats) for each in completions), error, seconds)


def _clean(completion: Completion, stats: ServerStats) -> Completion:
    """The completion in text that can be encoded, its thoughts apart from its text.

    Some servers put a whole response into the thoughts. Then it is the text, unless it was cut off.
    """
    thoughts, text = split_thoughts(encodable(completion.text))
    if text != completion.text:
        text = text.strip()
    thoughts = encodable(completion.thoughts) or thoughts.strip()
    if thoughts and not text and completion.finish == "stop":
        text, thoughts = thoughts, ""
        stats.thoughts_alone += 1
    if text == completion.text and thoughts == completion.thoughts:
        return completion
    return replace(completion, thoughts=thoughts, text=text)
