"""Runs on disk: what is kept, taken up, used anew, exported; and files from elsewhere, which are data."""

import asyncio
import json
import multiprocessing
import sqlite3

import pandas as pd
import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError, StoreError, UnknownName
from dynscaling_nb.storage.recorder import RunRecorder
from dynscaling_nb.storage.sqlite import default_path

THREE = ["a?", "b?", "c?"]


def scripted(**settings):
    return dn.ScriptedModel(lambda r: f"thought\nThe answer is {r.seeds[0] % 3}.", **settings)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.sqlite"


def same(a, b):
    return (a.answers, a.confidence, a.pulls, [r.to_json() for r in a.responses]) == (
        b.answers,
        b.confidence,
        b.pulls,
        [r.to_json() for r in b.responses],
    )


async def test_a_response_is_on_disk_before_it_is_counted(path):
    def observer(event):
        if type(event).__name__ == "Drawn":
            (run,) = dn.runs(path)
            assert event.response in dn.Store(path).responses(run.id)
            seen.append(run.spent)

    seen = []
    await dn.arun(
        THREE, budget=12, model=scripted(), store=path, observers=[observer], concurrency=1
    )
    assert seen == list(range(1, 13))


def test_a_run_can_be_loaded_again(path):
    asked = [{"id": "x", "text": "a?", "gold": "1.0"}, {"text": "b?", "prior": {"2": 3}}]
    found = dn.run(asked, budget=20, model=scripted(), store=path, seed=4)
    again = dn.load(found.run, path)
    assert same(found, again)
    assert (again.correct, again.golds, again.budget, again.model, again.policy, again.stopped) == (
        found.correct,
        found.golds,
        20,
        "scripted",
        "flip",
        "budget",
    )
    (kept,) = dn.runs(path)
    assert (kept.id, kept.spent, kept.budget, kept.queries, kept.stopped, kept.seed) == (
        found.run,
        20,
        20,
        2,
        "budget",
        4,
    )
    assert found.run in repr(dn.runs(path))
    assert found.run in dn.runs(path)._repr_html_()


def stopped_at(path, count, **options):
    def observer(event):
        if type(event).__name__ == "Drawn" and event.pull.number == count:
            handle.stop()

    async def go():
        nonlocal handle
        handle = dn.start(
            THREE,
            budget=60,
            model=scripted(delay=0.002),
            store=path,
            observers=[observer],
            concurrency=3,
            **options,
        )
        return await handle

    handle = None
    return asyncio.run(go())


@pytest.mark.parametrize("policy", ["default", "paper", "thompson", "uniform+ac"])
def test_a_stopped_run_goes_on_where_it_was(path, policy):
    first = stopped_at(path, 17, policy=policy)
    assert first.stopped == "user"
    model = scripted()
    second = dn.run(THREE, budget=60, model=model, store=path, resume=True, policy=policy)
    assert second.run == first.run
    assert second.resumed == len(first.responses)
    assert [r.text for r in second.responses[: second.resumed]] == [r.text for r in first.responses]
    assert sum(request.n for request in model.requests) == len(second.responses) - second.resumed
    assert len(second.responses) == 60 or policy == "uniform+ac"
    assert len({(r.query_id, r.index) for r in second.responses}) == len(second.responses)
    assert [r.index for r in second.responses_to("1")] == list(range(second.pulls[0]))
    assert second.seed == first.seed
    assert len(dn.runs(path)) == 1
    assert "drawn before" in second.summary()


def test_a_finished_run_is_not_drawn_again_and_more_budget_is_added_to_it(path):
    first = dn.run(THREE, budget=12, model=scripted(), store=path)
    model = scripted()
    again = dn.run(THREE, budget=12, model=model, store=path, resume=True)
    assert model.requests == []
    assert same(first, again)
    more = dn.run(THREE, budget=20, model=model, store=path, resume=first.run)
    assert (len(more.responses), more.resumed) == (20, 12)
    with pytest.raises(InputError, match=r"has drawn 20 responses already; raise the budget of 19"):
        dn.run(THREE, budget=19, model=model, store=path, resume=True)


