"""Questions with gold answers: from files, from benchmarks, and sums for the embedded model.

The library `datasets` (the extra of that name) loads the benchmarks from its hub, or from a local
file with the same columns.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import as_queries, read_jsonl
from dynscaling_nb.models.abacus import sample
from dynscaling_nb.records import Query

LETTERS = "ABCD"
FORMATS = {".jsonl": "json", ".json": "json", ".csv": "csv", ".parquet": "parquet"}


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

    def __repr__(self) -> str:
        return f"<Dataset {self.name}: {len(self)} questions, answers read as {self.extract}>"


def from_file(path: str | Path, *, extract: str = "auto") -> Dataset:
    """Questions from a CSV file with a header, or from JSON lines.

    Columns: `text` (or `question`, `query`, `prompt`); optional `gold` (or `answer`, `target`) and
    `id`. Raises `InputError` that names the file.
    """
    path = Path(path)
    if path.suffix.lower() != ".csv":
        return Dataset(path.stem, tuple(read_jsonl(path)), extract)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [
                {name: value for name, value in row.items() if value}
                for row in csv.DictReader(file)
            ]
        return Dataset(path.stem, tuple(as_queries(rows)), extract)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or error}", str(path)
        ) from error
    except InputError as error:
        raise InputError(f"{path}: {error}", error.value) from error


def sums(
    count: int = 100, *, seed: int = 0, operations: Sequence[int] = (1, 2, 3, 4, 5)
) -> Dataset:
    """Sums for the embedded model, of one difficulty for each number of operations.

    The model may have seen some of them in training.
    """
    return Dataset(
        "sums", tuple(as_queries(sample(count, seed=seed, operations=operations))), "number"
    )


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
        listed = "\n".join(
            f"({letter}) {choices[k].strip()}" for letter, k in zip(LETTERS, order, strict=True)
        )
        return Query(
            str(row.get("Record ID") or f"gpqa-{place}"),
            f"{row['Question'].strip()}\n\n{listed}",
            LETTERS[order.index(0)],
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
    rows = _rows(benchmark, source)
    if limit is not None:
        rows = rows.select(range(min(limit, len(rows))))
    try:
        queries = tuple(benchmark.query(row, place) for place, row in enumerate(rows, start=1))
    except (KeyError, AttributeError, ValueError) as error:
        where = str(source or "/".join(benchmark.hub))
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"{where} does not look like {benchmark.name}: {reason}", where) from error
    return Dataset(benchmark.name, queries, benchmark.extract)


def _rows(benchmark: _Benchmark, source: str | Path | None) -> Any:
    try:
        from datasets import load_dataset
    except ImportError:
        raise InputError(
            "benchmarks need the library datasets: pip install 'dynscaling_nb[datasets]'",
            benchmark.name,
        ) from None
    if source is None:
        return load_dataset(*benchmark.hub, split=benchmark.split)
    name = str(source).removesuffix(".gz")
    kind = next((kind for ending, kind in FORMATS.items() if name.endswith(ending)), None)
    if kind is None:
        raise InputError(f"{source} must end in one of {', '.join(FORMATS)}", str(source))
    if not Path(source).exists():
        raise InputError(f"there is no file {source}", str(source))
    return load_dataset(kind, data_files=str(source), split="train")
