"""Rows of real files in every format."""

import gzip
import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.files import Row, read_rows

ROWS = [{"text": "one\u2028\x85?"}, {"text": "two?", "gold": "7"}]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)


@pytest.fixture
def read(tmp_path):
    def read(name, content):
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(raw)
        return list(read_rows(tmp_path / name))

    return read


@pytest.mark.parametrize("name", ["q.jsonl", "q.JSON", "q", "q.ndjson"])
def test_json_lines_may_begin_with_a_mark_and_hold_any_character(read, name):
    assert read(name, f"\ufeff{LINES}") == [Row("line 1", ROWS[0]), Row("line 2", ROWS[1])]
    assert read(f"{name}.gz", gzip.compress(LINES.encode())) == read(name, LINES)


def test_a_json_list_is_its_items_with_their_lines(read):
    text = json.dumps(ROWS, ensure_ascii=False, indent=1)
    assert read("q.json", f"\ufeff\n{text}") == [Row("line 3", ROWS[0]), Row("line 6", ROWS[1])]
    assert read("q.json", json.dumps(ROWS)) == [Row("line 1", ROWS[0]), Row("line 1", ROWS[1])]
    assert read("q.json", "[]") == []


def test_a_json_object_over_lines_is_the_one_list_in_it_or_one_row(read):
    assert read("q.json", json.dumps({"note": "x", "examples": ROWS}, indent=1)) == [
        Row("item 1", ROWS[0]),
        Row("item 2", ROWS[1]),
    ]
    assert read("q.json", json.dumps(ROWS[1], indent=1)) == [Row("item 1", ROWS[1])]


@pytest.mark.parametrize("name", ["q.csv", "q.CSV", "q.Csv.gz"])
def test_a_table_is_known_by_its_ending_in_any_case(read, name):
    raw = "\ufefftext,gold\ntwo?,7\n".encode()
    content = gzip.compress(raw) if name.endswith("gz") else raw
    assert read(name, content) == [Row("line 2", ROWS[1])]


def test_tabs_separate_the_cells_of_a_tsv_file(read):
    assert read("q.tsv", "text\tgold\ntwo?\t7\n") == [Row("line 2", ROWS[1])]


def test_parquet_is_read_by_rows(tmp_path):
    parquet.write_table(pa.table({"text": ["two?"], "gold": ["7"]}), tmp_path / "q.PARQUET")
    assert list(read_rows(tmp_path / "q.PARQUET")) == [Row("row 1", ROWS[1])]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "q.jsonl",
            '{"text": "a?"}\nnonsense\n',
            "q.jsonl, line 2: not JSON: 'nonsense'; expected",
        ),
        ("q.jsonl", '{"text": "a?"\n{"text": "b?"}\n', "q.jsonl, line 1: not JSON"),
        ("q.json", '[{"text": "a?"},\n {"text": }]\n', "q.json, line 2: not JSON: '{\"text\": }]'"),
        ("q.json", "[" * 100_000, "q.json, line 1: not JSON"),
        ("q.xlsx", "PK", "q.xlsx: save it as CSV, as JSON lines or as Parquet"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line_and_the_remedy(read, name, content, says):
    with pytest.raises(InputError) as error:
        read(name, content)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
