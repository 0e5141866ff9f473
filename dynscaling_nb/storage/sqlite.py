"""Runs on disk: one SQLite file in which every response stands before it is counted, so that a run that was cut off goes on.

A file from elsewhere is data: its tables must be exactly ours, texts are bounded in length, and nothing in it is ever run.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from html import escape
from math import isfinite
from pathlib import Path
from typing import Any, overload

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from dynscaling_nb.errors import InputError, StoreError, UnknownName
from dynscaling_nb.formatting import line, table
from dynscaling_nb.inputs import parse
from dynscaling_nb.records import Completion, Query, Response, Stopped
from dynscaling_nb.storage import parquet

APPLICATION = 0x64796E73  # "dyns": says whose file it is
VERSION = 2
MOST_BYTES = 16_000_000  # of one text in a file
WAIT = 30  # seconds that another kernel's write may take
TABLES = {
    "runs": """CREATE TABLE runs (
        id TEXT PRIMARY KEY, kin TEXT NOT NULL, created TEXT NOT NULL, model TEXT NOT NULL, policy TEXT NOT NULL,
        budget INTEGER NOT NULL, seed INTEGER NOT NULL, stopped TEXT, error TEXT) STRICT""",
    "queries": """CREATE TABLE queries (
        run TEXT NOT NULL, place INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (run, place)) STRICT, WITHOUT ROWID""",
    "responses": """CREATE TABLE responses (
        number INTEGER PRIMARY KEY, run TEXT NOT NULL, place INTEGER NOT NULL, prompt TEXT, row TEXT NOT NULL) STRICT""",
    "responses_of_run": "CREATE INDEX responses_of_run ON responses (run)",
    "responses_to_query": "CREATE INDEX responses_to_query ON responses (run, place)",
    "responses_to_prompt": "CREATE INDEX responses_to_prompt ON responses (prompt)",
}
MIGRATIONS: dict[int, Sequence[str]] = {
    1: (TABLES["responses_to_query"],)
}  # from a version to the next one


def default_path() -> Path:
    """Where runs are kept unless the user says otherwise: in the user's cache folder."""
    return user_cache_path("dynscaling_nb") / "runs.sqlite"


@dataclass(frozen=True)
class StoredRun:
    """A run in a store: `spent` of `budget` responses over `queries` queries; `stopped` is None for one that goes on or was cut off."""

    id: str
    created: datetime
    model: str
    policy: str
    queries: int
    spent: int
    budget: int
    seed: int
    stopped: Stopped | None
    error: str | None = None


class Runs(tuple[StoredRun, ...]):
    """Runs of a store, the latest first; a notebook shows them as a table."""

    __slots__ = ()

    def _table(self) -> tuple[list[str], list[list[str]]]:
        head = ["id", "begun", "model", "policy", "queries", "responses", "ended by"]
        return head, [_cells(kept) for kept in self]

    def __repr__(self) -> str:
        return table(*self._table(), right=(4, 5)) if self else "no runs are stored here"

    def _repr_html_(self) -> str:
        head, rows = self._table()
        heads = "".join(f"<th scope='col'>{escape(name)}</th>" for name in head)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
        )
        return (
            f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
            if self
            else "<p>no runs are stored here</p>"
        )


def _cells(kept: StoredRun) -> list[str]:
    begun = f"{kept.created.astimezone():%Y-%m-%d %H:%M}"
    spent = f"{kept.spent} of {kept.budget}"
    return [
        kept.id,
        begun,
        line(kept.model, 40),
        line(kept.policy, 40),
        str(kept.queries),
        spent,
        kept.stopped or "not yet",
    ]


