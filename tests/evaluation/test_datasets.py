"""Questions with gold answers, through the real loading code, from small files."""

import gzip
import json

import pytest

import dynscaling_nb as dn
from dynscaling_nb import datasets
from dynscaling_nb.answers.extract import EXTRACTORS, gold_answer
from dynscaling_nb.errors import InputError

FILES = {
    "gsm8k": [{"question": "How many?", "answer": "2 + 3 = <<2+3=5>>5\n#### 1,205"}],
    "math500": [
        {
            "problem": "Halve it.",
            "answer": r"\frac{1}{2}",
            "unique_id": "test/algebra/1.json",
            "level": 2,
        }
    ],
    "aime": [{"id": 60, "problem": "Find m + n.", "answer": "073"}],
    "gpqa_diamond": [
        {
            "Question": "Which? ",
            "Correct Answer": "yes\n",
            "Incorrect Answer 1": "no",
            "Incorrect Answer 2": "both",
            "Incorrect Answer 3": "none",
        }
    ]
    * 6,
}


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def source(tmp_path):
    def write(name: str, rows=None):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows or FILES[name]))
        return path

    return write


@pytest.mark.parametrize(
    ("name", "extract", "gold"),
    [
        ("gsm8k", "number", "1205"),
        ("math500", "latex", "0.5"),
        ("aime", "number", "73"),
        ("gpqa_diamond", "choice", None),
    ],
)
def test_benchmarks_become_queries_with_readable_gold(source, name, extract, gold):
    data = getattr(datasets, name)(source=source(name))
    assert data.extract == extract
    first = next(iter(data))
    canonical = gold_answer(first.gold, EXTRACTORS[extract])
    assert canonical == gold or canonical in "ABCD"


def test_whole_numbers_may_be_the_choices_of_a_table(tmp_path):
    path = tmp_path / "gpqa.CSV"
    head = "Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3"
    path.write_text(f"{head}\nWhich?,1,2,NA,4\n")
    (query,) = datasets.gpqa_diamond(source=path)
    assert query.options[query.gold] == "1"
    assert sorted(query.options.values()) == ["1", "2", "4", "NA"]


def test_choices_are_shuffled_and_the_gold_letter_goes_with_them(source):
    data = datasets.gpqa_diamond(source=source("gpqa_diamond"), seed=1)
    assert all(f"({query.gold}) yes" in query.text.splitlines() for query in data)
    assert len({query.gold for query in data}) > 1
    assert data == datasets.gpqa_diamond(source=source("gpqa_diamond"), seed=1)


def test_a_dataset_runs_as_it_is(source):
    data = datasets.gsm8k(source=source("gsm8k"))
    result = dn.run(
        data,
        budget=2,
        model=dn.ScriptedModel(lambda _: "so\nThe answer is 1205."),
        extract=data.extract,
    )
    assert result.accuracy == 1.0


def test_a_limit_takes_the_first(source):
    rows = [{"question": f"{i}?", "answer": f"#### {i}"} for i in range(5)]
    assert [q.gold for q in datasets.gsm8k(source=source("gsm8k", rows), limit=2)] == ["0", "1"]


def test_a_limit_takes_the_first_everywhere(tmp_path):
    path = tmp_path / "mine.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "one?"}\n{"text": "two?"}\n'))
    assert [q.text for q in datasets.from_file(path, limit=1)] == ["one?"]
    assert datasets.from_file(path).name == "mine"
    assert datasets.sums(limit=20) == datasets.sums()[:20] == datasets.sums(20)
    with pytest.raises(InputError, match="limit must be at least 1 question, got 0"):
        datasets.sums(limit=0)


def test_a_slice_of_a_dataset_is_one_and_a_place_is_a_question():
    data = datasets.sums(5)
    assert list(data[1:3]) == [data[1], data[2]]
    assert (data[1:3].name, data[1:3].extract) == ("sums", "number")
    assert data[-1] == list(data)[4]


def test_a_file_with_other_columns_is_refused(source):
    with pytest.raises(InputError, match=r"does not look like gsm8k: KeyError: 'question'"):
        datasets.gsm8k(source=source("gsm8k", [{"prompt": "x"}]))
    with pytest.raises(InputError, match="cannot read nowhere.jsonl: No such file"):
        datasets.gsm8k(source="nowhere.jsonl")
    with pytest.raises(InputError, match="2024 and 2025, got 2020"):
        datasets.aime(2020)


def test_a_csv_file_is_read_with_its_header(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        'id,question,answer\na,"What is 2, and 3?",5\n,Second?,\n', encoding="utf-8-sig"
    )
    data = datasets.from_file(path)
    assert list(data) == [dn.Query("a", "What is 2, and 3?", "5"), dn.Query("2", "Second?")]
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"bad.csv, line 2: question 1 has no text"):
        datasets.from_file(tmp_path / "bad.csv")
    with pytest.raises(InputError, match="cannot read"):
        datasets.from_file(tmp_path / "none.csv")


def test_sums_are_seeded_different_and_graded():
    data = datasets.sums(50, seed=3)
    assert data == datasets.sums(50, seed=3) != datasets.sums(50, seed=4)
    assert len({query.text for query in data}) == 50
    assert all(
        int(query.gold) == eval(query.text.removeprefix("What is ").removesuffix("?"))
        for query in data
    )
    dn.AbacusModel().check(list(data))
