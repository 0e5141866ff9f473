"""A claim ends where a reader stops."""

import pytest

from dynscaling_nb.answers.sentences import claim_end


@pytest.mark.parametrize(
    "text",  # "|" marks the end
    [
        "42|. I hope it is correct",
        "42|! I hope",
        "42|\nand so on",
        "Paris|. It lies on the Seine.",
        "B|. Note that A is close",
        "B|. Options C and D violate it",
        "B|. Dogs are no answer to it.",
        "Vitamin C|. It is found in fruit",
        "the U.S.| Its capital",
        "Washington, D.C.| It is far",
        "42|. Das ist alles",
        "42|。理由如下",
    ],
)
def test_at_the_end_of_its_sentence(text):
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "E. coli|.",
        "3.5|.",
        "3.10.2|.",
        "the U.S. Senate|.",
        "St. Louis|.",
        "No. 18|.",
        "George W. Bush|.",
        "J. K. Rowling|.",
        "J. Smith|.",
        "3. Oktober 1990|.",
        "10 a.m.|",
        "approx. 5 km|.",
        "1.234,56|.",
        "5! = 120|.",
        "... 42|.",
        "“A. B. C”|.",
        "$x. y$ and more|. So",
        "\\[\n42.\n\\]|\nand so on",
    ],
)
def test_not_at_a_full_stop_within_it(text):
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "B| because C is too small",
        "yes|, since 7 is prime",
        "yes| as it is odd",
        "B| weil C falsch ist",
        "A|，因为 C 太小",
        "18|, which is 3 times 6",
        "B|, not D",
        "42| rather than 43",
        "No|, a chipmunk could not",
        "72|, altogether",
        "41|; the other root is negative",
    ],
)
def test_at_a_reason_or_a_remark(text):
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "18| (3 boxes of 6)",
        "42| (6 × 7)",
        "C| (Alkaline soil)",
        "42|（六行）",
        "(1, 2)|.",
        "[0, 5)|.",
        "Fe(OH)3|.",
        "2 (x + 1)|.",
        "x \\equiv 4 (mod 7)|.",
        "iron (II) chloride|.",
    ],
)
def test_at_a_bracket_that_explains_and_at_no_other(text):
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "D, Louisiana|.",
        "B) Paris|.",
        "A – Alkaline soil|.",
        "The same as before|.",
        "what is written|.",
        "to be or not to be|.",
        "the sum of A and B|.",
        "cannot be determined from the information given|.",
    ],
)
def test_words_that_belong_to_it_stay(text):
    check(text)


def check(marked):
    end = marked.index("|")
    text = marked.replace("|", "", 1)
    assert text[: claim_end(text, 0)].rstrip(" .,，") == text[:end].rstrip(" .,，")
