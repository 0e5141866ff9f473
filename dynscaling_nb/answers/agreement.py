r"""Whether an answer has the value of the gold answer, by shapes and exact numbers. Pure.

Tuples agree place by place, sets in any order, equations by their last side. What remains are
single expressions, such as `\sqrt{8}` and `2\sqrt{2}`: a function that knows algebra decides.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from dynscaling_nb.answers.arithmetic import TooLarge, tokens, value
from dynscaling_nb.answers.shapes import Kind, Shape, joined, shape

Verdict = bool | None  # None: undecided
Algebra = Callable[[str, str], Verdict]
Rule = Literal["agrees", "same"]

_TEXT = re.compile(r"\\text\{([^{}]*)\}")
_WORDS = re.compile(r"[^\W\d_][^\W\d_ '’.-]*(?:[ '’.-]+[^\W\d_]+)*")
_FUNCTION = re.compile(  # a name that is mathematics without a backslash too
    "(?:arc|a)?(?:sin|cos|tan|cot|sec|csc)h?|exp|log|inf|infinity|sqrt"
    "|alpha|beta|gamma|delta|epsilon|theta|lambda|omega|phi|rho|sigma|tau"
)
_VARIABLE = re.compile(  # "x", "x_1", "\theta", "f(x)", "y'"
    r"(?:[A-Za-z]|\\[A-Za-z]+)(?:_(?:\w|\{[^{}]*\}))?'*(?:\([A-Za-z]\))?"
)
_SUBSCRIPT = re.compile(r"_(?:\w|\{[^{}]*\})")
_FUNCTION_OF = re.compile(r"([^()=]+)\(([A-Za-z])\)")  # "f(x)"
_CLOCK = re.compile(r"[0-5]\d")  # the "30" of "12:30"


def undecided(gold: str, answer: str) -> Verdict:
    """No algebra: single expressions of different text are undecided."""
    return None


def agrees(gold: str, answer: str, algebra: Algebra = undecided) -> Verdict:
    """Whether the answer has the value of the gold answer; both are in canonical form.

    It is not symmetric: to the gold answer 5 the answer `a + b = 5` is right, to the gold answer
    `a + b = 5` the answer 5 is wrong.
    """
    return _agree(shape(gold), shape(answer), algebra)


def same(first: str, second: str, algebra: Algebra = undecided) -> Verdict:
    """Whether two answers agree in both directions: a rule for answers of which none is gold."""
    return _all(agrees(one, other, algebra) for one, other in ((first, second), (second, first)))


RULES: Mapping[Rule, Callable[..., Verdict]] = {"agrees": agrees, "same": same}


def _agree(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    if gold.text == answer.text:
        return True
    kinds = gold.kind, answer.kind
    rule = next(rule for kind, rule in _RULE_OF_KIND.items() if kind in kinds)
    return rule(gold, answer, algebra)


def _values(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    try:
        first, second = _exact(gold.text), _exact(answer.text)
    except TooLarge:
        return False
    names = _words(gold.text), _words(answer.text)
    if first is not None and second is not None:
        return first == second
    if all(names):
        return names[0] == names[1]
    if any(names) and (first is not None or second is not None):
        return False
    return algebra(gold.text, answer.text)


def _equations(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    if gold.kind != "equation":
        return _agree(gold, answer.parts[-1], algebra)
    if answer.kind != "equation":
        return _agree(gold.parts[-1], answer, algebra) if _names_a_value(gold) else False
    answer = _of_same_variable(gold, answer)
    if gold.parts[0].text == answer.parts[0].text:
        return _agree(gold.parts[-1], answer.parts[-1], algebra)
    return algebra(gold.text, answer.text)


def _of_same_variable(gold: Shape, answer: Shape) -> Shape:
    """The answer `f(n) = 2n` as `f(x) = 2x` if the gold answer has `f(x)` on its left side."""
    one, other = (_FUNCTION_OF.fullmatch(side.parts[0].text) for side in (gold, answer))
    if not one or not other or one[1] != other[1] or one[2] == other[2]:
        return answer
    words = tokens(answer.text)
    if one[2] in words:  # a name that the answer has for something else
        return answer
    return shape(joined([one[2] if word == other[2] else word for word in words]))


def _names_a_value(equation: Shape) -> bool:
    """Whether the left side is a name: `x`, `f(x)`, `AB`, not `2x + z`."""
    name = _SUBSCRIPT.sub("", equation.parts[0].text)
    return not re.search(r"[-+0-9]", name)


def _orders(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    """Orders as intervals: `1 < x \\le 3` is `(1, 3]`, of any variable if one side is a set."""
    (name, first), (other, second) = _interval(gold), _interval(answer)
    if first is None or second is None or "union" in (first.kind, second.kind):
        return algebra(gold.text, answer.text)
    if name and other and name != other:
        return False
    return _agree(first, second, algebra)


def _interval(order: Shape) -> tuple[str, Shape | None]:
    """The variable and the interval of an order; None for an order that is no interval."""
    if order.kind != "order":
        return "", order
    parts, signs = order.parts, order.marks
    if signs and all(sign in (">", "\\ge") for sign in signs):
        parts, signs = parts[::-1], tuple({">": "<", "\\ge": "\\le"}[s] for s in signs[::-1])
    if len(parts) != len(signs) + 1 or not all(sign in ("<", "\\le") for sign in signs):
        return "", None
    below, above = Shape("value", "-\\infty"), Shape("value", "\\infty")
    if len(parts) == 2 and _VARIABLE.fullmatch(parts[0].text):
        name, ends, signs = parts[0].text, (below, parts[1]), ("<", signs[0])
    elif len(parts) == 2 and _VARIABLE.fullmatch(parts[1].text):
        name, ends, signs = parts[1].text, (parts[0], above), (signs[0], "<")
    elif len(parts) == 3 and _VARIABLE.fullmatch(parts[1].text):
        name, ends = parts[1].text, (parts[0], parts[2])
    else:
        return "", None
    marks = ("(" if signs[0] == "<" else "[", ")" if signs[1] == "<" else "]")
    text = f"{marks[0]}{ends[0].text},{ends[1].text}{marks[1]}"
    return name, Shape("bracket", text, ends, marks)


def _approximations(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    """A value and its approximation stand for either, but two roundings may be of two values."""
    sides = [side.parts if side.kind == "approximation" else (side,) for side in (gold, answer)]
    pairs = [(one, other) for one in sides[0][:2] for other in sides[1][:2]]
    if gold.kind == answer.kind:
        pairs = pairs[:-1]
    verdicts = [_agree(one, other, algebra) for one, other in pairs]
    return True if True in verdicts else None if None in verdicts else False


def _ratios(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    """Ratios are in proportion, times of day equal; a gold number may be written as a ratio."""
    parts = [part.text for side in (gold, answer) for part in side.parts]
    exact = [_exact(part) for part in parts]
    if gold.kind == answer.kind:
        if len(gold.parts) != len(answer.parts):
            return False
        clock = any(_CLOCK.fullmatch(part) for part in parts)
        if len(parts) == 4 and not clock and all(number is not None for number in exact):
            a, b, c, d = (number or Fraction(0) for number in exact)
            return a * d == b * c
        return _in_order(gold, answer, algebra)
    if gold.kind != "value" or len(exact) != 2 or exact[0] is None or not exact[1]:
        return False
    return _exact(gold.text) == exact[0] / exact[1]


def _bases(gold: Shape, answer: Shape, _: Algebra) -> Verdict:
    """A number in a base may be written without its base, never in another one."""
    if gold.kind == answer.kind:
        return gold.marks == answer.marks
    number, other = (gold, answer) if gold.kind == "base" else (answer, gold)
    return number.marks[0] == other.text


def _unions(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    parts = [side.parts if side.kind in ("union", "list") else (side,) for side in (gold, answer)]
    return _in_any_order(parts[0], parts[1], algebra) or algebra(gold.text, answer.text)


def _matrices(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    if gold.kind != answer.kind:  # a product of matrices
        return algebra(gold.text, answer.text)
    return gold.marks == answer.marks and _in_order(gold, answer, algebra)


def _sets(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    """A set has no order, and the set of one value may be written without its braces."""
    if "bracket" in (gold.kind, answer.kind):
        gold, answer = _only(gold), _only(answer)
        return gold.kind == answer.kind and _agree(gold, answer, algebra)
    parts = [side.parts if side.kind in ("set", "list") else (side,) for side in (gold, answer)]
    return _in_any_order(_distinct(parts[0]), _distinct(parts[1]), algebra)


def _only(shape: Shape) -> Shape:
    """The tuple of a set that holds no other."""
    single = shape.kind == "set" and len(shape.parts) == 1
    return shape.parts[0] if single else shape


def _brackets(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    """Tuples and intervals; a tuple may be written without its brackets."""
    if "value" in (gold.kind, answer.kind):
        return _values(gold, answer, algebra)
    return _alike(gold, answer) and _in_order(gold, answer, algebra)


def _lists(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    """Values in any order. A solution such as `(1, 2)` may be named twice, a number may not."""
    if all(part.kind == "bracket" for part in (*gold.parts, *answer.parts)):
        return _in_any_order(_distinct(gold.parts), _distinct(answer.parts), algebra)
    return _in_any_order(gold.parts, answer.parts, algebra)


def _distinct(parts: Iterable[Shape]) -> tuple[Shape, ...]:
    return tuple({part.text: part for part in parts}.values())


_RULE_OF_KIND: Mapping[Kind, Callable[[Shape, Shape, Algebra], Verdict]] = {
    # the first kind that either side has decides
    "approximation": _approximations,
    "equation": _equations,
    "order": _orders,
    "ratio": _ratios,
    "base": _bases,
    "union": _unions,
    "matrix": _matrices,
    "set": _sets,
    "bracket": _brackets,
    "list": _lists,
    "value": _values,
}


def _alike(gold: Shape, answer: Shape) -> bool:
    """Whether both can be tuples, or intervals with the same ends: `[0, 5)` is no `(0, 5)`."""
    if len(gold.parts) != len(answer.parts):
        return False
    if len(gold.parts) != 2:  # no interval
        return True
    return (gold.marks or ("(", ")")) == (answer.marks or ("(", ")"))


def _in_order(gold: Shape, answer: Shape, algebra: Algebra) -> Verdict:
    if len(gold.parts) != len(answer.parts):
        return False
    pairs = zip(gold.parts, answer.parts, strict=True)
    return _all(_agree(one, other, algebra) for one, other in pairs)


def _in_any_order(gold: tuple[Shape, ...], answer: tuple[Shape, ...], algebra: Algebra) -> Verdict:
    """Whether each part has its counterpart."""
    if len(gold) != len(answer):
        return False
    rest = list(answer)
    verdict: Verdict = True
    for one in gold:
        verdicts = [_agree(one, other, algebra) for other in rest]
        if True in verdicts:
            del rest[verdicts.index(True)]
        elif None in verdicts:
            verdict = None
        else:
            return False
    return verdict


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    """False if one is False, else None if one is undecided, else True."""
    result: Verdict = True
    for verdict in verdicts:
        if verdict is False:
            return False
        if verdict is None:
            result = None
    return result


@lru_cache(maxsize=4096)
def _exact(text: str) -> Fraction | None:
    return value(tokens(text))


def _words(text: str) -> str:
    """The words of an answer that is no formula, without case; empty for a formula."""
    plain = " ".join(_TEXT.sub(r" \1 ", text).split()).casefold()
    letters = sum(map(str.isalpha, plain))
    if letters < 3 or _FUNCTION.fullmatch(plain) or not _WORDS.fullmatch(plain):
        return ""
    return plain
