"""Texts of users, models and servers, made fit to be shown."""

from dynscaling_nb.formatting import counted, ending, html, html_table, line, plain, table


def test_control_characters_are_spelled_out():
    assert plain("a\x1b[31m\u202eb\r\nc") == "a\\x1b[31m\\u202eb\nc"


def test_a_line_is_cut_at_its_limit():
    assert line("one\n two", 10) == "one two"
    assert line("one two three", 8) == "one two…"
    assert len(line("x" * 10_000, 8)) == 8


def test_html_is_text_and_no_formula():
    assert html("<b>$x$</b>") == "<bdi>&lt;b&gt;<span>$</span>x<span>$</span>&lt;/b&gt;</bdi>"


def test_a_number_has_its_word():
    assert counted(1, "question", "questions") == "1 question"
    assert counted(2, "question", "questions") == "2 questions"


def test_columns_stand_under_a_rule():
    assert table(["name", "n"], [["a", "10"], ["bcdef", "2"]], right=[1]) == (
        "name    n\n─────  ──\na      10\nbcdef   2"
    )


def test_a_table_of_html_escapes_its_cells_and_has_a_caption():
    page = html_table(["name"], [["<i>"]], caption="a & b")
    assert "<bdi>&lt;i&gt;</bdi>" in page
    assert "<caption" in page
    assert "a &amp; b" in page
    assert "<caption" not in html_table(["name"], [["x"]])


def test_an_ending_begins_with_a_whole_word():
    assert ending("one\n two", 10) == "one two"
    assert ending("one two three four", 11) == "…three four"
    assert ending("one two three four", 10) == "…four"
    assert ending("x" * 10_000, 8) == "…xxxxxxx"
