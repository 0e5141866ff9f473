"""Responses as Parquet, for pandas, polars and DuckDB; needs pyarrow, the extra `parquet`."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from dynscaling_nb.errors import InputError
from dynscaling_nb.events import Drawn, Event, Finished
from dynscaling_nb.records import Response

ROWS = 10_000  # rows that are written at a time
UNFINISHED = ".unfinished"  # the ending of a file's name until the file is whole


class Parquet:
    """An observer that writes responses into a folder, a file for every `every` responses.

    Use it as `arun(..., observers=[dn.Parquet("responses")])`, and read the folder as one table. A
    file has another name until it is whole. A later run adds further files. Responses since the
    last file are in memory; without a store they are lost with the process. Raises `InputError`
    without pyarrow, or for a folder that cannot be made.
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
            message = f"cannot write to the folder {folder}: {error.strerror}"
            raise InputError(message, str(folder)) from error
        self._files = len(list(self.folder.glob("part-*.parquet")))

    def __call__(self, event: Event) -> None:
        """Observe the run."""
        if isinstance(event, Drawn) and not event.resumed:
            self._rows.append(event.response)
        if len(self._rows) >= self._every or (isinstance(event, Finished) and self._rows):
            rows, self._rows = self._rows, []
            path = self.folder / f"part-{self._files:05}.parquet"
            self._files += 1
            write(rows, path.with_suffix(UNFINISHED))
            path.with_suffix(UNFINISHED).rename(path)


def write(responses: Iterable[Response], path: Path) -> None:
    """Write a file with a row for each response, 10,000 at a time.

    Raises `InputError` without pyarrow.
    """
    pyarrow = _pyarrow()
    schema = _schema(pyarrow)
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for batch in _batches(responses):
            rows = [_row(response) for response in batch]
            writer.write_table(pyarrow.Table.from_pylist(rows, schema))


def _schema(pyarrow: Any) -> Any:
    text, number, count = pyarrow.string(), pyarrow.float64(), pyarrow.int64()
    texts = ("query_id", "kind", "text", "answer", "thoughts", "messages", "finish")
    tokens = ("prompt_tokens", "completion_tokens", "requests", "retries", "cached_tokens")
    return pyarrow.schema(
        {
            **dict.fromkeys(texts, text),
            "index": count,
            "sources": pyarrow.list_(count),
            "reused": pyarrow.bool_(),
            **dict.fromkeys(("time", "at", "weight", "logprob"), number),
            **dict.fromkeys(tokens, count),
        }
    )


def _row(response: Response) -> dict[str, Any]:
    row = response.to_json()
    usage = row.pop("usage")
    return {**row, **usage, "messages": json.dumps(row["messages"], ensure_ascii=False)}


def _batches(responses: Iterable[Response]) -> Iterator[list[Response]]:
    rest = iter(responses)
    while batch := list(islice(rest, ROWS)):
        yield batch


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "Parquet needs pyarrow: pip install 'dynscaling_nb[parquet]'", "pyarrow"
        ) from None
    return pyarrow
