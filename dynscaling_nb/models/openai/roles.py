"""The system role, for servers whose models want none. Pure.

The chat templates of some models know the user and the assistant alone. Their servers refuse the
system message, or say that roles must alternate. Its text is then sent with the question.
"""

import re
from collections.abc import Iterable, Sequence

from dynscaling_nb.records import Message

SYSTEM_ROLE = "the system role"  # its name among the refused fields
REFUSALS = (400, 422, 424, 500, 501)  # a template's exception is a fault of some servers
SYSTEM, NEEDED = r"\b(system|developer)\b", r"(role|message|prompt|instruction)s?"
NOT = r"\b(not|unsupported|invalid|unexpected|unknown|only|no)\b|n't\b"
SIGNS = tuple(
    re.compile(sign, re.IGNORECASE)
    for sign in (
        rf"{SYSTEM}\W+{NEEDED}[^.;\n]{{0,40}}?({NOT})",  # System role not supported
        rf"({NOT})[^.;\n]{{0,40}}?{SYSTEM}\W+{NEEDED}",  # does not support system messages
        rf"\brole\b[^.;\n]{{0,30}}?({NOT})[^.;\n]{{0,20}}?{SYSTEM}",  # role: not 'system'
        rf"({NOT})[^.;\n]{{0,20}}?\brole\b\W{{0,4}}{SYSTEM}",  # Unexpected role "system"
        r"\broles must alternate\b",  # a template that counts the system message as the first
        r"\bonly\W+user\b[^.;\n]{0,40}\broles\b",  # Only user and assistant roles are supported
        r"\b(first|start|begin)\w*\b[^.;\n]{0,30}\buser\b[^.;\n]{0,20}\b(message|role|turn)",
    )
)


def has_system(messages: Iterable[Message]) -> bool:
    """Whether a message has the system role."""
    return any(message["role"] == "system" for message in messages)


def refuses_system(status: int, message: str) -> bool:
    """Whether a server's error message refuses the system role."""
    return status in REFUSALS and any(sign.search(message) for sign in SIGNS)


def folded(messages: Sequence[Message]) -> list[Message]:
    """The messages without the system role: neighbours that become one role become one message."""
    merged: list[Message] = []
    for message in messages:
        role = "user" if message["role"] == "system" else message["role"]
        if merged and merged[-1]["role"] == role:
            text = f"{merged[-1]['content']}\n\n{message['content']}"
            merged[-1] = {"role": role, "content": text}
        else:
            merged.append({"role": role, "content": message["content"]})
    return merged
