"""The decisions on a server's error reply.

Retry          a rate limit, a fault of the server: the same again, after a pause
Fewer          the error is, or may be, about the number of completions
DropField      the server does not know a field that was sent: leave it out from now on
FoldSystem     the server wants no system role: send its text with the question from now on
FailQuestion   the request of this question alone is at fault
EndRun         every further call would fail
UnknownModel   as EndRun; the server's list of models may hold a hint
NotFound       as EndRun; the server's list of models tells whether it lacks the model
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Retry:
    """Send the same again, `after` the seconds that the server asks for, if it does."""

    message: str
    kind: str
    after: float | None


@dataclass(frozen=True)
class Fewer:
    """Ask for `n` completions at a time. `named`: the server named it; else it is a guess."""

    n: int
    named: bool


@dataclass(frozen=True)
class DropField:
    """Send the request again without this field."""

    name: str


@dataclass(frozen=True)
class FoldSystem:
    """Send the system message as a part of the user's message from now on."""


@dataclass(frozen=True)
class FailQuestion:
    """The call has failed; the other questions go on."""

    message: str


@dataclass(frozen=True)
class EndRun:
    """Every further call would fail as well."""

    message: str


@dataclass(frozen=True)
class UnknownModel:
    """The server does not know the model; its list of models may hold a hint."""

    message: str


@dataclass(frozen=True)
class NotFound:
    """Nothing is there. The server's list of models tells which of the two lines is true."""

    message: str
    unknown_model: str


Decision = Retry | Fewer | DropField | FoldSystem | FailQuestion | EndRun | UnknownModel | NotFound
