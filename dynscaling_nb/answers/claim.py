"""What a response states as its answer, in its own words. Pure.

Finding the statement is one step. Reading a value from it is another.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

SHORT = 60  # characters; a text of one line up to this length is itself the answer

_STATED = re.compile(  # "The answer is 12", "**Answer:** 12", "result = 12"; "#### 12" of GSM8K
    r"(?:answer|result|solution)\**\s*(?:is|=|:|\bequals\b)\**\s*:?\s*(?P<answer>[^\n]+)"
    r"|^####\s*(?P<hash>[^\n]+)",
    re.IGNORECASE | re.MULTILINE,
)


class Claim(NamedTuple):
    """Words of a response that may be its answer.

    `weak`: no wording says that they are the answer; a last line or a conclusion may be it.
    """

    text: str
    weak: bool = False


def claims(text: str) -> Sequence[Claim]:
    """The statements of the answer in a text, best first; empty if it states none.

    The last `\\boxed{}` counts first, then the words after the last `answer is`, `Answer:` or
    `####`. A text of one short line is itself the answer, weakly.
    """
    boxed = _boxed(text)
    if boxed is not None:
        return [Claim(boxed)]
    statements = [m["answer"] or m["hash"] for m in _STATED.finditer(text)]
    if statements:
        return [Claim(str(statements[-1]).strip())]
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) <= SHORT:
        return [Claim(lines[0].strip(), weak=True)]
    return []


def _boxed(text: str) -> str | None:
    start = max(text.rfind("\\boxed{"), text.rfind("\\fbox{"))
    if start < 0:
        return None
    start = text.index("{", start) + 1
    depth = 1
    for i in range(start, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[start:i].strip()
    return None
