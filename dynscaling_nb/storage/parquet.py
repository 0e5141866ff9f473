"""Responses and answers as Parquet, for pandas, polars, DuckDB and Spark; needs pyarrow, the extra `parquet`."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from dynscaling_nb.errors import InputError
from dynscaling_nb.events import Drawn, Event, Finished
from dynscaling_nb.records import Response

ROWS = 10_000  # that are written at a time


class Parquet:
    """An observer that writes responses into a folder as they come, `every` so many a file: `arun(..., observers=[dn.Parquet("responses")])`.

    Each file is whole once it is there, and the folder is read as one table. Further runs add further files. What has come since the last one
    is in memory, and lost with the process unless the run has a store. Raises `InputError` without pyarrow, or for a folder that cannot be
    made.
    """

    def __init__(self, folder: str | Path, *, every: int = ROWS) -> None:
        if every < 1:
            raise InputError(f"every must be at least 1 response a file, got {every}", every)
        _pyarrow()
        self.folder = Path(folder)
        self._every = every
        self._rows: list[Response] = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"cannot write to the folder {folder}: {error.strerror}", str(folder)
            ) from error
        self._files = len(list(self.folder.glob("part-*.parquet")))

    def __call__(self, event: Event) -> None:
        """Observe the run."""
        if isinstance(event, Drawn) and not event.resumed:
            self._rows.append(event.response)
        if len(self._rows) >= self._every or (isinstance(event, Finished) and self._rows):
            rows, self._rows = self._rows, []
            place = self.folder / f"part-{self._files:05}.parquet"
            self._files += 1
            write(rows, place.with_suffix(".unfinished"))
            place.with_suffix(".unfinished").rename(place)


def write(responses: Iterable[Response], path: Path) -> None:
    """A file of responses, one a row; they are taken 10,000 at a time, so there may be any number. Raises `InputError` without pyarrow."""
    pyarrow = _pyarrow()
    texts = {
        name: pyarrow.string()
        for name in ("query_id", "kind", "text", "answer", "thoughts", "messages", "finish")
    }
    numbers = {name: pyarrow.float64() for name in ("time", "at", "weight", "logprob")}
    tokens = {
        name: pyarrow.int64()
        for name in ("prompt_tokens", "completion_tokens", "requests", "retries", "cached_tokens")
    }
    others = {
        "index": pyarrow.int64(),
        "sources": pyarrow.list_(pyarrow.int64()),
        "reused": pyarrow.bool_(),
    }
    schema = pyarrow.schema({**texts, **others, **numbers, **tokens})
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for rows in _batches(responses):
            writer.write_table(
                pyarrow.Table.from_pylist([_row(response) for response in rows], schema)
            )


def _row(response: Response) -> dict[str, Any]:
    row = response.to_json()
    return row | {"messages": json.dumps(row["messages"], ensure_ascii=False), **row.pop("usage")}


def _batches(responses: Iterable[Response]) -> Iterator[list[Response]]:
    rest = iter(responses)
    while rows := list(islice(rest, ROWS)):
        yield rows


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "Parquet needs pyarrow: pip install 'dynscaling_nb[parquet]'", "pyarrow"
        ) from None
    return pyarrow
