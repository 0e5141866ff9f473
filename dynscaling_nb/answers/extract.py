"""Reads the answer of a response from its text, in canonical form. Pure.

Two spellings of one value are one vote: `1,200`, `$1200.00` and `\\boxed{1200}` all read as `1200`.
An extractor is any function from a text to an answer or None. None casts no vote.
"""

import re
from collections.abc import Callable, Mapping

from dynscaling_nb.answers.claim import claims
from dynscaling_nb.answers.normal import plain
from dynscaling_nb.answers.numbers import last_number, number as number_in, plain_number
from dynscaling_nb.answers.silence import says_nothing
from dynscaling_nb.errors import lookup
from dynscaling_nb.records import Completion

Extractor = Callable[[str], str | None]

UNREAD = (  # how a completion without an answer ends
    "refusal",
    "content_filter",
    "tool_calls",
    "function_call",
)
_LETTER = re.compile(  # "B", "(b)", "option B.", "(B) Paris"
    r"(?:option|choice)?\s*[(\[]?([A-Ja-j])[)\].:]?(?:(?<=[)\].:])\s.*)?", re.IGNORECASE
)
_LONE_LETTER = re.compile(  # the B of "so (B)" and of "it must be B"; a bare A may be a word
    r"\(([A-J])\)|\b([B-HJ])\b(?![''’])"
)


def stated(text: str) -> str | None:
    """The final answer that a response states, in its own words, or None."""
    return next((claim.text for claim in claims(text) if not says_nothing(claim.text)), None)


def number(text: str) -> str | None:
    """A number: the one stated as the answer, else the last one in the text."""
    for claim in claims(text):
        value = number_in(claim.text)
        if value is not None:
            return value
    return last_number(text)


def choice(text: str) -> str | None:
    """The letter of a multiple choice, A to J: the stated one, else the last that stands alone."""
    claim = stated(text)
    if claim is not None:
        match = _LETTER.fullmatch(plain(claim).rstrip(" ."))
        if match:
            return match[1].upper()
    letters = _LONE_LETTER.findall(plain(claim or text))
    return (letters[-1][0] or letters[-1][1]) if letters else None


def short(text: str) -> str | None:
    """A short text, without case, punctuation around it, a leading article or extra spacing."""
    claim = stated(text)
    if claim is None:
        return None
    words = plain(claim).strip(" .,;:!?'\"*_").casefold().split()
    if len(words) > 1 and words[0] in ("a", "an", "the"):
        words = words[1:]
    return " ".join(words) or None


def auto(text: str) -> str | None:
    """The stated answer as a number, else as the letter of a choice, else as a short text."""
    claim = stated(text)
    if claim is None:
        return None
    value = plain_number(claim)
    if value is not None:
        return value
    letter = _LETTER.fullmatch(plain(claim).rstrip(" ."))
    return letter[1].upper() if letter else short(text)


def latex(text: str) -> str | None:
    """The stated mathematics as written, in LaTeX or not; a plain number in canonical form."""
    claim = stated(text)
    if claim is None:
        return None
    return plain_number(claim) or claim.strip().removesuffix(".").strip("$").strip() or None


EXTRACTORS: Mapping[str, Extractor] = {
    "auto": auto,
    "number": number,
    "choice": choice,
    "text": short,
    "latex": latex,
}


def extractor(how: str | Extractor) -> Extractor:
    """The extractor of that name, or the function itself. Raises `UnknownName`."""
    return lookup("extractor", how, EXTRACTORS)


def gold_answer(gold: str, extract: Extractor) -> str:
    """A gold answer in canonical form, as a response's answer would read."""
    return extract(f"The answer is {gold}.") or extract(gold) or gold.strip()


def readable(completion: Completion, extract: Extractor) -> str | None:
    """The answer of a completion, by the extractor `extract`.

    A refusal, a filtered text and a tool call hold no answer. A completion that was truncated at
    its token limit loses its last, unfinished line; the rest must then state the answer.
    """
    if completion.finish in UNREAD:
        return None
    if completion.finish == "length":
        whole = completion.text.rpartition("\n")[0]
        # two further lines, so that one short line does not pass for an answer
        return extract(whole) if stated(f"{whole}\n.\n.") is not None else None
    return extract(completion.text)
