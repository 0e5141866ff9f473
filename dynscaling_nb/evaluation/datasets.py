"""Questions with gold answers: from files, from benchmarks, and sums for the embedded model.

The library `datasets` (the extra of that name) loads the benchmarks from its hub. A local file with
the same columns needs no library.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, overload

import numpy as np

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import as_queries, read_file
from dynscaling_nb.inputs.cells import text_of
from dynscaling_nb.inputs.files import read_rows
from dynscaling_nb.inputs.options import below
from dynscaling_nb.models.abacus import sample
from dynscaling_nb.records import Query

LETTERS = "ABCD"


@dataclass(frozen=True)
class Dataset:
    """Questions, and how their answers are read.

    `dn.run(data, extract=data.extract, budget=...)` runs it; iteration gives its queries.
    """

    name: str
    queries: tuple[Query, ...]
    extract: str

    def __iter__(self) -> Iterator[Query]:
        return iter(self.queries)

    def __len__(self) -> int:
        return len(self.queries)

    @overload
    def __getitem__(self, place: int) -> Query: ...
    @overload
    def __getitem__(self, place: slice) -> "Dataset": ...
    def __getitem__(self, place: int | slice) -> "Query | Dataset":
        """One question by its place from 0, or a dataset of those in a slice."""
        if isinstance(place, slice):
            return replace(self, queries=self.queries[place])
        return self.queries[place]

    def __repr__(self) -> str:
        return f"<Dataset {self.name}: {len(self)} questions, answers read as {self.extract}>"


def from_file(path: str | Path, *, extract: str = "auto", limit: int | None = None) -> Dataset:
    """Questions from a file: JSON lines or a JSON list, CSV with a header, or Parquet.

    Columns: `text` (or `question`, `prompt`, ...); optional `gold` (or `answer`, `answerKey`, ...),
    `options` (or `choices`, ...), `context` and `id`. `limit` takes the first questions. Raises
    `InputError` that names the file and the line.
    """
    queries = read_file(path)
    return Dataset(Path(path).name.partition(".")[0], tuple(queries[: _limit(limit)]), extract)


def sums(
    count: int = 100,
    *,
    seed: int = 0,
    operations: Sequence[int] = (1, 2, 3, 4, 5),
    limit: int | None = None,
) -> Dataset:
    """Sums for the embedded model, of one difficulty for each number of operations.

    The model may have seen some of them in training. `limit` takes the first of the `count` sums.
    """
    rows = sample(count, seed=seed, operations=operations)
    return Dataset("sums", tuple(as_queries(rows[: _limit(limit)])), "number")


def _limit(limit: int | None) -> int | None:
    """The limit. Raises `InputError` for one below 1."""
    if limit is not None and limit < 1:
        raise InputError(f"limit must be at least 1 question, got {limit}", limit)
    return limit


def gsm8k(
    *, split: str = "test", source: str | Path | None = None, limit: int | None = None
) -> Dataset:
    """Grade-school word problems (Cobbe et al. 2021); answers are whole numbers."""

    def query(row: Mapping[str, Any], place: int) -> Query:
        return Query(f"gsm8k-{place}", row["question"], row["answer"].rsplit("####", 1)[-1].strip())

    return _load(
        _Benchmark("gsm8k", ("openai/gsm8k", "main"), split, query, "number"), source, limit
    )


def math500(*, source: str | Path | None = None, limit: int | None = None) -> Dataset:
    """MATH-500 (Hendrycks et al. 2021; Lightman et al. 2023).

    Answers are LaTeX and compared by value.
    """

    def query(row: Mapping[str, Any], place: int) -> Query:
        return Query(str(row.get("unique_id") or f"math500-{place}"), row["problem"], row["answer"])

    return _load(
        _Benchmark("math500", ("HuggingFaceH4/MATH-500",), "test", query, "latex"), source, limit
    )


def aime(
    year: int = 2025, *, source: str | Path | None = None, limit: int | None = None
) -> Dataset:
    """The American Invitational Mathematics Examination of 2024 or 2025.

    Answers are whole numbers from 0 to 999.
    """
    hubs = {2024: ("HuggingFaceH4/aime_2024", "train"), 2025: ("math-ai/aime25", "test")}
    if year not in hubs:
        raise InputError(f"AIME is known for {' and '.join(map(str, hubs))}, got {year}", year)

    def query(row: Mapping[str, Any], place: int) -> Query:
        return Query(f"aime{year}-{row.get('id', place)}", row["problem"], str(int(row["answer"])))

    return _load(
        _Benchmark(f"aime{year}", hubs[year][:1], hubs[year][1], query, "number"), source, limit
    )


def gpqa_diamond(
    *, seed: int = 0, source: str | Path | None = None, limit: int | None = None
) -> Dataset:
    """GPQA Diamond (Rein et al. 2023): four choices, in an order shuffled by `seed`.

    Its hub asks you to accept its terms first.
    """
    rng = np.random.default_rng(seed)

    def query(row: Mapping[str, Any], place: int) -> Query:
        choices = [row["Correct Answer"], *(row[f"Incorrect Answer {k}"] for k in (1, 2, 3))]
        order = rng.permutation(len(LETTERS)).tolist()
        options = {letter: text_of(choices[k]) for letter, k in zip(LETTERS, order, strict=True)}
        return Query(
            str(row.get("Record ID") or f"gpqa-{place}"),
            below(row["Question"].strip(), options),
            LETTERS[order.index(0)],
            options=options,
        )

    return _load(
        _Benchmark("gpqa_diamond", ("Idavidrein/gpqa", "gpqa_diamond"), "train", query, "choice"),
        source,
        limit,
    )


@dataclass(frozen=True)
class _Benchmark:
    """The place of a benchmark, the meaning of its rows, and how its answers are read."""

    name: str
    hub: tuple[str, ...]
    split: str
    query: Callable[[Mapping[str, Any], int], Query]
    extract: str


def _load(benchmark: _Benchmark, source: str | Path | None, limit: int | None) -> Dataset:
    where = str(source or "/".join(benchmark.hub))
    queries = []
    rows = islice(_rows(benchmark, source), _limit(limit))
    for place, row in enumerate(rows, start=1):
        try:
            queries.append(benchmark.query(row, place))
        except (KeyError, AttributeError, ValueError, TypeError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise InputError(
                f"{where} does not look like {benchmark.name}: {reason} in row {place}", where
            ) from error
    return Dataset(benchmark.name, tuple(as_queries(queries)), benchmark.extract)


def _rows(benchmark: _Benchmark, source: str | Path | None) -> Iterable[Any]:
    """The rows of a benchmark, from its hub or from a local file."""
    if source is not None:
        return (row.cells for row in read_rows(Path(source)))
    try:
        from datasets import load_dataset
    except ImportError:
        raise InputError(
            "benchmarks need the library datasets: pip install 'dynscaling_nb[datasets]'",
            benchmark.name,
        ) from None
    rows: Iterable[Any] = load_dataset(*benchmark.hub, split=benchmark.split)
    return rows
