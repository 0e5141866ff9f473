"""The tables of a store, and the check of a file before it is used.

A file from elsewhere is data. Its tables must be exactly these, because a view or a trigger could
run code.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dynscaling_nb.errors import StoreError

APPLICATION = 0x64796E73  # "dyns": marks a file as a store
VERSION = 2
TABLES = {
    "runs": """CREATE TABLE runs (
        id TEXT PRIMARY KEY, kin TEXT NOT NULL, created TEXT NOT NULL, model TEXT NOT NULL,
        policy TEXT NOT NULL, budget INTEGER NOT NULL, seed INTEGER NOT NULL, stopped TEXT,
        error TEXT) STRICT""",
    "queries": """CREATE TABLE queries (
        run TEXT NOT NULL, place INTEGER NOT NULL, row TEXT NOT NULL,
        PRIMARY KEY (run, place)) STRICT, WITHOUT ROWID""",
    "responses": """CREATE TABLE responses (
        number INTEGER PRIMARY KEY, run TEXT NOT NULL, place INTEGER NOT NULL, prompt TEXT,
        row TEXT NOT NULL) STRICT""",
    "responses_of_run": "CREATE INDEX responses_of_run ON responses (run)",
    "responses_to_query": "CREATE INDEX responses_to_query ON responses (run, place)",
    "responses_to_prompt": "CREATE INDEX responses_to_prompt ON responses (prompt)",
}
MIGRATIONS: dict[int, Sequence[str]] = {  # from a version to the next one
    1: (TABLES["responses_to_query"],)
}


def _squeezed(sql: str) -> str:
    """SQL without line breaks. A file keeps the text of its tables with their line breaks."""
    return " ".join(sql.split())


EXPECTED_SCHEMA = {name: _squeezed(sql) for name, sql in TABLES.items()}


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction: all of its statements or none take effect. It waits for other writers."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def check(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables in an empty file, and bring an older format up to date.

    Raises `StoreError` for a file that holds anything else.
    """
    with transaction(db):
        application = db.execute("PRAGMA application_id").fetchone()[0]
        version = db.execute("PRAGMA user_version").fetchone()[0]
        schema = _schema(db)
        if not schema and application == 0:
            for statement in TABLES.values():
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {VERSION}")
            return
        if application != APPLICATION:
            raise StoreError(f"{path} is not a store of runs; name another file", str(path))
        if version > VERSION:
            message = f"{path} was written by a newer dynscaling_nb (format {version})"
            raise StoreError(f"{message}; update this one", str(path))
        for old in range(version, VERSION):
            for statement in MIGRATIONS[old]:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
        if _schema(db) != EXPECTED_SCHEMA:
            message = f"{path} holds tables that no store has; it is not opened"
            raise StoreError(message, str(path))


def _schema(db: sqlite3.Connection) -> dict[str, str]:
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: _squeezed(sql) for name, sql in rows}
