"""Pools of recorded answers, from files."""

import gzip
import json

import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.evaluation import pools
from dynscaling_nb.evaluation.pools import RecordedQuery, check_tokens, read_pool

ROW = {"id": 1, "gold": 7, "answers": ["7", "", 8], "tokens": [10, 0, 12.5]}


@pytest.fixture
def write(tmp_path):
    def write(*rows, name: str = "pool.jsonl"):
        text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
        raw = text.encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    return write


@pytest.mark.parametrize("name", ["pool.jsonl", "pool.jsonl.gz"])
def test_a_line_is_a_question_with_its_answers_and_their_lengths(write, name):
    (question,) = read_pool(write(ROW, "", name=name))
    assert question == RecordedQuery("1", "7", ("7", None, "8"), tokens=(10, 0, 12.5))


def test_lengths_may_be_missing(write):
    (question,) = read_pool(write({"id": "a", "gold": "7", "answers": ["7"]}))
    assert question.tokens == ()


@pytest.mark.parametrize(
    "row",
    [
        "not json",
        [1, 2],
        {"id": "a", "gold": "7"},
        {**ROW, "answers": 7},
        {**ROW, "tokens": [10, 11]},
        {**ROW, "tokens": [10, 11, -1]},
        {**ROW, "tokens": [10, 11, "12"]},
        {**ROW, "tokens": 33},
    ],
)
def test_a_bad_line_is_named(write, row):
    with pytest.raises(InputError, match=r"pool.jsonl, line 2: expected .*; got"):
        read_pool(write(ROW, row))


def test_a_file_that_cannot_be_read_is_named(write, tmp_path):
    with pytest.raises(InputError, match=r"cannot read the pool .*nowhere"):
        read_pool(tmp_path / "nowhere.jsonl")
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(b"\x1f\x8b\x08 no more")
    with pytest.raises(InputError, match=r"cannot read the pool .*broken"):
        read_pool(broken)
    with pytest.raises(InputError, match="holds no questions"):
        read_pool(write("", ""))


def test_a_file_that_unpacks_to_too_much_is_refused(write, monkeypatch):
    path = write({**ROW, "answers": ["7" * 100], "tokens": [1]}, name="pool.jsonl.gz")
    read_pool(path)
    monkeypatch.setattr(pools, "MOST_BYTES", 100)
    with pytest.raises(InputError, match=r"pool.jsonl.gz holds more than .* MB; split it"):
        read_pool(path)


def test_the_mode_is_the_most_frequent_answer():
    assert RecordedQuery("a", "x", ("1", None, None, "2", "2")).mode == "2"
    assert RecordedQuery("a", "x", ("1", "2")).mode == "1"
    assert RecordedQuery("a", "x", (None,)).mode is None


def test_every_response_needs_a_length_for_a_budget_in_tokens():
    check_tokens([RecordedQuery("a", "x", ("1",), tokens=(5,))])
    with pytest.raises(InputError, match=r"question 'b' does not.*unit='responses'"):
        check_tokens(
            [RecordedQuery("a", "x", ("1",), tokens=(5,)), RecordedQuery("b", "x", ("1",))]
        )
