"""The words of a prompt: a question, and the thoughts of earlier responses as one chain. Pure.

A synthetic chain lines up the reasoning of several responses, as if the model had had these
thoughts one after the other. The model then thinks on from there. The paper does not publish its
wording. This wording is the package's own, and every part of it can be replaced.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from dynscaling_nb.answers.claim import claims
from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Message, Messages, Query, Response

PARAGRAPH = 3  # sentences from which on a single line holds reasoning
# Without a placeholder such as "is X": small models copy it, and the copies count as votes.
LAST_LINE = "Then finish with a line that begins with the words: The answer is"
_SLOT = re.compile(r"\{(question|chain)\}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")  # "3.5" is no end, "。" needs no space


class Example(NamedTuple):
    """A question, and a response to it as the model should write one."""

    question: str
    response: str


@dataclass(frozen=True)
class Template:
    """The words of a prompt.

    Every part may hold the slot `{question}`, for the text of the query; `question` must. `chain`
    holds the slot `{chain}`, for the thoughts of earlier responses with the `connector` between
    them. `examples` are pairs of a question and a response; each becomes two messages before the
    question. An empty `system` leaves that message out.

    Roles alternate, as every chat model demands: system, examples, user (the question), assistant
    (the chain, as its own thoughts so far), user (`think_on`). The last two are in chained pulls
    only. Two other forms of a chained prompt are made by leaving one of them empty:

    - An empty `think_on` leaves that message out: the model continues the chain as its own text.
      Servers with vLLM, SGLang or llama.cpp can do that, and those of Mistral and DeepSeek.
    - An empty `chain` leaves that message out: `think_on` takes the place of the question and
      must hold `{question}` and `{chain}`.
    """

    system: str = f"Work the question out step by step. {LAST_LINE}"
    question: str = "{question}"
    chain: str = "{chain}"
    connector: str = "Wait. Let me work it out once more from the beginning and compare."
    think_on: str = (
        "Think on from there. Where the attempts above disagree, find out which step is right. "
        f"{LAST_LINE}\n\nThe question again: {{question}}"
    )
    examples: Sequence[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "examples", _examples(self.examples))  # the class is frozen
        chained = "chain" if self.chain else "think_on"
        needs = [("question", "{question}"), (chained, "{chain}")]
        if not self.chain:
            needs.append(("think_on", "{question}"))
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        for name, slot in needs:
            if slot not in parts[name]:
                raise InputError(
                    f"the template's {name} must hold {slot}, got {parts[name]!r}", name
                )

    def parallel(self, query: Query) -> Messages:
        """The messages of an independent response."""
        return (*self._opening(query), _user(_filled(self.question, query)))

    def chained(self, query: Query, earlier: Sequence[Response]) -> Messages:
        """The messages of a response that thinks on from the earlier ones, in their order."""
        connector = _filled(self.connector, query)
        chain = f"\n\n{connector}\n\n".join(thoughts(response) for response in earlier)
        think_on = _user(_filled(self.think_on, query, chain))
        if not self.chain:
            return (*self._opening(query), think_on)
        own: Message = {"role": "assistant", "content": _filled(self.chain, query, chain)}
        return (*self.parallel(query), own, *([think_on] if self.think_on else []))

    def _opening(self, query: Query) -> Messages:
        """The messages before the question."""
        messages: list[Message] = []
        if self.system:
            messages.append({"role": "system", "content": _filled(self.system, query)})
        for question, response in self.examples:
            asked = self.question.replace("{question}", question)
            messages += [_user(asked), {"role": "assistant", "content": response}]
        return tuple(messages)


def thoughts(response: Response) -> str:
    """The reasoning of a response, empty if it holds none.

    That is its own `thoughts`, else its text without the statement of the answer: the last line,
    or the last sentence of a text of one line. A line of fewer than three sentences holds none.
    """
    if response.thoughts.strip():
        return response.thoughts.strip()
    lines = response.text.strip().splitlines()
    if len(lines) == 1:
        sentences = [part for part in _SENTENCE_END.split(lines[0]) if part]
        if len(sentences) < PARAGRAPH:
            return ""
        return " ".join(_without_statement(sentences))
    return "\n".join(_without_statement(lines)).strip()


def _without_statement(parts: list[str]) -> list[str]:
    """The parts of a text without the last one if that states an answer."""
    states = any(not claim.weak for claim in claims(parts[-1])) if parts else False
    return parts[:-1] if states else parts


def _examples(examples: Sequence[tuple[str, str]]) -> tuple[Example, ...]:
    for example in examples:
        if isinstance(example, str) or len(example) != 2:
            raise InputError(
                f"examples must be pairs of a question and a response, got {example!r}", example
            )
    return tuple(Example(*example) for example in examples)


def _user(content: str) -> Message:
    return {"role": "user", "content": content}


def _filled(text: str, query: Query, chain: str = "") -> str:
    """The text with its slots filled, in one pass: a question may hold `{chain}` as its text."""
    values = {"question": query.text, "chain": chain}
    return _SLOT.sub(lambda slot: values[slot[1]], text)
