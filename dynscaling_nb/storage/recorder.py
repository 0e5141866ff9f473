"""One run's place in a store. Its responses are stored before they are counted.

Other runs may reuse them.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex
from typing import Any, NamedTuple

from dynscaling_nb.errors import StoreError
from dynscaling_nb.models.base import Model
from dynscaling_nb.records import Completion, Messages, Query, Response, Stopped
from dynscaling_nb.storage.rows import read_response
from dynscaling_nb.storage.schema import transaction
from dynscaling_nb.storage.sqlite import Store, StoredResponses

BEGIN = "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)"
GO_ON = "UPDATE runs SET budget = ?, policy = ?, stopped = NULL, error = NULL WHERE id = ?"
END = "UPDATE runs SET stopped = ?, error = ?, budget = ? WHERE id = ?"
QUERY = "INSERT INTO queries VALUES (?, ?, ?)"
ROWS_TO_QUERY = "SELECT number, row FROM responses WHERE run = ? AND place = ?"
REVISE = "UPDATE responses SET row = ? WHERE number = ?"
RESPONSE = "INSERT INTO responses (run, place, prompt, row) VALUES (?, ?, ?, ?)"


class StoreCache:
    """The responses that any run in a store has drawn, for a `CachedModel`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, prompt: str, k: int) -> Completion | None:
        """The k-th response to a prompt, from 0; None if there are fewer."""
        return self._store.recorded(prompt, k)

    def put(self, prompt: str, k: int, query: Query, completion: Completion) -> None:
        """Do nothing: the run's recorder stores new responses."""


class Entry(NamedTuple):
    """A response to store, the place of its query, and the `prompt_key` of its prompt."""

    place: int
    prompt: str
    response: Response


class _NewRun(NamedTuple):
    family: str
    model: str
    seed: int
    queries: tuple[Query, ...]


class RunRecorder:
    """Stores the responses of one run while it is drawn.

    `run` is the id of the run: a new one for None. The row of a new run is written when the
    recorder is first opened. `family` is its `family_key`.
    """

    def __init__(
        self,
        store: Store,
        run: str | None = None,
        *,
        queries: Sequence[Query] = (),
        family: str = "",
        model: str = "",
        seed: int = 0,
    ) -> None:
        self.store = store
        self.run = run or token_hex(5)
        self._new = _NewRun(family, model, seed, tuple(queries)) if run is None else None
        self._db: sqlite3.Connection | None = None

    @property
    def responses(self) -> StoredResponses:
        """The stored responses of the run."""
        return StoredResponses(self.store, self.run, self._db)

    @contextmanager
    def open(self, budget: int, policy: str) -> Iterator[None]:
        """Open the store for a run with this budget and policy, and lock the run meanwhile."""
        self.store.path.parent.mkdir(parents=True, exist_ok=True)
        with self.store.lock(self.run), self.store.connection(write=True) as db:
            self._db = db
            try:
                self._begin(budget, policy)
                yield
            finally:
                self._db = None

    def keep(self, entries: Sequence[Entry]) -> None:
        """Store responses. Raises `StoreError`.

        A reused response is stored without its prompt, so that it is not reused again.
        """
        rows = [
            (
                self.run,
                entry.place,
                None if entry.response.reused else entry.prompt,
                json.dumps(entry.response.to_json()),
            )
            for entry in entries
        ]
        with self._writing() as db:
            db.executemany(RESPONSE, rows)

    def revise(self, place: int, responses: Sequence[Response]) -> None:
        """Store responses to the query at this place again. Raises `StoreError`."""
        rows = {response.index: json.dumps(response.to_json()) for response in responses}
        with self._writing() as db:
            numbers = {
                read_response(row).index: number
                for number, row in db.execute(ROWS_TO_QUERY, (self.run, place)).fetchall()
            }
            db.executemany(REVISE, [(row, numbers[i]) for i, row in rows.items() if i in numbers])

    def end(self, stopped: Stopped, error: str | None, budget: int) -> None:
        """Note how the run ended. Raises `StoreError`."""
        with self._writing() as db:
            db.execute(END, (stopped, error, budget, self.run))

    def _begin(self, budget: int, policy: str) -> None:
        with self._writing() as db:
            if self._new is None:
                db.execute(GO_ON, (budget, policy, self.run))
                return
            new, now = self._new, datetime.now(UTC).isoformat()
            db.execute(BEGIN, (self.run, new.family, now, new.model, policy, budget, new.seed))
            rows = [
                (self.run, place, json.dumps(query.to_json()))
                for place, query in enumerate(new.queries)
            ]
            db.executemany(QUERY, rows)
        self._new = None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction on the open connection."""
        assert self._db is not None, "a recorder writes while it is open"
        try:
            with transaction(self._db):
                yield self._db
        except sqlite3.Error as error:
            path = self.store.path
            raise StoreError(f"the store {path} cannot be written: {error}", str(path)) from error


def family_key(model: Model, queries: Sequence[Query], *settings: Any) -> str:
    """The key of a run's family: runs with equal model, queries and settings of the prompts.

    A run may go on from the responses of another run of its family.
    """
    return _hash(
        [
            model.identity,
            [(query.id, query.text) for query in queries],
            [repr(setting) for setting in settings],
        ]
    )


def prompt_key(model: Model, messages: Messages) -> str:
    """The key of a prompt to a model: responses with equal keys may replace one another."""
    return _hash([model.identity, list(messages)])


def _hash(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
