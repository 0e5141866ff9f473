"""The responses to one query, each readable in full, and for a chained one the earlier responses that it was built from."""

from typing import Any

import ipywidgets as widgets

from dynscaling_nb.formatting import html, line
from dynscaling_nb.notebook.charts.history import NO_ANSWER, RunHistory
from dynscaling_nb.records import Response

MOST_OFFERED = 1000  # queries in the list
LABEL = 60  # characters of an answer in the list
TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;max-height:340px;overflow:auto;margin:4px 0;font-size:12px;line-height:1.4"


class ResponseBrowser(widgets.VBox):  # type: ignore[misc]
    """Chooses a query and one of its responses. `query.value` is the place of the query, from 1."""

    def __init__(self) -> None:
        self._course: RunHistory | None = None
        self._listed: tuple[int, int] = (0, 0)
        self._responses: dict[int, Response] = {}
        self.query = widgets.Dropdown(
            description="Query", layout=widgets.Layout(width="100%", max_width="640px")
        )
        self.responses = widgets.Select(
            description="Responses", rows=9, layout=widgets.Layout(width="320px")
        )
        self.text = widgets.HTML(layout=widgets.Layout(flex="1 1 380px", min_width="0"))
        self.query.observe(lambda _: self.refresh(), "value")
        self.responses.observe(lambda _: self._read(), "value")
        columns = widgets.Box(
            [self.responses, self.text], layout=widgets.Layout(flex_flow="row wrap", width="100%")
        )
        super().__init__([self.query, columns])

    def follow(self, course: RunHistory) -> None:
        """Read this course from now on; of very many queries the first thousand are offered, and others that are chosen elsewhere."""
        self._course, self._listed, self._responses = course, (0, 0), {}
        self.query.options = [_option(row) for row in course.rows[:MOST_OFFERED]]
        self.query.value = 1
        self.refresh()

    def choose(self, place: int) -> None:
        """Read the query at this place, from 1."""
        if self._course is None or not 1 <= place <= len(self._course.rows):
            return
        if place not in [offered for _, offered in self.query.options]:
            self.query.options = [*self.query.options, _option(self._course.rows[place - 1])]
        self.query.value = place

    def refresh(self) -> None:
        """List the responses that have come to the chosen query."""
        if self._course is None or self.query.value is None:
            return
        place = self.query.value
        count = self._course.rows[place - 1]["pulls"]
        if self._listed == (place, count):
            return
        same_query = self._listed[0] == place
        self._listed = (place, count)
        self._responses = {
            response.index: response for response in self._course.responses_to(place - 1)
        }
        kept = self.responses.value if same_query else None
        self.responses.options = [(summary(self._responses[i]), i) for i in sorted(self._responses)]
        if self._responses:
            self.responses.value = kept if kept is not None else min(self._responses)
        self._read()

    def _read(self) -> None:
        found = self._responses.get(self.responses.value)
        self.text.value = (
            "<em>no response yet</em>"
            if found is None
            else page(found, [self._responses[i] for i in found.sources])
        )


def _option(row: dict[str, Any]) -> tuple[str, int]:
    return f"{row['place']}. {row['query']}", row["place"]


def summary(response: Response) -> str:
    """A response on one line: its number, from 1, its kind and its answer."""
    answer = NO_ANSWER if response.answer is None else line(response.answer, LABEL)
    return f"{response.index + 1}. {response.kind}: {answer}"


def page(response: Response, sources: list[Response]) -> str:
    """A response in full as HTML; the text of the model is shown and does nothing."""
    facts = [
        f"{response.kind} response {response.index + 1}",
        *([f"built from {', '.join(str(s.index + 1) for s in sources)}"] if sources else []),
        "no answer could be read"
        if response.answer is None
        else f"answer {line(response.answer, LABEL)}",
        f"{response.time:.2f} s",
        f"tokens: {response.usage.completion_tokens:,}",
        *(["cut off at the token limit"] if response.finish == "length" else []),
    ]
    thoughts = (
        f"<details><summary>Its thoughts</summary>{_text(response.thoughts)}</details>"
        if response.thoughts
        else ""
    )
    earlier = "".join(
        f"<details><summary>{html(summary(s))}</summary>{_text(s.thoughts)}{_text(s.text)}</details>"
        for s in sources
    )
    chain = (
        f"<div style='margin-top:8px'><b>The earlier responses in its chain, in their order</b>{earlier}</div>"
        if sources
        else ""
    )
    return f"<div><b>{html(' · '.join(facts))}</b></div>{thoughts}{_text(response.text)}{chain}"


def _text(text: str) -> str:
    return f"<pre tabindex='0' style='{TEXT}'>{html(text)}</pre>" if text else ""
