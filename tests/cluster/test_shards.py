"""The books of the shards and the merge of their scores, by hand and without Dask."""

import numpy as np

import dynscaling_nb as dn
from dynscaling_nb.answers.equivalence import exact
from dynscaling_nb.answers.weights import equal
from dynscaling_nb.bandit.ledger import Ledger
from dynscaling_nb.bandit.policies import policy
from dynscaling_nb.chains.plan import Plan
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.cluster.messages import Report, ShardSpec
from dynscaling_nb.cluster.shards import ShardBooks, merge
from dynscaling_nb.records import Query, Response, Usage


class TestMerge:
    def test_the_highest_scores_over_all_shards_are_counted(self):
        assert merge([[9, 5, 1], [8, 7, 6]], 4) == [1, 3]

    def test_a_shard_makes_its_pulls_in_its_own_order(self):
        assert merge([[1, 100], [2, 2]], 2) == [0, 2]  # the 100 comes after the 1
        assert merge([[1, 100], [2, 2]], 4) == [2, 2]

    def test_of_equal_scores_the_first_shard_goes_first(self):
        assert merge([[3, 3], [3, 3]], 3) == [2, 1]

    def test_no_more_than_there_are_scores(self):
        assert merge([[1.0], [], [2.0]], 10) == [1, 0, 1]
        assert merge([[1.0]], 0) == [0]
        assert merge([], 3) == []


def make_books(queries=4, budget=40, shards=2, warmup=2):
    """Shards of a run whose ledger has not been asked for anything."""
    ledger = Ledger(queries, budget, policy("uniform"), Plan(depth=0), warmup=warmup)
    spec = ShardSpec(
        queries=[Query(str(i), f"{i}?") for i in range(queries)],
        model=dn.ScriptedModel({}),
        template=Template(),
        extract=str,
        equivalence=exact,
        vote_weight=equal,
        warmup=warmup,
        seed=1,
    )
    books = ShardBooks(ledger)
    books.deal(spec, "run", shards)
    return books, ledger


def responses(shard, count):
    return [Response(shard.spec.queries[0].id, i, "parallel", "", "7", ()) for i in range(count)]


def report(shard, *, new=0, **fields):
    """A report with this many new responses."""
    return Report(shard.home or "here", responses=responses(shard, new), **fields)


def hear(books, ledger, shard, *, forecast=100, **fields):
    """Put a report's responses into the ledger, then hear it, as the coordinator does."""
    news = report(shard, **fields)
    for response in news.responses:
        index = int(ledger.pulls[shard.places[0]])
        pull = ledger.recall(shard.places[0], index, "parallel", ())
        ledger.tell(pull, response.answer)
    books.hear(shard, news, forecast)


def test_every_query_is_dealt_to_one_shard_with_its_warm_up_granted():
    books, _ = make_books(queries=5, shards=2)
    places = [place for shard in books for place in shard.places]
    assert sorted(places) == [0, 1, 2, 3, 4]
    assert [shard.name for shard in books] == ["run/0", "run/1"]
    assert [shard.budget for shard in books] == [2 * len(shard.places) for shard in books]
    assert len({shard.spec.seed for shard in books}) == 2
    assert all(
        [q.id for q in shard.spec.queries] == [str(p) for p in shard.places] for shard in books
    )


def test_a_warm_up_is_granted_as_far_as_the_budget_reaches():
    books, _ = make_books(queries=4, budget=5, warmup=2)
    assert sum(shard.budget for shard in books) <= 5


def test_workers_get_shards_evenly_and_a_new_worker_takes_one_over():
    books, ledger = make_books(queries=8, shards=4)
    books.house(["a", "b"])
    assert sorted(shard.home for shard in books) == ["a", "a", "b", "b"]
    for shard in books:
        hear(books, ledger, shard, budget=shard.budget, scores=[1.0])
    books.house(["a", "b", "c"])
    (leaving,) = [shard for shard in books if shard.leaving]
    assert leaving.budget == leaving.pulls == 0  # it makes no pull before it moves
    books.house(["a", "b", "c"])
    assert len([shard for shard in books if shard.leaving]) == 1
    assert not leaving.may_leave  # its worker has not confirmed the lower budget
    hear(books, ledger, leaving, budget=0, scores=[])
    assert leaving.may_leave
    hear(books, ledger, leaving, budget=0, scores=[])
    assert (leaving.home, leaving.at_home, leaving.leaving) == ("", False, False)
    books.house(["a", "b", "c"])
    assert leaving.home == "c"


def test_a_lost_shard_begins_again_from_what_is_known():
    books, ledger = make_books(queries=4, budget=40)
    books.house(["a", "b"])
    shard, other = books
    hear(books, ledger, shard, new=3, budget=8, pulls=6, in_flight=3, failures=2, scores=[1.0])
    shard.budget = 8
    books.house([other.home])
    assert (shard.heard, shard.at_home, shard.home) == (3, False, other.home)
    assert shard.budget == 3 + 2  # one of its two queries lacks its warm-up of two
    assert books.failures == 2
    assert shard.pulls == 3


