"""Statements of an answer in words: "the answer is 42", "Answer: B", "答案是 A". Pure."""

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from dynscaling_nb.answers.nouns import CHOSEN, RESULTS, VERBS, nouns
from dynscaling_nb.answers.sentences import VERDICTS, claim_end
from dynscaling_nb.answers.wordings import (
    ADJECTIVES,
    AFTER_NOUN,
    ENGLISH,
    FILLERS,
    HYPOTHETICAL,
    NEGATION,
    NO_NOUN,
    NO_VALUE,
    WORDINGS,
    joined,
)

MOST_TRIED = 40  # words for an answer, from the end, that are looked at in one text
FAR = 80  # characters of a claim on a line of its own, above which it is working


class Rank(IntEnum):
    """How surely a statement is the answer: it says so, it is a result, or it may be a step."""

    ANSWER = 0
    RESULT = 1
    STEP = 2


class Statement(NamedTuple):
    """A claim's place in the text, and its rank."""

    start: int
    stop: int
    rank: Rank = Rank.ANSWER


_MARKS = r"[*_`~\"”'’]{0,4}"
_COPULA = joined([w.copula for w in WORDINGS])
_FORWARD = re.compile(
    # "answers (arabic numerals)"
    rf"(?:s|es|er|en|um)?{_MARKS}(?:\s*[(\[][^()\[\]\n]{{0,60}}[)\]])?{_MARKS}"
    rf"(?:\s+(?:{AFTER_NOUN})\b){{0,2}}{_MARKS}"
    # "to this question", "that we look for"
    r"(?:\s+(?:that|which)?\s?(?:we|i|you)\s(?:are |were |have |had )?[a-z]+(?: for| at)?)?"
    r"(?:,?\s+(?:to|of|for|in|as|from|on|with|by|at|among|after|auf|zu|für|à|a|de|di|da|на|va"
    r"|based|using|according)\b"
    r"(?:[\"“][^\"”\n]{0,200}[\"”]|[^.:;!?\n=\"“]){0,90}?)?"
    r"(?:[\s,]+(?:therefore|thus|then|hence|so|indeed|also|daher|somit)\s*,?)?"
    rf"(?:\s*(?P<label>:|=+>?|→|⇒|➡|-+>)|(?P<dash>\s+[-–—])(?=\s)"
    rf"|\s*(?<![a-zà-ÿ])(?P<copula>{_COPULA})(?:(?<![a-zà-ÿ])|(?![\w'’]))"
    r"|\s+(?=(?:cannot|can't|can not|could not) be (?:determined|known|found|calculated)))"
    rf"{_MARKS}\s*:?"
)
_DECLARED_LETTER = re.compile(r"\s+[(*]{0,3}[A-Z][)*.]{0,3}\s*(?:\n|$)")  # "ANSWER B"
_DECLARED = re.compile(rf"{_MARKS}\s*(?:\n|\\\[|\$|(?=\d))")  # "**Answer**" and a new line
_SPACE = re.compile(  # up to the value: spaces, fences, rules, headings, quotes, bullets, blanks
    r"(?:\s|\*{1,3}(?=[\s:]|$)|_{2}(?=\s)|_{3,}[ \t.]*\n"
    r"|(?<=\n)(?:[-*_=]{3,}[ \t]*\n|#{1,6}\s|>|[-*•]\s|✅)"
    r"|```[\w+-]*\n|\.{3,}|…|:|✅|👉|➡️?)*"
)
_LEADING = re.compile(rf"(?:{FILLERS})\b[,:]?\s*(?P<next>.?.?.?)")
_REMARKS = frozenset(
    ("correct", "right", "reasonable", "clear", "obvious", "consistent", "helpful", "useful")
)
_PLAIN_WORD = re.compile(r"[a-z]+[.!]?$")
_NO_VALUE = re.compile(rf"(?:{NO_VALUE})\b(?=[^.!\n]*\S)")
_AFTER_ALL = re.compile(r"[^.:\n]{1,60}:(?=\s)")  # "clear: 42"
_VERDICT_BELOW = re.compile(  # "followed by an explanation.\n\nYes, it is"
    rf"[^\n]*\n\s*(?=(?:{'|'.join(sorted(VERDICTS))})(?:[,.;:!]|\s*(?:\n|$)))"
)
_NEGATED = re.compile(NEGATION)
_RATHER = re.compile(r"[^.\n]{1,80}?,?\s+(?:but|sondern|而是)\s+(?:rather\s+|is\s+)?")
_HYPOTHESIS = re.compile(
    rf"(?:^|[^\w])(?:{HYPOTHETICAL})(?: that)?\s+(?:(?:{ADJECTIVES})\s+){{0,3}}$"
)
_WORDS = re.compile(r"[^\W_]+")
_DECORATION = frozenset(  # words that may stand before "answer:" on its line, beside numbers
    re.findall(r"\w+", ADJECTIVES + " so therefore thus hence here s now with step we get have it")
)
_LAST_MARK = re.compile(r".*[.!?;:,。，；：]", re.DOTALL)
_DASH = re.compile(r"\s[-–—]\s")
_CHINESE_DECORATION = re.compile(
    "(?:最终|最終|正确|正確|所以|因此|故|本题|的|该题|参考|标准|我的|最后|最後|最佳)+"
)
_LEAVE = re.compile(r"\b(?:hope|let me know)\b[^.!?]*$")  # "I hope this answer is helpful"
_WORD_BEFORE = re.compile(r"(?:.*[^\w'])?([\w']+)", re.DOTALL)
_NOT_BEFORE = frozenset(NO_NOUN.split("|"))
_AN_AIM = re.compile(r"\b(?:to|if|for|check|verify|how|find|explain|in order|um|pour|para)\b")
_WORKING = re.compile(
    r"(?:we\s(?!get\b|have\s\d)|to (?:find|solve|get|determine|calculate|compute|answer)\b"
    r"|first\b|let\b|in order|step\b|given\b|start|using\b"
    r"|the (?:question|problem)\b|according|based on|\d\.\s|here'?s|this (?:is|can)|i (?:need"
    r"|will))"
)
_REVERSE = re.compile(
    r"(?:is|are|was|must be|would be|seems to be)\s+(?:thus\s|therefore\s|indeed\s)?"
    r"(?:the|our|my|your)\s+(?:(?:final|correct|right|best|only|most likely|desired"
    r"|required)\s+){0,2}$"
)
_AFTER_REVERSE = re.compile(
    r"s?[*_]*"
    r"(?:\s+(?:to|of|for|here|as|because|since|that)\b|\s*[.!,;]|\s*$|\s*\n|\s+choice|\s+\()"
)
_HENCE = re.compile(rf"\s*[*_]*(?:(?:{ENGLISH.hence})\b,?\s*)*")
_FINAL = re.compile(r"(?:final|correct|right|best|my|korrekte|richtige|correcta)\W{1,4}$|正[确確]$")
_PRONOUNS = re.compile(
    "it|this|that|which|what|these|those|one|he|she|they|here|there|who|none|nothing"
)
_OPTION_HOLDS = re.compile(
    r"\s+[(*]{0,3}[a-z][)*]{0,3}(?:\s*\([^()\n]{0,80}\))?(?=\s+(?:is|was|must be"
    r"|would be)\s+(?:the\s)?"
    r"(?:therefore |thus |most likely |also )?(?:correct|right|best|true|answer|most))"
)
_SUBJECT = re.compile(r"\b(?:i|we)(?:['’](?:d|ll|m|ve))?(?:\s+(?!n[o']t)[a-z]+){0,2}\s+$")
_OBJECT = re.compile(
    r"\s+(?:with\s+|as\s+|the\s+)*(?:(?:option|choice|answer|letter)\s*:?\s*[\"(*]*\w"
    r"|[\"(*\[]*[A-Z](?![A-Za-z'’]))"
)
_KEY = re.compile(r"[\"']\s*:")
_CHINESE_LETTER = re.compile(r"[:\s]*[*(（\[]*[A-Z](?![A-Za-z])")


