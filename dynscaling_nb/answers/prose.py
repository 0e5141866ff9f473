r"""Sentences that state a formula or a number: "The largest $n$ is 34". Pure.

A claim is a sentence if it has words outside its formulas. `6 and 8` and `\text{the }x\text{-axis}`
are none.
"""

import re

from dynscaling_nb.answers.numbers import number

_FORMULA = re.compile(
    r"\$[^$]{1,400}\$|\\\((?:(?!\\[()]).){1,400}\\\)|\\\[(?:(?!\\[\[\]]).){1,400}\\\]"
)
_COMMAND = re.compile(r"\\text[a-z]*\s*\{[^{}]*\}|\\[A-Za-z]+(?:\{[A-Za-z]+\*?\})?")
_WORD = re.compile(
    r"(?<![\w\\])(?!(?:and|or|not|mod|pm|sin|cos|tan|log|ln)\b)[^\W\d_]{2,}(?![\w(])"
)
_COPULA = re.compile(r"\b(?:is|are|was|were|be|equals?|equal to)\b:?\s+")
_MATHEMATICS = re.compile(r"\s*(?:[-+±√$\\(\[{|]|\d|[a-z](?![a-z]))")
_NUMBER = re.compile(r"\d[\d.,]*")
_DIGIT = re.compile(r"\d")
FEWEST = 2  # words of a sentence


def formula_of(claim: str) -> str:
    r"""The formula or the number that a sentence states; a claim that is no sentence as it is.

    What follows the only "is" comes first: "The largest $n$ is 34". Then the only formula, as in
    "$2\pi$ square units", then the only number: "Jane began 3 hours ago".
    """
    words = _words_of(claim)
    if not words or not (_DIGIT.search(claim) or _FORMULA.search(claim)):
        return claim
    predicates = [
        part
        for part in _COPULA.split(claim)[1:]
        if _MATHEMATICS.match(part) and _DIGIT.search(part)
    ]
    if len(predicates) == 1 and claim.endswith(predicates[0]) and _words_of(predicates[0]) < FEWEST:
        return predicates[0]
    formulas = [formula[0] for formula in _FORMULA.finditer(claim) if _DIGIT.search(formula[0])]
    if len(formulas) == 1:
        return formulas[0]
    if words < FEWEST or formulas or len(_NUMBER.findall(claim)) > 1:
        return claim
    return number(claim) or claim


def _words_of(text: str) -> int:
    """How many words stand outside of formulas."""
    return len(_WORD.findall(_COMMAND.sub(" ", _FORMULA.sub(" ", text))))
