"""A model that says whether two answers mean the same, for answers that no rule can compare: sentences, names, code."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dynscaling_nb.answers.equivalence import Spellings
from dynscaling_nb.errors import InputError
from dynscaling_nb.models.base import Model, Sampler, attempt
from dynscaling_nb.records import Message, Query, Request, Usage

ASKED = """\
Question: {question}

First answer: {first}

Second answer: {second}

Do the two answers mean the same as answers to the question? It does not matter whether they are right. Reply with one word, yes or no."""


@dataclass(frozen=True)
class Judge:
    """`equivalence=Judge(model)`: a new answer to a query is held against each that the query has, until the model says that one means the same.

    Two answers are compared once; those of the same words without a call. A call that fails counts as "different". What the calls use is
    in the result's `judge_usage`, outside of the budget; at most `max_calls` of them are made in one run, after which answers of other words differ.
    `prompt` has the slots {question}, {first} and {second}.
    """

    model: Model
    max_calls: int = 1000
    prompt: str = field(default=ASKED, repr=False)

    def __post_init__(self) -> None:
        missing = [
            slot for slot in ("{question}", "{first}", "{second}") if slot not in self.prompt
        ]
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
    """A judge at work, and the `usage` of its calls."""

    def __init__(self, judge: Judge, sampler: Sampler) -> None:
        self.usage = Usage()
        self._judge = judge
        self._sampler = sampler
        self._calls = 0
        self._locks: dict[str, asyncio.Lock] = {}
        self._judged: dict[tuple[str, str], str] = {}

    async def spell(self, query: Query, answer: str, spellings: Spellings) -> str:
        """As `spellings.of`, with the model asked about an answer that is new; one new answer of a query at a time."""
        async with self._locks.setdefault(query.id, asyncio.Lock()):
            found = spellings.find(answer) or self._judged.get((query.id, answer))
            if found is not None:
                return found
            for other in spellings.seen:
                if await self._agrees(query, answer, other):
                    self._judged[query.id, answer] = other
                    return other
            return spellings.of(answer)

    async def _agrees(self, query: Query, first: str, second: str) -> bool:
        if self._calls >= self._judge.max_calls:
            return False
        self._calls += 1
        slots = {"question": query.text, "first": first, "second": second}
        text = re.sub(
            r"\{(question|first|second)\}", lambda slot: slots[slot[1]], self._judge.prompt
        )
        message: Message = {"role": "user", "content": text}
        outcome = await attempt(
            self._sampler, Request(query, (message,), index=self._calls, seeds=(self._calls,))
        )
        self.usage = sum((c.usage for c in outcome.completions), self.usage)
        return any(re.match(r"\W*yes\b", c.text, re.IGNORECASE) for c in outcome.completions)
