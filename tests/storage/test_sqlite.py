"""Runs on disk: stored, resumed, reused and exported; and files from elsewhere, which are data."""

import json
import multiprocessing
import sqlite3

import pandas as pd
import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError, StoreError, UnknownName
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
        for file, says in ((text, "cannot be used"), (other, "is not a store of runs")):
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
        with pytest.raises(StoreError, match="tables that no store has"):
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
    def test_a_row_without_a_response_is_one_clear_error(self, path, row):
        found = dn.run(THREE, budget=3, model=scripted(), store=path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE responses SET row = ?", (row,))
        db.close()
        with pytest.raises(StoreError, match="not a response"):
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

    def test_a_time_that_cannot_be_read_is_one_clear_error(self, path):
        dn.run(THREE, budget=3, model=scripted(), store=path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE runs SET created = 'yesterday'")
        db.close()
        with pytest.raises(StoreError, match="holds an invalid time: 'yesterday'"):
            dn.runs(path)

    def test_a_row_without_a_query_is_one_clear_error(self, path):
        result = dn.run(THREE, budget=3, model=scripted(), store=path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE queries SET row = '{}'")
        db.close()
        with pytest.raises(StoreError, match="not a query"):
            dn.load(result.run, path)

    def test_a_text_that_would_fill_the_memory_is_refused(self, path):
        found = dn.run(THREE, budget=3, model=scripted(), store=path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE responses SET row = hex(zeroblob(10000000))")
        db.close()
        with pytest.raises(StoreError, match="cannot be used"):
            dn.load(found.run, path)


class TestSettings:
    def test_writes_reach_the_disk_and_nothing_in_a_file_calls_a_function(self, path):
        dn.run(THREE, budget=3, model=scripted(), store=path)
        with dn.Store(path).connection() as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
            assert db.execute("PRAGMA trusted_schema").fetchone() == (0,)

    def test_a_lock_leaves_no_file(self, path):
        with dn.Store(path).lock("run"):
            assert len(list(path.parent.glob("*.lock"))) == 1
        assert not list(path.parent.glob("*.lock"))

    def test_a_store_of_the_first_format_is_brought_up_to_date(self, path):
        store = dn.Store(path)
        result = dn.run(THREE, budget=9, model=scripted(), store=store)
        with store.connection(write=True) as db:
            db.execute("DROP INDEX responses_to_query")
            db.execute("PRAGMA user_version = 1")
        assert len(dn.load(result.run, store).responses) == 9
        with store.connection() as db:
            assert db.execute("PRAGMA user_version").fetchone() == (2,)
            index = "SELECT count(*) FROM sqlite_master WHERE name = 'responses_to_query'"
            assert db.execute(index).fetchone() == (1,)


class TestStoredResponses:
    def test_they_are_a_sequence(self, path):
        result = dn.run(THREE, budget=12, model=scripted(), store=path)
        stored = dn.Store(path).responses(result.run)
        assert list(stored) == list(result.responses)
        assert len(stored) == 12
        assert (stored[3], stored[-1]) == (result.responses[3], result.responses[-1])
        assert stored[2:5] == list(result.responses[2:5])
        assert stored.of(1) == [r for r in result.responses if r.query_id == "2"]
        with pytest.raises(IndexError):
            stored[12]


def test_a_single_run_is_found_by_its_id(path):
    ids = [dn.run(THREE, budget=n, model=scripted(), store=path).run for n in (3, 4)]
    assert dn.Store(path).run(ids[0]).spent == 3
    with pytest.raises(UnknownName, match="unknown run"):
        dn.Store(path).run("nothing")
