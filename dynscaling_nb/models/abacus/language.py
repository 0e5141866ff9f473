"""The language of the embedded model: sums of whole numbers, worked out one operation a line.

An expression is a tuple of integers and symbols, `(19, "-", "(", 4, "+", 7, ")")`. A number is
three tokens: units with the sign, tens, hundreds. So carries run in the direction of writing, and
equal steps have equal layouts.
"""

import re
from collections.abc import Iterable, Sequence

Expression = tuple[int | str, ...]

LIMIT = 999
SMALLEST, LARGEST, OPERATIONS = 2, 40, 5

PAD, PLUS, MINUS, TIMES, OPEN, CLOSE, STEP, ANSWER, END = range(9)
UNITS = 9  # +0 .. +9, then -0 .. -9
DIGITS = UNITS + 20  # 0 .. 9, for tens and hundreds
VOCABULARY = DIGITS + 10
WIDTH = 3  # tokens of a number

SYMBOLS = {"+": PLUS, "-": MINUS, "*": TIMES, "(": OPEN, ")": CLOSE}
NAMES = {token: symbol for symbol, token in SYMBOLS.items()}

_LEXEME = re.compile(r"\d+|[-+*()]")


def operations(expression: Expression) -> int:
    """The number of operations + - * in an expression."""
    return sum(item in ("+", "-", "*") for item in expression if isinstance(item, str))


def pending(expression: Expression) -> int | None:
    """Index of the next operation: innermost brackets first, then products, then from the left.

    None if there is no operation or the brackets do not match.
    """
    start, stop = _group(expression)
    inner = range(start + 1, stop - 1)
    products = [i for i in inner if expression[i] == "*"]
    sums = [i for i in inner if expression[i] in ("+", "-")]
    if not (products or sums):
        return None
    at = (products or sums)[0]
    if isinstance(expression[at - 1], str) or isinstance(expression[at + 1], str):
        return None
    return at


def _group(expression: Expression) -> tuple[int, int]:
    """Bounds of the innermost bracket that closes first, or of the whole expression."""
    if ")" not in expression:
        return 0, len(expression)
    stop = expression.index(")")
    opens = [i for i in range(stop) if expression[i] == "("]
    return (opens[-1] + 1 if opens else 0), stop


def reduce(expression: Expression) -> Expression | None:
    """The expression after its next operation; None without one, or for a result beyond +-999."""
    at = pending(expression)
    if at is None:
        return None
    left, symbol, right = expression[at - 1 : at + 2]
    assert isinstance(left, int)
    assert isinstance(right, int)
    value = left + right if symbol == "+" else left - right if symbol == "-" else left * right
    if abs(value) > LIMIT:
        return None
    before, after = expression[: at - 1], expression[at + 2 :]
    if before[-1:] == ("(",) and after[:1] == (")",):
        before, after = before[:-1], after[1:]
    return (*before, value, *after)


def solve(expression: Expression) -> list[Expression] | None:
    """Every line of the right working.

    None if a line would leave +-999 or the brackets do not match.
    """
    steps: list[Expression] = []
    while len(expression) > 1:
        following = reduce(expression)
        if following is None:
            return None
        steps.append(following)
        expression = following
    return steps


def encode(expression: Expression) -> list[int]:
    """Tokens of an expression: three for a number, one for a symbol."""
    tokens: list[int] = []
    for item in expression:
        if isinstance(item, str):
            tokens.append(SYMBOLS[item])
        else:
            size = abs(item)
            tokens += [
                UNITS + size % 10 + (10 if item < 0 else 0),
                DIGITS + size // 10 % 10,
                DIGITS + size // 100,
            ]
    return tokens


def decode(tokens: Sequence[int]) -> Expression | None:
    """The expression of these tokens, None if they are not an expression."""
    items: list[int | str] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token in NAMES:
            items.append(NAMES[token])
            i += 1
            continue
        number = _number(tokens[i : i + WIDTH])
        if number is None:
            return None
        items.append(number)
        i += WIDTH
    return tuple(items) if items else None


def _number(tokens: Sequence[int]) -> int | None:
    if len(tokens) < WIDTH or not UNITS <= tokens[0] < DIGITS or min(tokens[1:]) < DIGITS:
        return None
    sign, units = divmod(tokens[0] - UNITS, 10)
    size = units + 10 * (tokens[1] - DIGITS) + 100 * (tokens[2] - DIGITS)
    return -size if sign else size


def write(expression: Expression) -> str:
    """The expression in everyday form: `19 - (4 + 7) * 3`."""
    return " ".join(str(item) for item in expression).replace("( ", "(").replace(" )", ")")


def read(text: str) -> Expression | None:
    """The expression in a text, None if the text is anything else.

    A minus before a number is its sign at the start or after a symbol.
    """
    text = re.sub("[×·]", "*", text.replace("−", "-"))
    if _LEXEME.sub("", text).strip():
        return None
    items: list[int | str] = []
    negative = False
    for lexeme in _LEXEME.findall(text):
        follows_value = bool(items) and (isinstance(items[-1], int) or items[-1] == ")")
        if lexeme.isdigit():
            if follows_value or len(lexeme) > WIDTH:
                return None
            items.append(-int(lexeme) if negative else int(lexeme))
            negative = False
        elif negative:
            return None
        elif lexeme == "-" and not follows_value:
            negative = True
        elif (lexeme == "(") == follows_value:
            return None
        else:
            items.append(lexeme)
    return tuple(items) if items and not negative else None


def working(tokens: Iterable[int]) -> str:
    """The text of a response, from its tokens after the first STEP."""
    lines: list[list[int]] = [[]]
    openings = ["= "]
    ended = False
    for token in tokens:
        if token == END:
            ended = True
            break
        if token in (STEP, ANSWER):
            lines.append([])
            openings.append("= " if token == STEP else "The answer is ")
        else:
            lines[-1].append(token)
    texts = [opening + _write_any(line) for opening, line in zip(openings, lines, strict=True)]
    return "\n".join(texts) + ("." if ended and openings[-1] != "= " else "")


def _write_any(tokens: Sequence[int]) -> str:
    """A line as text, `?` if its tokens are not an expression."""
    expression = decode(tokens)
    return write(expression) if expression else "?"


def attempts(text: str) -> list[list[int]]:
    """Tokens of every earlier attempt in a text, each with its STEPs.

    An attempt is a block of lines that begin with `=`. It ends at the first other line.
    """
    blocks: list[list[int]] = []
    inside = False
    for line in text.splitlines():
        step = read(line.strip()[1:]) if line.strip().startswith("=") else None
        if step is None:
            inside = False
            continue
        if not inside:
            blocks.append([])
        inside = True
        blocks[-1] += [STEP, *encode(step)]
    return blocks