def statements(text: str, low: str) -> Iterator[Statement]:
    """The statements of a text, the last one first. `low` is the text in lower case."""
    for noun in nouns(low)[: -MOST_TRIED - 1 : -1]:
        before = low[noun.start() - 1] if noun.start() else ""
        if before.isalpha() and ord(before) < 0x2E80 and noun[0][0] < "\u2e80":
            continue
        statement = _of_noun(text, low, noun)
        if statement is not None:
            yield statement


def _of_noun(text: str, low: str, noun: re.Match[str]) -> Statement | None:
    """The statement that a word for an answer belongs to, or None."""
    if noun[0] in VERBS:
        return _chosen(text, low, noun)
    if noun[0] in CHOSEN:
        letter = _CHINESE_LETTER.match(text, noun.end())
        return _claim(text, low, noun.end(), Rank.ANSWER) if letter else None
    line = low.rfind("\n", max(0, noun.start() - 300), noun.start()) + 1
    before = low[line or max(0, noun.start() - 300) : noun.start()]
    if holds := _OPTION_HOLDS.match(low, noun.end()):
        return Statement(noun.start(), holds.end())
    if _AFTER_REVERSE.match(low, noun.end()) and _REVERSE.search(before):
        return _reversed(text, low, noun.start(), before)
    is_key = before[-1:] in ("_", '"', "'") and _KEY.match(text, noun.end())  # of JSON
    if is_key or _takes_leave(before):
        return None
    return _introduced(text, low, noun, before)


def _takes_leave(before: str) -> bool:
    """Whether the sentence closes a text: "I hope this answer is helpful"."""
    return ("hope" in before or "let me know" in before) and bool(_LEAVE.search(before))


