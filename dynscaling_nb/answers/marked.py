"""Answers between marks: `\\boxed{42}`, `<answer>42</answer>`, `#### 42`, JSON. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

from dynscaling_nb.answers.sentences import claim_end
from dynscaling_nb.answers.statements import Rank, Statement

MOST_BOXES = 12  # from the end
LONGEST_BOX = 4_000  # characters

_BOX = re.compile(r"(?:\\|\x08|(?<![a-z]))(?:f?boxed|fbox|oxed)\s*(?:\{|(?P<bare>[^\s{}\\$]+))")
_BETWEEN_BOXES = re.compile(  # "\boxed{1} and \boxed{2}", "\boxed{x}, \quad y_2 = \boxed{z}"
    r"(?=[^\n]*?(?:,|;|&|\band\b|\bor\b|\bund\b|\bet\b|\by\b|和|或|\\quad|\\ ))"
    r"(?:\s+[a-z]{2,12}(?=\s+and\b))?"  # "\boxed{1} paper and \boxed{2} bins"
    r"(?:[A-Za-z](?:_\{?\w{1,3}\}?)?\s*=|[\s,;&$*.]|\\[()\[\],;! ]|\\q?quad"
    r"|\\text\s*\{[^{}]{0,40}\}|and\b|or\b|und\b|et\b|y\b|和|或|、|for part \(?\w\)?|\([a-z0-9]\))*"
)
_NAME = (
    r"(?:final|correct|predicted|selected|chosen|my)?[_\s-]?"
    r"(?:answers?|ans|solution|result|choice|option|response|output|prediction|value)"
    r"(?:[_\s-]?(?:choice|option|letter|index))?"
)
_TAG = re.compile(
    rf"<(?P<tag>{_NAME})>(?P<inside>[^<]{{0,4000}}(?:<(?!/?{_NAME}>)[^<]{{0,4000}}){{0,40}})"
    rf"|\[(?P<bracket>answer)\]\s*(?P<within>[^\[\]\n]{{1,400}})",
    re.IGNORECASE,
)
_PAIR = re.compile(  # "answer": "42" within JSON, Python or anything like them
    rf"[\"']{_NAME}[\"']\s*:\s*(?:\"(?P<double>(?:\\.|[^\"\\\n]){{0,2000}})\""
    r"|'(?P<single>(?:\\.|[^'\\\n]){0,2000})'|(?P<bare>[-+\w.%$/]{1,60})|\[(?P<list>[^\[\]]{0,400})\])",
    re.IGNORECASE,
)
_KEY = re.compile(_NAME, re.IGNORECASE)
_HASHES = re.compile(r"^[ \t]*#{4}[ \t]*(?=\S)", re.MULTILINE)
_TWICE = re.compile(r"\[\[[ \t]*([^\[\]\n]{1,60}?)[ \t]*\]\]")  # "[[B]]"
_FENCED = re.compile(r"```(?:json)?\s*(\{.*\})\s*```\s*$", re.DOTALL)


def marked(text: str) -> Iterator[tuple[Statement, str]]:
    """The marked claims of a text with their places, in no order."""
    if "oxed" in text or "fbox" in text:
        yield from _boxes(text)
    if "####" in text:
        for match in _last(_HASHES, text):
            end = claim_end(text, match.end())
            yield Statement(match.start(), end), text[match.end() : end]
    if "<" in text or "[" in text:
        yield from _tags(text)
    if "':" in text or '":' in text or '" :' in text:
        for match in _last(_PAIR, text):
            yield Statement(match.start(), match.end()), _value(match)
    if "[[" in text:
        for match in _last(_TWICE, text):
            yield Statement(match.start(), match.end()), match[1]


def from_json(text: str) -> str | None:
    """The answer of a text that is one JSON object, with or without a fence; else None."""
    body = text.strip()
    fenced = _FENCED.search(body) if body.endswith("```") else None
    body = fenced[1] if fenced else body
    if not (body.startswith("{") and body.endswith("}")):
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    keys = [key for key in value if _KEY.fullmatch(key)]
    answers = [key for key in keys if "ans" in key.lower()] or keys
    return _written(value[answers[-1]]) if answers else None


def _written(value: Any) -> str:
    """A value of JSON as a model would write it in a sentence."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(map(_written, value))
    if isinstance(value, dict):
        inner = [item for key, item in value.items() if _KEY.fullmatch(key)]
        return _written(inner[-1]) if inner else ""
    return json.dumps(value, ensure_ascii=False)


def _last(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return list(pattern.finditer(text))[-4:]


def _value(match: re.Match[str]) -> str:
    if match["double"] is not None:
        try:
            return str(json.loads(f'"{match["double"]}"'))
        except ValueError:
            return match["double"]
    if match["list"] is not None:
        return match["list"].replace('"', "").replace("'", "").strip()
    return match["single"] or match["bare"] or ""


def _tags(text: str) -> Iterator[tuple[Statement, str]]:
    for match in _last(_TAG, text):
        inside = match["inside"] if match["within"] is None else match["within"]
        lines = [line for line in inside.split("\n") if line.strip()]
        first = lines[0].strip() if lines else ""
        end = claim_end(first, 0)
        rank = Rank.STEP if len(lines) > 3 else Rank.ANSWER
        yield Statement(match.start(), match.end(), rank), first[:end] or first


def _boxes(text: str) -> Iterator[tuple[Statement, str]]:
    """The last boxes of a text; several in one sentence are one claim, "1, 2"."""
    contents: list[str] = []
    start = stop = -1
    for match in list(_BOX.finditer(text))[-MOST_BOXES:]:
        if match.start() < stop:
            continue  # a box within a box
        content, end = (match["bare"], match.end()) if match["bare"] else _braced(text, match.end())
        between = _BETWEEN_BOXES.match(text, stop, match.start()) if contents else None
        if between is not None and between.end() == match.start():
            contents.append(content)
        else:
            if any(contents):
                yield Statement(start, stop), _listed(contents)
            start, contents = match.start(), [content]
        stop = end
    if any(contents):
        yield Statement(start, stop), _listed(contents)


def _listed(contents: list[str]) -> str:
    return ", ".join(content for content in dict.fromkeys(contents) if content)


def _braced(text: str, start: int) -> tuple[str, int]:
    """The text from `start` to its closing brace, and the position after that."""
    depth = 1
    limit = min(len(text), start + LONGEST_BOX)
    for match in _BRACE.finditer(text, start, limit):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return text[start : match.start()].strip(), match.end()
    line = text.find("\n", start, limit)
    end = limit if line < 0 else line
    return text[start:end].strip(" $."), end


_BRACE = re.compile(r"\\[{}]|[{}]")
