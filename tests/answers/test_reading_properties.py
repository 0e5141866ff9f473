"""Properties of reading: its own forms read back, decoration changes no value, any text is read.

Values are made first, so the right reading is known. Then they are said in many ways.
"""

import time

import pytest
from hypothesis import given, settings, strategies as st

from dynscaling_nb.answers.claim import claims
from dynscaling_nb.answers.extract import EXTRACTORS, extractor
from dynscaling_nb.answers.silence import says_nothing

LONG = 16_384  # characters
SECONDS = 1.0  # of processor time: generous, for a busy machine; a quadratic reading takes several

BOXES = (
    "\\boxed{{{}}}",
    "$\\boxed{{{}}}$",
    "\\[\\boxed{{{}}}\\]",
    "\\boxed{{\\text{{{}}}}}",
    "\\fbox{{{}}}",
)
BEFORE = ("", "Let me think.\nFirst there are some rows.\n\n", "Sure! ", "\ufeff", "\r\n")
AFTER = (
    "",
    "\n",
    "\n\nI hope this helps!",
    "\n\nLet me know if anything is unclear.",
    "<|im_end|>",
    "</s>",
    " \N{PARTY POPPER}",
)

integers = st.integers(-(10**12), 10**12).map(str)
decimals = st.builds(
    lambda whole, part: f"{whole}.{part}",
    st.integers(-(10**6), 10**6).filter(bool),
    st.from_regex(r"[0-9]{0,3}[1-9]", fullmatch=True),
)
numbers = integers | decimals
letters = st.sampled_from("ABCDEFGHJ")
# made of consonants, so that no word of it means "because", "or" or "not"
words = st.lists(st.text("bcdfgjklmpqrtvwz", min_size=3, max_size=8), min_size=1, max_size=3).map(
    " ".join
)
VALUES = {"number": numbers, "choice": letters, "text": words, "auto": numbers | letters | words}
cases = st.sampled_from([*VALUES]).flatmap(
    lambda read: st.tuples(st.just(read), VALUES[read])  # a reading, and a value that it can read
)


@given(cases)
def test_a_canonical_form_reads_back(case):
    read, value = case

    assert extractor(read)(value) == value


@given(st.sampled_from([*EXTRACTORS]), st.text(max_size=60))
def test_reading_twice_changes_nothing(read, text):
    extract = extractor(read)
    answer = extract(f"The answer is {text}.")

    if answer is not None:
        assert extract(f"The answer is {answer}.") in (answer, None)


@given(cases, st.sampled_from(BOXES), st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_a_box_changes_nothing(case, box, before, after):
    read, value = case

    assert extractor(read)(f"{before}So it is {box.format(value)}.{after}") == value


@given(st.text(max_size=300))
def test_any_text_is_read_or_unread(text):
    for extract in EXTRACTORS.values():
        answer = extract(text)

        assert answer is None or answer
    assert [claim for claim in claims(text) if not claim.text.strip()] == []
    assert says_nothing(text) in (True, False)


PIECES = (
    "\n",
    " ",
    "(",
    ")",
    "[",
    "{",
    "}",
    "$",
    "**",
    "*",
    "_",
    "`",
    "#",
    ">",
    "|",
    "1",
    "1,",
    "1 ",
    "1.",
    "-",
    "/",
    "^",
    "\\boxed{",
    "\\frac{",
    "\\text{",
    "\\[",
    "answer is ",
    "Answer: ",
    "答案是",
    "<think>",
    "</think>",
    "<answer>",
    '{"answer": ',
    '"',
    "A ",
    "or ",
    "a",
    "é",
    "．",
)
piles = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)


@pytest.mark.parametrize("read", EXTRACTORS)
@settings(max_examples=60, deadline=None)
@given(piles, piles)
def test_time_is_linear(read, pile, end):
    text = pile * (LONG // len(pile)) + end
    extract = extractor(read)

    began = time.process_time()
    extract(text)

    assert time.process_time() - began < SECONDS
