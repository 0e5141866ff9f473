"""The votes of one query: who leads, by how much, and how divided the answers are. Pure."""

from collections import Counter
from collections.abc import Mapping
from math import log

from dynscaling_nb.records import Gold, right_answers


class Votes:
    """The votes of one query, counted as they come.

    `counts`, `weights`: votes for each answer, and their summed weights.
    `chained`, `by_depth`: votes from chained responses, and votes by the depth of the chain.
    `reached`: the number of votes at which an answer got its latest one.
    `cast`, `unread`: responses that voted, and responses without an answer.
    `streak`: number of equal votes in a row at the end.

    `prior` holds votes that count before the first response: the user's own belief.
    """

    def __init__(self, prior: Mapping[str, int] | None = None) -> None:
        self._prior = dict(prior or {})
        # of each response, in the order of the count: its answer, its depth, its weight
        self._answers: list[str | None] = []
        self._depths: list[int] = []
        self._weights: list[float] = []
        self._begin()

    def _begin(self) -> None:
        """Count the prior alone."""
        self.counts: dict[str, int] = {}
        self.weights: dict[str, float] = {}
        self.chained: Counter[str] = Counter()
        self.by_depth: dict[int, Counter[str]] = {}
        self.reached: dict[str, int] = {}
        self.cast = 0
        self.unread = 0
        self.streak = 0
        self._last: str | None = None
        for answer, count in self._prior.items():
            self.cast += count
            self.counts[answer] = self.weights[answer] = count
            self.reached[answer] = self.cast

    def add(self, answer: str | None, *, depth: int = 0, weight: float = 1.0) -> None:
        """Count the vote of a response; None casts no vote.

        The response saw `depth` earlier ones, 0 if it is independent.
        """
        self._answers.append(answer)
        self._depths.append(depth)
        self._weights.append(weight)
        self._count(answer, depth, weight)

    def revise(self, answers: Mapping[int, str | None]) -> None:
        """Count again, with other answers for some responses, by their place in the count."""
        for place, answer in answers.items():
            self._answers[place] = answer
        self._begin()
        for vote in zip(self._answers, self._depths, self._weights, strict=True):
            self._count(*vote)

    def _count(self, answer: str | None, depth: int, weight: float) -> None:
        if answer is None:
            self.unread += 1
            self.streak, self._last = 0, None
            return
        self.cast += 1
        self.streak = self.streak + 1 if answer == self._last else 1
        self._last = answer
        self.counts[answer] = self.counts.get(answer, 0) + 1
        self.weights[answer] = self.weights.get(answer, 0) + weight
        if depth:
            self.chained[answer] += 1
        if depth not in self.by_depth:
            self.by_depth[depth] = Counter()
        self.by_depth[depth][answer] += 1
        self.reached[answer] = self.cast

    @property
    def leader(self) -> str | None:
        """The answer with the most weight.

        A tie goes to the answer with more chained votes, then to the one that reached it first.
        """
        if not self.counts:
            return None
        return max(self.counts, key=lambda a: (self.weights[a], self.chained[a], -self.reached[a]))

    @property
    def top_two(self) -> tuple[int, int]:
        """Votes of the leader, and the most votes of another answer.

        The second number is the larger one only where weights decided who leads.
        """
        leader = self.leader
        if leader is None:
            return 0, 0
        others = (count for answer, count in self.counts.items() if answer != leader)
        return self.counts[leader], max(others, default=0)

    @property
    def entropy(self) -> float:
        """Entropy of the votes divided by its largest value, ln(votes cast): in [0, 1]."""
        if self.cast < 2 or len(self.counts) < 2:
            return 0.0
        shares = [count / self.cast for count in self.counts.values()]
        return -sum(s * log(s) for s in shares) / log(self.cast)


def is_right(answer: str | None, gold: Gold) -> bool | None:
    """Whether an answer is the gold one, or one of several; None without a gold answer."""
    return None if gold is None else answer in right_answers(gold)
