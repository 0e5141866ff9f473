"""Tables as text: nothing is guessed, and nothing is cut short."""

import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.separated import SEPARATORS, table_rows_of

COMMAS = SEPARATORS[".csv"]


@pytest.fixture
def read(tmp_path):
    def read(text, separators=COMMAS):
        (tmp_path / "q.csv").write_text(text, encoding="utf-8", newline="")
        return [(row.line, row.cells) for row in table_rows_of(tmp_path / "q.csv", separators)]

    return read


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_of_the_header(read, separator):
    text = f"ID{separator}Question\na{separator}One: 1.5?\n"
    assert read(text) == [(2, {"ID": "a", "Question": "One: 1.5?"})]


def test_a_tab_is_the_likelier_one_in_a_file_of_that_ending(read):
    assert read("my,question\ttext\n1,2\t3\n", SEPARATORS[".tsv"]) == [
        (2, {"my,question": "1,2", "text": "3"})
    ]


def test_excel_may_name_the_separator_in_a_line_of_its_own(read):
    assert read("sep=;\ntext;gold\r\none?;1,5\r\n") == [(3, {"text": "one?", "gold": "1,5"})]


def test_words_for_nothing_and_zeros_are_texts(read):
    rows = read("text,gold\na?,NA\nb?,None\nc?,null\nd?,007\n")
    assert [cells["gold"] for _, cells in rows] == ["NA", "None", "null", "007"]


def test_a_quoted_text_holds_anything_and_a_row_is_named_by_its_first_line(read):
    rows = read('text,gold\n"3, ""or"" 5?\n\u2028\x85end",3\n\nshort?\n')
    assert rows == [
        (2, {"text": '3, "or" 5?\n\u2028\x85end', "gold": "3"}),
        (5, {"text": "short?"}),
    ]


def test_a_row_with_too_many_cells_is_an_error_with_its_line(read):
    assert read("text,gold\na?,1,,\n") == [(2, {"text": "a?", "gold": "1"})]
    with pytest.raises(InputError, match=r"q.csv, line 4: 4 cells below 2 columns; put double"):
        read('text,gold\n"a\n?",1\nWhich is larger, 3 or 5?,5,x\n')
    with pytest.raises(InputError, match="line 2: 3 cells below 2 columns"):
        read("text,gold,,\nIs it 3, or 5?,5\nx\n")


@pytest.mark.parametrize(
    ("text", "line"), [('text\n"a" b?\n', 2), ('text\na?\n"b?\nc?\n', 3), ('text\n"a"?"\n', 2)]
)
def test_quotes_out_of_place_are_an_error_with_its_line(read, text, line):
    with pytest.raises(InputError, match=rf"q.csv, line {line}: .*needs double quotes"):
        read(text)


def test_columns_need_different_names_and_an_index_is_no_column(read):
    assert read(",text\n0,a?\n") == [(2, {"text": "a?"})]
    with pytest.raises(InputError, match="line 1: two columns are named 'gold'; rename one"):
        read("text,gold,gold\na?,1,2\n")
    assert read("") == []
