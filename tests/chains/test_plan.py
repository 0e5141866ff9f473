"""What is asked, word for word."""

import pytest

from dynscaling_nb import Query, Response, Template
from dynscaling_nb.chains.plan import thoughts
from dynscaling_nb.errors import InputError

QUERY = Query("q", "What is {x}?")


def response(text, kept_apart=""):
    return Response("q", 0, "parallel", text, None, (), thoughts=kept_apart)


def test_a_parallel_pull_is_system_and_question():
    system, user = Template().parallel(QUERY)
    assert system["role"] == "system"
    assert "The answer is X" in system["content"]
    assert user == {"role": "user", "content": "What is {x}?"}


def test_a_chain_lines_thoughts_up_in_order_without_their_answers():
    earlier = [
        response("one step\nThe answer is 3."),
        response("The answer is 4.", kept_apart="deep thought"),
    ]
    messages = Template(connector="HMM").chained(QUERY, earlier)
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "user"]
    assert messages[2]["content"] == "one step\n\nHMM\n\ndeep thought"


def test_thoughts_of_a_response_that_is_all_answer_are_its_text():
    assert thoughts(response("The answer is 4.")) == "The answer is 4."


def test_a_template_can_be_replaced_and_must_hold_its_slots():
    messages = Template(system="", question="Q: {question} A:").parallel(QUERY)
    assert messages == ({"role": "user", "content": "Q: What is {x}? A:"},)
    with pytest.raises(InputError, match=r"\{question\}"):
        Template(question="none")
