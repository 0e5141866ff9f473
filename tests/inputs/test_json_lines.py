"""Lines of JSON, and the values in them."""

import pytest

from dynscaling_nb.inputs.json_lines import Line, lines, parse


def test_only_a_line_feed_ends_a_line():
    text = '{"a": "x\u2028y\x85z"}\r\n\n"second"\n'
    assert list(lines(text)) == [Line(1, '{"a": "x\u2028y\x85z"}'), Line(3, '"second"')]


def test_json_that_is_nested_too_deeply_is_refused():
    with pytest.raises(ValueError, match="nested too deeply"):
        parse("[" * 200_000)
