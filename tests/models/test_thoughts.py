"""Thoughts are set apart in every form in use."""

import time

import pytest

from dynscaling_nb.models.thoughts import split_thoughts


@pytest.mark.parametrize(
    ("text", "thoughts", "rest"),
    [
        ("<think>a</think>b", "a", "b"),
        ("a</think>b", "a", "b"),
        ("<think>a", "a", ""),
        ("b", "", "b"),
        ("x<think>a</think>b", "a", "xb"),
        ("<THINK>a</Think>b", "a", "b"),
        ("<thinking>a</thinking>b", "a", "b"),
        ("<thought>a</thought>b", "a", "b"),
        ("<reasoning>a</reasoning>b", "a", "b"),
        ("<seed:think>a</seed:think>b", "a", "b"),
        ("[THINK]a[/THINK]b", "a", "b"),
        ("◁think▷a◁/think▷b", "a", "b"),
        ("<|begin_of_thought|>a<|end_of_thought|>b", "a", "b"),
        (
            "<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>b<|end_of_solution|>",
            "a",
            "b",
        ),
        ("<|START_THINKING|>a<|END_THINKING|>b", "a", "b"),
    ],
)
def test_thoughts_are_told_apart(text, thoughts, rest):
    assert split_thoughts(text) == (thoughts, rest)


@pytest.mark.parametrize(
    ("text", "thoughts", "rest"),
    [
        ("<think>a</think>b<think>c</think>d", "ac", "bd"),
        ("<think>a<think>b</think>c</think>d", "abc", "d"),
        ("<think>a</think>b<think>c", "ac", "b"),
        ("<think>a<reasoning>b</reasoning></think>c", "ab", "c"),
        ("a</think>b</think>c", "ab", "c"),
        ("<think>a</think>b</think>", "a", "b"),
        ("<think></think>b", "", "b"),
    ],
)
def test_a_text_may_hold_several_blocks(text, thoughts, rest):
    assert split_thoughts(text) == (thoughts, rest)


@pytest.mark.parametrize(
    ("text", "thoughts", "rest"),
    [
        (
            "<|channel|>analysis<|message|>a<|end|>"
            "<|start|>assistant<|channel|>final<|message|>b<|return|>",
            "a",
            "b",
        ),
        ("a<|end|><|start|>assistant<|channel|>final<|message|>b", "a", "b"),
        ("<|channel|>analysis<|message|>a", "a", ""),
        ("<|channel|>final <|constrain|>json<|message|>b<|return|>", "", "b"),
        ("<|channel|>commentary<|message|>a<|call|><|channel|>final<|message|>b", "a", "b"),
        ("analysisWe add.assistantfinal13", "We add.", "13"),
        ("analysisWe add.assistantanalysisAgain.assistantfinalSo 13.", None, "So 13."),
        ("analysisWe add", "We add", ""),
        ("analysis shows 13", "", "analysis shows 13"),
    ],
)
def test_channels_are_told_apart_with_and_without_their_marks(text, thoughts, rest):
    split = split_thoughts(text)
    assert split.text == rest
    assert thoughts is None or split.thoughts == thoughts


@pytest.mark.parametrize(
    "text",
    [
        "The model writes `<think>` first. The answer is 42.",
        "The answer is the <think> tag.",
        'It ends with "</think>", so 42.',
    ],
)
def test_a_mark_that_is_only_mentioned_sets_nothing_apart(text):
    assert split_thoughts(text) == ("", text)


@pytest.mark.parametrize("piece", ["<think>", "</think>", "<|channel|>", "[THINK]", "<", "\n"])
def test_a_long_text_of_marks_takes_linear_time(piece):
    def seconds(text):
        began = time.process_time()
        split_thoughts(text)
        return time.process_time() - began

    assert min(seconds(piece * (16_384 // len(piece))) for _ in range(3)) < 0.05


@pytest.mark.parametrize(
    ("text", "thoughts", "rest"),
    [
        ("analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b", "a", "b"),
        ("<|start|>assistant<|channel|>final<|message|>b<|return|>", "", "b"),
        ("a<|end|><|start|>assistant<|channel|>final<|message|>b", "a", "b"),
        ("final<|message|>b<|return|>", "", "b"),
        ("<|message|>b<|end|>", "", "b"),
        ("commentary<|message|>a", "a", ""),
        ("<|channel|>final<|message|>b<|channel|>", "", "b"),
        ("b<|return|>", "", "b"),
        ("b.<|im_end|>\n", "", "b."),
        ("b<|eot_id|><|start|>assistant", "", "b"),
        ("<think>a</think>b<end_of_turn>", "a", "b"),
        ("b <i>c</i>", "", "b <i>c</i>"),
        ("the mark <|end|> ends it", "", "the mark <|end|> ends it"),
    ],
)
def test_marks_of_a_turn_that_leak_in_part(text, thoughts, rest):
    assert split_thoughts(text) == (thoughts, rest)
