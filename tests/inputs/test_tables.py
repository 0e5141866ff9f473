"""Tables of several libraries, all read alike."""

from importlib.util import find_spec

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.cells import is_missing
from dynscaling_nb.inputs.tables import parquet_rows, table_rows

COLUMNS = {"text": ["one?", "two?"], "gold": [None, 7], "options": [["x", "y"], None]}
LIBRARIES = ["pandas", "pyarrow", *(["polars"] if find_spec("polars") else [])]


def rows_of(source):
    return [
        {name: cell for name, cell in row.items() if not is_missing(cell)}
        for row in table_rows(source)
    ]


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_gives_the_same_rows(library):
    table = nw.from_dict(COLUMNS, backend=library)
    rows = [{"text": "one?", "options": ["x", "y"]}, {"text": "two?", "gold": 7}]
    assert rows_of(table.to_native()) == rows
    assert rows_of(table) == rows
    assert rows_of(table.lazy()) == rows
    assert list(table_rows(table["text"].to_native())) == ["one?", "two?"]


def test_other_objects_are_no_table():
    assert table_rows(iter("ab")) is None
    assert table_rows(7) is None


def test_a_table_with_two_columns_of_one_name_is_refused_in_one_line():
    with pytest.raises(InputError, match=r"cannot be read: .*unique column names") as error:
        table_rows(pd.DataFrame([[1, 2]], columns=["text", "text"]))
    assert "\n" not in str(error.value)


def test_parquet_needs_no_pandas(tmp_path):
    path = tmp_path / "q.parquet"
    parquet.write_table(pa.table(COLUMNS), path)
    assert list(parquet_rows(path)) == [
        {"text": "one?", "gold": None, "options": ["x", "y"]},
        {"text": "two?", "gold": 7, "options": None},
    ]
    (tmp_path / "bad.parquet").write_text("text\n")
    for name in ("bad.parquet", "nowhere.parquet"):
        with pytest.raises(InputError, match=rf"cannot read .*{name}: \w"):
            list(parquet_rows(tmp_path / name))
