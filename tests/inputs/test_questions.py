"""Rows of public data sets as whole questions."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs.questions import query_of

Q = dn.Query


@pytest.mark.parametrize(
    ("name", "row", "query"),
    [
        (
            "MMLU",
            {"question": "2 + 2?", "subject": "maths", "choices": ["0", "4"], "answer": 1},
            Q("1", "2 + 2?\n\n(A) 0\n(B) 4", "B", options={"A": "0", "B": "4"}),
        ),
        (
            "MMLU-Pro",
            {
                "question_id": 70,
                "question": "Which?",
                "options": ["x", "y"],
                "answer": "B",
                "answer_index": 1,
                "cot_content": "",
            },
            Q("1", "Which?\n\n(A) x\n(B) y", "B", options={"A": "x", "B": "y"}),
        ),
        (
            "ARC",
            {
                "id": "Mercury_7",
                "question": "Which?",
                "choices": {"text": ["x", "y"], "label": ["1", "2"]},
                "answerKey": "2",
            },
            Q("Mercury_7", "Which?\n\n(A) x\n(B) y", "B", options={"A": "x", "B": "y"}),
        ),
        (
            "ARC as it was published",
            {
                "id": "Mercury_7",
                "question": {
                    "stem": "Which?",
                    "choices": [{"label": "A", "text": "x"}, {"label": "B", "text": "y"}],
                },
                "answerKey": "A",
            },
            Q("Mercury_7", "Which?\n\n(A) x\n(B) y", "A", options={"A": "x", "B": "y"}),
        ),
        (
            "SQuAD",
            {
                "id": "56",
                "title": "Paris",
                "context": "Paris is in France.",
                "question": "Where?",
                "answers": {"text": ["France", "in France"], "answer_start": [12, 9]},
            },
            Q("56", "Paris is in France.\n\nWhere?", ("France", "in France")),
        ),
        (
            "TriviaQA",
            {
                "question": "Who?",
                "entity_pages": {"title": []},
                "search_results": {"title": []},
                "answer": {"value": "USA", "aliases": ["US"], "normalized_aliases": ["us"]},
            },
            Q("1", "Who?", ("USA", "US")),
        ),
        ("GSM8K", {"question": "3 * 6?", "answer": "18.\n#### 18"}, Q("1", "3 * 6?", "18")),
        (
            "MATH",
            {"problem": "Halve.", "level": "Level 1", "solution": r"It is $\boxed{\frac12}$."},
            Q("1", "Halve.", r"\frac12"),
        ),
        (
            "NuminaMath",
            {
                "problem": "Halve.",
                "solution": "0.5",
                "messages": [
                    {"role": "user", "content": "Halve."},
                    {"role": "assistant", "content": "It is 0.5."},
                ],
            },
            Q("1", "Halve.", "0.5"),
        ),
        (
            "chat",
            {
                "prompt": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "2 + 2?"},
                ],
                "ground_truth": "4",
            },
            Q("1", "Be brief.\n\n2 + 2?", "4"),
        ),
        (
            "evals",
            {"input": [{"role": "user", "content": "2 + 2?"}], "ideal": ["4", "four"]},
            Q("1", "2 + 2?", ("4", "four")),
        ),
        (
            "BIG-Bench-Hard",
            {"input": "Which? (A) x", "target": "(A)"},
            Q("1", "Which? (A) x", "(A)"),
        ),
        (
            "instructions",
            {"instruction": "Add them.", "input": "1, 2", "output": "3"},
            Q("1", "1, 2\n\nAdd them.", "3"),
        ),
        (
            "instructions beside a question",
            {"instruction": "Be brief.", "question": "2 + 2?"},
            Q("1", "Be brief.\n\n2 + 2?"),
        ),
        (
            "contexts in a list",
            {"Context": ["One.", "Two."], "Passage": "Two.", "Query": "Which? Two."},
            Q("1", "One.\n\nWhich? Two."),
        ),
        ("an empty name first", {"text": None, "question": " Who? "}, Q("1", "Who?")),
        ("the same text twice", {"text": "Who?", "question": "Who?"}, Q("1", "Who?")),
    ],
)
def test_a_row_becomes_a_whole_question(name, row, query):
    assert query_of(row, 1) == query
    assert query_of(query, 2) == query  # which stays as it is


def test_gpqa_is_a_choice_of_four_with_whole_numbers():
    row = {"Question": "Which?", "Correct Answer": 1.0, "Record ID": "r"}
    query = query_of({**row, **{f"Incorrect Answer {k}": k + 1 for k in (1, 2, 3)}}, 1)
    assert sorted(query.options.values()) == ["1", "2", "3", "4"]
    assert query.options[query.gold] == "1"
    assert query.text.splitlines()[2:] == [f"({k}) {words}" for k, words in query.options.items()]


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (3, "must be a string, a dict or a Query, got int"),
        ("  ", "is blank; write it out or leave it out"),
        ({"text": None}, "is blank"),
        ({"words": "one?"}, "has no text: give it as 'text', got ['words']"),
        ({"text": ["one?", "two?"]}, "has no text: 'text' holds a list, not a text"),
        (
            {"text": "Paris is in France.", "question": "Where?"},
            "in 'text' and another in 'question'",
        ),
        ({"question": "Where?", "context": {"title": ["x"]}}, "has a context in 'context' that is"),
        (
            {"train": [{"text": "a?"}], "test": []},
            "a dataset with the splits 'train', 'test': pass",
        ),
        ({"text": "q?", "prior": {"42": 0}}, "has a prior that is not votes for each answer"),
        ({"text": "q?", "prior": {"42": True}}, "has a prior that is not votes for each answer"),
    ],
)
def test_what_cannot_be_asked_is_refused(item, says):
    with pytest.raises(InputError) as error:
        query_of(item, 1)
    assert says in str(error.value)


def test_an_id_is_a_text():
    assert query_of({"ID": 7.0, "text": "q?"}, 1).id == "7"
    assert query_of({"id": None, "text": "q?"}, 3).id == "3"


def test_halves_of_characters_are_joined_or_replaced():
    row = {"id": "a\ud83d", "text": "Which \ud83d\ude00 \ud83d?", "choices": ["\ude00", "y"]}
    assert query_of({**row, "answer": "y"}, 1) == Q(
        "a\ufffd",
        "Which \U0001f600 \ufffd?\n\n(A) \ufffd\n(B) y",
        "B",
        options={"A": "\ufffd", "B": "y"},
    )
    assert query_of({"text": "q", "gold": ["\ud83d", "b"]}, 1).golds == ("\ufffd", "b")
