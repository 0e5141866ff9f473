"""Every option of a run, declared once.

The call, the cell, the shell, the panel and the reference are made from the fields of `RunOptions`.
To add an option, add a field and use it in `build.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dynscaling_nb.answers.equivalence import EQUIVALENCES, Equivalence
from dynscaling_nb.answers.extract import EXTRACTORS, Extractor
from dynscaling_nb.answers.judge import Judge
from dynscaling_nb.answers.weights import WEIGHTS, VoteWeight
from dynscaling_nb.bandit.policies import POLICIES, Policy
from dynscaling_nb.bandit.stopping import STOP_RULES, StopRule
from dynscaling_nb.chains.plan import SOURCES, Plan, Sources
from dynscaling_nb.chains.prompt import Template
from dynscaling_nb.declaration import (
    budget_text,
    check,
    depths_text,
    make,
    one_of,
    option,
    positive,
    prices_text,
    store_text,
)
from dynscaling_nb.engine.estimate import Estimate
from dynscaling_nb.errors import InputError
from dynscaling_nb.events import Observer
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.openai.headers import check_headers
from dynscaling_nb.models.openai.model import OpenAIModel
from dynscaling_nb.records import KEEPS, Keep, Prices
from dynscaling_nb.storage.sqlite import Store


def _check_model(name: str, value: Any) -> None:
    if not isinstance(value, str | Model):
        raise InputError(f"{name} must be a name or a dn.Model, got {value!r}", value)


def _names(names: Any) -> str:
    return ", ".join(names)


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of a run as a user gives them: names, or objects in their place."""

    budget: int = option(
        help="responses to draw in all, shared by the questions; at least one a question",
        parse=budget_text,
        flag="-b",
        steerable=True,
    )
    model: str | Model | None = option(
        None,
        help="a model's name on a server, gguf:PATH for a file on this computer, or a model "
        "object; the embedded one if left out",
        parse=str,
        flag="-m",
        check=_check_model,
        variable=Model,
    )
    base_url: str | Sequence[str] | None = option(
        None,
        help="address of an OpenAI-compatible server, up to and with /v1; OpenAI's if left out. "
        "The key comes from OPENAI_API_KEY",
        parse=str,
        served=True,
    )
    temperature: float | None = option(
        None, help="temperature of sampling; the server's own if left out", parse=float, served=True
    )
    max_tokens: int | None = option(
        None,
        help="tokens that one response may take; the server's own if left out",
        parse=int,
        check=positive("tokens", whole=True),
        served=True,
    )
    reasoning_effort: str | None = option(
        None,
        help="how long a thinking model thinks, such as low or high; the server's own if left out",
        parse=str,
        metavar="WORD",
        served=True,
    )
    headers: str | None = option(
        None,
        help="further headers of each request for a gateway, as 'api-key: $AZURE_KEY', several "
        "with ; between; $NAME is a variable of the environment",
        parse=str,
        check=check_headers,
        metavar="NAME:VALUE",
        served=True,
    )
    timeout: float = option(
        OpenAIModel.timeout,
        help="seconds that a request may take",
        parse=float,
        check=positive("seconds"),
        served=True,
    )
    policy: str | Policy = option(
        "default",
        help=f"which question gets the next response: default, {_names(POLICIES)}",
        parse=str,
        flag="-p",
        variable=Policy,
        steerable=True,
    )
    c: float | None = option(
        None,
        help="weight of exploration of the ucb policies; the policy's own if left out",
        parse=float,
        flag="-c",
        steerable=True,
    )
    stop: str | StopRule | None = option(
        None,
        help="when a question has enough, so that others get the rest: "
        f"{_names(STOP_RULES)}; never if left out",
        parse=str,
        metavar="RULE",
        variable=StopRule,
        steerable=True,
    )
    cancel_settled: bool = option(
        False, help="cancel requests in flight for a question that has enough"
    )
    warmup: int | None = option(
        None,
        help="responses to every question before the policy starts; half of its mean share, from "
        "1 to parallel, if left out",
        parse=int,
        check=positive("responses", whole=True),
    )
    parallel: int = option(
        Plan.parallel,
        help="independent responses to a question before the first chained one",
        parse=int,
        steerable=True,
    )
    depth: int = option(
        Plan.depth,
        help="earlier responses in a chain; 0 draws no chains",
        parse=int,
        steerable=True,
    )
    chained_share: float = option(
        Plan.chained_share,
        help="share of chained responses after the first ones, from 0 to 1",
        parse=float,
        steerable=True,
    )
    sources: Sources = option(
        Plan.sources,
        help=f"which earlier responses a chain is built from: {_names(SOURCES)}",
        parse=str,
        choices=SOURCES,
        check=one_of(*SOURCES),
        steerable=True,
    )
    depths: tuple[int, ...] | None = option(
        None,
        help="depths of a chain, as 0,2,4: a second bandit chooses one for each response, "
        "separately for each question",
        parse=depths_text,
        metavar="D,D,...",
    )
    template: Template | None = option(
        None, help="the words of the prompts, a dn.Template", variable=Template
    )
    extract: str | Extractor = option(
        "auto",
        help=f"how an answer is read from a response: {_names(EXTRACTORS)}, or a function",
        parse=str,
        metavar="HOW",
        variable=Callable,
    )
    equivalence: str | Equivalence | Judge | None = option(
        None,
        help=f"which answers are one vote: {_names(EQUIVALENCES)}, a function of two answers, or "
        "a dn.Judge; if left out, latex with extract=latex and auto otherwise",
        parse=str,
        metavar="HOW",
        variable=(Callable, Judge),
    )
    vote_weight: str | VoteWeight = option(
        "equal",
        help=f"what a vote weighs: {_names(WEIGHTS)}, or a function of a completion",
        parse=str,
        metavar="HOW",
        variable=Callable,
    )
    token_limit: int | None = option(
        None,
        help="tokens to use in all, in and out together; needs max_tokens",
        parse=int,
        check=positive("tokens"),
    )
    cost_limit: float | None = option(
        None,
        help="money to spend in all; needs prices and max_tokens",
        parse=float,
        check=positive("money"),
    )
    prices: Prices | None = option(
        None,
        help="money for a million tokens in, out and, where it differs, in from the server's cache",
        parse=prices_text,
        metavar="IN,OUT[,CACHED]",
    )
    confirm_above: float | None = option(
        None,
        help="money; a run that may cost more asks first",
        parse=float,
        metavar="MONEY",
    )
    confirm: Callable[[Estimate], bool] | None = option(
        None, help="the function that is asked then: it takes the estimate and returns yes or no"
    )
    time_limit: float | None = option(
        None,
        help="seconds after which the run ends with the responses so far",
        parse=float,
        check=positive("seconds"),
    )
    concurrency: int = option(
        16,
        help="requests in flight at most",
        parse=int,
        check=positive("requests in flight", whole=True),
        steerable=True,
    )
    seed: int | None = option(None, help="fixes every random choice", parse=int)
    store: str | Path | Store | bool | None = option(
        None,
        help="where responses are stored: a file, True (in a flag: default) for the one in the "
        "user's cache folder, False (none) for nowhere; if left out, the cache folder for a paid "
        "model and nowhere for others",
        parse=store_text,
        metavar="FILE",
        variable=Store,
    )
    resume: bool | str = option(
        False,
        help="go on from the latest run of the same questions and settings, or from the run of "
        "this id",
        parse=str,
        metavar="ID",
        bare=True,
    )
    reuse: bool = option(
        False, help="take stored responses to the same prompts before drawing new ones"
    )
    in_memory: Keep = option(
        "all",
        help="what stays in memory: all responses, or the answers alone",
        parse=str,
        choices=KEEPS,
        check=one_of(*KEEPS),
    )
    cluster: Any = option(
        None,
        help="a Dask client whose workers draw the responses; in a shell, the address of its "
        "scheduler",
        parse=str,
        metavar="CLUSTER",
        variable=object,
    )
    observers: Sequence[Observer] = option((), help="functions that are called with each event")

    def __post_init__(self) -> None:
        check(self)

    @classmethod
    def of(cls, **values: Any) -> "RunOptions":
        """Options with these values.

        Raises `UnknownName` with the nearest name, and `InputError` for an invalid value.
        """
        return make(cls, values)

    @property
    def changed(self) -> dict[str, Any]:
        """The budget and every option that is not at its default, by name."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {f.name: values[f.name] for f in fields(self) if values[f.name] != f.default}
