"""A model that says whether two answers mean the same.

It is for answers that no rule can compare: sentences, names, code.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dynscaling_nb.answers.equivalence import Spellings
from dynscaling_nb.errors import InputError
from dynscaling_nb.models.base import Model, Sampler, attempt
from dynscaling_nb.records import Message, Query, Request, Usage

SLOTS = ("{question}", "{first}", "{second}")
PROMPT = """\
Question: {question}

First answer: {first}

Second answer: {second}

Do the two answers mean the same as answers to the question? \
It does not matter whether they are right. Reply with one word, yes or no."""


@dataclass(frozen=True)
class Judge:
    """`equivalence=Judge(model)`: a model compares each new answer with the earlier ones.

    The judge goes through the spellings until the model says that one means the same. Two answers
    are compared once. Answers with the same words need no call. A call that fails counts as
    "different".

    - `max_calls`: calls in one run at most; after them, answers with other words are different.
    - `prompt`: the words of a call, with the slots {question}, {first} and {second}.

    The calls are not part of the budget; the result's `judge_usage` holds what they used.
    """

    model: Model
    max_calls: int = 1000
    prompt: str = field(default=PROMPT, repr=False)

    def __post_init__(self) -> None:
        missing = [slot for slot in SLOTS if slot not in self.prompt]
        if missing:
            raise InputError(
                f"the judge's prompt must hold {missing[0]}, got {self.prompt[:60]!r}", self.prompt
            )

    @asynccontextmanager
    async def open(self) -> AsyncIterator["JudgeAtWork"]:
        """The judge at work, for the length of one run."""
        async with self.model.open() as sampler:
            yield JudgeAtWork(self, sampler)


class JudgeAtWork:
    """A judge in one run; `usage` is what its calls used."""

    def __init__(self, judge: Judge, sampler: Sampler) -> None:
        self.usage = Usage()
        self._judge = judge
        self._sampler = sampler
        self._calls = 0
        self._locks: dict[str, asyncio.Lock] = {}
        self._verdicts: dict[tuple[str, str], str] = {}  # (query, answer) to its spelling

    async def spell(self, query: Query, answer: str, spellings: Spellings) -> str:
        """The spelling of the answer; the model judges an answer that no rule recognises.

        A query's new answers are judged one after the other. Two at once could otherwise both
        become spellings, though they mean the same.
        """
        async with self._locks.setdefault(query.id, asyncio.Lock()):
            spelling = spellings.find(answer) or self._verdicts.get((query.id, answer))
            if spelling is not None:
                return spelling
            for other in spellings.seen:
                if await self._agrees(query, answer, other):
                    self._verdicts[query.id, answer] = other
                    return other
            return spellings.of(answer)

    async def _agrees(self, query: Query, first: str, second: str) -> bool:
        if self._calls >= self._judge.max_calls:
            return False
        self._calls += 1
        slots = {"{question}": query.text, "{first}": first, "{second}": second}
        # in one pass: an answer that holds the text of a slot stays as it is
        text = re.sub("|".join(map(re.escape, SLOTS)), lambda m: slots[m[0]], self._judge.prompt)
        message: Message = {"role": "user", "content": text}
        request = Request(query, (message,), index=self._calls, seeds=(self._calls,))
        outcome = await attempt(self._sampler, request)
        self.usage = sum((c.usage for c in outcome.completions), self.usage)
        return any(re.match(r"\W*yes\b", c.text, re.IGNORECASE) for c in outcome.completions)
