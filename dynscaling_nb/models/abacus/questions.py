"""Questions for the embedded model: random ones, and the 200 that no training batch contained."""

import json
from collections.abc import Sequence
from importlib.resources import files
from random import Random

from dynscaling_nb.models.abacus.language import (
    LARGEST,
    SMALLEST,
    Expression,
    pending,
    solve,
    write,
)

HARD_PRODUCT = 12  # a product of two larger factors is drawn less often
KEEP_HARD = 0.3  # share of such products that stays


def draw(rng: Random, operations: int) -> Expression:
    """A random expression with this number of operations; every step stays within +-999."""
    while True:
        expression = _tree(rng, operations)
        if solve(expression) is not None and _easy_enough(rng, expression):
            return expression


def _tree(rng: Random, operations: int) -> Expression:
    if operations == 0:
        return (rng.randint(SMALLEST, LARGEST),)
    symbol = rng.choices("+-*", (35, 35, 30))[0]
    left_operations = rng.randrange(operations)
    left = _tree(rng, left_operations)
    right = _tree(rng, operations - 1 - left_operations)
    if symbol == "*":
        left, right = _bracket(left), _bracket(right)
    elif symbol == "-" and _is_sum(right):
        right = _bracket(right)
    return (*left, symbol, *right)


def _is_sum(expression: Expression) -> bool:
    depth = 0
    for item in expression:
        depth += (item == "(") - (item == ")")
        if depth == 0 and item in ("+", "-"):
            return True
    return False


def _bracket(expression: Expression) -> Expression:
    return ("(", *expression, ")") if _is_sum(expression) else expression


def _easy_enough(rng: Random, expression: Expression) -> bool:
    """Products of two large factors are hard for the model, so only some of them pass."""
    for step in (expression, *(solve(expression) or ())):
        at = pending(step)
        if at is None or step[at] != "*":
            continue
        factors = [abs(f) for f in (step[at - 1], step[at + 1]) if isinstance(f, int)]
        if min(factors) > HARD_PRODUCT and rng.random() > KEEP_HARD:
            return False
    return True


def ask(expression: Expression) -> str:
    """The question in words: `What is 19 - (4 + 7) * 3?`."""
    return f"What is {write(expression)}?"


def held_out() -> list[dict[str, str]]:
    """200 questions outside of all training batches, as `id`, `text`, `gold`.

    40 each have 1, 2, 3, 4 and 5 operations.
    """
    text = files(__package__).joinpath("held_out.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def sample(
    count: int, *, seed: int = 0, operations: Sequence[int] = (1, 2, 3, 4, 5)
) -> list[dict[str, str]]:
    """`count` different questions as `id`, `text`, `gold`, of each number of `operations` in turn.

    Training may have contained some of them.
    """
    rng = Random(seed)
    questions: dict[str, dict[str, str]] = {}
    while len(questions) < count:
        expression = draw(rng, operations[len(questions) % len(operations)])
        steps, text = solve(expression), ask(expression)
        if steps and text not in questions:
            gold = str(steps[-1][0])
            questions[text] = {"id": f"sum-{len(questions)}", "text": text, "gold": gold}
    return list(questions.values())
