"""Answers between marks."""

import pytest

from dynscaling_nb.answers.marked import from_json, marked


def words(text):
    return [words for _, words in marked(text)]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("\\boxed{5}, so the total is \\boxed{8}", ["5", "8"]),
        ("#### 42", ["42"]),
        ("a #### b", []),
        ("<answer>B</answer>", ["B"]),
        ("<ANSWER> B </ANSWER>", ["B"]),
        ("<final_answer>B", ["B"]),
        ("[ANSWER] 42 [/ANSWER]", ["42"]),
        ("[[B]]", ["B"]),
        ('the "answer": "42" of it', ["42"]),
        ("{'final_answer': 'a \\' b'}", ["a \\' b"]),
        ('"answer": "say \\"no\\""', ['say "no"']),
        ('"answer": ["A", "B"]', ["A, B"]),
        ('"question": "42"', []),
    ],
)
def test_boxes_tags_hashes_and_keys(text, claims):
    assert words(text) == claims


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ('{"answer": "42"}', "42"),
        ('```json\n{"answer": 42}\n```', "42"),
        ('{"answer": "7", "reasoning": "the answer is 8"}', "7"),
        ('{"result": "7", "answer": {"value": 8}}', "8"),
        ('{"answer": ["A", "B"]}', "A, B"),
        ('{"answer": null}', "null"),
        ('{"question": "42"}', None),
        ('{"answer": ', None),
        ("42", None),
    ],
)
def test_a_text_that_is_one_json_object(text, claim):
    assert from_json(text) == claim
