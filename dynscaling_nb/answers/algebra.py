"""The process that knows algebra. It is started by `comparer`, never imported by the package.

Each line of its input is a comparison in JSON, each line of its output a verdict: true, false, or
null if the comparison took too long. It ends when its input is closed.
"""

import json
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from types import FrameType
from typing import Any

from dynscaling_nb.answers.agreement import RULES, Verdict

MEMORY = 2**31  # bytes of address space
NEAR = 2e-6  # relative; a decimal of six places may stand for an irrational number
EXACT = 1e-20  # relative; of equal values computed to thirty digits
POINTS = "0.731", "0.377"  # the variables of two expressions are set to multiples of these numbers

_RELATIONS = ("=", "<", ">", "\\le", "\\ge", "\\ne")


class _OutOfTime(BaseException):
    """No `Exception`: the library would take it for a failure of its own."""


def main() -> None:
    """Answer comparisons until the input is closed."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may speak to the caller
    logging.disable()
    _limit_memory()
    algebra = _algebra()
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    print("ready", file=replies, flush=True)
    while True:
        order = json.loads(lines.get())
        print(json.dumps(_verdict(order, algebra)), file=replies, flush=True)


def _listen(lines: "queue.SimpleQueue[str]") -> None:
    """Pass lines on. The end of the input ends the process, whatever it is computing."""
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


def _verdict(order: dict[str, Any], algebra: Callable[[str, str], bool]) -> Verdict:
    rule = RULES[order["rule"]]
    try:
        with _at_most(order["seconds"]):
            return rule(order["gold"], order["answer"], algebra)
    except (_OutOfTime, MemoryError, RecursionError):
        return None


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise `_OutOfTime` after so many seconds of work.

    Arithmetic on huge numbers cannot be interrupted so. The caller kills the process then; if the
    caller is dead, the system does.
    """
    if sys.platform == "win32":
        yield
        return
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    last = int(usage.ru_utime + usage.ru_stime + seconds) + 10
    resource.setrlimit(resource.RLIMIT_CPU, (last, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _stop(_: int, __: FrameType | None) -> None:
    raise _OutOfTime


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    with suppress(OSError, ValueError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, most))


def _algebra() -> Callable[[str, str], bool]:
    """Whether two texts are one mathematical value, by the library math-verify."""
    from latex2sympy2_extended import NormalizationConfig
    from math_verify import LatexExtractionConfig, parse, verify

    # without units: the library takes the t of "2t" for one
    reading = NormalizationConfig(
        basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none"
    )
    config = LatexExtractionConfig(boxed_match_priority=-1, normalization_config=reading)

    @lru_cache(maxsize=1024)
    def parsed(text: str) -> Any:
        return parse(f"${text}$", [config], "no_fallback", parsing_timeout=None)

    @lru_cache(maxsize=4096)
    def equal(gold: str, answer: str) -> bool:
        values, others = parsed(gold), parsed(answer)
        if not values or not others:
            return False
        verdict = _at_points(values[0], others[0])
        if verdict is not None:
            return verdict
        return bool(verify(values, others, timeout_seconds=None, allow_set_relation_comp=True))

    def either_way(gold: str, answer: str) -> bool:
        if any(sign in gold or sign in answer for sign in _RELATIONS):
            return equal(gold, answer)  # the library is not symmetric here
        return equal(*sorted((gold, answer)))

    return either_way


def _at_points(gold: Any, answer: Any) -> Verdict:
    """Whether two expressions of the same variables have the same values at some points.

    This is faster than a proof, and small numbers are told apart, which the library rounds. None if
    there are no values to compare, or if one may be the rounded other. Expressions that differ only
    where a variable is negative are undecided: `2 \\ln x` and `\\ln x^2`.
    """
    from sympy import Expr

    if not isinstance(gold, Expr) or not isinstance(answer, Expr):
        return None
    if gold.free_symbols != answer.free_symbols:
        return None
    try:
        distances = [_distance(gold, answer, point) for point in POINTS]
        if max(distances) > NEAR:
            return False
        distances += [_distance(gold, answer, f"-{point}") for point in POINTS]
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        return None
    return True if max(distances) < EXACT else None


def _distance(gold: Any, answer: Any, point: str) -> float:
    """The relative difference of two expressions at a point."""
    from sympy import Rational

    variables = sorted(gold.free_symbols, key=str)
    at = {variable: Rational(point) * (i + 1) for i, variable in enumerate(variables)}
    one, other = (side.subs(at).evalf(30) for side in (gold, answer))
    size = max(float(abs(one)), float(abs(other)))
    return float(abs(one - other)) / size if size else 0.0


if __name__ == "__main__":
    main()
