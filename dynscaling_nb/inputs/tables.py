"""Tables of any library, as rows. narwhals knows them all; none of them has to be installed."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from dynscaling_nb.errors import InputError

PARQUET_READERS: tuple[Literal["pyarrow", "polars"], ...] = ("pyarrow", "polars")


def table_rows(source: Any) -> Iterable[Any] | None:
    """The rows of a table as mappings, or the cells of a column; None for anything else.

    Raises `InputError` for a table that narwhals refuses.
    """
    import narwhals as nw  # only where a table may have come
    from narwhals.exceptions import NarwhalsError

    try:
        table = nw.from_native(source, pass_through=True, allow_series=True)
        if isinstance(table, nw.LazyFrame):
            table = table.collect()
    except NarwhalsError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"the table cannot be read: {reason}", source) from error
    if isinstance(table, nw.DataFrame):
        return table.iter_rows(named=True)
    return table.to_list() if isinstance(table, nw.Series) else None


def parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file. Raises `InputError` that names the file."""
    import narwhals as nw

    if not path.is_file():
        raise InputError(f"cannot read {path}: there is no such file", str(path))
    reader = next((name for name in PARQUET_READERS if find_spec(name)), None)
    if reader is None:
        raise InputError(
            f"cannot read {path}: Parquet needs pyarrow: pip install 'dynscaling_nb[parquet]'",
            str(path),
        )
    try:
        table = nw.read_parquet(str(path), backend=reader)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"cannot read {path}: {reason}", str(path)) from error
    yield from table.iter_rows(named=True)
