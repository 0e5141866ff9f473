"""The counts of a run, query by query: the ledger writes them, the schedule reads them."""

from collections.abc import Mapping
from copy import copy, deepcopy
from dataclasses import replace

import numpy as np

from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.bandit.arms import Arms, Counts
from dynscaling_nb.bandit.policies import Policy
from dynscaling_nb.bandit.stopping import StopRule
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.records import Pull


class Books:
    """The state of every query. Arrays have shape (queries,); `q` is a place in them."""

    def __init__(
        self,
        budget: int,
        policy: Policy,
        plan: Plan,
        stop: StopRule | None,
        votes: list[Votes],
        limits: Counts,
        seed: int,
    ) -> None:
        queries = len(votes)
        # The rules in force.
        self.policy = policy
        self.plan = plan
        self.stop = stop
        self.limits = limits  # the most responses of each query
        # Randomness: of the policy and the plan, and, from the seed, of the sources of each chain.
        self.rng = np.random.default_rng(seed)
        self.seed = seed
        # Votes, and the counts that the policy sees.
        self.votes = votes
        self.arms = Arms.fresh(queries, budget)
        # Finished responses. A chain is built from some of them.
        self.done = np.zeros(queries, np.int64)
        self.parallel_done = np.zeros(queries, np.int64)  # the independent ones
        self.parallel_indices: list[list[int]] = [[] for _ in range(queries)]
        self.answers: list[dict[int, str | None]] = [{} for _ in range(queries)]  # by index
        self.chainable: list[set[int]] = [set() for _ in range(queries)]  # they hold reasoning
        # Responses in flight, beside `arms.pending`.
        self.parallel_pending = np.zeros(queries, np.int64)
        # The next response to each query.
        self.issued = np.zeros(queries, np.int64)  # its index
        self.sees = np.zeros(queries, np.int64)  # how many earlier ones it sees, 0 if independent
        # Reasons why a query gets no more. `open` is False for each of them, and for a limit.
        self.failures = np.zeros(queries, np.int64)  # failed calls in a row
        self.failed = np.zeros(queries, bool)  # set aside after failures
        self.closed = np.zeros(queries, bool)  # the model has no more to give
        self.open = limits > 0
        for q in range(queries):
            if votes[q].cast:  # a prior
                self._see_votes(q)

    def copy(self) -> "Books":
        """A copy on which `reserve` may try pulls. It shares all that `reserve` does not change."""
        twin = copy(self)
        twin.rng = deepcopy(self.rng)
        twin.arms = replace(
            self.arms, pulls=self.arms.pulls.copy(), pending=self.arms.pending.copy()
        )
        twin.parallel_pending = self.parallel_pending.copy()
        twin.issued, twin.sees, twin.open = self.issued.copy(), self.sees.copy(), self.open.copy()
        return twin

    def reserve(self, pull: Pull) -> None:
        """Count a pull as in flight."""
        q = pull.query
        if pull.index >= self.issued[q]:
            self.issued[q] = pull.index + 1
        self.arms.pulls[q] += 1
        self.arms.pending[q] += 1
        if pull.kind == "parallel":
            self.parallel_pending[q] += 1
        self.look_ahead(q)
        if self.arms.pulls[q] >= self.limits[q]:
            self.open[q] = False

    def end(self, pull: Pull) -> None:
        """Count a pull as in flight no longer."""
        self.arms.pending[pull.query] -= 1
        if pull.kind == "parallel":
            self.parallel_pending[pull.query] -= 1

    def count(self, pull: Pull, answer: str | None, weight: float, chainable: bool) -> None:
        """Count a finished response and its vote; None casts no vote."""
        q = pull.query
        self.done[q] += 1
        self.failures[q] = 0
        self.answers[q][pull.index] = answer
        if chainable:
            self.chainable[q].add(pull.index)
        if pull.kind == "parallel":
            self.parallel_indices[q].append(pull.index)
            self.parallel_done[q] += 1
        self.votes[q].add(answer, depth=len(pull.sources), weight=weight)
        self._see_votes(q)

    def revise(self, q: int, answers: Mapping[int, str | None]) -> dict[int, str | None]:
        """Change answers of finished responses, by their index.

        Returns the changes by their place in the count of the query, from 0.
        """
        changes = {
            place: answers[index]
            for place, (index, answer) in enumerate(self.answers[q].items())
            if index in answers and answers[index] != answer
        }
        if changes:
            self.answers[q].update({i: answers[i] for i in answers if i in self.answers[q]})
            self.votes[q].revise(changes)
            self._see_votes(q)
        return changes

    def take_back(self, pull: Pull) -> None:
        """Undo `reserve` for a pull that has ended without a response."""
        q = pull.query
        self.arms.pulls[q] -= 1
        if pull.index == self.issued[q] - 1:
            self.issued[q] -= 1
        self.look_ahead(q)

    def look_ahead(self, q: int) -> None:
        """Ask the plan how many earlier responses the next response to this query sees."""
        self.sees[q] = self.plan.sees(int(self.arms.pulls[q]), self.votes[q], self.rng)

    def sources(self, q: int) -> tuple[int, ...]:
        """The responses that the next response to this query is built from, if it is a chain.

        () if too few responses hold reasoning.
        """
        index, chainable = int(self.issued[q]), self.chainable[q]
        independent = [i for i in self.parallel_indices[q] if i in chainable]
        answers = {i: answer for i, answer in self.answers[q].items() if i in chainable}
        rng = np.random.default_rng([self.seed, q, index])
        depth = int(self.sees[q]) or None
        return self.plan.choose(independent, answers, rng, index, depth)

    def reopen(self, q: int, enough: bool) -> None:
        """Note whether this query may be pulled again; `enough`: the stop rule says it may not."""
        shut = self.failed[q] or self.closed[q]
        self.open[q] = not (enough or shut or self.arms.pulls[q] >= self.limits[q])

    def _see_votes(self, q: int) -> None:
        arms, votes = self.arms, self.votes[q]
        arms.unread[q] = votes.unread
        leader, runner_up = votes.top_two
        arms.votes[q] = votes.cast
        arms.leader[q], arms.runner_up[q] = leader, runner_up
        arms.uncertainty[q] = 1 - leader / votes.cast if votes.cast else 1.0
        arms.entropy[q] = votes.entropy if votes.cast else 1.0