def test_other_queries_models_or_seeds_begin_a_run_of_their_own(path):
    first = dn.run(THREE, budget=6, model=scripted(), store=path, seed=1)
    for asked, options in (
        (["a?", "b?"], {}),
        (THREE, {"seed": 2}),
        (THREE, {"depth": 2}),
        (THREE, {"template": dn.Template(system="hm")}),
    ):
        found = dn.run(asked, budget=6, model=scripted(), store=path, resume=True, **options)
        assert (found.resumed, found.run != first.run) == (0, True)
    assert len(dn.runs(path)) == 5
    with pytest.raises(InputError, match="was of other queries"):
        dn.run(["z?"], budget=6, model=scripted(), store=path, resume=first.run)
    with pytest.raises(UnknownName, match="unknown run 'nothing'"):
        dn.run(THREE, budget=6, model=scripted(), store=path, resume="nothing")


def test_answers_are_read_anew_on_resume(path):
    dn.run(["a?"], budget=4, model=scripted(), store=path, extract=lambda text: "wrong")
    found = dn.run(["a?"], budget=8, model=scripted(), store=path, resume=True)
    assert set(r.answer for r in found.responses) <= {"0", "1", "2"}


def test_a_class_runs_on_one_recorded_set(path):
    first = dn.run(THREE, budget=30, model=scripted(), store=path, seed=5, concurrency=1)
    model = dn.ScriptedModel(lambda r: dn.ModelError("nothing is to be drawn"))
    again = dn.run(THREE, budget=30, model=model, store=path, seed=5, concurrency=1, reuse=True)
    assert model.requests == []
    assert (again.answers, again.pulls) == (first.answers, first.pulls)
    assert all(r.reused for r in again.responses)
    assert again.usage == dn.Usage()
    assert "30 responses came from the store" in again.report()
    third = dn.run(
        THREE, budget=30, model=model, store=path, seed=5, concurrency=1, reuse=True
    )  # what was used anew is not recorded twice
    assert [r.text for r in third.responses] == [r.text for r in first.responses]


def test_a_run_that_two_kernels_want_is_drawn_by_one(path):
    async def go():
        handle = dn.start(THREE, budget=60, model=scripted(delay=0.05), store=path)
        await asyncio.sleep(0.2)
        with pytest.raises(InputError, match="is going on in another kernel or cell"):
            await dn.arun(THREE, budget=60, model=scripted(), store=path, resume=True)
        handle.stop()
        await handle

    asyncio.run(go())


def draw(path, seed, out):
    found = dn.run(
        THREE, budget=90, model=scripted(delay=0.001), store=path, seed=seed, concurrency=3
    )
    out.put((seed, found.run, len(found.responses)))


