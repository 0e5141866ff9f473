"""The values that flow through a run. All are frozen; most convert to JSON and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, TypedDict, get_args

Kind = Literal["parallel", "chained"]
Stopped = Literal["budget", "settled", "user", "error"]
State = Literal["open", "settled", "failed"]
Keep = Literal["all", "answers"]  # in memory: whole responses, or their answers alone
KEEPS: tuple[Keep, ...] = get_args(Keep)


class Message(TypedDict):
    """One chat message, as every OpenAI-compatible server takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


Messages = tuple[Message, ...]
# of a million tokens: of the prompt, of the completion and, optionally, of a cached prompt
Prices = tuple[float, float] | tuple[float, float, float]


Gold = str | Sequence[str] | None  # the right answer, several of which each is right, or none


@dataclass(frozen=True)
class Query:
    """One question.

    - `gold`: the right answer if it is known, or several of which each is right. It is shown and
      scored, but not sent to a model.
    - `prior`: the user's belief before the first response, in votes for each answer. `{"42": 2}`
      counts as two responses with the answer 42.
    - `options`: of a multiple choice, the words of each letter. They stand in the text too.
    """

    id: str
    text: str
    gold: Gold = None
    prior: Mapping[str, int] = field(default_factory=dict, hash=False)
    options: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gold", one_or_several(self.gold))

    @property
    def golds(self) -> tuple[str, ...]:
        """All right answers, the one that is shown first; () if none is known."""
        return right_answers(self.gold)

    @property
    def shown_gold(self) -> str | None:
        """The first right answer, None if none is known."""
        return next(iter(self.golds), None)

    def to_json(self) -> dict[str, Any]:
        """A mapping of plain values; it has `prior` and `options` only if the query has them."""
        return {
            "id": self.id,
            "text": self.text,
            "gold": list(self.golds) if len(self.golds) > 1 else self.gold,
            **({"prior": dict(self.prior)} if self.prior else {}),
            **({"options": dict(self.options)} if self.options else {}),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            id=row["id"],
            text=row["text"],
            gold=row.get("gold"),
            prior=row.get("prior") or {},
            options=row.get("options") or {},
        )


def right_answers(gold: Gold) -> tuple[str, ...]:
    """The right answers in a gold answer, each once; () for None."""
    if gold is None:
        return ()
    return (gold,) if isinstance(gold, str) else tuple(dict.fromkeys(gold))


def one_or_several(gold: Gold) -> str | tuple[str, ...] | None:
    """A gold answer in its one form: a text, a tuple of two or more, or None."""
    golds = right_answers(gold)
    return golds if len(golds) > 1 else next(iter(golds), None)


@dataclass(frozen=True)
class Usage:
    """Tokens as the server counts them, and requests sent. Usages can be added.

    `retries` is the number of repeated requests. `cached_tokens` are tokens of the prompt that the
    server had in its cache.
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
        """The cost at these prices of a million tokens, in their currency."""
        fresh_tokens = self.prompt_tokens - self.cached_tokens
        cached_price = prices[-1] if len(prices) > 2 else prices[0]
        return (
            fresh_tokens * prices[0]
            + self.cached_tokens * cached_price
            + self.completion_tokens * prices[1]
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
    """A request for `n` independent completions of `messages`.

    `index` counts the responses to this query from 0. `seeds` holds one integer in [0, 2**31) for
    each completion; it is empty if the user set no seed.
    """

    query: Query
    messages: Messages
    n: int = 1
    index: int = 0
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Completion:
    """One completion of a model.

    - `thoughts`: the reasoning, if the model returns it separately.
    - `finish`: why the model ended.
    - `logprob`: mean log-probability of the tokens in nats, None if the model does not report it.
    - `reused`: whether the completion comes from a store or a cache.
    """

    text: str
    thoughts: str = ""
    finish: str = "stop"
    usage: Usage = field(default_factory=Usage)
    logprob: float | None = None
    reused: bool = False


@dataclass(frozen=True)
class Response:
    """One response to a query: its prompt, its text and its answer.

    - `index`: counts the responses to the query in the order of their pulls, from 0.
    - `answer`: in canonical form, None if the text has no answer.
    - `messages`: the prompt.
    - `sources`: indices of the earlier responses that a chained one was built from.
    - `time`: seconds of the call.
    - `at`: seconds from the start of the run to the end of the call, without pauses.
    - `weight`: of its vote.
    - `logprob`: see `Completion`.
    - `reused`: whether it was drawn in an earlier run and comes from a store.
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
    """The decision to draw one response to a query, and its reason.

    `number` counts the pulls of the run, `index` the responses to the query, both from 0. `query`
    is the place of the query in the run. `sources` are indices of earlier responses to the same
    query. `score` is the policy's score of the query, None for a pull that no policy decided.
    """

    number: int
    query: int
    index: int
    kind: Kind
    sources: tuple[int, ...] = ()
    score: float | None = None
