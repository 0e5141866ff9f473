"""Answers that mean the same count as one."""

import asyncio
import sys
import threading
import time

import pytest

import dynscaling_nb as dn
from dynscaling_nb.answers.comparer import COMPARER
from dynscaling_nb.answers.equivalence import Spellings, equivalence_by, exact, latex
from dynscaling_nb.answers.extract import EXTRACTORS
from dynscaling_nb.errors import InputError, UnknownName

PAIRS = [
    (r"\frac{1}{2}", "0.5"),
    (r"\sqrt{8}", r"2\sqrt{2}"),
    ("x+1", "1+x"),
    (r"\{1,2\}", r"\{2,1\}"),
    (r"\frac{\pi}{4}", r"\pi/4"),
]


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_spellings_of_one_value_are_the_same(one, two):
    assert latex(one, two)
    assert latex(two, one)
    assert not exact(one, two)


@pytest.mark.parametrize(
    ("one", "two"), [("7", "8"), ("[0,1)", "[0,1]"), ("not latex {", "5"), ("x", "y"), ("", "0")]
)
def test_others_are_not(one, two):
    assert not latex(one, two)


def test_a_tower_of_powers_holds_nobody_up():
    began = time.monotonic()
    assert not latex("9^{9^{9^{9}}}", "10^{10^{10^{10}}}")
    assert not latex("1" * 5000, "2" * 5000)
    assert time.monotonic() - began < 10


def test_the_gold_answer_is_compared_first_and_responses_in_both_directions():
    spellings = Spellings(latex, golds=["5"])
    assert spellings.of("a+b=5") == "5"
    assert Spellings(latex, golds=["a+b=5"]).of("5") == "5"
    responses = Spellings(latex, ["5"])
    assert responses.of("a+b=5") == "a+b=5"
    assert responses.of("x=5") == "5"


def test_each_of_several_right_answers_is_a_spelling_of_its_own():
    spellings = Spellings(latex, ["3"], golds=["1/2", "7"])
    answers = [spellings.of(answer) for answer in ("0.5", "7", "a+b=7", "3.0", "4")]
    assert answers == ["1/2", "7", "7", "3", "4"]


async def test_two_equal_answers_that_come_at_once_are_one_spelling():
    spellings = Spellings(latex, ["1"])
    answers = await asyncio.gather(
        *(spellings.spell(text) for text in (r"\sqrt{8}", r"2\sqrt{2}", r"\sqrt{4\cdot2}"))
    )
    assert answers == [r"\sqrt{8}"] * 3
    assert spellings.undecided == 0


def hard(exponent):
    return rf"\sum_{{k=1}}^{{10^{{12}}}} k^{{k+{exponent}}}"


async def test_an_answer_that_no_time_is_left_for_is_compared_as_text():
    spellings = Spellings(latex, [hard(1)], seconds=0.5)
    began = time.monotonic()
    with COMPARER.lease():
        answers = [await spellings.spell(hard(i)) for i in (2, 3, 4, 3, 1)]
    assert answers == [hard(2), hard(3), hard(4), hard(3), hard(1)]
    assert spellings.undecided == 3
    assert time.monotonic() - began < 30


async def test_a_timer_fires_on_time_while_hopeless_answers_come_in():
    texts = {"q": [rf"so\n\boxed{{{hard(i)}}}" for i in range(16)]}
    run = asyncio.create_task(
        dn.arun(
            [{"id": "q", "text": "?", "gold": "7"}],
            budget=16,
            model=dn.ScriptedModel(texts),
            extract="latex",
            depth=0,
        )
    )
    late = []
    for _ in range(5):
        began = time.monotonic()
        await asyncio.sleep(0.3)
        late.append(time.monotonic() - began - 0.3)
    assert not run.done()
    run.cancel()
    await asyncio.wait([run])
    assert max(late) < 0.2
    assert COMPARER.pid is None


def test_on_another_thread_answers_are_compared_by_value():
    verdicts = []
    thread = threading.Thread(target=lambda: verdicts.append(latex(r"\sqrt{12}", r"2\sqrt{3}")))
    thread.start()
    thread.join()
    assert verdicts == [True]


@pytest.mark.parametrize("library", ["math_verify", "antlr4"])
def test_without_the_library_one_line_says_what_to_do(library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=r"pip install 'dynscaling_nb\[latex\]'; or .*'exact'"):
        equivalence_by("latex")
    assert equivalence_by("words")("New  York", "new york")


def test_an_answer_votes_for_the_first_spelling_seen():
    spellings = Spellings(lambda a, b: a.lower() == b.lower(), ["Paris"])
    assert [spellings.of(a) for a in ("PARIS", "rome", "Rome", "paris")] == [
        "Paris",
        "rome",
        "rome",
        "Paris",
    ]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So it is \boxed{\frac{2}{3}}.", "2/3"),
        (r"So it is \boxed{\frac{\sqrt{2}}{2}}.", r"\frac{\sqrt{2}}{2}"),
        ("thus\nThe answer is $x^2 + 1$.", "x^2 + 1"),
        ("no\nidea", None),
    ],
)
def test_mathematics_is_read_as_it_is_written(text, answer):
    assert EXTRACTORS["latex"](text) == answer


def test_votes_for_one_value_are_counted_together_and_right_is_right():
    texts = {
        "q": [
            rf"thus\n\boxed{{{a}}}"
            for a in (r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}", "1", "1", r"2^{-1/2}")
        ]
    }
    queries = [{"id": "q", "text": "sin 45?", "gold": r"\sqrt{2}/2"}]
    plain = dn.run(
        queries,
        budget=5,
        model=dn.ScriptedModel(texts),
        extract="latex",
        equivalence="exact",
        depth=0,
    )
    alike = dn.run(queries, budget=5, model=dn.ScriptedModel(texts), extract="latex", depth=0)
    assert (plain.answers, plain.correct) == (["1"], [False])
    assert (alike.answers, alike.correct) == ([r"\sqrt{2}/2"], [True])


def test_a_function_of_the_users_decides():
    texts = {"q": ["The answer is New York.", "The answer is NYC.", "The answer is Boston."]}
    city = {"nyc": "new york"}
    result = dn.run(
        [{"id": "q", "text": "?"}],
        budget=3,
        model=dn.ScriptedModel(texts),
        depth=0,
        equivalence=lambda a, b: city.get(a, a) == city.get(b, b),
    )
    assert result.answers == ["new york"]


def test_a_function_that_breaks_ends_the_run_with_what_was_drawn():
    texts = {"q": ["The answer is 1.", "The answer is 2.", "The answer is 3."]}
    result = dn.run(
        [{"id": "q", "text": "?"}],
        budget=3,
        model=dn.ScriptedModel(texts),
        depth=0,
        equivalence=lambda a, b: 1 / 0,
    )
    assert result.stopped == "error"
    assert "equivalence failed on '2': ZeroDivisionError" in result.error


def test_an_unknown_comparison_names_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'latex'"):
        dn.run(["q"], budget=1, model=dn.ScriptedModel({}), equivalence="latx")
