"""Chat messages as one question."""

import numpy as np
import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.conversations import is_conversation, one_text

SYSTEM = {"role": "system", "content": "Be brief. "}
USER = {"role": "user", "content": "2 + 2?"}
ASSISTANT = {"role": "assistant", "content": "4"}
PARTS = {
    "role": "user",
    "content": [{"type": "text", "text": "2"}, {"type": "text", "text": "+ 2?"}],
}


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([USER], "2 + 2?"),
        ([SYSTEM, USER], "Be brief.\n\n2 + 2?"),
        ([{**SYSTEM, "role": "developer"}, USER], "Be brief.\n\n2 + 2?"),
        (
            [SYSTEM, USER, ASSISTANT, USER],
            "Be brief.\n\nUser: 2 + 2?\n\nAssistant: 4\n\nUser: 2 + 2?",
        ),
        ([PARTS], "2\n\n+ 2?"),
    ],
)
def test_instructions_come_first_and_then_every_turn(messages, text):
    assert is_conversation(messages)
    assert is_conversation(np.array(messages, dtype=object))
    assert one_text(messages) == text


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([USER, ASSISTANT], "do not end with the user's; leave out the last one"),
        ([SYSTEM], "do not end with the user's"),
        ([{"role": "tool", "content": "4"}, USER], "a message of the role 'tool'"),
        ([{"role": "user", "content": None}], "a message that is no text, got None"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "a message that is no text"),
        ([{"role": "user", "content": ["2 + 2?"]}], "a message that is no text"),
    ],
)
def test_other_conversations_are_refused(messages, says):
    with pytest.raises(InputError, match=says):
        one_text(messages)


def test_other_lists_are_no_conversation():
    assert not is_conversation([])
    assert not is_conversation("role")
    assert not is_conversation([{"content": "x"}])
    assert not is_conversation(message for message in [USER])
