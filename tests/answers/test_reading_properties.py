"""Properties of reading: its own forms read back, decoration changes no value, any text is read.

Values are made first, so the right reading is known. Then they are said in many ways.
"""

import pytest
from clocked import quickest
from hypothesis import given, settings, strategies as st

from dynscaling_nb.answers.claim import claims
from dynscaling_nb.answers.extract import EXTRACTORS, extractor
from dynscaling_nb.answers.silence import says_nothing

LONG = 16_384  # characters
SECONDS = 1.0  # of processor time: generous, for a busy machine; a quadratic reading takes several
FULL_WIDTH = str.maketrans("0123456789ABCDEFGHJ", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＪ")

STATEMENTS = (
    "The answer is {}.",
    "So the answer is: {}.",
    "The final answer is {}",
    "The correct answer is {}.",
    "The answer would be {}.",
    "Therefore, the answer (in the form asked for) is {}.",
    "Answer: {}",
    "**Answer:** {}",
    "**Final Answer: {}**",
    "### Answer\n\n{}",
    "- Answer: {}",
    "> The answer is {}.",
    "Answer → {}",
    "<answer>{}</answer>",
    "**Final Answer:** The final answer is {}. I hope it is correct.",
)
JSON = '{{"reasoning": "in short", "answer": "{}"}}'
ABROAD = (  # Chinese, Japanese, German, French, Spanish, Italian, Portuguese, Russian
    "答案是{}。",
    "因此，正确答案：{}",
    "答えは{}です。",
    "Die Antwort ist {}.",
    "Die richtige Antwort lautet: {}",
    "La réponse est {}.",
    "La respuesta correcta es {}.",
    "La risposta è {}.",
    "A resposta é {}.",
    "Ответ: {}",
)
WRAPPINGS = ("{}", "**{}**", "*{}*", "`{}`", '"{}"', "“{}”", "<b>{}</b>", " {}  ")
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
REASONS = (
    " because the rows are equal.",
    ", since the rows are equal.",
    " (see above).",
    ". This follows from the rows.",
    ", as required.",
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


@given(cases, st.sampled_from((*STATEMENTS, JSON)))
def test_what_is_stated_is_read(case, statement):
    read, value = case

    assert extractor(read)(statement.format(value)) == value


@given(cases)
def test_a_canonical_form_reads_back(case):
    read, value = case

    assert extractor(read)(value) == value


# `auto` may see another kind in the answer than in the claim: "A-" is a word, "a" a letter.
@given(st.sampled_from([name for name in EXTRACTORS if name != "auto"]), st.text(max_size=60))
def test_reading_twice_changes_nothing(read, text):
    extract = extractor(read)
    answer = extract(f"The answer is {text}.")

    if answer is not None:
        assert extract(f"The answer is {answer}.") in (answer, None)


@given(cases, st.sampled_from(STATEMENTS), st.sampled_from(WRAPPINGS), st.sampled_from(BEFORE))
def test_markup_and_quotes_change_nothing(case, statement, wrapping, before):
    read, value = case

    assert extractor(read)(before + statement.format(wrapping.format(value))) == value


@given(cases, st.sampled_from(BOXES), st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_a_box_changes_nothing(case, box, before, after):
    read, value = case

    assert extractor(read)(f"{before}So it is {box.format(value)}.{after}") == value


@given(cases, st.sampled_from((*STATEMENTS, JSON)), st.sampled_from(AFTER))
def test_what_follows_a_statement_changes_nothing(case, statement, after):
    read, value = case

    assert extractor(read)(statement.format(value) + after) == value


@given(cases, st.sampled_from(REASONS))
def test_a_reason_changes_nothing(case, reason):
    read, value = case

    assert extractor(read)(f"The answer is {value}{reason}") == value


@given(numbers, st.sampled_from((", altogether", " in all", " apples", " km", ", I think")))
def test_words_after_a_number_change_nothing(value, trailing):
    for read in ("auto", "number"):
        assert extractor(read)(f"The answer is {value}{trailing}.") == value


@given(cases, st.sampled_from(ABROAD))
def test_other_languages_change_nothing(case, statement):
    read, value = case

    assert extractor(read)(statement.format(value)) == value


@given(st.integers(0, 10**6).map(str) | letters)
def test_full_width_forms_change_nothing(value):
    wide = value.translate(FULL_WIDTH)

    assert extractor("auto")(f"Ａｎｓｗｅｒ：{wide}") == value
    assert extractor("auto")(f"答案是{wide}。") == value


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

    assert quickest(lambda: extract(text), times=2) < SECONDS
