"""How texts become votes in one run: reading, equivalence, the judge, the weight of a vote."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from dynscaling_nb.answers.equivalence import Equivalence, Spellings, at_hand, auto, for_kind, words
from dynscaling_nb.answers.extract import Extractor, reading_of
from dynscaling_nb.answers.judge import Judge, JudgeAtWork
from dynscaling_nb.answers.weights import VoteWeight, equal, valid_weight
from dynscaling_nb.errors import InputError
from dynscaling_nb.records import Completion, Gold, Query, Usage, one_or_several, right_answers


class AnswerReader:
    """Reads the completions of one run.

    `golds` are the gold answers of the `queries`, as a response's answer would read: a text,
    several that are all right, or None.
    """

    def __init__(
        self,
        queries: Sequence[Query],
        extract: Extractor,
        equivalence: Equivalence | Judge = auto,
        vote_weight: VoteWeight = equal,
    ) -> None:
        self._queries = queries
        self._readings = [reading_of(query, extract) for query in queries]
        self._judge = equivalence if isinstance(equivalence, Judge) else None
        self._rule = words if isinstance(equivalence, Judge) else equivalence
        self._at_work: JudgeAtWork | None = None
        self._vote_weight = vote_weight
        self._revised: dict[int, dict[int, str | None]] = {}
        self.golds: list[Gold] = [self._gold(place) for place in range(len(queries))]
        self._spellings = [self._known_spellings(place) for place in range(len(queries))]

    @property
    def readings(self) -> list[str | None]:
        """How each question is read: `numbers`, `letters`, `words` and so on.

        None for a question that has no response here yet and does not decide it itself.
        """
        return [reading.name for reading in self._readings]

    @property
    def judge_usage(self) -> Usage:
        """What the judge's calls used since it was last opened."""
        return Usage() if self._at_work is None else self._at_work.usage

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep what compares answers at work while completions are read."""
        if self._judge is None:
            with at_hand(self._rule):
                yield
        else:
            async with self._judge.open() as self._at_work:
                yield

    async def read(self, query: int, index: int, completion: Completion) -> str | None:
        """The answer of response `index`, in the spelling of the query's earlier answers; or None.

        It may change how the question is read: see `revised`. Raises `InputError` if a function of
        the user fails.
        """
        kind = self._readings[query].name
        try:
            answers = self._readings[query].read(index, completion)
        except Exception as error:
            raise _failure("extract", completion.text, error) from error
        if len(answers) > 1 or kind != self._readings[query].name:
            self.golds[query] = self._gold(query)
            self._spellings[query] = self._known_spellings(query)
        spelled = {place: await self._spelling(query, answer) for place, answer in answers.items()}
        if len(answers) > 1:
            self._revised[query] = spelled
        return spelled[index]

    def revised(self, query: int) -> Mapping[int, str | None]:
        """The answers of responses that were read again, by their index; empty if none was."""
        return self._revised.get(query, {})

    def weight(self, completion: Completion) -> float:
        """The weight of a completion's vote. Raises `InputError` if the user's function fails."""
        try:
            return valid_weight(self._vote_weight(completion))
        except Exception as error:
            raise _failure("vote_weight", completion.text, error) from error

    @property
    def all_revised(self) -> dict[str, Mapping[int, str | None]]:
        """The answers that were read again, by the id of their query and their index."""
        return {self._queries[place].id: answers for place, answers in self._revised.items()}

    async def _spelling(self, query: int, answer: str | None) -> str | None:
        if answer is None:
            return None
        spellings = self._spellings[query]
        try:
            if self._at_work is None:
                return await spellings.spell(answer)
            return await self._at_work.spell(self._queries[query], answer, spellings)
        except Exception as error:
            raise _failure("equivalence", answer, error) from error

    def _gold(self, query: int) -> Gold:
        value = self._readings[query].value
        return one_or_several([value(gold) for gold in self._queries[query].golds])

    def _known_spellings(self, query: int) -> Spellings:
        """Spellings that begin with the gold answers, each an answer of its own."""
        prior = self._queries[query].prior
        rule = for_kind(self._rule, self._readings[query].name)
        return Spellings(rule, prior, right_answers(self.golds[query]))


def _failure(option: str, text: str, error: Exception) -> InputError:
    """The error of a user's function as an `InputError` that names its option."""
    if isinstance(error, InputError):
        return error
    return InputError(f"{option} failed on {text[:60]!r}: {type(error).__name__}: {error}", text)
