"""What happens in a run, one value a happening, in order: what views, logs and stores of the user's own listen to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dynscaling_nb.errors import ModelError
from dynscaling_nb.records import Pull, Response, Stopped


@dataclass(frozen=True)
class Started:
    """The run begins; through `run`, a `Run`, a view reads the books and says what it wants."""

    run: Any


@dataclass(frozen=True)
class Drawn:
    """A response was drawn and counted; `resumed` says that it was drawn before this run was taken up again."""

    pull: Pull
    response: Response
    resumed: bool = False


@dataclass(frozen=True)
class Failed:
    """A call failed and its reservation was given back."""

    pull: Pull
    error: ModelError


@dataclass(frozen=True)
class Finished:
    """The run is over."""

    stopped: Stopped


Event = Started | Drawn | Failed | Finished
Observer = Callable[[Event], None]


def in_words(event: Event) -> str:
    """A line of a log."""
    match event:
        case Started(run):
            return f"started {len(run.queries)} queries budget={run.ledger.budget} model={run.model.name}"
        case Drawn(pull, response):
            return (
                f"drawn number={pull.number} query={response.query_id!r} index={pull.index} kind={pull.kind} answer={response.answer!r} "
                f"seconds={response.time:.3f}"
            )
        case Failed(pull, error):
            return f"failed number={pull.number} query={pull.query} index={pull.index}: {error}"
        case Finished(stopped):
            return f"finished stopped={stopped}"
