"""What users call: `arun`, its synchronous twin `run`, and `start`, which leaves the run in the background."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import replace
from functools import wraps
from inspect import signature
from secrets import randbits
from typing import Any, ParamSpec, TypeVar

from dynscaling_nb import answers, chains, policies
from dynscaling_nb.answers import Reader
from dynscaling_nb.arms import Policy
from dynscaling_nb.chains import Pick, Template
from dynscaling_nb.engine import Observer, Run
from dynscaling_nb.equivalence import Same, same_by
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import as_queries
from dynscaling_nb.ledger import Ledger
from dynscaling_nb.models.abacus import AbacusModel
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.judge import Judge
from dynscaling_nb.models.openai import OpenAIModel
from dynscaling_nb.records import Query
from dynscaling_nb.results import Result
from dynscaling_nb.texts import counted
from dynscaling_nb.weights import Weigh, weigh_by

P = ParamSpec("P")
T = TypeVar("T")

CONCURRENCY = 16
TIMEOUT = 60.0


def prepare(
    queries: Any,
    *,
    budget: int,
    model: str | Model | None = None,
    policy: str | Policy = "default",
    c: float | None = None,
    base_url: str | None = None,
    parallel: int = 4,
    depth: int = 4,
    share: float = 0.5,
    pick: Pick = "random",
    warmup: int | None = None,
    settle: float | None = None,
    read: str | Reader = "auto",
    same: str | Same | Judge | None = None,
    weigh: str | Weigh = "equal",
    kinds: Sequence[int] | None = None,
    template: Template | None = None,
    concurrency: int = CONCURRENCY,
    timeout: float = TIMEOUT,
    seed: int | None = None,
    observers: Sequence[Observer] = (),
) -> Run:
    """Answer a batch of queries under one budget of `budget` responses, spent where answers are still uncertain.

    `queries`: strings, dicts with `id`, `text` and optional `gold`, `dn.Query` objects, or a table with such columns. `model`: a name on the
    server at `base_url` (OpenAI's if None), a model object, or None for the embedded one. `policy`: a name or an object; `c` is the
    weight of exploration of the UCB forms. The first `parallel` responses to a query are independent; of those after them the
    share `share` is chained over `depth` earlier ones, `pick`ed as `Plan` says. `warmup` responses go to every query
    before the policy starts (None: half of its mean share, from 1 to `parallel`). `settle`: leave a query alone once the chance that
    its runner-up is truly ahead is below this. `read`: how an answer is read from a text: `auto`, `number`, `choice`, `text`, `latex` or a
    function; `same`: which answers are one vote: equal ones (`exact`), those of one mathematical value (`latex`, the default where they are
    read so; needs the extra of that name), those of the same `words`, or a function of two answers, or a `Judge`. `weigh`: what a vote
    weighs: one each (`equal`), more where the model was surer (`logprob`), or a function of a `Completion`. With `kinds`, as (0, 2, 4), a
    bandit chooses how many earlier responses each one sees, in place of `depth` and `share` (see `Kinds`): for a query on its own. At
    most `concurrency` requests are in flight; each may take `timeout` seconds. `seed` fixes every random choice of ours.

    `await arun(...)` and `run(...)` give the `Result`; `start(...)` a `Handle` at once, with the run in the background.

    Cancelling (Ctrl-C, a notebook's stop button) returns what was drawn, with `stopped="user"`. An error of the server ends the run with
    what was drawn, `stopped="error"` and the message in `result.error`; it is raised (`ModelError`) only where nothing was
    drawn. Raises `InputError` for bad input, before anything is spent.
    """
    reader = answers.reader(read)
    asked = [replace(query, prior=_read_prior(query, reader)) if query.prior else query for query in as_queries(queries)]
    constants = {} if c is None else {"c": c}
    chosen = policies.policy(policy, **constants)
    if seed is None:
        seed = randbits(31)
        source = resolve(model, base_url=base_url, timeout=timeout, logprobs=weigh == "logprob")
    else:
        source = resolve(model, base_url=base_url, timeout=timeout, seed=seed, logprobs=weigh == "logprob")
    plan = chains.plan(parallel, depth, share, pick, kinds)
    priors = [query.prior for query in asked]
    ledger = Ledger(len(asked), budget, chosen, plan, warmup=warmup, settle=settle, seed=seed, priors=priors)
    return Run(
        asked, source, ledger, read=reader, same=comparison(read, same), weigh=weigh_by(weigh), template=template or Template(),
        concurrency=concurrency, seed=seed, observers=observers,
    )  # fmt: skip


def _read_prior(query: Query, read: Reader) -> dict[str, int]:
    """A query's prior, its answers read as a response's would be."""
    votes: Counter[str] = Counter()
    for answer, count in query.prior.items():
        votes[answers.gold_answer(answer, read)] += count
    return dict(votes)


async def finish(run: Run) -> Result:
    """Complete a run. Raises the error that ended it where nothing was drawn."""
    await run.complete()
    if run.error is not None and not run.responses:
        raise run.error
    return Result.of(run)


class Handle:
    """A run in the background of the loop that it was started on. `await handle` waits for its result; giving up the wait leaves it running.

    `run` steers it and tells how far it is; it ends when the budget is spent or at `stop`.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._task = asyncio.get_running_loop().create_task(finish(run))
        self._task.add_done_callback(_retrieve)

    def __await__(self) -> Generator[Any, None, Result]:
        return asyncio.shield(self._task).__await__()

    def stop(self) -> None:
        """End the run soon, with what it has."""
        self.run.stop()

    def pause(self) -> None:
        """Ask for nothing more until `resume`."""
        self.run.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self.run.resume()

    def when_done(self, call: Callable[[], None]) -> None:
        """Have `call` called once the run has ended, on its loop."""
        self._task.add_done_callback(lambda _: call())

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return self._task.done()

    @property
    def result(self) -> Result | None:
        """What the run found, None before its end. Raises the run's error where it found nothing."""
        return self._task.result() if self._task.done() else None

    def __repr__(self) -> str:
        ledger = self.run.ledger
        state = "ended" if self.done else "paused" if self.run.paused else "running"
        return f"<Handle: {state}, {ledger.spent} of {ledger.budget} responses over {counted(len(self.run.queries), 'query', 'queries')}>"


def _retrieve(task: asyncio.Task[Result]) -> None:
    """Look at the task's error, so that a run that nobody waits for does not end in a warning."""
    task.cancelled() or task.exception()


def _awaiting(prepare: Callable[P, Run]) -> Callable[P, Coroutine[Any, Any, Result]]:
    @wraps(prepare)
    async def arun(*args: P.args, **kwargs: P.kwargs) -> Result:
        return await finish(prepare(*args, **kwargs))

    return _presented(arun, "arun", Result)


def _starting(prepare: Callable[P, Run]) -> Callable[P, Handle]:
    @wraps(prepare)
    def start(*args: P.args, **kwargs: P.kwargs) -> Handle:
        return Handle(prepare(*args, **kwargs))

    return _presented(start, "start", Handle)


def _presented(f: T, name: str, returns: type) -> T:
    """The function under its own name in help, with what it returns."""
    shown: Any = f
    shown.__name__ = shown.__qualname__ = name
    shown.__signature__ = signature(shown).replace(return_annotation=returns)
    return f


def comparison(read: str | Reader, same: str | Same | Judge | None) -> Same | Judge:
    """How answers are compared: as `same` says, else as befits how they are read."""
    if isinstance(same, Judge):
        return same
    return same_by(same or ("latex" if read == "latex" else "exact"))


def resolve(
    model: str | Model | None, *, base_url: str | None = None, timeout: float = TIMEOUT, seed: int | None = None, logprobs: bool = False
) -> Model:
    """The model that is meant: a model object itself, the embedded one for None or `abacus`, else that name at `base_url`."""
    if model is None and base_url is not None:
        raise InputError(f"name the model to use at {base_url}: model=NAME, or -m NAME", base_url)
    if model is None or (model == AbacusModel.name and base_url is None):
        return AbacusModel()
    if isinstance(model, str):
        return OpenAIModel(model, base_url, timeout=timeout, seed=seed, logprobs=logprobs)
    if logprobs and isinstance(model, OpenAIModel) and not model.logprobs:
        raise InputError(f"weighing by log-probabilities needs OpenAIModel({model.name!r}, logprobs=True, ...)", model.name)
    return model


def synchronous(f: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """The twin of a coroutine function that waits for it, also where a loop already runs (a notebook's cell)."""

    @wraps(f)
    def twin(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(f(*args, **kwargs))
        import nest_asyncio2  # noqa: PLC0415  patches asyncio, so only where it is needed

        nest_asyncio2.apply(loop)
        task = loop.create_task(f(*args, **kwargs))
        try:
            return loop.run_until_complete(task)
        except KeyboardInterrupt:
            task.cancel()
            return loop.run_until_complete(task)

    return twin


arun = _awaiting(prepare)
start = _starting(prepare)
run = _presented(synchronous(arun), "run", Result)
