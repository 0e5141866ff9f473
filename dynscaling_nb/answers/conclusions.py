"""What a text that states no answer ends with: a last line, a conclusion. Pure."""

import re

from dynscaling_nb.answers.sentences import claim_end
from dynscaling_nb.answers.silence import says_nothing
from dynscaling_nb.answers.wordings import CHATTER, WORDINGS, joined

SHORT = 60  # characters; a text of one line up to this length is itself the answer
_SEEN = 3_000  # characters at the end of a text, in which its conclusion is looked for
_MOST_SENTENCES = 40  # of one line

_VALUE = (  # what may stand alone: "**42**", "$x = 5$", "(B)", "B) Paris", "yes", "$1,200.00"
    r"\*\*[^*\n]{1,60}\*\*|__[^_\n]{1,60}__|\$[^$\n]{1,200}\$|\\\(.{1,200}\\\)|\\\[.{1,400}\\\]"
    r"|\$\$.{1,400}\$\$|`[^`\n]{1,60}`|[*(\[\"]{0,3}[A-Z][*)\]\".:]{0,3}"
    r"|[(]?[A-Z][).:]\s.{1,60}|(?:[Yy]es|YES|[Nn]o|NO|[Tt]rue|TRUE|[Ff]alse|FALSE)"
    r"|[-+~≈±$€£¥]{0,3}\d[\d,.\u00a0\u2009 /:]{0,20}(?:%|°|[^\W\d]{1,12})?(?:\s[^\W\d]{1,15})?"
)
_LONE = re.compile(rf"(?:{_VALUE})[\s.!]*", re.DOTALL)
_HENCE = re.compile(
    rf"[*_>\s]*(?:(?:and|but|,)\s+)?(?:{joined([w.hence for w in WORDINGS])})(?:(?![\w'’])"
    rf"|(?<=[⺀-鿿가-힣]))"
    r"[,:]?\s*",
    re.IGNORECASE,
)
_WITHIN = re.compile(r",\s+(?:and\s+)?(?:so|therefore|thus|hence|which means)(?: that)?,?\s+")
_UNSTOPPED = re.compile(  # "P = 2/3 Therefore, ..." without a full stop before it
    r"(?<=[\d$)\]}])\s+(?=(?:Therefore|Thus|Hence|So|Consequently|Finally|In conclusion)\b)"
)
_CHATTER = re.compile(rf"[*_(\s]*(?:{CHATTER})", re.IGNORECASE)
_IT_IS = re.compile(
    r"(?:it|this|that|he|she)(?:'s|’s| is| was| would be| must be)\s+", re.IGNORECASE
)
_PREDICATE = re.compile(
    r"(?P<subject>.{1,300})(?:\s(?:is|are|was|were|equals?|has|have|had|costs?|totals?|comes to|be"
    r"|becomes|ist|sind|hat|beträgt|est|es|è|é|=|≈)\s+|\s?(?<!\d):\s+|(?:共有|等于|是|为|有))"
    r"(?P<value>.+)",
    re.DOTALL,
)
_SUBJECT = re.compile(
    r"(?:it|this|that|the|there|its|his|her|their|our|my|\$?\\?[a-z]\$?)\b", re.IGNORECASE
)
_FIGURE = re.compile(
    r"(?:about |approximately |only |exactly )?[*_\"]{0,3}(?:[-+−$€£¥]{0,2}\d|\$|\\[(\[]|\\frac)"
)
_DIGIT = re.compile(r"\d")
_OURS = re.compile(r"\s+(?:is|are)\s+(?:correct|right|the (?:correct|right|one).{0,20}|true)$")


def conclusions(text: str) -> list[str]:
    """What a text without a statement ends with, the likeliest first; each may be the answer."""
    if len(text) <= 2 * SHORT and says_nothing(flat := " ".join(text.split())):
        return [flat]
    head = text[:_SEEN].lstrip()
    opening = head[: claim_end(head, 0)].strip()
    if says_nothing(opening) and len(opening) > 12:
        rest = text[:_SEEN].lstrip()[len(opening) :].strip(" .!\n")
        if not rest or not re.search(r"\d|\*\*|^\(?[A-Z]\)?$", rest, re.MULTILINE):
            return [opening]
    lines = _lines(text)
    if not lines:
        return []
    whole = lines[0] if len(lines) == 1 and len(text.strip()) < _SEEN else None
    claims: list[str] = []
    if _is_lone(lines[-1]):
        claims.append(lines[-1])
    sentences = _sentences(lines[-1])
    hence = _HENCE.match(sentences[-1]) if sentences else None
    if hence:
        claims += _said(sentences[-1][hence.end() :])
    if _is_lone(opening) and len(opening) < SHORT and not head.startswith("1. "):
        claims.append(opening)
    if whole and len(whole) <= SHORT and not claims:
        claims += _said(whole[: claim_end(whole, 0)])
    elif (
        sentences and not hence and (_DIGIT.search(sentences[-1]) or len(_said(sentences[-1])) > 1)
    ):
        claims += _said(sentences[-1])
    return claims


def _is_lone(line: str) -> bool:
    return bool(_LONE.fullmatch(line)) and (len(line.strip()) > 1 or line.strip().isalnum())


def _lines(text: str) -> list[str]:
    """The lines at the end of a text, without those that only take leave."""
    lines = [line.strip() for line in text[-_SEEN:].split("\n") if line.strip(" \t-*_#`>$[]\\")]
    while len(lines) > 1 and not _sentences(lines[-1]):
        lines.pop()
    return lines


def _sentences(line: str) -> list[str]:
    """The sentences of a line that may hold an answer: no question, no leave-taking."""
    sentences: list[str] = []
    position = 0
    while position < len(line) and len(sentences) < _MOST_SENTENCES:
        end = _sentence_end(line, position)
        sentence = line[position:end].strip()
        asks = sentence.endswith(("?", "？")) and len(sentence.split()) > 3
        if sentence.strip(" *_") and not asks and not _CHATTER.match(sentence):
            sentences.append(sentence)
        position = end
    return sentences


_FULL_STOP = re.compile(r"[.!?]+[\"'”’)*_]*\s+(?=[\"'“(*_$\\]*[A-ZÄÖÜÀ-Þ\d])|[。！？]")
_SHORT_FORM = re.compile(r"(?:\b[A-Z]|\b(?:St|Dr|Mr|Mrs|Ms|Mt|No|vs|approx|Jr|etc|e\.g|i\.e))$")


def _sentence_end(line: str, start: int) -> int:
    for stop in _FULL_STOP.finditer(line, start):
        if not _SHORT_FORM.search(line, max(start, stop.start() - 8), stop.start()):
            return stop.end()
    return len(line)


def _said(sentence: str) -> list[str]:
    """The claims of a concluding sentence: its predicate, and all of it."""
    clause = _WITHIN.split(_UNSTOPPED.split(sentence)[-1])[-1]
    while (hence := _HENCE.match(clause)) and hence.end() < len(clause):
        clause = clause[hence.end() :]
    clause = _IT_IS.sub("", clause, count=1) if _IT_IS.match(clause) else clause
    clause = clause[: claim_end(clause, 0)].strip()
    clause = _OURS.sub("", clause)
    predicate = _PREDICATE.fullmatch(clause)
    if predicate is None or (clause.startswith("$") and predicate["value"].count("$") % 2):
        return [clause]
    value = predicate["value"].strip()
    if _FIGURE.match(value) or (_SUBJECT.match(clause) and len(value) <= SHORT):
        return [value, clause]
    return [clause, value]
