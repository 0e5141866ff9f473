"""Answers between marks: `\\boxed{42}`, `<answer>42</answer>`, `#### 42`, JSON. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

from dynscaling_nb.answers.sentences import claim_end
from dynscaling_nb.answers.statements import Rank, Statement
from dynscaling_nb.boxes import boxes

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
_MAY_BE_TAG = re.compile(r"[<\[][A-Za-z_\s-]")  # not of "<<6*7=42>>"
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
    for box in boxes(text):
        yield Statement(box.start, box.stop), box.content
    if "####" in text:
        for match in _last(_HASHES, text):
            end = claim_end(text, match.end())
            yield Statement(match.start(), end), text[match.end() : end]
    if ("<" in text or "[" in text) and _MAY_BE_TAG.search(text):
        yield from _tags(text)
    if ":" in text and ("':" in text or '":' in text or '" :' in text):
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
