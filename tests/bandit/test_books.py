"""The counts of every query, and a copy to try pulls on."""

import numpy as np

from dynscaling_nb.answers.votes import Votes
from dynscaling_nb.bandit.books import Books
from dynscaling_nb.bandit.policies import Uniform
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.records import Pull

COUNTS = ["done", "parallel_done", "parallel_pending", "issued", "sees", "open"]


def books(limit: int = 9) -> Books:
    limits = np.full(2, limit)
    return Books(20, Uniform(), Plan(parallel=1), None, [Votes(), Votes({"a": 2})], limits, 0)


def counts(books: Books) -> list[list[int]]:
    arms = [books.arms.pulls, books.arms.pending, books.arms.votes]
    return [array.tolist() for array in [*arms, *(getattr(books, name) for name in COUNTS)]]


def test_a_prior_is_seen_at_once():
    arms = books().arms
    assert (arms.votes.tolist(), arms.leader.tolist()) == ([0, 2], [0, 2])
    assert arms.uncertainty.tolist() == [1, 0]
    assert arms.pulls.tolist() == [0, 0]


def test_a_reserved_pull_that_is_taken_back_leaves_nothing_behind():
    one = books()
    before = counts(one)
    pull = Pull(0, 0, 0, "parallel")
    one.reserve(pull)
    assert one.sees.tolist() == [4, 0]  # after the first response comes a chain
    one.end(pull)
    one.take_back(pull)
    assert counts(one) == before


def test_only_the_index_of_the_last_pull_is_used_again():
    one = books()
    pulls = [Pull(number, 0, number, "parallel") for number in range(2)]
    for pull in pulls:
        one.reserve(pull)
    for pull in pulls:
        one.end(pull)
        one.take_back(pull)
    assert one.issued.tolist() == [1, 0]


def test_a_query_at_its_limit_is_closed():
    one = books(limit=1)
    one.reserve(Pull(0, 0, 0, "parallel"))
    assert one.open.tolist() == [False, True]


def test_chains_of_queries_alike_have_their_sources_in_orders_of_their_own():
    def sources() -> list[tuple[int, ...]]:
        votes = [Votes() for _ in range(6)]
        one = Books(60, Uniform(), Plan(parallel=4, depth=4), None, votes, np.full(6, 9), 3)
        for query in range(6):
            for index in range(4):
                one.count(Pull(0, query, index, "parallel"), "a", 1.0, chainable=True)
        return [one.sources(query) for query in range(6)]

    assert {tuple(sorted(chain)) for chain in sources()} == {(0, 1, 2, 3)}
    assert len(set(sources())) > 1
    assert sources() == sources()


def test_a_chain_is_built_from_responses_that_hold_reasoning_alone():
    def sources(plan: Plan, reasoning: set[int]) -> tuple[int, ...]:
        one = Books(9, Uniform(), plan, None, [Votes()], np.full(1, 9), 3)
        for index in range(4):
            pull = Pull(index, 0, index, "parallel")
            one.reserve(pull)
            one.count(pull, "a", 1.0, chainable=index in reasoning)
        return tuple(sorted(one.sources(0)))

    assert sources(Plan(parallel=4), {0, 2, 3}) == (0, 2, 3)
    assert sources(Plan(parallel=4), {2}) == ()  # one is too few
    assert sources(Plan(parallel=4, depth=1, sources="last"), {0, 1}) == (1,)
    assert sources(Plan(parallel=4, sources="previous"), {1, 3}) == (1, 3)


def test_pulls_on_a_copy_do_not_change_the_books():
    one = books(limit=1)
    before = counts(one)
    twin = one.copy()
    twin.reserve(Pull(0, 0, 0, "parallel"))
    twin.rng.random()
    assert counts(twin) != before
    assert counts(one) == before
    assert one.rng.random() == books().rng.random()
