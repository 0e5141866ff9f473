"""How texts become votes in one run: the reader, the spellings of each query, the judge, the weight of a vote."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from dynscaling_nb.answers.equivalence import Equivalence, Spellings, exact, words
from dynscaling_nb.answers.extract import Extractor, gold_answer, readable
from dynscaling_nb.answers.judge import Judge, JudgeAtWork
from dynscaling_nb.answers.weights import VoteWeight, checked, equal
from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Completion, Query, Usage


class AnswerReader:
    """Reads the completions for `queries`. `golds` are their gold answers as an answer would read, None where there is none."""

    def __init__(
        self,
        queries: Sequence[Query],
        read: Extractor,
        same: Equivalence | Judge = exact,
        weigh: VoteWeight = equal,
    ) -> None:
        self.read = read
        self.golds = [
            None if query.gold is None else gold_answer(query.gold, read) for query in queries
        ]
        self._queries = queries
        self._judge = same if isinstance(same, Judge) else None
        self._bench: JudgeAtWork | None = None
        self._weigh = weigh
        known = [
            [*query.prior] if gold is None else [gold, *query.prior]
            for query, gold in zip(queries, self.golds, strict=True)
        ]
        self._spellings = [
            Spellings(words if isinstance(same, Judge) else same, spellings) for spellings in known
        ]

    @property
    def judging(self) -> Usage:
        """What the judge's calls used, since it was last opened."""
        return Usage() if self._bench is None else self._bench.usage

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """With the judge at work, where there is one."""
        if self._judge is None:
            yield
        else:
            async with self._judge.open() as self._bench:
                yield

    async def answer(self, query: int, completion: Completion) -> str | None:
        """What a completion answers, spelled as the query's earlier answers; None where nothing can be read.

        Raises `InputError` where a function of the user's breaks.
        """
        try:
            answer = readable(completion, self.read)
            if answer is None:
                return None
            spellings = self._spellings[query]
            return (
                spellings.of(answer)
                if self._bench is None
                else await self._bench.spell(self._queries[query], answer, spellings)
            )
        except InputError:
            raise
        except Exception as error:
            reason = f"the answer reader failed on {completion.text[:60]!r}: {type(error).__name__}: {error}"
            raise InputError(reason, completion.text) from error

    def weight(self, completion: Completion) -> float:
        """What its vote weighs. Raises `InputError`."""
        try:
            return checked(self._weigh(completion))
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"the weighing failed: {type(error).__name__}: {error}", completion
            ) from error
