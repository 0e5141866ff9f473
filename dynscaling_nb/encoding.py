"""Text that can be encoded. Pure.

A JSON text may hold half of a character, such as `\\ud83d`. Nothing can send, store or print it.
"""


def encodable(text: str) -> str:
    """The text with its halves of characters joined; U+FFFD stands for a half without its other."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
