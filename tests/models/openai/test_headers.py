"""Headers as a text."""

import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.openai.headers import check_headers, read_headers


def test_names_values_and_variables_are_read(monkeypatch):
    monkeypatch.setenv("GATEWAY_KEY", "sk-gate")
    text = "api-key: $GATEWAY_KEY; X-Team:maths\nX-Both: a ${GATEWAY_KEY}:b;"
    assert dict(read_headers(text)) == {
        "api-key": "sk-gate",
        "X-Team": "maths",
        "X-Both": "a sk-gate:b",
    }
    assert "sk-gate" not in repr(read_headers(text))
    assert dict(read_headers(" ")) == {}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("api-key", "written as 'name: value'"),
        (": x", "written as 'name: value'"),
        ("api-key: $NOT_SET_ANYWHERE", "headers name \\$NOT_SET_ANYWHERE, which is not set"),
        ({"api-key": "sk-gate"}, "headers must be a text with \\$NAME"),
    ],
)
def test_a_text_without_names_or_values_is_refused(value, says):
    with pytest.raises(InputError, match=says) as caught:
        check_headers("headers", value)
    assert "sk-gate" not in str(caught.value)
