"""Which responses to a query are chained, and from which earlier ones. Pure.

Integrated parallel-sequential sampling (DynScaling, arXiv 2506.16043): some responses to a query
are independent, the others think on from the thoughts of earlier ones.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.errors import InputError

FEWEST_SOURCES = 2  # finished responses that a chain needs

Sources = Literal["random", "disagreeing", "ordered", "last", "previous"]
SOURCES: tuple[Sources, ...] = get_args(Sources)


@dataclass(frozen=True)
class Plan:
    """Which kind the next response to a query is, and what a chained one is built from.

    The first `parallel` responses are independent. After them the share `chained_share`, in
    [0, 1], is chained, evenly spread. A chain is built from `depth` earlier responses; 0 means no
    chains. `sources` says from which:

    - `random`: independent responses, in random order.
    - `disagreeing`: independent responses with as many different answers as possible.
    - `ordered`: as `random`, in the order in which they were drawn. More chains then begin alike,
      so a server with a prefix cache reads less.
    - `last`: the latest responses of any kind, so that each response sees those before it.
    - `previous`: random responses of the generation before; a generation is `parallel` responses.
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
        """Whether response `index` to a query, counted from 0, is to be chained.

        Of the first k responses after the independent ones, ceil(k * chained_share) are.
        """
        after = index - self.parallel
        if self.depth == 0 or after < 0:
            return False
        return ceil((after + 1) * self.chained_share) > ceil(after * self.chained_share)

    def sees(self, index: int, votes: Votes, rng: np.random.Generator) -> int:
        """Number of earlier responses that response `index` is to see; 0 if it is independent."""
        return self.depth if self.chains(index) else 0

    @property
    def independent(self) -> bool:
        """Whether chains are built from independent responses alone."""
        return self.sources in ("random", "disagreeing", "ordered")

    def needs(self, index: NDArray[np.int64]) -> NDArray[np.int64]:
        """Finished responses that chained response `index` waits for, element by element.

        Only independent ones count if the plan is `independent`, else all.
        """
        if self.sources == "last":
            return index
        if self.sources == "previous":
            return index // self.parallel * self.parallel
        return np.full_like(index, min(self.depth, self.parallel))

    def choose(
        self,
        independent: Sequence[int],
        answers: Mapping[int, str | None],
        rng: np.random.Generator,
        index: int = 0,
        depth: int | None = None,
    ) -> tuple[int, ...]:
        """The indices of the sources of chained response `index`, in their order in the chain.

        - `independent`: indices of the finished independent responses.
        - `answers`: the answers of all finished responses, by index.
        - `depth`: number of sources at most, None for the plan's own.

        Returns () if too few responses are finished.
        """
        depth = self.depth if depth is None else depth
        if self.sources == "last":
            return tuple(sorted(answers)[-depth:])
        if self.sources == "previous":
            begin = (index // self.parallel - 1) * self.parallel
            candidates = sorted(i for i in answers if begin <= i < begin + self.parallel)
        else:
            candidates = list(independent)
        if len(candidates) < min(FEWEST_SOURCES, depth):
            return ()
        order = [candidates[i] for i in rng.permutation(len(candidates))]
        if self.sources == "ordered":
            return tuple(sorted(order[:depth]))
        if self.sources == "disagreeing":
            leading = _different_first(order, answers)[:depth]
            # shuffled once more, or the rarest answer would never come last in the chain
            return tuple(leading[i] for i in rng.permutation(len(leading)))
        return tuple(order[:depth])


@dataclass(frozen=True)
class AdaptiveDepth(Plan):
    """A bandit over the depth of the next response, for each query on its own.

    After the first `parallel` responses, the number of earlier responses that each one sees is an
    element of `depths`; 0 makes an independent response. Thompson sampling (1933) chooses it. The
    share of a depth's votes that agree with the leader has the posterior
    Beta(1 + agreeing, 1 + others). The depth with the highest draw wins. Agreement stands in for
    correctness, which is unknown.

    `depth` is the largest of `depths`. `chained_share` is used only in the estimate of a run.
    """

    depth: int = field(init=False)
    chained_share: float = field(init=False, default=Plan.chained_share)
    depths: tuple[int, ...] = (0, 2, 4)

    def __post_init__(self) -> None:
        if not self.depths or min(self.depths) < 0:
            raise InputError(
                f"depths must be one or more numbers of earlier responses, got {self.depths}",
                self.depths,
            )
        object.__setattr__(self, "depth", max(self.depths))  # the class is frozen
        super().__post_init__()

    def sees(self, index: int, votes: Votes, rng: np.random.Generator) -> int:
        """Number of earlier responses that response `index` is to see; 0 if it is independent."""
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
    """A `Plan`; with `depths` an `AdaptiveDepth`, without `depth` and `chained_share`."""
    if depths is None:
        return Plan(parallel, depth, chained_share, sources)
    return AdaptiveDepth(parallel=parallel, sources=sources, depths=tuple(depths))


def _different_first(order: Sequence[int], answers: Mapping[int, str | None]) -> list[int]:
    """The indices in rounds: each round takes one response with every answer that is left."""
    rounds: dict[int, int] = {}
    responses: Counter[str | None] = Counter()
    for index in order:
        rounds[index] = responses[answers[index]]
        responses[answers[index]] += 1
    return sorted(order, key=lambda index: rounds[index])
