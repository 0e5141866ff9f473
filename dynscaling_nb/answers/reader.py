"""How texts become votes in one run: extraction, equivalence, the judge, the weight of a vote."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from dynscaling_nb.answers.equivalence import Equivalence, Spellings, exact, words
from dynscaling_nb.answers.extract import Extractor, gold_answer, readable
from dynscaling_nb.answers.judge import Judge, JudgeAtWork
from dynscaling_nb.answers.weights import VoteWeight, equal, valid_weight
from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Completion, Query, Usage


class AnswerReader:
    """Reads the completions of one run.

    `golds` are the gold answers of the `queries`, as a response's answer would read; None for a
    query without one.
    """

    def __init__(
        self,
        queries: Sequence[Query],
        extract: Extractor,
        equivalence: Equivalence | Judge = exact,
        vote_weight: VoteWeight = equal,
    ) -> None:
        self.golds = [
            None if query.shown_gold is None else gold_answer(query.shown_gold, extract)
            for query in queries
        ]
        self._queries = queries
        self._extract = extract
        self._judge = equivalence if isinstance(equivalence, Judge) else None
        self._at_work: JudgeAtWork | None = None
        self._vote_weight = vote_weight
        rule = words if isinstance(equivalence, Judge) else equivalence
        self._spellings = [
            Spellings(rule, [*query.prior] if gold is None else [gold, *query.prior])
            for query, gold in zip(queries, self.golds, strict=True)
        ]

    @property
    def judge_usage(self) -> Usage:
        """What the judge's calls used since it was last opened."""
        return Usage() if self._at_work is None else self._at_work.usage

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep the judge at work, if there is one, while completions are read."""
        if self._judge is None:
            yield
        else:
            async with self._judge.open() as self._at_work:
                yield

    async def answer(self, query: int, completion: Completion) -> str | None:
        """The answer of a completion, in the spelling of the query's earlier answers; or None.

        Raises `InputError` if a function of the user fails.
        """
        try:
            answer = readable(completion, self._extract)
        except Exception as error:
            raise _failure("extract", completion.text, error) from error
        if answer is None:
            return None
        spellings = self._spellings[query]
        try:
            if self._at_work is None:
                return spellings.of(answer)
            return await self._at_work.spell(self._queries[query], answer, spellings)
        except Exception as error:
            raise _failure("equivalence", answer, error) from error

    def weight(self, completion: Completion) -> float:
        """The weight of a completion's vote. Raises `InputError` if the user's function fails."""
        try:
            return valid_weight(self._vote_weight(completion))
        except Exception as error:
            raise _failure("vote_weight", completion.text, error) from error


def _failure(option: str, text: str, error: Exception) -> InputError:
    """The error of a user's function as an `InputError` that names its option."""
    if isinstance(error, InputError):
        return error
    return InputError(f"{option} failed on {text[:60]!r}: {type(error).__name__}: {error}", text)
