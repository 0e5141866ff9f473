"""Chat messages as the text of one question."""

from collections.abc import Iterable, Mapping, Sized
from typing import Any, TypeGuard

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.cells import is_list

INSTRUCTIONS = ("system", "developer")
SPEAKERS = {"user": "User", "assistant": "Assistant"}


def is_conversation(value: Any) -> TypeGuard[Iterable[Mapping[str, Any]]]:
    """Whether the value is a list of messages, each with `role` and `content`."""
    if not is_list(value) or not isinstance(value, Sized) or len(value) == 0:
        return False  # a generator is not touched
    return all(isinstance(message, Mapping) and "role" in message for message in value)


def one_text(messages: Iterable[Mapping[str, Any]]) -> str:
    """The text of a conversation that ends with the user: instructions first, then each turn.

    A single turn stands alone; of several each begins with `User:` or `Assistant:`. Raises
    `InputError` for other roles, for content that is no text, or for another end.
    """
    instructions = [_content(m) for m in messages if m["role"] in INSTRUCTIONS]
    turns = [m for m in messages if m["role"] not in INSTRUCTIONS]
    other = next((m["role"] for m in turns if m["role"] not in SPEAKERS), None)
    if other is not None:
        raise InputError(
            f"has a message of the role {other!r}; give system, user, assistant", other
        )
    if not turns or turns[-1]["role"] != "user":
        raise InputError(
            "has messages that do not end with the user's; leave out the last one, and give the "
            "right answer as 'gold'",
            messages,
        )
    texts = [_content(turn) for turn in turns]
    if len(turns) > 1:
        names = [SPEAKERS[turn["role"]] for turn in turns]
        texts = [f"{name}: {text}" for name, text in zip(names, texts, strict=True)]
    return "\n\n".join([*instructions, *texts])


def _content(message: Mapping[str, Any]) -> str:
    """The text of one message; its content may be a list of parts, all of them texts."""
    content = message.get("content")
    if isinstance(content, str):
        return content.strip()
    parts = list(content) if is_list(content) else [content]
    texts = [part.get("text") for part in parts if isinstance(part, Mapping)]
    if len(texts) < len(parts) or not texts or not all(isinstance(t, str) for t in texts):
        raise InputError(
            f"has a message that is no text, got {content!r:.60}; leave out the question",
            content,
        )
    return "\n\n".join(str(text).strip() for text in texts)
