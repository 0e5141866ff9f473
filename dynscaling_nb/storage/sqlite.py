"""Runs on disk: one SQLite file holds every response before it is counted.

So a run can be resumed. A file from elsewhere is data: it is checked before it is read, texts are
bounded in length, and nothing in it is ever run.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import overload

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from dynscaling_nb.errors import InputError, StoreError, UnknownName
from dynscaling_nb.records import Completion, Query, Response
from dynscaling_nb.storage import parquet, schema
from dynscaling_nb.storage.listing import Runs, StoredRun
from dynscaling_nb.storage.rows import read_query, read_response, read_time
from dynscaling_nb.storage.schema import transaction

MOST_BYTES = 16_000_000  # of one text in a file
WAIT = 30  # seconds that another kernel's write may take
RUN = """SELECT id, created, model, policy, (SELECT count(*) FROM queries WHERE run = id),
    (SELECT count(*) FROM responses WHERE run = id), budget, seed, stopped, error FROM runs"""
ALL_RUNS = RUN + " ORDER BY created DESC, rowid DESC"
ONE_RUN = RUN + " WHERE id = ?"
RUN_IDS = "SELECT id FROM runs"
LATEST = """SELECT id FROM runs WHERE kin = ? AND seed = coalesce(?, seed)
    ORDER BY created DESC, rowid DESC LIMIT 1"""
OF_RUN = "SELECT row FROM responses WHERE run = ? ORDER BY number"
OF_QUERY = "SELECT row FROM responses WHERE run = ? AND place = ? ORDER BY number"
AT_PLACE = "SELECT row FROM responses WHERE run = ? ORDER BY number LIMIT 1 OFFSET ?"
OF_PROMPT = "SELECT row FROM responses WHERE prompt = ? ORDER BY number LIMIT 1 OFFSET ?"
COPIES = (  # the rows of a run, and how they are written into another file
    ("SELECT * FROM runs WHERE id = ?", "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    ("SELECT * FROM queries WHERE run = ?", "INSERT INTO queries VALUES (?, ?, ?)"),
    ("SELECT * FROM responses WHERE run = ?", "INSERT INTO responses VALUES (?, ?, ?, ?, ?)"),
)
DELETIONS = (
    "DELETE FROM responses WHERE run = ?",
    "DELETE FROM queries WHERE run = ?",
    "DELETE FROM runs WHERE id = ?",
)


def default_path() -> Path:
    """The file in which runs are stored by default, in the user's cache folder."""
    return user_cache_path("dynscaling_nb") / "runs.sqlite"