class Store:
    """Runs in the SQLite file at `path` (None: in the user's cache folder); made when first written to.

    Several kernels may use one file at once. Methods raise `StoreError` where the file cannot be used, `UnknownName` for a run that it
    does not hold.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path).expanduser() if path is not None else default_path()

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    def runs(self) -> Runs:
        """All runs, the latest first."""
        if not self.path.exists():
            return Runs()
        with self.connection() as db:
            rows = db.execute(
                """SELECT id, created, model, policy, (SELECT count(*) FROM queries WHERE run = id),
                (SELECT count(*) FROM responses WHERE run = id), budget, seed, stopped, error FROM runs ORDER BY created DESC, rowid DESC"""
            ).fetchall()
        return Runs(StoredRun(id_, _when(created), *rest) for id_, created, *rest in rows)

    def run(self, run: str) -> StoredRun:
        """One run."""
        if not self.path.exists():
            raise StoreError(f"there is no store {self.path}", str(self.path))
        known = {kept.id: kept for kept in self.runs()}
        if run not in known:
            raise UnknownName("run", run, [*known])
        return known[run]

    def queries(self, run: str) -> list[Query]:
        """The queries of a run, in order."""
        with self.connection() as db:
            rows = db.execute(
                "SELECT row FROM queries WHERE run = ? ORDER BY place", (run,)
            ).fetchall()
        return [_read(Query, row) for (row,) in rows]

    def responses(self, run: str) -> "StoredResponses":
        """The responses of a run, in the order in which they came; they are read when they are looked at."""
        return StoredResponses(self, run)

    def latest(self, kin: str, seed: int | None = None) -> StoredRun | None:
        """The latest run of that `kin` (see `family_key`), and with that seed where one is given."""
        if not self.path.exists():
            return None
        with self.connection() as db:
            found = db.execute(
                "SELECT id FROM runs WHERE kin = ? AND seed = coalesce(?, seed) ORDER BY created DESC, rowid DESC LIMIT 1",
                (kin, seed),
            ).fetchone()
        return self.run(found[0]) if found else None

    def export(self, run: str, path: str | Path) -> Path:
        """Write the responses of a run to a file: `.jsonl`, `.parquet` (needs pyarrow), or `.sqlite`, a store of this one run."""
        path, kept = Path(path), self.run(run)
        if not path.parent.is_dir():
            raise InputError(f"there is no folder {path.parent} to write {path.name} to", str(path))
        if path.suffix == ".jsonl":
            with path.open("w", encoding="utf-8") as file:
                file.writelines(
                    json.dumps(r.to_json(), ensure_ascii=False) + "\n" for r in self.responses(run)
                )
        elif path.suffix == ".parquet":
            parquet.write(self.responses(run), path)
        elif path.suffix == ".sqlite":
            if path.exists():
                raise InputError(f"{path} is there already; name a new file", str(path))
            with (
                self.connection() as db,
                Store(path).connection(write=True) as other,
                transaction(other),
            ):
                for name in ("runs", "queries", "responses"):
                    rows = db.execute(
                        f"SELECT * FROM {name} WHERE {'id' if name == 'runs' else 'run'} = ?",
                        (kept.id,),
                    ).fetchall()
                    other.executemany(
                        f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})"
                        if rows
                        else "SELECT 1",
                        rows,
                    )
        else:
            raise InputError(
                f"a run is exported as .jsonl, .parquet or .sqlite, got {path.name!r}", str(path)
            )
        return path

    def delete(self, run: str) -> None:
        """Forget a run."""
        kept = self.run(run)
        with self.lock(run), self.connection(write=True) as db, transaction(db):
            for name, column in (("responses", "run"), ("queries", "run"), ("runs", "id")):
                db.execute(f"DELETE FROM {name} WHERE {column} = ?", (kept.id,))  # noqa: S608

    def recorded(self, prompt: str, k: int) -> Completion | None:
        """The `k`-th response, from 0, that any run has drawn from a model for a prompt (see `prompt_key`)."""
        if not self.path.exists():
            return None
        with self.connection() as db:
            row = db.execute(
                "SELECT row FROM responses WHERE prompt = ? ORDER BY number LIMIT 1 OFFSET ?",
                (prompt, k),
            ).fetchone()
        if row is None:
            return None
        found = _read(Response, row[0])
        return Completion(
            found.text, found.thoughts, found.finish, logprob=found.logprob, reused=True
        )

    @contextmanager
    def connection(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection of one's own, checked and brought up to date; with `write` to a file that is made where there is none."""
        if not write and not self.path.exists():
            raise StoreError(f"there is no store {self.path}", str(self.path))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(
                sqlite3.connect(
                    self.path, timeout=WAIT, isolation_level=None, check_same_thread=False
                )
            ) as db:
                db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
                db.execute("PRAGMA trusted_schema = OFF")
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")  # on disk, not only on its way there
                self._check(db)
                yield db
        except (sqlite3.Error, OSError) as error:
            message = f"the store {self.path} cannot be used: {error}; name another file, or store=None for none"
            raise StoreError(message, str(self.path)) from error

    def _check(self, db: sqlite3.Connection) -> None:
        """Make our tables in an empty file; refuse one that holds anything else."""
        with transaction(db):
            found = dict(
                db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
            )
            (application,), (version,) = (
                db.execute(f"PRAGMA {name}").fetchone()
                for name in ("application_id", "user_version")
            )
            if not found and application == 0:
                for statement in TABLES.values():
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {APPLICATION}")
                db.execute(f"PRAGMA user_version = {VERSION}")
                return
            if application != APPLICATION:
                raise StoreError(
                    f"{self.path} is no store of runs; name another file", str(self.path)
                )
            if version > VERSION:
                raise StoreError(
                    f"{self.path} was written by a newer dynscaling_nb (format {version}); update this one",
                    str(self.path),
                )
            for old in range(version, VERSION):
                for statement in MIGRATIONS[old]:
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
            if version == VERSION and {name: _squeezed(sql) for name, sql in found.items()} != {
                n: _squeezed(s) for n, s in TABLES.items()
            }:
                raise StoreError(
                    f"{self.path} holds tables that are not ours; it is not opened", str(self.path)
                )

    @contextmanager
    def lock(self, run: str) -> Iterator[None]:
        """Held while a run is drawn, so that no other kernel draws it too; the system lets go of it when a process dies."""
        place = FileLock(f"{self.path}.{run}.lock")
        try:
            place.acquire(timeout=0)
        except Timeout:
            raise InputError(
                f"run {run} is going on in another kernel or cell; stop it there first", run
            ) from None
        try:
            yield
        finally:
            place.release()
            Path(place.lock_file).unlink(missing_ok=True)


