"""The events of a run: a value for each, in order.

Views, logs and a user's own observers listen to them.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dynscaling_nb.errors import ModelError
from dynscaling_nb.records import Pull, Query, Response, Stopped, Usage


class RunView(Protocol):
    """A run as an observer sees and steers it.

    `ledger` is the run's `Ledger`. `counts` has the responses that were `unread`, `truncated`,
    `refused` or `reused`, and the pulls `cancelled`.
    """

    queries: tuple[Query, ...]
    ledger: Any
    model: Any
    time: float
    usage: Usage
    counts: Counter[str]
    paused: bool

    def stop(self) -> None:
        """End the run soon, with the responses so far."""

    def pause(self) -> None:
        """Send no further request until `resume`."""

    def resume(self) -> None:
        """Go on after `pause`."""

    @property
    def change(self) -> Callable[..., None]:
        """`change(budget=, policy=, stop=, plan=, concurrency=)`: used from the next pull on."""


@dataclass(frozen=True)
class Started:
    """The run begins. An observer may keep `run` to look at it and to steer it."""

    run: RunView


@dataclass(frozen=True)
class Drawn:
    """A response was drawn and counted; `resumed` marks a response from an earlier process."""

    pull: Pull
    response: Response
    resumed: bool = False


@dataclass(frozen=True)
class Revised:
    """Earlier responses to a question read otherwise now, since later ones show what it asks for.

    `query` is the place of the question in the run. `answers` holds the new answers, by the place
    of their responses among the counted ones to this question, from 0.
    """

    query: int
    answers: Mapping[int, str | None]


@dataclass(frozen=True)
class Failed:
    """A call failed, and its pull went back into the budget."""

    pull: Pull
    error: ModelError


@dataclass(frozen=True)
class Waiting:
    """A request waits for so many seconds from now on, because its server asks for it or fails."""

    seconds: float


@dataclass(frozen=True)
class Finished:
    """The run has ended."""

    stopped: Stopped


Event = Started | Drawn | Revised | Failed | Waiting | Finished
Observer = Callable[[Event], None]


def in_words(event: Event) -> str:
    """A line of a log."""
    match event:
        case Started(run):
            return (
                f"started questions={len(run.queries)} budget={run.ledger.budget} "
                f"model={run.model.name}"
            )
        case Drawn(pull, response):
            return (
                f"drawn number={pull.number} query={response.query_id!r} index={pull.index} "
                f"kind={pull.kind} answer={response.answer!r} seconds={response.time:.3f}"
            )
        case Revised(query, answers):
            return f"revised query={query} answers={dict(answers)!r}"
        case Failed(pull, error):
            return f"failed number={pull.number} query={pull.query} index={pull.index}: {error}"
        case Waiting(seconds):
            return f"waiting seconds={seconds:.1f}"
        case Finished(stopped):
            return f"finished stopped={stopped}"
