"""What a model is sent, word for word."""

import re

import pytest

from dynscaling_nb import Query, Response, Template
from dynscaling_nb.chains.prompt import thoughts
from dynscaling_nb.errors import InputError
from dynscaling_nb.evaluation.strategies import STRATEGIES

QUERY = Query("q", "What is {x}?")
PLAIN = Template("S", "Q: {question}", "So far: {chain}", "HMM", "Go on.")


def response(text: str, *, thoughts: str = "") -> Response:
    return Response("q", 0, "parallel", text, None, (), thoughts=thoughts)


EARLIER = [response("b", thoughts="second"), response("a", thoughts="first")]


def said(messages) -> list[str]:
    return [f"{message['role']}: {message['content']}" for message in messages]


def test_an_independent_pull_is_system_and_question():
    assert said(PLAIN.parallel(QUERY)) == ["system: S", "user: Q: What is {x}?"]


def test_without_a_system_text_the_question_comes_first():
    template = Template(system="", question="{question}")
    assert said(template.parallel(QUERY)) == ["user: What is {x}?"]


def test_a_chained_pull_adds_the_chain_and_the_words_to_think_on():
    assert said(PLAIN.chained(QUERY, EARLIER)) == [
        "system: S",
        "user: Q: What is {x}?",
        "assistant: So far: second\n\nHMM\n\nfirst",
        "user: Go on.",
    ]


def test_every_part_of_a_chained_prompt_may_hold_the_question():
    template = Template(
        "On {question}", "{question}", "{question} {chain}", "{question}?", "{question}!"
    )
    assert said(template.chained(Query("q", "X"), EARLIER)) == [
        "system: On X",
        "user: X",
        "assistant: X second\n\nX?\n\nfirst",
        "user: X!",
    ]


def test_a_slot_inside_a_question_or_a_response_is_its_text():
    template = Template(system="", question="{question}", think_on="{question}")
    messages = template.chained(
        Query("q", "What is {chain}?"), [response("", thoughts="{question}")]
    )
    assert said(messages) == [
        "user: What is {chain}?",
        "assistant: {question}",
        "user: What is {chain}?",
    ]


def test_examples_are_turns_before_the_question():
    template = Template("S", "Q: {question}", examples=[("1 + 1?", "One more.\nThe answer is 2.")])
    assert said(template.parallel(QUERY)) == [
        "system: S",
        "user: Q: 1 + 1?",
        "assistant: One more.\nThe answer is 2.",
        "user: Q: What is {x}?",
    ]


def test_templates_with_equal_examples_are_equal_and_can_be_keys():
    one, other = (Template(examples=kind([("q", "a")])) for kind in (list, tuple))
    assert {one: 1}[other] == 1


@pytest.mark.parametrize("examples", [["ab"], [("q", "a", "b")], [("q",)]])
def test_an_example_that_is_no_pair_is_refused(examples):
    with pytest.raises(
        InputError, match="examples must be pairs of a question and a response, got"
    ):
        Template(examples=examples)


def test_without_words_to_think_on_the_model_continues_the_chain_itself():
    template = Template("", "{question}", "{chain}\n\nOnce more:", "HMM", think_on="")
    assert said(template.chained(QUERY, EARLIER)) == [
        "user: What is {x}?",
        "assistant: second\n\nHMM\n\nfirst\n\nOnce more:",
    ]


def test_without_a_chain_message_the_words_to_think_on_take_the_place_of_the_question():
    template = Template("S", "{question}", "", "HMM", "Attempts: {chain}\n\n{question}")
    assert said(template.chained(QUERY, EARLIER)) == [
        "system: S",
        "user: Attempts: second\n\nHMM\n\nfirst\n\nWhat is {x}?",
    ]


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"question": "none"}, "template's question must hold {question}, got 'none'"),
        ({"chain": "none"}, "template's chain must hold {chain}, got 'none'"),
        ({"chain": "", "think_on": "{question}"}, "template's think_on must hold {chain}"),
        ({"chain": "", "think_on": "{chain}"}, "template's think_on must hold {question}"),
    ],
)
def test_a_part_without_its_slot_is_refused(parts, says):
    with pytest.raises(InputError, match=re.escape(says)):
        Template(**parts)


@pytest.mark.parametrize(
    "template", {Template(), *(each.template for each in STRATEGIES.values())}, ids=hash
)
def test_no_wording_of_the_package_holds_a_placeholder_that_a_model_can_copy(template):
    for message in template.chained(Query("q", "Why?"), EARLIER):
        assert re.findall(r"\b[A-Z]\b(?!')|<\w+>|\[\w+\]|\.\.\.", message["content"]) == []


def test_the_default_repeats_the_question_after_the_chain():
    assert "What is {x}?" in Template().chained(QUERY, EARLIER)[-1]["content"]


def test_thoughts_that_the_model_keeps_apart_are_preferred():
    assert thoughts(response("The answer is 4.", thoughts=" deep \n")) == "deep"


@pytest.mark.parametrize(
    ("text", "reasoning"),
    [
        ("one step\nand two\nThe answer is 3.", "one step\nand two"),
        ("one step\nand no answer", "one step\nand no answer"),
        (
            "3 boxes hold 6 each. So there are 18. The answer is 18.",
            "3 boxes hold 6 each. So there are 18.",
        ),
        ("一盒有六个。三盒有十八个。答案是18。", "一盒有六个。 三盒有十八个。"),
        (
            "Half of 3.5 is 1.75. Twice that is 3.5. Done.",
            "Half of 3.5 is 1.75. Twice that is 3.5. Done.",
        ),
    ],
)
def test_thoughts_are_otherwise_the_text_without_the_statement_of_its_answer(text, reasoning):
    assert thoughts(response(text)) == reasoning


@pytest.mark.parametrize(
    "text",
    ["", "The answer is 4.", "Paris", "The capital is Paris. The answer is Paris.", "Answer: 4\n"],
)
def test_a_response_that_is_all_answer_holds_no_thoughts(text):
    assert thoughts(response(text)) == ""