class Store:
    """Runs in the SQLite file at `path` (None: in the user's cache folder).

    The first write makes the file. Several kernels may use one file at once. Methods raise
    `StoreError` if the file cannot be used, and `UnknownName` for an unknown run.
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
            rows = db.execute(ALL_RUNS).fetchall()
        return Runs(StoredRun(id_, read_time(time), *rest) for id_, time, *rest in rows)

    def run(self, run: str) -> StoredRun:
        """One run."""
        with self.connection() as db:
            row = db.execute(ONE_RUN, (run,)).fetchone()
            if row is None:
                raise UnknownName("run", run, [id_ for (id_,) in db.execute(RUN_IDS)])
        id_, time, *rest = row
        return StoredRun(id_, read_time(time), *rest)

    def queries(self, run: str) -> list[Query]:
        """The queries of a run, in order."""
        with self.connection() as db:
            rows = db.execute(
                "SELECT row FROM queries WHERE run = ? ORDER BY place", (run,)
            ).fetchall()
        return [read_query(row) for (row,) in rows]

    def responses(self, run: str) -> "StoredResponses":
        """The responses of a run in the order in which they came, read when they are used."""
        return StoredResponses(self, run)

    def latest(self, family: str, seed: int | None = None) -> StoredRun | None:
        """The latest run of a family (see `family_key`), with this seed unless it is None."""
        if not self.path.exists():
            return None
        with self.connection() as db:
            row = db.execute(LATEST, (family, seed)).fetchone()
        return self.run(row[0]) if row else None

    def export(self, run: str, path: str | Path) -> Path:
        """Write a run to a file: its responses as `.jsonl` or `.parquet`, or a store as `.sqlite`.

        Parquet needs pyarrow. Raises `InputError` for another ending or for a missing folder.
        """
        path = Path(path)
        self.run(run)
        if not path.parent.is_dir():
            raise InputError(f"there is no folder {path.parent} to write {path.name} to", str(path))
        if path.suffix == ".jsonl":
            with path.open("w", encoding="utf-8") as file:
                for response in self.responses(run):
                    file.write(json.dumps(response.to_json(), ensure_ascii=False) + "\n")
        elif path.suffix == ".parquet":
            parquet.write(self.responses(run), path)
        elif path.suffix == ".sqlite":
            self._copy(run, path)
        else:
            message = f"a run is exported as .jsonl, .parquet or .sqlite, got {path.name!r}"
            raise InputError(message, str(path))
        return path

    def _copy(self, run: str, path: Path) -> None:
        if path.exists():
            raise InputError(f"{path} is there already; name a new file", str(path))
        target = Store(path)
        with self.connection() as db, target.connection(write=True) as copy, transaction(copy):
            for read, write in COPIES:
                copy.executemany(write, db.execute(read, (run,)).fetchall())

    def delete(self, run: str) -> None:
        """Delete a run."""
        self.run(run)
        with self.lock(run), self.connection(write=True) as db, transaction(db):
            for statement in DELETIONS:
                db.execute(statement, (run,))

    def recorded(self, prompt: str, k: int) -> Completion | None:
        """The `k`-th response to a prompt from any run, from 0 (see `prompt_key`); or None."""
        if not self.path.exists():
            return None
        with self.connection() as db:
            row = db.execute(OF_PROMPT, (prompt, k)).fetchone()
        if row is None:
            return None
        response = read_response(row[0])
        return Completion(
            response.text,
            response.thoughts,
            response.finish,
            logprob=response.logprob,
            reused=True,
        )

    @contextmanager
    def connection(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection to the file, once it is checked; with `write` a missing file is made."""
        if not write and not self.path.exists():
            raise StoreError(f"there is no store {self.path}", str(self.path))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as db:
                db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
                db.execute("PRAGMA trusted_schema = OFF")  # nothing in a file calls a function
                db.execute("PRAGMA journal_mode = WAL")  # readers do not wait for a writer
                db.execute("PRAGMA synchronous = FULL")  # a commit is on disk when it returns
                schema.check(db, self.path)
                yield db
        except (sqlite3.Error, OSError) as error:
            message = (
                f"the store {self.path} cannot be used: {error}; "
                "name another file, or give store=False to store nothing"
            )
            raise StoreError(message, str(self.path)) from error

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.path, timeout=WAIT, isolation_level=None, check_same_thread=False
        )

    @contextmanager
    def lock(self, run: str) -> Iterator[None]:
        """A lock for as long as a run is drawn; the system releases it when the process dies."""
        lock = FileLock(f"{self.path}.{run}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            message = f"run {run} is going on in another kernel or cell; stop it there first"
            raise InputError(message, run) from None
        try:
            yield
        finally:
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)


class StoredResponses(Sequence[Response]):
    """The responses of one run in a store, read each time, so that a million take no memory.

    They are read through `db`, an open connection, or through a new one if it is None.
    """

    def __init__(self, store: Store, run: str, db: sqlite3.Connection | None = None) -> None:
        self._store = store
        self._run = run
        self._db = db

    def __len__(self) -> int:
        with self._connection() as db:
            count: int = db.execute(
                "SELECT count(*) FROM responses WHERE run = ?", (self._run,)
            ).fetchone()[0]
        return count

    def __iter__(self) -> Iterator[Response]:
        return self._read(OF_RUN)

    @overload
    def __getitem__(self, place: int) -> Response: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Response]: ...
    def __getitem__(self, place: int | slice) -> Response | Sequence[Response]:
        if isinstance(place, slice):
            return list(self)[place]
        return next(self._read(AT_PLACE, range(len(self))[place]))

    def of(self, query: int) -> list[Response]:
        """The responses to the query at this place, in the order in which they came."""
        return list(self._read(OF_QUERY, query))

    def _read(self, statement: str, *values: int) -> Iterator[Response]:
        with self._connection() as db:
            for (row,) in db.execute(statement, (self._run, *values)):
                yield read_response(row)

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._store.connection() if self._db is None else nullcontext(self._db)
