"""Thoughts set apart from the text of a response, in every form that models write. Pure."""

from typing import NamedTuple


class SplitText(NamedTuple):
    """A text without its thoughts, and the thoughts."""

    thoughts: str
    text: str


def split_thoughts(text: str) -> SplitText:
    """Thoughts and the rest of a text with a `<think>` block.

    A block without its end reaches to the end of the text. One without its start begins with it.
    """
    if "<think>" in text:
        before, _, rest = text.partition("<think>")
        thoughts, _, after = rest.partition("</think>")
        return SplitText(thoughts, (before + after).strip())
    thoughts, end, after = text.partition("</think>")
    return SplitText(thoughts, after) if end else SplitText("", text)
