"""The one question that a user names: by its id, its place or its own text. Pure."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from numbers import Integral
from typing import TypeVar

from dynscaling_nb.errors import InputError, UnknownName
from dynscaling_nb.formatting import line
from dynscaling_nb.records import Query

T = TypeVar("T")
QuestionName = str | int | Query

NAMED = 60  # characters of a question's text in a message
ALIKE = 0.5  # of two texts, from 0 to 1, so that a message suggests the one for the other


def index_of(queries: Sequence[Query], question: QuestionName) -> int:
    """The index, from 0, of the question that a user means.

    A question is named by its id, by its place in the charts, which count from 1, or by its text
    in any case and spacing. An id comes before a place: with the ids 10, 20 and 30 the number 20
    is the second question. Raises `UnknownName` with near matches, and `InputError` for a place or
    a text that is not that of one question.
    """
    if isinstance(question, Query):
        question = question.id
    elif isinstance(question, bool) or not isinstance(question, str | Integral):
        raise InputError(
            f"a question is named by its id, its place or its text, got {question!r}", question
        )
    ids = [query.id for query in queries]
    if str(question) in ids:
        return ids.index(str(question))
    if isinstance(question, str):
        return _index_of_text(queries, question)
    if 1 <= question <= len(queries):
        return int(question) - 1
    raise InputError(
        f"there is no question {question}: places count from 1 to {len(queries)}", question
    )


def entry_of(entries: Mapping[str, T], query: Query) -> T | None:
    """The entry of a question in a mapping by ids or by texts; None if it has none."""
    return entries.get(query.id, entries.get(query.text))


def _index_of_text(queries: Sequence[Query], text: str) -> int:
    texts = [_folded(query.text) for query in queries]
    places = [place for place, other in enumerate(texts) if other == _folded(text)]
    if len(places) == 1:
        return places[0]
    if places:
        ids = ", ".join(queries[place].id for place in places)
        raise InputError(
            f"{len(places)} questions have the text {line(text, NAMED)!r}; "
            f"name one by its id: {ids}",
            text,
        )
    near = get_close_matches(_folded(text), texts, n=1, cutoff=ALIKE)
    names = [query.id for query in queries]
    if near:
        names.append(line(queries[texts.index(near[0])].text, NAMED))
    raise UnknownName("question", line(text, NAMED), names)


def _folded(text: str) -> str:
    """The text without its case and its extra spacing."""
    return " ".join(text.split()).casefold()
