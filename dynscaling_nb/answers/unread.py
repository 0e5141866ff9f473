"""Responses whose answer could not be read: how many, one of their texts, and what to try. Pure.

A few are normal. More than a tenth of the responses are told wherever results are shown.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from dynscaling_nb.answers.claim import claims
from dynscaling_nb.answers.numbers import number
from dynscaling_nb.answers.reading import UNREAD
from dynscaling_nb.answers.silence import is_refusal, says_nothing
from dynscaling_nb.formatting import counted, ending, html
from dynscaling_nb.records import Response

SHARE = 10  # one in so many responses is the most that nobody needs to be told of
SHOWN = 120  # characters of a text that is shown
EXAMINED = 50  # unread responses that the advice rests on
LONGEST_REFUSAL = 160  # characters; a longer text must be a plainer refusal to pass for one
SEARCHED = 1000  # unread responses among which one that is no refusal is looked for

Cause = Literal["truncated", "refused", "empty", "number", "choice", "text", "nothing"]
_OPTION = re.compile(r"\W*(?:option |choice )?\W*[A-Z]\W*", re.IGNORECASE)  # "(B)", "option C."
_REFUSAL = re.compile(  # "I'm sorry", "As an AI", "I can't help with that"
    r"\W*(?:I(?:['’]m| am) (?:sorry|unable|not able)|(?:sorry|unfortunately|as an AI)\b"
    r"|I (?:can(?:not|['’]t| not)|won['’]t|will not) "
    r"(?:help|assist|answer|provide|comply|give|share|discuss|do|engage|support|respond)\b"
    r"|I must (?:decline|refuse)\b)",
    re.IGNORECASE,
)
_TRY = {
    "truncated": "most of them were cut off at the token limit: raise max_tokens",
    "refused": "most of them are refusals, filtered or calls of a tool: put the questions in other "
    "words, or ask another model",
    "empty": "most of them are empty: raise max_tokens, which thoughts may have used up, or ask "
    "another model",
    "number": 'most of them give a number: name another reading, extract="number"',
    "choice": 'most of them give a letter: name another reading, extract="choice"',
    "text": 'most of them give words: name another reading, extract="text"',
    "nothing": "most of them state no answer in the form that the prompt asks for: show the model "
    "worked examples in the Template, name another reading by extract, or pass a function of your "
    "own",
}
_TRY_ALL = (
    "show the model worked examples in the Template, name another reading by extract, or pass a "
    "function of your own"
)


@dataclass(frozen=True)
class UnreadNote:
    """What people are told of `count` unread responses out of `total`.

    `sample`: the end of one of their texts on one line; None if no text is at hand. `advice`: what
    to try. `source`: the strategies of a comparison that the responses are of.
    """

    count: int
    total: int
    sample: str | None
    advice: str
    source: str = ""

    @property
    def sentences(self) -> list[str]:
        """The number, the text and the advice as sentences. The text is not escaped."""
        responses = counted(self.total, "response", "responses")
        share = f"{self.count / self.total:.0%}"
        whose = f" of {self.source}" if self.source else ""
        number = f"{self.count} of {responses}{whose} ({share}) could not be read, and cast no vote"
        sample = [] if self.sample is None else [_told(self.sample)]
        return [f"{number}.", *sample, f"What to try: {self.advice}."]

    @property
    def text(self) -> str:
        """The note in lines."""
        return "\n".join(self.sentences)

    @property
    def html(self) -> str:
        """The note as a block; the model's text is escaped."""
        first, *others = self.sentences
        lines = "".join(f"<br>{html(each)}" for each in others)
        style = "border-left:4px solid #d55e00;padding:2px 10px;margin:4px 0 8px;line-height:1.5"
        return f"<div role='note' style='{style}'><b>{html(first)}</b>{lines}</div>"


def many(count: int, total: int) -> bool:
    """Whether so many responses are unread that people are told."""
    return count * SHARE > total


def unread_note(
    count: int, total: int, unread: Iterable[Response], source: str = ""
) -> UnreadNote | None:
    """The note on `count` unread responses out of `total`; None unless they are `many`.

    `unread` are these responses; at most a thousand are taken from it. It may be empty, where no
    texts are in memory.
    """
    if not many(count, total):
        return None
    responses = list(islice(unread, SEARCHED))
    causes = [cause(response) for response in responses[:EXAMINED]]
    most, number = Counter(causes).most_common(1)[0] if causes else ("nothing", 0)
    advice = _TRY[most] if 2 * number > len(causes) else _TRY_ALL
    return UnreadNote(count, total, _sample(responses, causes, most), advice, source)


def cause(response: Response) -> Cause:
    """Why an unread response may be so; a named extractor if that could read it."""
    if response.finish == "length":
        return "truncated"
    if not response.text.strip():
        return "refused" if response.finish in UNREAD else "empty"
    if refuses(response):
        return "refused"
    return _form(response.text)


def refuses(response: Response) -> bool:
    """Whether the model, or a filter of its server, declined to answer.

    A text of several lines may begin like a refusal and go on with thoughts.
    """
    if response.finish in UNREAD or _REFUSAL.match(response.text) is not None:
        return True
    return len(response.text) <= LONGEST_REFUSAL and is_refusal(response.text)


def _form(text: str) -> Literal["number", "choice", "text", "nothing"]:
    """The form of the answer that a text gives, as the name of an extractor."""
    stated = next((claim for claim in claims(text) if not says_nothing(claim.text)), None)
    words = text.strip().splitlines()[-1] if stated is None else stated.text
    if number(words) is not None:
        return "number"
    if stated is None or any(map(str.isdigit, words)):
        return "nothing"
    if _OPTION.fullmatch(words):
        return "choice"
    return "nothing" if stated.weak else "text"


def _sample(responses: Sequence[Response], causes: Sequence[Cause], most: str) -> str | None:
    """The text to show: of the most frequent cause if that is no refusal, else of another one."""
    usual = [r for r, why in zip(responses, causes, strict=False) if why == most != "refused"]
    answered = [r for r in (*usual, *responses) if not refuses(r)] or responses
    written = [r for r in answered if r.text.strip()] or answered
    return ending(written[0].text, SHOWN) if written else None


def _told(sample: str) -> str:
    if not sample:
        return "One of them is an empty text."
    return f"One of them ends: “{sample}”" if sample[0] == "…" else f"One of them: “{sample}”"