def _introduced(text: str, low: str, noun: re.Match[str], before: str) -> Statement | None:
    """The claim after a word for an answer. `before` is its line up to there."""
    sentence = _last_sentence(before)
    decorated = _is_decoration(sentence)
    if not decorated and (_HYPOTHESIS.search(before[-80:]) or _is_no_noun(before)):
        return None
    forward = _FORWARD.match(low, noun.end())
    labelled = forward is not None and bool(forward["label"])
    if forward is None:
        declared = _DECLARED.match(text, noun.end()) or _DECLARED_LETTER.match(text, noun.end())
        introduced = decorated and declared is not None
    elif forward["dash"]:
        introduced = decorated
    else:
        introduced = decorated or not (labelled and _AN_AIM.search(sentence))
    if not introduced:
        return None
    rank = _rank(low, noun, before)
    if labelled and not decorated and rank is not Rank.ANSWER:
        rank = Rank.STEP
    return _claim(text, low, forward.end() if forward else noun.end(), rank)


def _is_no_noun(before: str) -> bool:
    """Whether the word is a verb here, or an answer that is not given: "to answer", "no answer"."""
    word = _WORD_BEFORE.fullmatch(before[-60:].rstrip(" \t*_(\"'"))
    return word is not None and word[1] in _NOT_BEFORE


@lru_cache(maxsize=256)
def _is_decoration(before: str) -> bool:
    """Whether nothing but "so the final", "**4." and the like stands before."""
    return all(
        word in _DECORATION or word.isdigit() or _CHINESE_DECORATION.fullmatch(word)
        for word in (match[0] for match in _WORDS.finditer(before))
    )


def _last_sentence(before: str) -> str:
    """The words on this line since the last sentence ended."""
    mark = _LAST_MARK.match(before)
    rest = before[mark.end() :].lstrip() if mark else before
    return _DASH.split(rest)[-1]


def _rank(low: str, noun: re.Match[str], before: str) -> Rank:
    """The rank of a statement by its word: a "result" may be a step, a "final result" is none."""
    if noun[0] not in RESULTS or _FINAL.search(before):
        return Rank.ANSWER
    if noun[0] in ("option", "choice"):
        return Rank.STEP if before.strip() else Rank.ANSWER
    return Rank.STEP if "\n\n" in low[noun.end() :].strip()[80:] else Rank.RESULT


def _claim(text: str, low: str, start: int, rank: Rank) -> Statement | None:
    """The claim that begins at or after `start`, where a statement has been introduced."""
    begin = _past_fillers(text, low, _skip(text, start))
    if negated := _NEGATED.match(text, begin):
        rather = _RATHER.match(low, negated.end())
        if rather is None:
            return _verdict_below(text, low, begin, rank)
        begin = rather.end()
    end = claim_end(text, begin)
    claim = low[begin:end].strip(" *_\"'.:,")
    new_line = "\n" in text[start:begin]
    if claim.endswith(":") or (new_line and text[begin:end].rstrip(" *").endswith(":")):
        return None
    if _NO_VALUE.match(claim):
        colon = _AFTER_ALL.match(text, begin)
        if colon:
            return _claim(text, low, colon.end(), rank)
        return _verdict_below(text, low, begin, rank)
    working = len(claim) > 12 and bool(_WORKING.match(claim))
    long = new_line and end - begin > FAR and not text.startswith(("\\[", "$$"), begin)
    remark = claim in _REMARKS
    return Statement(begin, end, Rank.STEP if working or long or remark else rank)


def _verdict_below(text: str, low: str, start: int, rank: Rank) -> Statement | None:
    """The "yes" or "no" that begins the next line of text, after a statement without a value."""
    line = _VERDICT_BELOW.match(low, start)
    return Statement(line.end(), claim_end(text, line.end()), rank) if line else None


def _skip(text: str, start: int) -> int:
    space = _SPACE.match(text, start)
    return space.end() if space else start


def _past_fillers(text: str, low: str, begin: int) -> int:
    """The start of the value, past words such as "therefore"; "still life" stays."""
    while filler := _LEADING.match(text, begin):
        rest = text[filler.start("next") : filler.start("next") + 30].split("\n", maxsplit=1)[0]
        if _PLAIN_WORD.match(rest) and rest.strip(".!") not in ("yes", "no", "true", "false"):
            break
        if not rest and "\n" not in text[filler.start() : filler.end()]:
            break
        begin = _skip(text, filler.start("next"))
    return begin


def _reversed(text: str, low: str, noun: int, before: str) -> Statement | None:
    """The claim of "(B) is the correct answer", which stands before its statement."""
    copula = _REVERSE.search(before)
    if copula is None:
        return None
    stop = noun - len(before) + copula.start()
    sentence = before[: copula.start()]
    start = stop - len(re.split(r"[.!?;]\s+|:\s|,\s(?:so|and|therefore|thus)\s", sentence)[-1])
    hence = _HENCE.match(low, start)
    start = hence.end() if hence and hence.end() < stop else start
    words = low[start:stop].strip(" *_,").split()
    if not words or _PRONOUNS.fullmatch(words[0]) or words[-1] == "not":
        return None
    return Statement(start, stop, Rank.STEP if len(words) > 8 else Rank.ANSWER)


def _chosen(text: str, low: str, verb: re.Match[str]) -> Statement | None:
    """The claim of "we choose option A"."""
    if not _SUBJECT.search(low[max(0, verb.start() - 30) : verb.start()]):
        return None
    chosen = _OBJECT.match(text, verb.end())
    return _claim(text, low, verb.end(), Rank.ANSWER) if chosen else None
