"""Refusals, fillers, greetings and placeholders cast no vote. Unknown answers do."""

import pytest

from dynscaling_nb.answers.silence import is_refusal, says_nothing


@pytest.mark.parametrize(
    "claim",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I can’t help with that.",
        "Sorry, I can't assist with that request.",
        "I apologize, but this is beyond me.",
        "Unfortunately, I cannot answer this question.",
        "I cannot answer this question.",
        "I'm unable to provide that.",
        "I don't know.",
        "I do not know the answer",
        "I'm not sure.",
        "I have no idea",
        "no idea",
        "idk",
        "As an AI, I can't determine that.",
        "As an AI language model, I have no access to this.",
        "Das weiß ich nicht.",
        "Ich weiß es leider nicht.",
        "Es tut mir leid, dabei kann ich nicht helfen.",
        "Je ne sais pas.",
        "Désolé, je ne peux pas répondre.",
        "No lo sé.",
        "Lo siento, no puedo ayudar.",
        "我不知道。",
        "抱歉，我无法回答。",
        "わかりません",
    ],
)
def test_a_refusal_says_nothing(claim):
    assert says_nothing(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "",
        "   ",
        "...",
        "…",
        "😊",
        "👍🏽 🎉",
        "-",
        "?",
        "**",
        "(...)",
        "Let me think about this step by step.",
        "Let's think step by step",
        "Okay, let me see.",
        "Sure!",
        "Sure, here is the solution:",
        "Hello!",
        "Hello! How can I help you today?",
        "Thank you!",
        "I hope this helps!",
        "Let me know if you have questions.",
        "N/A",
        "n/a.",
        "(no answer)",
        "null",
    ],
)
def test_a_filler_says_nothing(claim):
    assert says_nothing(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "X",
        "[X]",
        "XX",
        "_____",
        "[your answer]",
        "<your answer here>",
        "{answer}",
        "<answer>",
        "[insert answer here]",
        "[number]",
        "your_answer",
        "<final_answer>",
    ],
)
def test_a_placeholder_says_nothing(claim):
    assert says_nothing(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "cannot be determined from the information given",
        "It cannot be determined",
        "none of the above",
        "None",
        "unknown",
        "not enough information",
        "no",
        "yes",
        "No",
        "true",
        "42",
        "x",
        "B",
        "I",
        "I robot",
        "∞",
        "\\infty",
        "<",
        ") ] }",
        "\\boxed{x}",
        "\\{\\}",
        "[1, 2]",
        "(x, y)",
        "Paris",
        "Hello Kitty",
        "The Answer to Everything",
        "答案",
        "½",
        "π",
        "€",
        "Canada",
        "Nancy",
    ],
)
def test_an_answer_says_something(claim):
    assert not says_nothing(claim)


@pytest.mark.parametrize(
    ("claim", "refusal"),
    [
        ("I'm sorry, but I can't help with that.", True),
        ("**I don't know.**", True),
        ("Je ne sais pas.", True),
        ("N/A", False),
        ("Let's think step by step.", False),
        ("42", False),
    ],
)
def test_a_refusal_is_told_from_other_words_without_an_answer(claim, refusal):
    assert is_refusal(claim) is refusal
