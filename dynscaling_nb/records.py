"""The values that flow through a run: frozen, and JSON both ways. No behaviour beyond sums."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, TypedDict, get_args

Kind = Literal["parallel", "chained"]
Stopped = Literal["budget", "settled", "user", "error"]
State = Literal["open", "settled", "failed"]
Keep = Literal["all", "answers"]  # of what was drawn, in memory
KEEPS: tuple[Keep, ...] = get_args(Keep)


class Message(TypedDict):
    """One chat message, as every OpenAI-compatible server takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


Messages = tuple[Message, ...]
Prices = (
    tuple[float, float] | tuple[float, float, float]
)  # of a million tokens in, out and in from the server's cache


@dataclass(frozen=True)
class Query:
    """One question. `gold` is the right answer where it is known; it is shown and scored, never sent to a model.

    `prior` is what is believed before anything is drawn, in votes for each answer: `{"42": 2}` counts as two responses that said 42.
    """

    id: str
    text: str
    gold: str | None = None
    prior: Mapping[str, int] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """A mapping of plain values; without `prior` where there is none."""
        return {
            "id": self.id,
            "text": self.text,
            "gold": self.gold,
            **({"prior": dict(self.prior)} if self.prior else {}),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            id=row["id"], text=row["text"], gold=row.get("gold"), prior=row.get("prior") or {}
        )


@dataclass(frozen=True)
class Usage:
    """What was used: tokens in and out, as the server counts them, and requests sent, of them `retries` anew. Adds up.

    `cached_tokens` are those of the prompt that the server had in its cache.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0
    retries: int = 0
    cached_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.requests + other.requests,
            self.retries + other.retries,
            self.cached_tokens + other.cached_tokens,
        )

    def cost(self, prices: Prices) -> float:
        """What it costs at `prices`, in their currency."""
        fresh, cached = (
            self.prompt_tokens - self.cached_tokens,
            prices[-1] if len(prices) > 2 else prices[0],
        )
        return (
            fresh * prices[0] + self.cached_tokens * cached + self.completion_tokens * prices[1]
        ) / 1e6

    def to_json(self) -> dict[str, int]:
        """A mapping of plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, int]) -> Self:
        """The inverse of `to_json`."""
        return cls(**row)


@dataclass(frozen=True)
class Request:
    """What a model is asked for: `n` independent completions of `messages`.

    `index` counts the responses to this query from 0; `seeds` holds one integer in [0, 2**31) for each completion, or is
    empty where the user set no seed.
    """

    query: Query
    messages: Messages
    n: int = 1
    index: int = 0
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Completion:
    """What a model gave back for one choice: its text, its thoughts where it keeps them apart, and the cost.

    `logprob` is the mean log-probability of its tokens in nats, None where the model does not tell; `reused` says that it was drawn before
    and comes from a store.
    """

    text: str
    thoughts: str = ""
    finish: str = "stop"
    usage: Usage = field(default_factory=Usage)
    logprob: float | None = None
    reused: bool = False


@dataclass(frozen=True)
class Response:
    """One response drawn: what was asked, what came back, what was read from it.

    `index` counts the responses to its query in the order they were pulled. `answer` is canonical, or None where none could
    be read. `sources` are the indices of the earlier responses to the same query that a chained one was built from. `time` is
    the seconds that the call took, `at` the seconds from the start of the run, pauses left out, to its end. `weight` is what its vote
    weighs, `logprob` the mean log-probability of its tokens in nats where the model tells. `reused`: it was drawn in an earlier run and comes
    from a store.
    """

    query_id: str
    index: int
    kind: Kind
    text: str
    answer: str | None
    messages: Messages
    thoughts: str = ""
    sources: tuple[int, ...] = ()
    finish: str = "stop"
    usage: Usage = field(default_factory=Usage)
    time: float = 0.0
    at: float = 0.0
    weight: float = 1.0
    logprob: float | None = None
    reused: bool = False

    def to_json(self) -> dict[str, Any]:
        """A mapping of plain values."""
        return {**asdict(self), "messages": list(self.messages), "sources": list(self.sources)}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            **{
                **row,
                "messages": tuple(row["messages"]),
                "sources": tuple(row["sources"]),
                "usage": Usage.from_json(row["usage"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Pull:
    """One response to be drawn: for which query, which of its responses, of which kind, and why.

    `number` counts the pulls of the run, `index` the responses to the query, both from 0. `sources` are indices of earlier
    responses to the same query. `score` is what the policy gave the query, None for a pull that no policy decided.
    """

    number: int
    query: int
    index: int
    kind: Kind
    sources: tuple[int, ...] = ()
    score: float | None = None
