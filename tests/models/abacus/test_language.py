"""The language: expressions, tokens, workings and earlier attempts."""

from hypothesis import given, strategies as st

from dynscaling_nb.models.abacus import language


def test_a_working_does_one_operation_a_line():
    steps = language.solve(language.read("19 - (4 + 7) * 3"))
    assert [language.write(step) for step in steps] == ["19 - 11 * 3", "19 - 33", "-14"]


@given(st.lists(st.integers(0, language.VOCABULARY - 1), max_size=60))
def test_whatever_the_network_writes_becomes_text(tokens):
    text = language.working(tokens)
    assert isinstance(text, str)
    language.attempts(text)


def test_earlier_attempts_are_found_whatever_stands_between_them():
    blocks = language.attempts("= 3 + 4\n= 7\n\nWait. Once more.\n\n= 3 + 5\n= 8")
    assert [language.working(tokens[1:]) for tokens in blocks] == ["= 3 + 4\n= 7", "= 3 + 5\n= 8"]
