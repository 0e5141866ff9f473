r"""The answers that a worked solution marks: in `\boxed{42}`, after `####`. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST = 12  # boxes, from the end
LONGEST = 4_000  # characters of a box
WORKED = "####"  # a worked solution, then its answer, as in GSM8K

_BOX = re.compile(  # "\boxed{", "\fbox 4"; "\b" may have become a backspace, or be lost
    r"(?:\\|\x08|(?<![a-z]))(?:f?boxed|fbox|oxed)\s*(?:\{|(?P<bare>[^\s{}\\$]+))"
)
_BETWEEN = re.compile(  # "\boxed{1} and \boxed{2}", "\boxed{x}, \quad y_2 = \boxed{z}"
    r"(?=[^\n]*?(?:,|;|&|\band\b|\bor\b|\bund\b|\bet\b|\by\b|和|或|\\quad|\\ ))"
    r"(?:\s+[a-z]{2,12}(?=\s+and\b))?"  # "\boxed{1} paper and \boxed{2} bins"
    r"(?:[A-Za-z](?:_\{?\w{1,3}\}?)?\s*=|[\s,;&$*.]|\\[()\[\],;! ]|\\q?quad"
    r"|\\text\s*\{[^{}]{0,40}\}|and\b|or\b|und\b|et\b|y\b|和|或|、|for part \(?\w\)?|\([a-z0-9]\))*"
)
_BRACE = re.compile(r"\\[{}]|[{}]")


class Box(NamedTuple):
    """What stands in a box, and where the box begins and ends in its text."""

    start: int
    stop: int
    content: str


def boxes(text: str) -> Iterator[Box]:
    """The last boxes of a text that are not empty; several in one sentence are one, "1, 2"."""
    contents: list[str] = []
    start = stop = -1
    for match in _last(text):
        if match.start() < stop:
            continue  # a box within a box
        content, end = (match["bare"], match.end()) if match["bare"] else _braced(text, match.end())
        between = _BETWEEN.match(text, stop, match.start()) if contents else None
        if between is not None and between.end() == match.start():
            contents.append(content)
        else:
            if any(contents):
                yield Box(start, stop, _listed(contents))
            start, contents = match.start(), [content]
        stop = end
    if any(contents):
        yield Box(start, stop, _listed(contents))


def marked_answer(solution: str) -> str | None:
    r"""What a worked solution marks as its answer: after `####`, or in its last box; else None."""
    if WORKED in solution:
        return solution.rpartition(WORKED)[2].strip()
    every = list(boxes(solution))
    return every[-1].content if every else None


def _last(text: str) -> list[re.Match[str]]:
    return list(_BOX.finditer(text))[-MOST:] if "oxed" in text or "fbox" in text else []


def _listed(contents: list[str]) -> str:
    return ", ".join(content for content in dict.fromkeys(contents) if content)


def _braced(text: str, start: int) -> tuple[str, int]:
    """The text from `start` to its closing brace, and the position after that."""
    depth = 1
    limit = min(len(text), start + LONGEST)
    for match in _BRACE.finditer(text, start, limit):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return text[start : match.start()].strip(), match.end()
    line = text.find("\n", start, limit)
    end = limit if line < 0 else line
    return text[start:end].strip(" $."), end
