"""What users call: `arun`, and its synchronous twin `run`."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from secrets import randbits
from typing import Any, Literal, ParamSpec, TypeVar

from dynscaling_nb import answers, policies
from dynscaling_nb.answers import Reader
from dynscaling_nb.chains import Plan, Template
from dynscaling_nb.engine import Observer, Run
from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import as_queries
from dynscaling_nb.ledger import Ledger
from dynscaling_nb.models.abacus import AbacusModel
from dynscaling_nb.models.base import Model
from dynscaling_nb.models.openai import OpenAIModel
from dynscaling_nb.policies import Policy
from dynscaling_nb.results import Result

P = ParamSpec("P")
T = TypeVar("T")

CONCURRENCY = 16
TIMEOUT = 60.0


async def arun(
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
    pick: Literal["random", "disagreeing"] = "random",
    warmup: int | None = None,
    settle: float | None = None,
    read: str | Reader = "auto",
    template: Template | None = None,
    concurrency: int = CONCURRENCY,
    timeout: float = TIMEOUT,
    seed: int | None = None,
    observers: Sequence[Observer] = (),
) -> Result:
    """Answer a batch of queries under one budget of `budget` responses, spent where answers are still uncertain.

    `queries`: strings, dicts with `id`, `text` and optional `gold`, `dn.Query` objects, or a table with such columns. `model`: a name on the
    server at `base_url` (OpenAI's if None), a model object, or None for the embedded one. `policy`: a name or an object; `c` is the
    weight of exploration of the UCB forms. The first `parallel` responses to a query are independent; of those after them the
    share `share` is chained over `depth` earlier ones, `pick`ed at random or `disagreeing` first. `warmup` responses go to every query
    before the policy starts (None: half of its mean share, from 1 to `parallel`). `settle`: leave a query alone once the chance that
    its runner-up is truly ahead is below this. `read`: how an answer is read from a text: `auto`, `number`, `choice`, `text` or a
    function. At most `concurrency` requests are in flight; each may take `timeout` seconds. `seed` fixes every random choice of ours.

    Cancelling (Ctrl-C, a notebook's stop button) returns what was drawn, with `stopped="user"`. An error of the server ends the run with
    what was drawn, `stopped="error"` and the message in `result.error`; it is raised (`ModelError`) only where nothing was
    drawn. Raises `InputError` for bad input, before anything is spent.
    """
    began = time.perf_counter()
    asked = as_queries(queries)
    constants = {} if c is None else {"c": c}
    chosen = policies.policy(policy, **constants)
    reader = answers.reader(read)
    if seed is None:
        seed = randbits(31)
        source = resolve(model, base_url=base_url, timeout=timeout)
    else:
        source = resolve(model, base_url=base_url, timeout=timeout, seed=seed)
    plan = Plan(parallel, depth, share, pick)
    ledger = Ledger(len(asked), budget, chosen, plan, warmup=warmup, settle=settle, seed=seed)
    run = Run(
        asked, source, ledger, read=reader, template=template or Template(), concurrency=concurrency, seed=seed,
        observers=observers,
    )  # fmt: skip
    await run.complete()
    if run.error is not None and not run.responses:
        raise run.error
    name = policy if isinstance(policy, str) else type(policy).__name__
    return Result.of(run, policy=name, seed=seed, time=time.perf_counter() - began, read=reader)


def resolve(model: str | Model | None, *, base_url: str | None = None, timeout: float = TIMEOUT, seed: int | None = None) -> Model:
    """The model that is meant: a model object itself, the embedded one for None or `abacus`, else that name at `base_url`."""
    if model is None and base_url is not None:
        raise InputError(f"name the model to use at {base_url}: model=NAME, or -m NAME", base_url)
    if model is None or (model == AbacusModel.name and base_url is None):
        return AbacusModel()
    if isinstance(model, str):
        return OpenAIModel(model, base_url, timeout=timeout, seed=seed)
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


run = synchronous(arun)