def test_kernels_that_write_at_once_do_not_disturb_each_other(path):
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    processes = [context.Process(target=draw, args=(path, seed, out)) for seed in range(4)]
    for process in processes:
        process.start()
    found = [out.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(10)
    assert {n for _, _, n in found} == {90}
    assert {run.id for run in dn.runs(path)} == {id_ for _, id_, _ in found}
    assert all(len(dn.Store(path).responses(id_)) == 90 for _, id_, _ in found)


class TestExport:
    def test_to_json_lines_parquet_and_a_file_for_another_machine(self, path, tmp_path):
        found = dn.run(THREE, budget=9, model=scripted(), store=path)
        dn.run(THREE, budget=3, model=scripted(), store=path)
        store = dn.Store(path)
        lines = store.export(found.run, tmp_path / "run.jsonl").read_text().splitlines()
        assert [json.loads(line)["text"] for line in lines] == [r.text for r in found.responses]
        table = pd.read_parquet(store.export(found.run, tmp_path / "run.parquet"))
        assert list(table["answer"]) == [r.answer for r in found.responses]
        assert table["completion_tokens"].sum() == found.usage.completion_tokens
        other = store.export(found.run, tmp_path / "other.sqlite")
        assert [run.id for run in dn.runs(other)] == [found.run]
        assert same(dn.load(found.run, other), found)
        with pytest.raises(InputError, match="is there already"):
            store.export(found.run, other)
        with pytest.raises(InputError, match=r"\.jsonl, \.parquet or \.sqlite"):
            store.export(found.run, tmp_path / "run.pickle")
        with pytest.raises(InputError, match="no folder"):
            store.export(found.run, tmp_path / "nowhere" / "run.jsonl")

    def test_a_run_can_be_forgotten(self, path):
        found = dn.run(THREE, budget=3, model=scripted(), store=path)
        dn.Store(path).delete(found.run)
        assert len(dn.runs(path)) == 0
        with pytest.raises(UnknownName):
            dn.load(found.run, path)


class TestDefaults:
    def test_models_on_a_server_are_kept_in_the_cache_folder_and_others_nowhere(
        self, endpoint, cache
    ):
        before = len(dn.runs())
        found = dn.run(["q?"], budget=2, model="tiny", base_url=endpoint.url)
        assert dn.runs()[0].id == found.run
        assert default_path().is_relative_to(cache)
        assert dn.run(["What is 2 + 2?"], budget=2).run is None
        assert (
            dn.run(["q?"], budget=2, model="tiny", base_url=endpoint.url, store=False).run is None
        )
        assert len(dn.runs()) == before + 1

    def test_a_run_that_is_refused_leaves_nothing_behind(self, path, endpoint):
        with pytest.raises(InputError):
            dn.run(["q?"], budget=0, model="tiny", base_url=endpoint.url, store=path)
        assert not path.exists()


class TestFilesFromElsewhere:
    def test_a_file_that_is_no_store_is_refused(self, tmp_path):
        text, other = tmp_path / "a.txt", tmp_path / "b.sqlite"
        text.write_text("not a database" * 100)
        with sqlite3.connect(other) as db:
            db.execute("CREATE TABLE mine (x)")
        db.close()
        for file, says in ((text, "cannot be used"), (other, "is no store of runs")):
            with pytest.raises(StoreError, match=says):
                dn.runs(file)
            with pytest.raises(StoreError, match=says):
                dn.run(THREE, budget=3, model=scripted(), store=file)
        with pytest.raises(StoreError, match="there is no store"):
            dn.load("x", tmp_path / "none.sqlite")

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM responses; END",
            "CREATE VIEW v AS SELECT * FROM runs",
            "CREATE TABLE more (x)",
            "ALTER TABLE runs ADD COLUMN extra TEXT",
        ],
    )
    def test_a_store_with_anything_of_its_own_is_refused(self, path, statement):
        dn.run(THREE, budget=3, model=scripted(), store=path)
        with sqlite3.connect(path) as db:
            db.execute(statement)
        db.close()
        with pytest.raises(StoreError, match="not ours"):
            dn.runs(path)

    def test_a_newer_format_is_refused(self, path):
        dn.run(THREE, budget=3, model=scripted(), store=path)
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
        with pytest.raises(StoreError, match="newer"):
            dn.runs(path)

    @pytest.mark.parametrize(
        "row",
        [
            "",
            "null",
            "[]",
            "{}",
            '{"text": 3}',
            "[" * 100_000,
            '{"__reduce__": "os.system"}',
            "nan",
        ],
    )
    def test_a_row_that_is_no_response_is_one_clear_error(self, path, row):
        found = dn.run(THREE, budget=3, model=scripted(), store=path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE responses SET row = ?", (row,))
        db.close()
        with pytest.raises(StoreError, match="no response"):
            dn.load(found.run, path)

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "evil"},
            {"index": -1},
            {"index": "0"},
            {"at": float("inf")},
            {"weight": None},
            {"messages": [{"role": "user"}]},
            {"query_id": "nobody"},
        ],
    )
    def test_fields_of_other_types_are_one_clear_error(self, path, change):
        found = dn.run(THREE, budget=3, model=scripted(), store=path)
        with sqlite3.connect(path) as db:
            for number, row in db.execute("SELECT number, row FROM responses").fetchall():
                db.execute(
                    "UPDATE responses SET row = ? WHERE number = ?",
                    (json.dumps(json.loads(row) | change), number),
                )
        db.close()
        with pytest.raises(StoreError):
            dn.load(found.run, path)

    def test_a_text_that_would_fill_the_memory_is_refused(self, path):
        found = dn.run(THREE, budget=3, model=scripted(), store=path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE responses SET row = hex(zeroblob(10000000))")
        db.close()
        with pytest.raises(StoreError, match="cannot be used"):
            dn.load(found.run, path)


def test_a_disk_that_is_full_ends_the_run_with_what_was_drawn(path, monkeypatch):
    def keep(self, responses):
        raise StoreError("the disk is full", "x")

    monkeypatch.setattr(RunRecorder, "keep", keep)
    found = dn.run(THREE, budget=9, model=scripted(), store=path, concurrency=1)
    assert (found.stopped, len(found.responses)) == ("error", 1)
    assert "the disk is full" in found.error
