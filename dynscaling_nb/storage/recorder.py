"""One run's place in a store: where its responses are put before they are counted, and what an earlier run may lend it."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex
from typing import Any

from dynscaling_nb.errors import StoreError
from dynscaling_nb.records import Completion, Messages, Query, Response, Stopped
from dynscaling_nb.storage.sqlite import Store, StoredResponses, transaction


class Recorded:
    """What any run in a store has drawn, for `CachedModel`; the journal keeps what is new."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, prompt: str, k: int) -> Completion | None:
        """The k-th response to a prompt."""
        return self._store.recorded(prompt, k)

    def keep(self, prompt: str, k: int, completion: Completion) -> None:
        """The journal does."""


class RunRecorder:
    """One run's place in a store, for as long as it is drawn: `keep` puts responses on disk.

    `run` is its id, a new one unless it is given; the row of a new run is written when the journal is first opened.
    """

    def __init__(
        self,
        store: Store,
        run: str | None = None,
        *,
        queries: Sequence[Query] = (),
        kin: str = "",
        model: str = "",
        seed: int = 0,
    ) -> None:
        self.store = store
        self.run = run or token_hex(5)
        self._new = (kin, model, seed, tuple(queries)) if run is None else None
        self._db: sqlite3.Connection | None = None

    @contextmanager
    def open(self, budget: int, policy: str) -> Iterator[None]:
        """While the run is drawn, with this budget by this policy."""
        self.store.path.parent.mkdir(parents=True, exist_ok=True)
        with self.store.lock(self.run), self.store.connection(write=True) as db:
            self._begin(db, budget, policy)
            self._db = db
            try:
                yield
            finally:
                self._db = None

    def _begin(self, db: sqlite3.Connection, budget: int, policy: str) -> None:
        if self._new is None:
            db.execute(
                "UPDATE runs SET budget = ?, policy = ?, stopped = NULL, error = NULL WHERE id = ?",
                (budget, policy, self.run),
            )
            return
        (kin, model, seed, queries), self._new = self._new, None
        with transaction(db):
            now = datetime.now(UTC).isoformat()
            db.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                (self.run, kin, now, model, policy, budget, seed),
            )
            rows = [
                (self.run, place, json.dumps(query.to_json()))
                for place, query in enumerate(queries)
            ]
            db.executemany("INSERT INTO queries VALUES (?, ?, ?)", rows)

    def keep(self, responses: Sequence[tuple[int, str, Response]]) -> None:
        """Put responses on disk, each with the place of its query and the `prompt_key` of its prompt. Raises `StoreError`."""
        rows = [
            (self.run, place, None if r.reused else prompt, json.dumps(r.to_json()))
            for place, prompt, r in responses
        ]
        self._write("INSERT INTO responses (run, place, prompt, row) VALUES (?, ?, ?, ?)", rows)

    @property
    def responses(self) -> StoredResponses:
        """Those that the run has put on disk."""
        return StoredResponses(self.store, self.run, self._db)

    def end(self, stopped: Stopped, error: str | None, budget: int) -> None:
        """Write down how the run ended. Raises `StoreError`."""
        self._write(
            "UPDATE runs SET stopped = ?, error = ?, budget = ? WHERE id = ?",
            [(stopped, error, budget, self.run)],
        )

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        assert self._db is not None, "the journal is written to while it is open"
        try:
            with transaction(self._db):
                self._db.executemany(statement, rows)
        except sqlite3.Error as error:
            raise StoreError(
                f"the store {self.store.path} cannot be written: {error}", str(self.store.path)
            ) from error


def family_key(model: Any, queries: Sequence[Query], *settings: Any) -> str:
    """What runs have in common that may go on from one another's responses: model, queries and the settings that shape a prompt."""
    return _hash(
        [
            identity(model),
            [(query.id, query.text) for query in queries],
            [repr(setting) for setting in settings],
        ]
    )


def prompt_key(model: Any, messages: Messages) -> str:
    """What responses have in common that one may take for another: the model and the prompt."""
    return _hash([identity(model), list(messages)])


def identity(model: Any) -> Any:
    """What a model's answers depend on: what it says of itself, else its name."""
    return model.identity


def _hash(said: Any) -> str:
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
