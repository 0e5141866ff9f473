"""The responses to one question, each readable in full.

A chained response comes with the earlier responses that it was built from.
"""

import ipywidgets as widgets

from dynscaling_nb.formatting import html, line
from dynscaling_nb.notebook.charts.history import MAX_SHOWN, NO_ANSWER, Row, RunHistory
from dynscaling_nb.notebook.widgets.fields import ClosingBox
from dynscaling_nb.questions import QuestionName, index_of
from dynscaling_nb.records import Response

LABEL = 60  # characters of an answer in the list
STYLE = (
    "white-space:pre-wrap;overflow-wrap:anywhere;max-height:340px;overflow:auto;"
    "margin:4px 0;font-size:12px;line-height:1.4"
)


class ResponseBrowser(ClosingBox):
    """A list of questions and a list of the responses to one of them.

    `question.value` is the place of the chosen question, from 1.
    """

    def __init__(self) -> None:
        self._history: RunHistory | None = None
        self._listed: tuple[int, int] = (0, 0)  # place of the question, number of its responses
        self._responses: dict[int, Response] = {}  # responses to the question, by their index
        self.question = widgets.Dropdown(
            description="Question", layout={"width": "100%", "max_width": "640px"}
        )
        self.responses = widgets.Select(description="Responses", rows=9, layout={"width": "320px"})
        self.text = widgets.HTML(layout={"flex": "1 1 380px", "min_width": "0"})
        self.question.observe(lambda _: self.refresh(), "value")
        self.responses.observe(lambda _: self._read(), "value")
        columns = widgets.Box(
            [self.responses, self.text], layout={"flex_flow": "row wrap", "width": "100%"}
        )
        super().__init__([self.question, columns])

    def follow(self, history: RunHistory) -> None:
        """Read the responses of this history from now on.

        The list offers the first thousand questions, and others once they are selected elsewhere.
        """
        self._history, self._listed, self._responses = history, (0, 0), {}
        self.question.options = [_option(row) for row in history.rows[:MAX_SHOWN]]
        self.question.value = 1
        self.refresh()

    def choose(self, question: QuestionName) -> None:
        """Choose a question by its id, its place from 1, or its text. Raises `UnknownName`."""
        if self._history is not None:
            self._offer(self._history.rows[index_of(self._history.queries, question)])

    def click(self, place: int) -> None:
        """Choose the question at this place of a chart, from 1; other numbers change nothing."""
        if self._history is not None and 1 <= place <= len(self._history.rows):
            self._offer(self._history.rows[place - 1])

    def _offer(self, row: Row) -> None:
        """Choose the question of this row; the list has it from now on."""
        label, place = _option(row)
        if place not in [offered for _, offered in self.question.options]:
            self.question.options = [*self.question.options, (label, place)]
        self.question.value = place

    def refresh(self) -> None:
        """List the responses that have come to the chosen question."""
        place = self.question.value
        if self._history is None or place is None:
            return
        count = self._history.rows[place - 1]["pulls"]
        if self._listed == (place, count):
            return
        same_question = self._listed[0] == place
        self._listed = (place, count)
        responses = self._history.responses_to(place - 1)
        self._responses = {response.index: response for response in responses}
        earlier = self.responses.value if same_question else None
        self.responses.options = [(summary(self._responses[i]), i) for i in sorted(self._responses)]
        if self._responses:
            self.responses.value = min(self._responses) if earlier is None else earlier
        self._read()

    def _read(self) -> None:
        response = self._responses.get(self.responses.value)
        if response is None:
            self.text.value = "<em>no response yet</em>"
        else:
            sources = [self._responses[i] for i in response.sources]
            self.text.value = page(response, sources)


def _option(row: Row) -> tuple[str, int]:
    """A question in the list: its label, and the value that stands for it."""
    return f"{row['place']}. {row['question']}", row["place"]


def summary(response: Response) -> str:
    """A response on one line: its number, from 1, its kind and its answer."""
    answer = NO_ANSWER if response.answer is None else line(response.answer, LABEL)
    return f"{response.index + 1}. {response.kind}: {answer}"


def page(response: Response, sources: list[Response]) -> str:
    """A response in full as HTML. The text of the model is escaped: it is shown and does nothing.

    `sources` are the earlier responses that it was built from, in their order.
    """
    thoughts = (
        f"<details><summary>Its thoughts</summary>{_text(response.thoughts)}</details>"
        if response.thoughts
        else ""
    )
    chain = "".join(
        f"<details><summary>{html(summary(source))}</summary>"
        f"{_text(source.thoughts)}{_text(source.text)}</details>"
        for source in sources
    )
    if chain:
        heading = "<b>The earlier responses in its chain, in their order</b>"
        chain = f"<div style='margin-top:8px'>{heading}{chain}</div>"
    facts = html(" · ".join(_facts(response, sources)))
    return f"<div><b>{facts}</b></div>{thoughts}{_text(response.text)}{chain}"


def _facts(response: Response, sources: list[Response]) -> list[str]:
    facts = [f"{response.kind} response {response.index + 1}"]
    if sources:
        facts.append(f"built from {', '.join(str(source.index + 1) for source in sources)}")
    if response.answer is None:
        facts.append("no answer could be read")
    else:
        facts.append(f"answer {line(response.answer, LABEL)}")
    facts.append(f"{response.time:.2f} s")
    facts.append(f"tokens: {response.usage.completion_tokens:,}")
    if response.finish == "length":
        facts.append("cut off at the token limit")
    return facts


def _text(text: str) -> str:
    return f"<pre tabindex='0' style='{STYLE}'>{html(text)}</pre>" if text else ""
