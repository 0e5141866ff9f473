"""What a model is sent, word for word."""

import pytest

from dynscaling_nb import Query, Response, Template
from dynscaling_nb.chains.prompt import thoughts
from dynscaling_nb.errors import InputError

QUERY = Query("q", "What is {x}?")


def response(text: str, *, thoughts: str = "") -> Response:
    return Response("q", 0, "parallel", text, None, (), thoughts=thoughts)


def test_an_independent_pull_is_system_and_question():
    assert Template().parallel(QUERY) == (
        {
            "role": "system",
            "content": (
                "Work the question out step by step. Then finish with one line of the form: "
                "The answer is X. Write nothing after that line."
            ),
        },
        {"role": "user", "content": "What is {x}?"},
    )


def test_a_chained_pull_adds_the_chain_and_the_words_to_think_on():
    earlier = [response("one step\nThe answer is 3."), response("two steps\nThe answer is 4.")]
    opening = Template().parallel(QUERY)
    assert Template().chained(QUERY, earlier) == (
        *opening,
        {
            "role": "assistant",
            "content": (
                "one step\n\n"
                "Wait. Let me work it out once more from the beginning and compare.\n\n"
                "two steps"
            ),
        },
        {
            "role": "user",
            "content": (
                "Think on from there. Where the attempts above disagree, find out which step is "
                "right. Then finish with one line of the form: The answer is X."
            ),
        },
    )


def test_every_part_of_a_chained_prompt_can_be_replaced():
    template = Template("S", "Q: {question}", "So far: {chain}", "HMM", "Go on.")
    earlier = [response("b", thoughts="second"), response("a", thoughts="first")]
    assert [message["content"] for message in template.chained(QUERY, earlier)] == [
        "S",
        "Q: What is {x}?",
        "So far: second\n\nHMM\n\nfirst",
        "Go on.",
    ]


def test_without_a_system_text_the_question_comes_first():
    assert Template(system="").parallel(QUERY) == ({"role": "user", "content": "What is {x}?"},)


def test_thoughts_that_the_model_keeps_apart_are_preferred():
    assert thoughts(response("The answer is 4.", thoughts=" deep \n")) == "deep"


def test_thoughts_are_otherwise_the_text_without_the_line_of_its_answer():
    assert thoughts(response("one step\nand two\nThe answer is 3.")) == "one step\nand two"
    assert thoughts(response("one step\nand no answer")) == "one step\nand no answer"


def test_the_thoughts_of_a_response_that_is_all_answer_are_its_text():
    assert thoughts(response("The answer is 4.")) == "The answer is 4."


@pytest.mark.parametrize("part", ["question", "chain"])
def test_a_part_without_its_slot_is_refused(part):
    with pytest.raises(InputError, match=rf"template's {part} must hold \{{{part}\}}, got 'none'"):
        Template(**{part: "none"})
