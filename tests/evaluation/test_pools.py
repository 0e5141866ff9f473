"""Pools of recorded answers, from files."""

import gzip
import json

import pytest

from dynscaling_nb.errors import InputError
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


def test_null_and_nan_are_responses_without_an_answer(write):
    line = '{"id": 1, "gold": "7", "answers": [null, NaN, "", "7"]}'
    assert read_pool(write(line))[0].answers == (None, None, None, "7")


def test_answers_are_read_as_in_a_run(write):
    row = {"id": 1, "gold": 4, "answers": ["4", 4.0, "4.00", "$4$", "1,200", "1200", "Paris"]}
    (question,) = read_pool(write(row))
    assert question.gold == "4"
    assert question.answers == ("4", "4", "4", "4", "1200", "1200", "paris")
    (question,) = read_pool(write({**row, "gold": "b", "answers": ["(B)", "b"]}), extract="choice")
    assert (question.gold, question.answers) == ("B", ("B", "B"))


@pytest.mark.parametrize(
    ("gold", "golds"), [(None, ()), (7.0, ("7",)), ("1,200", ("1200",)), (["7", "8"], ("7", "8"))]
)
def test_there_are_any_number_of_gold_answers(write, gold, golds):
    assert read_pool(write({**ROW, "gold": gold}))[0].golds == golds
    assert read_pool(write({"id": 1, "answers": ["7"]}))[0].gold is None


def test_a_pool_may_begin_with_a_mark_be_a_list_and_hold_any_character(write):
    row = json.dumps({**ROW, "id": "a\u2028\x85z"}, ensure_ascii=False)
    (question,) = read_pool(write(f"\ufeff{row}"))
    assert question.id == "a\u2028\x85z"
    assert read_pool(write(f"[{row}]")) == [question]


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
        {**ROW, "answers": "7"},
        {**ROW, "tokens": [True, 1, 2]},
        {**ROW, "tokens": [10, 11]},
        {**ROW, "tokens": [10, 11, -1]},
        {**ROW, "tokens": [10, 11, "12"]},
        {**ROW, "tokens": 33},
    ],
)
def test_a_bad_line_is_named(write, row):
    with pytest.raises(InputError, match=r"pool.jsonl, line 2: .*expected .*answers"):
        read_pool(write(ROW, row))


def test_a_file_that_cannot_be_read_is_named(write, tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*nowhere"):
        read_pool(tmp_path / "nowhere.jsonl")
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(b"\x1f\x8b\x08 no more")
    with pytest.raises(InputError, match=r"cannot read .*broken"):
        read_pool(broken)
    with pytest.raises(InputError, match="holds no questions"):
        read_pool(write("", ""))


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
