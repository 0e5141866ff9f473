"""Claims that hold no answer: refusals, fillers, greetings, placeholders. They cast no vote. Pure.

"Cannot be determined" and "unknown" are answers; "I cannot determine that" is none.
"""

import re
import unicodedata
from functools import lru_cache

_SHOWN = 200  # characters of a claim that are looked at

_REFUSAL = re.compile(
    # "I'm sorry, but I can't help with that.", "Sorry, ...", "My apologies"
    r"(?:unfortunately,?\s+)?(?:"
    r"(?:i'?m|i am)\s+(?:(?:very|really|so|truly|deeply)\s+)?(?:sorry|afraid)\b"
    r"|sorry\b|apologies\b|my apologies\b|i apologi[sz]e\b"
    # "I don't know.", "I cannot answer this question.", "I'm not sure."
    r"|(?:i(?:'m| am)?|we(?:'re| are)?)\s+(?:really\s+|honestly\s+|just\s+)?(?:cannot|can't|can not"
    r"|could not|couldn't|won't|will not|am unable|unable|not able|not sure|not certain|unsure"
    r"|don't|do not|didn't|have no|haven't|must decline|refuse|would need|need more)\b"
    r"|as an? (?:ai|artificial|language model|large language|assistant)\b"
    r"|(?:can't|cannot|unable to|not able to) (?:answer|help|assist|comply|respond|provide)\b"
    r"|(?:i have )?no (?:idea|clue|comment)\b|not sure\b|idk\b|dunno\b|don'?t know\b|who knows\b"
    r"|this (?:question|request) (?:violates|cannot be answered|can't be answered)\b"
    # the same in German, French, Spanish, Italian, Portuguese
    r"|(?:das )?weiß ich (?:leider )?nicht\b|ich (?:weiß|kann|konnte|bin)\b.{0,60}\b(?:nicht"
    r"|unsicher)"
    r"|es tut mir (?:sehr )?leid\b|tut mir (?:sehr )?leid\b|leider (?:kann|weiß) ich\b"
    r"|entschuldigung\b|keine ahnung\b|als ki\b|(?:ich habe )?keine antwort\b"
    r"|(?:je suis )?désolée?\b|je (?:ne|n')\s?(?:sais|peux|suis)\b|aucune idée\b|en tant qu'ia\b"
    r"|lo siento\b|no (?:lo )?sé\b|no puedo\b|como (?:una )?(?:ia|modelo)\b|perdón\b"
    r"|mi dispiace\b|non (?:lo )?so\b|non posso\b|desculpe\b|(?:eu )?não (?:sei|posso)\b"
    r"|извините\b|(?:я )?не (?:знаю|могу)\b|к сожалению\b)"
    # Chinese, Japanese, Korean
    r"|(?:很|非常)?抱歉|对不起|對不起|我?不知道|我?不清楚|我?不确定|我?无法(?:回答|提供|确定)|我?無法"
    r"|作为(?:一个)?(?:ai|人工智能)|申し訳|すみません|わかりません|分かりません|죄송|모르겠"
)
_FILLER = re.compile(
    r"(?:okay|ok|sure|alright|well|hmm+|so|certainly|of course|absolutely|great question|right|now"
    r"|yes please)?[,.!:\s]*(?:"
    r"(?:let me|let's|lets|let us|i'll|i will|i need to|we need to|i should|we should|i have to)"
    r"\s+(?:think|see|solve|work|break|start|begin|consider|analy[sz]e|calculate|compute|go|find"
    r"|figure|do|try|look|determine|first|reason|check|explain|take)\b.*"
    r"|(?:here is|here's|here are|below is) (?:the|my|your|a|an|how)\b[^:]*:?"
    r"|thinking|loading|processing|pondering|step by step|think step by step"
    r"|(?:we|i) (?:are|am) (?:given|asked)\b.*"
    r"|i (?:think|believe|guess)"
    # greetings and thanks
    r"|(?:hi|hello|hey|greetings|welcome|good (?:morning|afternoon|evening|day)|hallo|bonjour|hola"
    r"|ciao|guten (?:tag|morgen|abend)|salut|buenos días|olá|привет)(?: there| everyone| again)?"
    r"(?:[\s,.!]+(?:how|what|i'm|i am|my name|nice|wie|comment|cómo)\b.*)?"
    r"|(?:how|what) (?:can|may) i (?:help|assist|do)\b.*"
    r"|(?:thank you|thanks|you're welcome|you are welcome|bye|goodbye|good luck|danke|merci"
    r"|gracias)"
    r"(?:\s.*)?|你好|您好|谢谢|謝謝|こんにちは|안녕하세요|让我想想|讓我想想|我们来(?:看看|想想|思考).*"
    r"|lass(?:t)? (?:mich|uns) .*"
    r"|i hope (?:this|that|it)\b.*|hope (?:this|that|it) .*|(?:please )?let me know\b.*"
    r"|(?:please )?feel free\b.*|if you (?:have|need|would|'d|want)\b.*|would you like\b.*"
    r"|do you (?:have|want|need)\b.*|is there anything\b.*|happy to help\b.*"
    r"|)[\s.!,:…]*"
)
_NOT_APPLICABLE = re.compile(
    r"n\s?/\s?a|n\.a\.?|not applicable|tbd|no answer(?: (?:given|provided|found|available))?"
    r"|none (?:given|provided)|null|nan|undefined answer|keine angabe|k\.a\.?"
    r"|无|無|无答案|pass|skip"
)
_PLACEHOLDER = re.compile(  # what a prompt writes where the answer belongs
    r"x{2,4}|y/n|(?:insert |put |write |enter |fill in |type )?(?:your|the|my|an|final|correct)?\s?"
    r"(?:final |correct |numerical |numeric |own |chosen )*"
    r"(?:answer|solution|number|letter|value|result|choice|option|integer|response|text)s?"
    r"(?: (?:here|letter|choice|only|text|value|goes here|as .{1,30}|in .{1,30}))?"
)
_FRAMED = re.compile(r"[\[<{(]+([^\[\]<>{}()]*)[\]>})]+")
_KEPT_SIGNS = frozenset(("Sm", "Sc", "Ps", "Pe"))  # "∞", "<", "€", ") ]" may be answers
_QUOTES = str.maketrans("’‘`´“”", "''''\"\"")


