"""The responses to one question, each readable in full."""

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import UnknownName
from dynscaling_nb.notebook.charts.history import MAX_SHOWN, RunHistory
from dynscaling_nb.notebook.widgets.response_browser import ResponseBrowser, page, summary
from dynscaling_nb.records import Response, Usage

HOSTILE = "<script>alert('x')</script> $a$ \x1b[31m\u202e"


def response(index, answer, query_id="0", sources=(), **rest):
    kind = "chained" if sources else "parallel"
    return Response(
        query_id, index, kind, f"{HOSTILE} {index}", answer, (), sources=sources, **rest
    )


def history_of(questions, *responses):
    queries = [dn.Query(str(i), f"question {i}?") for i in range(questions)]
    history = RunHistory(queries, [None] * questions)
    for each in responses:
        history.add(each)
    return history


@pytest.fixture
def browser():
    """A browser of two questions, the first with three responses."""
    chained = response(2, "5", sources=(0, 1))
    browser = ResponseBrowser()
    browser.follow(history_of(2, response(0, "5"), response(1, None), chained))
    return browser


def test_a_summary_is_one_line():
    assert summary(response(0, "5")) == "1. parallel: 5"
    assert summary(response(4, None, sources=(0,))) == "5. chained: no answer"


def test_a_page_has_the_facts_of_a_response():
    facts = page(
        response(0, "5", time=1.5, finish="length", usage=Usage(completion_tokens=1200)), []
    )
    for fact in ("parallel response 1", "answer 5", "1.50 s", "tokens: 1,200", "cut off at the"):
        assert fact in facts
    assert "no answer could be read" in page(response(0, None), [])


def test_a_page_has_the_responses_that_a_chained_one_was_built_from():
    shown = page(response(2, "5", sources=(0, 1)), [response(0, "5"), response(1, "6")])
    assert "built from 1, 2" in shown
    assert shown.count("<details>") == 2
    assert "<details>" not in page(response(0, "5"), [])


def test_text_of_a_model_is_shown_and_does_nothing():
    shown = page(response(1, "5", sources=(0,)), [response(0, "5", thoughts=HOSTILE)])
    assert shown.count("&lt;script&gt;") == 3
    for bad in ("<script", "\x1b", "\u202e"):
        assert bad not in shown


def test_questions_and_their_responses_are_listed(browser):
    assert browser.question.options == (("1. question 0?", 1), ("2. question 1?", 2))
    assert [label for label, _ in browser.responses.options] == [
        "1. parallel: 5",
        "2. parallel: no answer",
        "3. chained: 5",
    ]
    assert "parallel response 1" in browser.text.value


def test_another_question_has_its_own_responses(browser):
    browser.responses.value = 2
    browser.choose(2)
    assert browser.responses.options == ()
    assert browser.text.value == "<em>no response yet</em>"


def test_a_question_is_chosen_by_its_id_its_place_or_its_text(browser):
    for name, place in ((2, 2), ("0", 1), ("question 1?", 2)):
        browser.choose(name)
        assert browser.question.value == place
    with pytest.raises(UnknownName, match=r"did you mean 'question 1\?'"):
        browser.choose("question 1!")


def test_a_click_on_no_question_changes_nothing(browser):
    browser.click(2)
    browser.click(0)
    browser.click(3)
    assert browser.question.value == 2


def test_a_new_response_leaves_the_chosen_one_in_view():
    history = history_of(1, response(0, "5"), response(1, "6"))
    browser = ResponseBrowser()
    browser.follow(history)
    browser.responses.value = 1
    history.add(response(2, "7"))
    browser.refresh()
    assert len(browser.responses.options) == 3
    assert browser.responses.value == 1


def test_of_very_many_questions_a_thousand_are_offered_and_any_can_be_chosen():
    browser = ResponseBrowser()
    browser.follow(history_of(MAX_SHOWN + 5))
    assert len(browser.question.options) == MAX_SHOWN
    browser.click(MAX_SHOWN + 3)
    assert browser.question.value == MAX_SHOWN + 3
    assert len(browser.question.options) == MAX_SHOWN + 1