class StoredResponses(Sequence[Response]):
    """The responses of one run in a store, read from it each time; so a million of them take no memory. Through `db` while that is open."""

    def __init__(self, store: Store, run: str, db: sqlite3.Connection | None = None) -> None:
        self._store = store
        self._run = run
        self._db = db

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._store.connection() if self._db is None else nullcontext(self._db)

    def __len__(self) -> int:
        with self._connection() as db:
            count: int = db.execute(
                "SELECT count(*) FROM responses WHERE run = ?", (self._run,)
            ).fetchone()[0]
        return count

    def __iter__(self) -> Iterator[Response]:
        return self._each("ORDER BY number")

    @overload
    def __getitem__(self, place: int) -> Response: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Response]: ...
    def __getitem__(self, place: int | slice) -> Response | Sequence[Response]:
        if isinstance(place, slice):
            return list(self)[place]
        found = next(self._each("ORDER BY number LIMIT 1 OFFSET ?", range(len(self))[place]), None)
        assert found is not None, "a range tells which places there are"
        return found

    def of(self, query: int) -> list[Response]:
        """Those to the query at this place, in the order in which they came."""
        return list(self._each("AND place = ? ORDER BY number", query))

    def _each(self, rest: str, *values: int) -> Iterator[Response]:
        with self._connection() as db:
            for (row,) in db.execute(
                f"SELECT row FROM responses WHERE run = ? {rest}", (self._run, *values)
            ):
                yield _read(Response, row)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; waits for other writers."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _read(kind: Any, row: str) -> Any:
    """A query or a response, of the types that it says."""
    try:
        found = kind.from_json(parse(row))
        sound = not isinstance(found, Response) or _sound(found)
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise StoreError(
            f"the store holds a row that is no {kind.__name__.lower()}: {row[:60]!r}", row[:60]
        )
    return found


def _sound(response: Response) -> bool:
    """Whether each field is of its type: a file from elsewhere may hold anything."""
    texts = (
        response.query_id,
        response.text,
        response.thoughts,
        response.finish,
        response.answer or "",
    )
    whole = (response.index, *response.sources, *response.usage.to_json().values())
    numbers = (response.time, response.at, response.weight, response.logprob or 0.0)
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(n, int) and 0 <= n < 2**53 for n in whole)
        and all(isinstance(x, int | float) and isfinite(x) for x in numbers)
        and response.kind in ("parallel", "chained")
        and all(isinstance(m["content"], str) for m in response.messages)
    )


def _when(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise StoreError(
            f"the store holds a time that is none: {text[:40]!r}", text[:40]
        ) from error


def _squeezed(sql: str) -> str:
    return " ".join(sql.split())