@lru_cache(maxsize=1024)  # many responses make one claim
def is_filler(claim: str) -> bool:
    """Whether the claim only opens or closes a text: "Let's think step by step", a greeting."""
    if not claim or claim[0].isdecimal():
        return False
    return bool(_FILLER.fullmatch(claim[:_SHOWN].translate(_QUOTES).lower()))


def is_refusal(claim: str) -> bool:
    """Whether the claim declines to answer, or says that its author does not know."""
    words = claim[:_SHOWN].strip().strip("*_`~\"'“”").strip()
    return _REFUSAL.match(words.translate(_QUOTES).lower().lstrip(" ([")) is not None


@lru_cache(maxsize=1024)
def says_nothing(claim: str) -> bool:
    """Whether the claim is a refusal, a filler, a greeting or a placeholder."""
    words = claim[:_SHOWN].strip().strip("*_`~\"'“”").strip()
    if words[:1].isdecimal():
        return False
    if words in ("X", "[X]", "<X>", "(X)", "{X}", "$X$", "\\text{X}") or _without_words(words):
        return True
    low = words.translate(_QUOTES).lower()
    core = low.strip(" .,!?:;…()")
    return bool(
        _REFUSAL.match(low.lstrip(" (["))
        or _FILLER.fullmatch(low)
        or _NOT_APPLICABLE.fullmatch(core)
        or _placeholder(low)
    )


def _without_words(words: str) -> bool:
    """Whether there is nothing to read: blanks, dots, an emoji."""
    if any(character.isalnum() for character in words):
        return False
    kinds = {unicodedata.category(character) for character in words}
    return not kinds & _KEPT_SIGNS or any(dots in words for dots in ("..", "…", "__"))


def _placeholder(low: str) -> bool:
    """Whether the claim stands for an answer without being one: "[your answer]", "<number>"."""
    core = low.strip(" .!:").replace("_", " ").strip()
    framed = _FRAMED.fullmatch(core)
    if framed:
        inner = framed[1].strip()
        return bool(_PLACEHOLDER.fullmatch(inner) or re.match(r"(?:your|insert|the)\b", inner))
    return bool(_PLACEHOLDER.fullmatch(core))
