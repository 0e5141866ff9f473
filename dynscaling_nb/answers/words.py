"""Answers in words, in one canonical form. Pure."""

import re

from dynscaling_nb.answers.normal import plain

ARTICLES = ("a", "an", "the")
_MARKS = " .,;:!?'\"*_`~-"
_BRACKETS = "()[]{}<>"  # around words; alone they may be the answer, as "] )" is
_VERDICT = re.compile(  # the "yes" of "Yes, it is", the "false" of "False: ..."
    r"(yes|no|true|false|correct|incorrect|valid|invalid)\b\s*(?:[,.;:!(-]|$)", re.IGNORECASE
)


def words(claim: str) -> str | None:
    """The words of a claim, without case, punctuation around them and a leading article.

    Brackets alone stay as they are. Of a verdict such as `Yes, it is` only `yes` counts. None
    without any letter, digit, bracket or sign.
    """
    text = plain(claim).strip(_MARKS)
    text = text.strip(_MARKS + _BRACKETS) or text
    verdict = _VERDICT.match(text)
    if verdict:
        return verdict[1].casefold()
    parts = text.casefold().split()
    if len(parts) > 1 and parts[0] in ARTICLES:
        parts = parts[1:]
    return " ".join(parts) or None
