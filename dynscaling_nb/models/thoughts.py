"""Thoughts set apart from the text of a response, in every form that models write. Pure.

A model thinks between two marks such as `<think>` and `</think>`, or on a channel of its own.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


class SplitText(NamedTuple):
    """A text without its thoughts, and the thoughts."""

    thoughts: str
    text: str


_NAMES = r"think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|seed:think"
_MARK = re.compile(
    rf"<(?P<end>/)?(?:{_NAMES})\s*>"  # "<think>", "</seed:think>"
    r"|\[(?P<end_bracket>/)?think\]"  # "[THINK]" of Magistral
    r"|◁(?P<end_triangle>/)?think▷"  # Kimi
    r"|<\|(?:begin_of_thought|START_THINKING)\|>"  # OpenThinker, Command A
    r"|<\|(?P<end_bar>end_of_thought|END_THINKING)\|>",
    re.IGNORECASE,
)
_MENTION = re.compile(  # "the <think> tag": the mark is a word of the answer
    r"[`'\"]?\s+(?:tags?|blocks?|tokens?|marks?|markers?|elements?|sections?)\b|[`'\"]"
)
_SOLUTION = re.compile(r"<\|(?:begin|end)_of_solution\|>")  # the rest, as OpenThinker marks it
_CHANNEL = re.compile(  # "<|channel|>final<|message|>": a message of gpt-oss opens
    r"<\|channel\|>\s*(?P<name>\w*)[^<]{0,200}(?:<\|constrain\|>[^<]{0,200})?<\|message\|>"
)
_OPENING = re.compile(  # the same without its first mark, at the start of a text
    r"\s*+(?:<\|start\|>)?(?:assistant)?(?P<name>analysis|commentary|final|)\s*+<\|message\|>"
)
_ENDS = re.compile(  # marks of a turn's end that a server has left at the end of a text
    r"(?:\s*(?:<\|(?:end|return|call|im_end|eot_id|eom_id|endoftext|end_of_text|end_of_turn)\|>"
    r"|<end_of_turn>|<｜end▁of▁sentence｜>|<\|start\|>(?:assistant)?|<\|channel\|>))+\s*\Z"
)
_LONGEST_END = 200  # characters of such marks
_TURN = re.compile(r"<\|(?:end|return|call|start)\|>(?:assistant\b)?")
_ANALYSIS = re.compile(  # the same without its marks: "analysisWe add"
    r"\s*(?:assistant)?(?:analysis|commentary)(?=[^\sa-z]|\n)"
)
_FINAL = "assistantfinal"


class _Mark(NamedTuple):
    start: int
    stop: int
    closes: bool


def split_thoughts(text: str) -> SplitText:
    """Thoughts and the rest of a text.

    A block without its end reaches to the end of the text. One without its start begins with it.
    A mark that the text only mentions, in quotes or as "the <think> tag", opens nothing.
    """
    text = _without_end(text)
    if "<|channel|>" in text or _OPENING.match(text):
        return _channels(text)
    if _ANALYSIS.match(text):
        return _channels_without_marks(text)
    if not any(bracket in text for bracket in "<[◁"):  # most texts have no mark at all
        return SplitText("", text)
    marks = list(_marks(text))
    return _blocks(text, marks) if marks else SplitText("", text)


def _without_end(text: str) -> str:
    """The text without the marks of its turn's end."""
    tail = text[-_LONGEST_END:]
    end = _ENDS.search(tail) if ">" in tail else None
    return text if end is None else text[: end.start() - len(tail)]


def _marks(text: str) -> Iterator[_Mark]:
    """The marks of a text that are no mere mentions."""
    for match in _MARK.finditer(text):
        quoted = text[match.start() - 1 : match.start()] in ("`", "'", '"')
        if quoted or (match.start() > 0 and _MENTION.match(text, match.end())):
            continue
        yield _Mark(match.start(), match.end(), any(match.groupdict().values()))


def _blocks(text: str, marks: list[_Mark]) -> SplitText:
    """Thoughts between marks, and what stands outside of them."""
    thoughts: list[str] = []
    rest: list[str] = []
    position = 0
    thinking = False
    for mark in marks:
        piece = text[position : mark.start]
        if thinking or (not mark.closes):
            (thoughts if thinking else rest).append(piece)
        elif text[mark.stop :].strip():  # an end without its start: all before it was thought
            thoughts += [*rest, piece]
            rest = []
        else:
            rest.append(piece)
        thinking = not mark.closes
        position = mark.stop
    (thoughts if thinking else rest).append(text[position:])
    return SplitText("".join(thoughts), _SOLUTION.sub("", "".join(rest)).strip())


def _channels(text: str) -> SplitText:
    """The messages of gpt-oss: the channel `final` is the text, the others are thoughts."""
    thoughts: list[str] = []
    finals: list[str] = []
    opening = _OPENING.match(text)
    position = 0 if opening is None else opening.end()
    pieces = (
        thoughts if opening is None or opening["name"] in ("analysis", "commentary") else finals
    )
    for match in _CHANNEL.finditer(text, position):
        pieces.append(text[position : match.start()])
        pieces = finals if match["name"] == "final" else thoughts
        position = match.end()
    pieces.append(text[position:])
    return SplitText(*(_TURN.sub("", "".join(part)).strip() for part in (thoughts, finals)))


def _channels_without_marks(text: str) -> SplitText:
    """The same where a server has dropped the marks: `analysis...assistantfinal...`."""
    thoughts, _, final = text.rpartition(_FINAL) if _FINAL in text else (text, "", "")
    opening = _ANALYSIS.match(thoughts)
    return SplitText(thoughts[opening.end() if opening else 0 :].strip(), final.strip())
