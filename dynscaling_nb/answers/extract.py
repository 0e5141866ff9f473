"""Reads the answer of a response from its text, in canonical form. Pure.

Two spellings of one value are one vote: `1,200`, `$1200.00` and `\\boxed{1200}` all read as `1200`.
An extractor is any function from a text to an answer or None. None casts no vote.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dynscaling_nb.answers.reading import (
    UNREAD,
    Kind,
    QuestionReading,
    read_alone,
    read_part,
    statement_of,
)
from dynscaling_nb.errors import lookup
from dynscaling_nb.records import Completion, Query

Extractor = Callable[[str], str | None]


@dataclass(frozen=True)
class ReadAs:
    """Reads answers of one `kind`; None is `auto`, where each question decides its kind.

    Called with a text alone, it knows nothing of the question: the text decides.
    """

    kind: Kind | None = None

    def __call__(self, text: str) -> str | None:
        """The answer of a text in canonical form, or None."""
        return read_alone(text, self.kind)

    def of(self, query: Query) -> QuestionReading:
        """The reading of one question, before its first response."""
        return QuestionReading(query, self.kind)


EXTRACTORS: Mapping[str, ReadAs] = {
    "auto": ReadAs(),
    "number": ReadAs("numbers"),
    "choice": ReadAs("letters"),
    "text": ReadAs("words"),
    "latex": ReadAs("mathematics"),
}


def extractor(how: str | Extractor) -> Extractor:
    """The extractor of that name, or the function itself. Raises `UnknownName`."""
    return lookup("extractor", how, EXTRACTORS)


def reading_of(query: Query, extract: Extractor) -> "QuestionReading | OwnReading":
    """How the responses to one question are read, before the first one."""
    return extract.of(query) if isinstance(extract, ReadAs) else OwnReading(extract)


class OwnReading:
    """A function of the user that reads every response to a question on its own."""

    name = "own function"

    def __init__(self, function: Extractor) -> None:
        self._function = function

    def value(self, answer: str) -> str:
        """An answer of the user in canonical form, as a response's answer would read."""
        return self._function(f"The answer is {answer}.") or self._function(answer) or answer

    def read(self, index: int, completion: Completion) -> dict[int, str | None]:
        """The answer of response `index`.

        A text that was cut off at its token limit is handed over without its last line, and only
        if the rest states an answer.
        """
        cut_off = completion.finish == "length" and not statement_of(completion).claims
        if completion.finish in UNREAD or cut_off:
            return {index: None}
        return {index: self._function(read_part(completion))}


def readable(completion: Completion, extract: Extractor) -> str | None:
    """The answer of one completion to a question that is not known; None if it has none."""
    return reading_of(Query("", ""), extract).read(0, completion)[0]


def gold_answer(gold: str, extract: Extractor) -> str:
    """A gold answer in canonical form, as a response's answer would read."""
    return reading_of(Query("", "", gold), extract).value(gold)
