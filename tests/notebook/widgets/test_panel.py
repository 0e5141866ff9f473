"""A panel before and during its run, without a browser: options, code, estimate, mistakes."""

import asyncio

import pytest

import dynscaling_nb as dn
from dynscaling_nb.errors import InputError
from dynscaling_nb.options import RunOptions

PLAIN = [dn.Query("1", "What is 2 + 3?"), dn.Query("2", "What's 7 * 8?")]
GOLD = [dn.Query("a", "What is 2 + 3?", "5")]


def test_controls_give_back_the_options_that_a_panel_began_with():
    options = {
        "budget": 40,
        "policy": "ucb",
        "c": 1.5,
        "stop": "ac",
        "parallel": 2,
        "depth": 3,
        "chained_share": 0.75,
        "concurrency": 5,
        "seed": 3,
        "timeout": 9,
        "in_memory": "answers",
    }
    assert dn.Panel(PLAIN, **options).controls.options == RunOptions.of(**options)


def test_prices_of_three_stay_three():
    panel = dn.Panel(PLAIN, model="tiny", prices=(1, 2, 0.5))
    assert panel.controls.options.prices == (1, 2, 0.5)
    panel.controls.price_out.value = 3
    assert panel.controls.options.prices == (1, 3, 0.5)
    assert "prices=(1.0, 3.0, 0.5)" in panel.text


def test_a_policy_and_a_rule_that_are_objects_stay_what_they_are():
    policy, rule = dn.policy("ucb", c=0.7), dn.FlipBelow(0.1)
    panel = dn.Panel(PLAIN, policy=policy, stop=rule)
    assert panel.controls.options.policy is policy
    assert panel.controls.options.stop is rule
    assert "policy=my_policy, stop=my_stop" in panel.text


def test_a_line_keeps_its_gold_answer_while_others_are_edited():
    panel = dn.Panel(GOLD)
    panel.controls.questions.value += "\nWhat is 3 + 3?"
    assert [(q.text, q.gold) for q in panel.controls.queries()] == [
        ("What is 2 + 3?", "5"),
        ("What is 3 + 3?", None),
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"budget": 1}, "budget 1 is smaller than the 2 questions"),
        ({"bugdet": 3}, "did you mean 'budget'"),
        ({"policy": "ucbb"}, "did you mean 'ucb'"),
        ({"policy": "okg", "c": 1.0}, "no constant 'c'"),
        ({"chained_share": 2.0}, "chained_share must lie between 0 and 1"),
    ],
)
def test_a_mistake_is_told_when_the_panel_is_made(options, says):
    with pytest.raises(InputError, match=says):
        dn.Panel(PLAIN, **options)


def test_the_estimate_knows_the_template():
    long = dn.Template(system="x" * 40_000)
    short = dn.Panel(PLAIN, budget=4, model="tiny", base_url="http://127.0.0.1:9/v1")
    panel = dn.Panel(PLAIN, budget=4, model="tiny", base_url="http://127.0.0.1:9/v1", template=long)
    assert tokens(panel) - tokens(short) > 4 * 9_900  # of the system prompt in each request


def tokens(panel):
    """The low end of the estimate."""
    words = panel.forecast.value.split()
    return int(words[words.index("about") + 1].replace(",", ""))


async def watched(panel):
    """The panel after its run."""
    panel.run_button.click()
    while not panel.done or panel.result is None:
        await asyncio.sleep(0)
    return panel


async def test_a_panel_of_a_named_model_streams_where_requests_are_cancelled(endpoint):
    panel = dn.Panel(
        ["q?"], budget=2, model="tiny", base_url=endpoint.url, cancel_settled=True, store=False
    )
    await watched(panel)
    assert panel.result.spent == 2
    assert all(body["stream"] for body in endpoint.bodies)


async def test_every_option_reaches_the_run_of_a_panel(endpoint):
    template = dn.Template(system="Be brief.")
    panel = dn.Panel(
        ["q?"],
        budget=3,
        model="tiny",
        base_url=endpoint.url,
        template=template,
        temperature=0.5,
        max_tokens=9,
        extract=str.upper,
        store=False,
    )
    await watched(panel)
    assert {body["messages"][0]["content"] for body in endpoint.bodies} == {"Be brief."}
    assert {(b["temperature"], b["max_completion_tokens"]) for b in endpoint.bodies} == {(0.5, 9)}
    assert panel.result.answers[0].startswith("THINKING")
