"""What users hand over as questions."""

import math

import pandas as pd
import pytest
from datasets import Dataset, DatasetDict

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import as_queries, check_budget, read_file


def test_strings_mappings_and_queries_mix_and_go_by_their_places():
    own = dn.Query("own", "three?")
    queries = as_queries(["one?", {"question": " two? ", "answer": 7}, own])
    assert [(q.id, q.text, q.gold) for q in queries] == [
        ("1", "one?", None),
        ("2", "two?", "7"),
        ("own", "three?", None),
    ]


def test_one_question_is_a_list_of_one():
    assert [q.text for q in as_queries("one?")] == ["one?"]
    assert [q.text for q in as_queries({"text": "one?"})] == ["one?"]


def test_a_table_has_columns_and_its_empty_cells_are_missing():
    table = pd.DataFrame({"id": ["a", None], "text": ["one?", "two?"], "gold": [math.nan, "7"]})
    assert [(q.id, q.gold) for q in as_queries(table)] == [("a", None), ("2", "7")]
    assert [q.text for q in as_queries(table["text"])] == ["one?", "two?"]


def test_a_conversation_is_one_question_and_a_list_of_them_several():
    turn = {"role": "user", "content": "one?"}
    assert [q.text for q in as_queries([turn])] == ["one?"]
    assert [q.text for q in as_queries([[turn], [turn]])] == ["one?", "one?"]


def test_datasets_and_tables_in_a_list_come_one_after_the_other():
    sums = dn.datasets.sums(limit=2)
    queries = as_queries([sums, "own?", pd.DataFrame({"text": ["table?"]})])
    assert [q.text for q in queries] == [*(q.text for q in sums), "own?", "table?"]
    assert [q.id for q in queries] == ["sum-0", "sum-1", "3", "4"]


def test_hugging_face_datasets_are_rows_and_need_a_split():
    rows = Dataset.from_list([{"question": "one?", "choices": ["x", "y"], "answer": 1}])
    assert [(q.gold, q.options) for q in as_queries(rows)] == [("B", {"A": "x", "B": "y"})]
    with pytest.raises(InputError, match="question 1 is a dataset with the splits 'train', 'test'"):
        as_queries(DatasetDict({"train": rows, "test": rows}))


def test_a_prior_is_votes_or_one_answer():
    queries = as_queries([{"text": "q?", "prior": {"42": 2}}, {"text": "q?", "prior": "41"}])
    assert [dict(q.prior) for q in queries] == [{"42": 2}, {"41": 1}]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ([], "there are no questions"),
        (["one?", " "], "question 2 is blank"),
        ([3], "question 1 must be a string, a dict or a Query, got int"),
        ([{"words": "one?"}], "question 1 has no text: give it as 'text', got ['words']"),
        ([{"id": 1, "text": "a?"}, {"id": 1, "text": "b?"}], "the id '1' has more than one"),
        ([{"text": "q?", "prior": {"42": 0}}], "question 1 has a prior that is not votes"),
        (7, "questions must be a list, got int"),
        ("my/q.jsonl", "'my/q.jsonl' is the name of a file: pass Path('my/q.jsonl')"),
        ([["a?", "b?"]], "question 1 must be a string, a dict or a Query, got list"),
    ],
)
def test_what_cannot_be_asked_is_one_line(source, says):
    with pytest.raises(InputError) as error:
        as_queries(source)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_files_are_json_lines_or_tables(tmp_path):
    lines, table = tmp_path / "q.jsonl", tmp_path / "q.csv"
    lines.write_text('{"id": "a", "text": "one?"}\n\n{"text": "two?", "gold": 7}\n')
    table.write_text("text,gold\none?,007\n")
    assert [(q.id, q.gold) for q in read_file(lines)] == [("a", None), ("2", "7")]
    assert [q.gold for q in read_file(table)] == ["007"]
    assert as_queries(lines) == read_file(lines)


def test_a_bad_question_of_a_file_is_named_with_its_line(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text('\n{"text": "one?"}\n{"text": "two?", "images": ["x.png"]}\n')
    with pytest.raises(InputError, match=r"q.jsonl, line 3: question 2 has a picture"):
        read_file(path)
    path.write_text('{"id": 1, "text": "one?"}\n{"id": 1, "text": "two?"}\n')
    with pytest.raises(InputError, match=r"q.jsonl: the id '1' has more than one question"):
        read_file(path)
    path.write_text("\n")
    with pytest.raises(InputError, match=r"q.jsonl: there are no questions"):
        read_file(path)


def test_a_bad_line_of_a_file_is_named(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text('{"text": "one?"}\nnonsense\n')
    with pytest.raises(InputError, match=r"q.jsonl, line 2: not JSON: 'nonsense'; expected"):
        read_file(path)
    with pytest.raises(InputError, match="cannot read .*nowhere.jsonl: No such file"):
        read_file(tmp_path / "nowhere.jsonl")


def test_a_budget_reaches_every_question_once():
    check_budget(2, 2)
    for budget in (1, 0, -1, True, 2.5, "2"):
        with pytest.raises(InputError, match="budget"):
            check_budget(budget, 2)
