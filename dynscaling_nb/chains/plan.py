"""What is asked: a query and earlier responses, as the messages of a synthetic chain. Pure.

Integrated parallel-sequential sampling (DynScaling, arXiv 2506.16043): the reasoning of several independent responses is
lined up as if the model had thought one after the other, and the model thinks on from there. The paper's wording is not
known; this one is ours, and every part of it can be replaced.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from dynscaling_nb.answers.extract import stated
from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Message, Messages, Query, Response

SEEN_ENOUGH = 2  # finished responses that a chain needs

Sources = Literal["random", "disagreeing", "ordered", "last", "previous"]
SOURCES: tuple[Sources, ...] = get_args(Sources)


@dataclass(frozen=True)
class Plan:
    """Which kind the next response to a query is, and what a chained one is built from.

    The first `parallel` responses are independent. Of those after them the share `chained_share` in [0, 1] is chained, evenly spread, each over
    `depth` earlier ones. `sources` says which: independent ones at `random`, or `disagreeing` first, so that the chain holds as many
    different answers as it can, or `ordered`, at random but in the order in which they were drawn, so that chains begin alike and a server
    that keeps the prefixes of prompts in a cache has less to read; the `last` ones of any kind, so that each response sees those before
    it; or ones at random from the `previous` generation, a generation being as many responses as there are in the first.
    """

    parallel: int = 4
    depth: int = 4
    chained_share: float = 0.5
    sources: Sources = "random"

    def __post_init__(self) -> None:
        if self.parallel < 1:
            raise InputError(
                f"parallel must be at least 1 response, got {self.parallel}", self.parallel
            )
        if self.depth < 0:
            raise InputError(
                f"depth must be 0 (no chains) or more earlier responses, got {self.depth}",
                self.depth,
            )
        if not 0 <= self.chained_share <= 1:
            raise InputError(
                f"chained_share must lie between 0 and 1, got {self.chained_share}",
                self.chained_share,
            )
        if self.sources not in SOURCES:
            raise InputError(
                f"sources must be one of {', '.join(SOURCES)}, got {self.sources!r}", self.sources
            )

    def chains(self, index: int) -> bool:
        """Whether response number `index` (from 0) to a query is to be chained: the first after the warm-up is."""
        after = index - self.parallel
        if self.depth == 0 or after < 0:
            return False
        return -int(-(after + 1) * self.chained_share // 1) > -int(-after * self.chained_share // 1)

    def sees(self, index: int, votes: Votes, rng: np.random.Generator) -> int:
        """How many earlier responses number `index` is to see, given the votes so far; 0 for an independent one."""
        return self.depth if self.chains(index) else 0

    @property
    def independent(self) -> bool:
        """Whether chains are built from independent responses alone."""
        return self.sources in ("random", "disagreeing", "ordered")

    def needs(self, index: Any) -> Any:
        """How many responses must have come before response number `index` can be chained: independent ones or, as the sources
        is, of any kind. An array gives an array.
        """
        if self.sources == "last":
            return index
        if self.sources == "previous":
            return index // self.parallel * self.parallel
        return 0 * index + min(self.depth, self.parallel)

    def choose(
        self,
        known: Sequence[int],
        answers: Mapping[int, str | None],
        rng: np.random.Generator,
        index: int = 0,
        depth: int | None = None,
    ) -> tuple[int, ...]:
        """Which responses chained response number `index` is built from, `depth` of them at most (None: the plan's), in their order in the
        chain. `known` are the finished independent ones, `answers` those of all finished ones. None of them where too few are finished.
        """
        depth = self.depth if depth is None else depth
        if self.sources == "last":
            return tuple(sorted(answers)[-depth:])
        if self.sources == "previous":
            begin = (index // self.parallel - 1) * self.parallel
            known = sorted(i for i in answers if begin <= i < begin + self.parallel)
        if len(known) < min(SEEN_ENOUGH, depth):
            return ()
        order = [known[i] for i in rng.permutation(len(known))]
        if self.sources == "ordered":
            return tuple(sorted(order[:depth]))
        if self.sources == "random":
            return tuple(order[:depth])
        chosen = _different_first(order, answers)[:depth]
        return tuple(chosen[i] for i in rng.permutation(len(chosen)))


@dataclass(frozen=True)
class AdaptiveDepth(Plan):
    """A bandit over kinds of pull, for a query on its own: after the first `parallel` responses the next one sees as many earlier ones as
    one of `depths` says, 0 for none.

    Thompson sampling (1933): of each depth, the share of its votes that are for the leader has the posterior Beta(1 + agreeing, 1 + others);
    the depth with the highest draw is next. Agreement stands in for being right, which nobody tells; `chained_share` is not used.
    """

    depths: tuple[int, ...] = (0, 2, 4)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.depths or min(self.depths) < 0:
            raise InputError(
                f"depths must be one or more numbers of earlier responses, 0 or more, got {self.depths}",
                self.depths,
            )

    def sees(self, index: int, votes: Votes, rng: np.random.Generator) -> int:
        """See `Plan.sees`."""
        if index < self.parallel:
            return 0
        draws = []
        for depth in self.depths:
            cast = votes.by_depth.get(depth, Counter())
            agreeing = cast[votes.leader or ""]
            draws.append(rng.beta(1 + agreeing, 1 + cast.total() - agreeing))
        return self.depths[int(np.argmax(draws))]


def make_plan(
    parallel: int, depth: int, chained_share: float, sources: Sources, depths: Sequence[int] | None
) -> Plan:
    """The plan of these settings: `AdaptiveDepth` over `depths` where they are given."""
    return (
        Plan(parallel, depth, chained_share, sources)
        if depths is None
        else AdaptiveDepth(parallel, max(depths, default=0), chained_share, sources, tuple(depths))
    )


def _different_first(order: Sequence[int], answers: Mapping[int, str | None]) -> list[int]:
    """In rounds, each of which takes one response of every answer that is left."""
    rounds: dict[int, int] = {}
    seen: dict[str | None, int] = {}
    for index in order:
        rounds[index] = seen.get(answers[index], 0)
        seen[answers[index]] = rounds[index] + 1
    return sorted(order, key=lambda index: rounds[index])


@dataclass(frozen=True)
class Template:
    """The words of a prompt. `{question}` stands for the query in `question`, `{chain}` for the lined-up thoughts in `chain`.

    Roles alternate, which every chat model takes: system, user (the question), and for a chained pull the chain as the
    assistant's own thinking so far and a user message that asks it to think on.
    """

    system: str = "Work the question out step by step. Then finish with one line of the form: The answer is X. Write nothing after that line."
    question: str = "{question}"
    chain: str = "{chain}"
    connector: str = "Wait. Let me work it out once more from the beginning and compare."
    think_on: str = (
        "Think on from there. Where the attempts above disagree, find out which step is right. "
        "Then finish with one line of the form: The answer is X."
    )

    def __post_init__(self) -> None:
        for name, slot in (("question", "{question}"), ("chain", "{chain}")):
            if slot not in getattr(self, name):
                raise InputError(
                    f"the template's {name} must hold {slot}, got {getattr(self, name)!r}", name
                )

    def parallel(self, query: Query) -> Messages:
        """The messages of an independent response."""
        opening: tuple[Message, ...] = (
            ({"role": "system", "content": self.system},) if self.system else ()
        )
        return (
            *opening,
            {"role": "user", "content": self.question.replace("{question}", query.text)},
        )

    def chained(self, query: Query, earlier: Sequence[Response]) -> Messages:
        """The messages of a response that thinks on from the thoughts of earlier ones, in the order given."""
        lined_up = f"\n\n{self.connector}\n\n".join(thoughts(response) for response in earlier)
        return (
            *self.parallel(query),
            {"role": "assistant", "content": self.chain.replace("{chain}", lined_up)},
            {"role": "user", "content": self.think_on},
        )


def thoughts(response: Response) -> str:
    """The reasoning of a response: what its model keeps apart, else the text before its final answer line."""
    if response.thoughts.strip():
        return response.thoughts.strip()
    lines = response.text.strip().splitlines()
    if len(lines) > 1 and stated(f"\n{lines[-1]}\n.") is not None:
        lines = lines[:-1]
    return "\n".join(lines).strip()
