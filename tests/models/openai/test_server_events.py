"""Events of a stream, however its server writes them and the network cuts them."""

import json

import pytest

from dynscaling_nb.models.openai.server_events import ServerEvents


def read(text, size=10**9):
    events, data = ServerEvents(), text.encode()
    values = [v for i in range(0, len(data), size) for v in events.feed(data[i : i + size])]
    return [*values, *events.end()], events


@pytest.mark.parametrize("size", [1, 3, 10**9])  # bytes that come at once
@pytest.mark.parametrize(
    "text",
    [
        'data: {"a": "ü"}\n\ndata: {"b": {}}\n\ndata: [DONE]\n\n',
        'data:{"a": "ü"}\r\n\r\ndata:{"b": {}}\r\n\r\ndata:[DONE]\r\n\r\n',
        'data: {"a": "ü"}\r\rdata: {"b": {}}\r\rdata: [DONE]\r\r',
        'data: {"a": "ü"}\ndata: {"b": {}}\ndata: [DONE]\n',  # no empty lines
        'data: {"a": "ü"}\n\ndata: {"b": {}}\n\ndata: [DONE]',  # no last line end
        ': OPENROUTER PROCESSING\n\ndata: {"a": "ü"}\n\n:\n\ndata: {"b": {}}\n\ndata: [DONE]\n\n',
        'id: 1\nevent: message\nretry: 9\ndata: {"a": "ü"}\n\ndata: {"b": {}}\n\ndata: [DONE]\n',
        'data: {\ndata: "a":\ndata: "ü"}\n\ndata: {"b":\ndata: {}}\n\ndata: [DONE]\n\n',
        '\ufeffdata: {"a": "ü"}\n\ndata:\n\ndata: {"b": {}}\n\ndata: [DONE]\n\n',
    ],
)
def test_every_event_is_read(text, size):
    values, events = read(text, size)
    assert values == [{"a": "ü"}, {"b": {}}]
    assert events.is_done
    assert events.other == []


def test_an_event_with_the_name_error_is_an_error_in_any_form():
    values, events = read('event: error\ndata: {"message": "busy"}\n\ndata: {"a": 1}\n\n')
    assert values == [{"error": {"message": "busy"}}, {"a": 1}]
    assert not events.is_done
    assert read('event: error\ndata: {"error": "busy"}\n\n')[0] == [{"error": "busy"}]
    assert read('event: error\ndata: "busy"\n\n')[0] == [{"error": "busy"}]


def test_a_line_separator_within_a_text_ends_no_line():
    text = json.dumps({"a": "x\u2028y\x85z"}, ensure_ascii=False)
    assert read(f"data: {text}\n\n")[0] == [{"a": "x\u2028y\x85z"}]


def test_what_is_no_event_is_left_over():
    values, events = read('{\n "error": 5\n}')
    assert (values, events.other) == ([], ["{", ' "error": 5', "}"])


@pytest.mark.parametrize("text", ["data: {broken\n\n", "data: {broken}\n\n", "data: {broken"])
def test_an_event_without_json_is_a_fault(text):
    with pytest.raises(json.JSONDecodeError):
        read(text)
