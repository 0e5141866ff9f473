"""The process that knows algebra, as a program: a line in, a line out."""

import json
import subprocess
import sys

import pytest

EQUAL = [  # gold, answer
    (r"\sqrt{8}", r"2\sqrt{2}"),
    (r"\frac{x+2}{7}", r"\frac{x}{7}+\frac{2}{7}"),
    ("x^2-1", "(x+1)(x-1)"),
    ("x", "2x-x"),
    (r"2\ln 2", r"\ln 4"),
    ("2+5i", "5i+2"),
    (r"\tan^2(y)+1", r"\sec^2(y)"),
    ("y=x+1", "x=y-1"),
    ("x < 1", "-x > -1"),
    (r"\mathbb{R}", r"(-\infty,\infty)"),
    ("(0,2)", r"(0,1]\cup[1,2)"),
    (r"(1,\sqrt{4})", "(1,2)"),
    (r"1+\sqrt{2}, 1-\sqrt{2}", r"1 \pm \sqrt{2}"),
    (r"\sqrt{2}", "1.414214"),
]
DIFFERENT = [
    ("5", "5x"),
    ("5x", "5y"),
    ("6ab", "6cd"),
    ("3i", "3"),
    ("2t", "2"),  # no two tonnes
    ("5m", "5"),
    (r"1+\frac{1}{e}", r"1-\frac{1}{e}"),
    ("x^2/16+y^2/12=1", "x^2/4+y^2/3=1"),
    (r"\frac{\pi}{4000000}", "0.000001"),
    (r"\sqrt{2}", "1.41"),
    ("f(x)", "f(y)"),
    (r"\sqrt{x^2}", "x"),  # not where x is negative
]
TOO_LONG = r"\sum_{k=1}^{10^{12}} k^{k+1}", r"\sum_{k=1}^{10^{12}} k^{k+2}"


@pytest.fixture(scope="module")
def algebra():
    """The program, ready for lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dynscaling_nb.answers.algebra"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    yield process
    process.stdin.close()
    assert process.wait(10) == 0  # it ends with its input
    process.stdout.close()


def verdict(process, gold, answer, seconds=20.0, rule="agrees"):
    order = {"rule": rule, "gold": gold, "answer": answer, "seconds": seconds}
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


@pytest.mark.parametrize(("gold", "answer"), EQUAL)
def test_expressions_of_one_value_are_equal(algebra, gold, answer):
    assert verdict(algebra, gold, answer) is True
    assert verdict(algebra, answer, gold, rule="same") is True


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_others_are_not(algebra, gold, answer):
    assert verdict(algebra, gold, answer) is False


def test_a_comparison_that_takes_too_long_has_no_verdict(algebra):
    assert verdict(algebra, *TOO_LONG, seconds=0.2) is None
    assert verdict(algebra, "x", "2x-x") is True  # and the process goes on