def test_a_worker_that_does_not_hold_a_shard_becomes_its_home():
    books, ledger = make_books()
    shard = next(iter(books))
    hear(books, ledger, shard, budget=4, scores=[1.0])
    books.hear(shard, Report("elsewhere", holds_shard=False), 100)
    assert (shard.home, shard.at_home) == ("elsewhere", False)


def test_nothing_is_granted_before_every_shard_has_reported():
    books, ledger = make_books(budget=40)
    first, second = books
    hear(books, ledger, first, budget=4, pulls=4, scores=[9.0] * 20)
    before = [shard.budget for shard in books]
    books.grant(100)
    assert [shard.budget for shard in books] == before
    hear(books, ledger, second, budget=4, pulls=4, scores=[1.0] * 20)
    books.grant(10)
    assert [shard.budget for shard in books] == [14, 4]  # ten ahead, all to the higher scores


def test_grants_end_with_the_budget_of_the_run():
    books, ledger = make_books(budget=12)
    for shard in books:
        hear(books, ledger, shard, budget=4, pulls=4, scores=[1.0] * 20, forecast=20)
    books.grant(100)
    assert sum(shard.budget for shard in books) == 12


def test_a_lowered_budget_is_free_only_once_it_is_confirmed():
    books, ledger = make_books(budget=20)
    first, second = books
    for shard in books:
        hear(books, ledger, shard, budget=10, pulls=4, scores=[1.0] * 20)
        shard.budget = 10
    first.budget = 4
    assert first.limit == 10  # its worker may still make ten
    books.grant(100)
    assert second.budget == 10
    hear(books, ledger, first, budget=4, pulls=4, scores=[0.5] * 20)
    books.grant(100)
    assert sum(shard.budget for shard in books) == 20
    assert second.budget == 16


def test_a_shard_that_foresees_few_pulls_gives_the_rest_back():
    books, ledger = make_books(budget=40)
    shard = next(iter(books))
    shard.budget = 30
    hear(books, ledger, shard, budget=30, pulls=6, scores=[1.0, 1.0], forecast=20)
    assert shard.budget == 8
    shard.budget = 30
    hear(books, ledger, shard, budget=30, pulls=6, scores=[1.0] * 20, forecast=20)
    assert shard.budget == 30  # it might want more than was asked about


def test_after_the_budget_was_lowered_only_unmade_pulls_are_taken_back():
    books, ledger = make_books(budget=40)
    first, second = books
    for shard, pulls in ((first, 6), (second, 9)):
        hear(books, ledger, shard, budget=12, pulls=pulls, scores=[1.0] * 20)
        shard.budget = 12
    ledger.resize(20)
    books.shorten()
    assert [shard.budget for shard in books] == [8, 12]
    ledger.resize(5)
    books.shorten()
    assert [shard.budget for shard in books] == [6, 9]  # what they have made stays


def test_a_run_is_finished_when_its_budget_is_spent_or_no_shard_wants_more():
    books, ledger = make_books(queries=4, budget=8)
    first, second = books
    assert not books.finished
    hear(books, ledger, first, new=2, budget=4, pulls=2, scores=[])
    hear(books, ledger, second, new=2, budget=4, pulls=3, in_flight=1, scores=[])
    assert not books.finished  # one pull is in flight
    hear(books, ledger, second, new=1, budget=4, pulls=3, scores=[])
    assert books.finished
    hear(books, ledger, second, budget=4, pulls=3, scores=[1.0])
    assert not books.finished
    hear(books, ledger, first, new=3, budget=5, pulls=5, scores=[1.0])
    assert books.finished  # eight responses


def test_totals_add_up_over_the_shards():
    books, ledger = make_books()
    for shard, count in zip(books, (1, 2), strict=True):
        used = Usage(requests=count)
        hear(books, ledger, shard, pulls=3, in_flight=count, failures=count, judge_usage=used)
    assert (books.pulls, books.in_flight, books.failures) == (6, 3, 3)
    assert books.judge_usage == Usage(requests=3)


def test_budgets_never_exceed_the_runs_and_no_shard_is_behind_what_it_made():
    rng = np.random.default_rng(3)
    books, ledger = make_books(queries=12, budget=60, shards=4, warmup=1)
    made = {shard.name: 0 for shard in books}
    workers = ["a", "b"]
    for _ in range(300):
        books.house(workers if rng.random() < 0.9 else ["a"])
        books.shorten()
        books.grant(16)
        assert sum(shard.limit for shard in books) <= ledger.budget
        shard = list(books)[rng.integers(4)]
        if not shard.at_home:
            made[shard.name] = shard.heard
        pulls = int(rng.integers(made[shard.name], max(shard.budget, made[shard.name]) + 1))
        done = int(rng.integers(shard.heard, pulls + 1))
        made[shard.name] = pulls
        hear(
            books,
            ledger,
            shard,
            new=done - shard.heard,
            budget=shard.budget,
            pulls=pulls,
            in_flight=pulls - done,
            scores=rng.random(30).tolist(),
            forecast=30,
        )
        assert all(shard.budget >= shard.pulls >= shard.heard for shard in books)
    assert ledger.spent <= 60
