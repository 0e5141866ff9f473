"""What a text states as its answer."""

import pytest
from clocked import quickest

from dynscaling_nb.answers.claim import Claim, claims
from dynscaling_nb.answers.silence import says_nothing


def first(text):
    """The best claim of a text, None if it has none."""
    return next((claim for claim in claims(text)), None)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("<ANSWER>42</ANSWER>", "42"),
        ("<answer>\n42\n</answer>", "42"),
        ("<final_answer>B</final_answer>", "B"),
        ("<answer>B", "B"),
        ("<answer>The answer is 42.</answer>", "42"),
        ('{"answer": "42"}', "42"),
        ('{"answer": 42, "confidence": 0.9}', "42"),
        ('{"reasoning": "so the answer is 7", "final_answer": 42}', "42"),
        ('Here: ```json\n{"reasoning": "x", "answer": "B"}\n```', "B"),
        ("{'answer': 'Paris'}", "Paris"),
        ('{"answer": ["A", "B"]}', "A, B"),
        ('{"answer": true}', "true"),
        ('{"question": "Q", "Answer": "B) Paris"}', "B) Paris"),
        ('First {"answer": "1"} then {"answer": "2"}', "2"),
        ("The answer is 42</s>", "42"),
        ("The answer is 42<eos>", "42"),
        ("The answer is 42.<|im_end|>\n<|im_start|>user\nThe answer is 7.", "42"),
        ("So the final answer is: $\\boxed{42}$. I hope this helps.", "42"),
        ("## Answer: 42", "42"),
        ("The final answer is A 🎉", "A"),
        ("The answer is Rome 🎉🎉", "Rome"),
        ("### Answer\n42", "42"),
        ("## Final Answer\n\n$$\\boxed{42}$$", "42"),
        ("**Final Answer**: \\[ \\boxed{42} \\]", "42"),
        ("[ANSWER] 42 [/ANSWER]", "42"),
        ("[[B]]", "B"),
        ("#### 42\n", "42"),
        ("####42", "42"),
        ("The answer is $[0, 5)$, since x is positive.", "[0, 5)"),
        ("The answer is \\text{Paris}.", "\\text{Paris}"),
        ("Answer: <b>B</b>", "B"),
        ("oxed{42}", "42"),
        ("\\boxed{\\text{Paris}}", "\\text{Paris}"),
        ("\\boxed{}\nThe answer is 42.", "42"),
        ("The answer is 42.\nPut your answer in \\boxed{}.", "42"),
        ("$\\boxed{1}$ and $\\boxed{2}$", "1, 2"),
        ("\\fbox{42}", "42"),
        ("\\boxed{\\boxed{42}}", "\\boxed{42}"),
    ],
)
def test_a_statement_is_found_between_marks(text, claim):
    assert first(text) == Claim(claim)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("The answer is 12. Wait, no, the answer is 13.", "13"),
        ("The answer is 42.\n\nQ: What is 3+4?\nA: The answer is 7.", "42"),
        ("Q: What is 6*7?\nA: 42", "42"),
        ("The answer is \\boxed{42}.\n\n**Note:** the result is approximate.", "42"),
        ("\\boxed{12}\n\nWait, I made an error. The answer is 13.", "13"),
        ("The answer is 12.\n\nLet me check. So we get \\boxed{13}.", "13"),
        ("Final Answer: The final answer is $42$. I hope it is correct.", "42"),
        ("The answer is not 12 but 13.", "13"),
        ("The answer is not A, but B.", "B"),
        ("The answer isn't B. The answer is C.", "C"),
        ("If the answer is 5, then x = 3. The answer is 7.", "7"),
        ("Let me check whether the answer is 5.\nThe answer is 7.", "7"),
        ("The answer is clear: 42.", "42"),
        ("The answer cannot be determined.", "cannot be determined"),
        ("The answer is not possible.", "not possible"),
        ('The answer is "To be, or not to be".', "To be, or not to be"),
        ("Thus, the answer is option C.\n\nLet me know if you need more help!", "option C"),
        (
            "The final answer is 42.\n\n---\n\nExplanation: we multiply 6 by 7. The result is 42.",
            "42",
        ),
        ("The answer is 42 and not 43.", "42"),
        ("The answer is Paris, not London.", "Paris"),
    ],
)
def test_the_last_statement_that_holds_counts_first(text, claim):
    assert first(text) == Claim(claim)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("I think the answer is B.", "B"),
        ("**Final Answer:** 42 apples (6 rows of 7).", "42 apples"),
        ("The answer is Dr. Smith.", "Dr. Smith"),
        ("The answer is St. Louis, Missouri.", "St. Louis, Missouri"),
        ("The answer is J. K. Rowling. She wrote it.", "J. K. Rowling"),
        ("The answer is 3.5.", "3.5"),
        ("The answer is the U.S. It is large.", "the U.S"),
        ("The answer is (3, 5).", "(3, 5)"),
        ("The answer is $(0, 1)$.", "(0, 1)"),
        ("The answer is Fe(OH)3.", "Fe(OH)3"),
        ("The answer is 42 as shown.", "42"),
        ("The answer is 1/2 or 0.5.", "1/2 or 0.5"),
        ("The answer is 5 m/s.", "5 m/s"),
        ("The answer is: B. The other options are wrong.", "B"),
        ("The answer is 42, I think.", "42"),
        ("The answer is O2 (oxygen).", "O2"),
        ("The answer is 10:30 a.m.", "10:30 a.m"),
        ("The answer is Mary's mother, who is 42.", "Mary's mother"),
    ],
)
def test_a_claim_ends_where_a_reader_stops(text, claim):
    assert first(text) == Claim(claim)


@pytest.mark.parametrize(
    "text",
    [
        "The answer is X",
        "The answer is [your answer]",
        "The answer is _____.",
        "<answer>...</answer>",
        "The answer is X. Write nothing after that line.",
        "Answer: I don't know.",
        "Answer: N/A",
        "I'm sorry, but I can't help with that. Please consult a professional.",
        "I cannot determine the answer from this.",
        "Hello! How can I help you?",
    ],
)
def test_a_refusal_or_a_placeholder_hides_nothing_else(text):
    assert claims(text)
    assert all(says_nothing(claim.text) for claim in claims(text))


@pytest.mark.parametrize(
    "text", ["", "  \n ", "...", "I am not sure\nabout this one", "First we look.\nThen we go."]
)
def test_a_text_that_states_nothing_has_no_claim(text):
    assert [claim for claim in claims(text) if not says_nothing(claim.text)] == []


def test_several_claims_come_the_best_first():
    text = "The answer is 12. Wait, no, the answer is 13."

    assert [claim.text for claim in claims(text)] == ["13", "12"]


def test_a_statement_hides_the_conclusion():
    assert not any(claim.weak for claim in claims("The answer is 42.\n\nSo it ends."))


@pytest.mark.parametrize(
    "piece",
    [
        "\n",
        "(",
        "{",
        "$",
        "**",
        "answer is ",
        "Answer:\n",
        "\\boxed{",
        "<answer>",
        '{"answer":',
        "答案是",
        "Q: ",
        "^11 the answer is ",
        "_",
        "`",
        "é \n",
        "\\boxed{" + " " * 990 + "}",
    ],
)
def test_a_long_text_takes_linear_time(piece):
    text = piece * (16_384 // len(piece))
    assert quickest(lambda: claims(text)) < 0.1


def test_a_statement_far_from_the_end_is_found():
    assert first("The answer is 42.\n" + "And so on. " * 5_000) == Claim("42")
