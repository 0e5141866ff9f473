"""Reads the answer of a response from its text, in canonical form. Pure.

Two spellings of one value are one vote: `1,200`, `$1200.00` and `\\boxed{1200}` all read as `1200`.
An extractor is any function from a text to an answer or None. None casts no vote.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dynscaling_nb.answers.reading import Kind, QuestionReading, statement_of
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
        return self.of(Query("", "")).read(0, statement_of(Completion(text)))[0]

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


def gold_answer(gold: str, extract: Extractor) -> str:
    """A gold answer in canonical form, as a response's answer would read."""
    if isinstance(extract, ReadAs):
        return extract.of(Query("", "", gold)).reading.value(gold) or gold.strip()
    return extract(f"The answer is {gold}.") or extract(gold) or gold.strip()


def readable(completion: Completion, extract: Extractor) -> str | None:
    """The answer of a completion, by a function of the user.

    A refusal, a filtered text and a tool call hold no answer. A completion that was truncated at
    its token limit loses its last, unfinished line; the rest must then state the answer.
    """
    statement = statement_of(completion)
    if completion.finish == "length":
        return extract(completion.text.rpartition("\n")[0]) if statement.claims else None
    return None if completion.finish in UNREAD else extract(completion.text)
