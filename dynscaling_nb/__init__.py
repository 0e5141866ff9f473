"""DynScaling for Jupyter: a bandit spends one budget of responses on a batch of questions.

`await arun(queries, budget=64)` gives the result; `run(...)` is the same without `await`. In a
notebook, `%load_ext dynscaling_nb` adds the cell magic `%%dynscale --budget 64`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from dynscaling_nb.answers.judge import Judge as Judge
    from dynscaling_nb.answers.posterior import flip_probability as flip_probability
    from dynscaling_nb.answers.votes import Votes as Votes
    from dynscaling_nb.api import (
        RunHandle as RunHandle,
        arun as arun,
        run as run,
        start as start,
    )
    from dynscaling_nb.bandit.arms import Arms as Arms
    from dynscaling_nb.bandit.policies import (
        POLICIES as POLICIES,
        Policy as Policy,
        policy as policy,
    )
    from dynscaling_nb.bandit.stopping import (
        STOP_RULES as STOP_RULES,
        FlipBelow as FlipBelow,
        StopRule as StopRule,
        stop_rule as stop_rule,
    )
    from dynscaling_nb.chains.plan import (
        AdaptiveDepth as AdaptiveDepth,
        Plan as Plan,
    )
    from dynscaling_nb.chains.prompt import Template as Template
    from dynscaling_nb.engine.history import (
        load as load,
        runs as runs,
    )
    from dynscaling_nb.engine.result import Result as Result
    from dynscaling_nb.errors import (
        DynscalingError as DynscalingError,
        Exhausted as Exhausted,
        InputError as InputError,
        ModelError as ModelError,
        ModelUnavailable as ModelUnavailable,
        StoreError as StoreError,
        UnknownName as UnknownName,
    )
    from dynscaling_nb.evaluation import datasets as datasets
    from dynscaling_nb.evaluation.compare import (
        acompare as acompare,
        compare as compare,
    )
    from dynscaling_nb.evaluation.comparison import Comparison as Comparison
    from dynscaling_nb.evaluation.pools import (
        RecordedQuery as RecordedQuery,
        read_pool as read_pool,
    )
    from dynscaling_nb.evaluation.reallocation import reallocate as reallocate
    from dynscaling_nb.evaluation.replay import (
        replay as replay,
        replays as replays,
    )
    from dynscaling_nb.evaluation.strategies import Strategy as Strategy
    from dynscaling_nb.models.abacus import (
        AbacusModel as AbacusModel,
        held_out as held_out,
    )
    from dynscaling_nb.models.base import (
        Model as Model,
        Sampler as Sampler,
    )
    from dynscaling_nb.models.local import LocalModel as LocalModel
    from dynscaling_nb.models.openai.model import OpenAIModel as OpenAIModel
    from dynscaling_nb.models.replay import ReplayModel as ReplayModel
    from dynscaling_nb.models.scripted import ScriptedModel as ScriptedModel
    from dynscaling_nb.notebook import charts as charts
    from dynscaling_nb.notebook.widgets.explorer import explore as explore
    from dynscaling_nb.notebook.widgets.panel import Panel as Panel
    from dynscaling_nb.records import (
        Completion as Completion,
        Query as Query,
        Request as Request,
        Response as Response,
        Usage as Usage,
    )
    from dynscaling_nb.storage.parquet import Parquet as Parquet
    from dynscaling_nb.storage.sqlite import Store as Store
    from dynscaling_nb.streaming import stream as stream

__version__ = "0.1.0"

_HOMES = {
    "AbacusModel": "models.abacus",
    "AdaptiveDepth": "chains.plan",
    "Arms": "bandit.arms",
    "Comparison": "evaluation.comparison",
    "Completion": "records",
    "DynscalingError": "errors",
    "Exhausted": "errors",
    "FlipBelow": "bandit.stopping",
    "InputError": "errors",
    "Judge": "answers.judge",
    "LocalModel": "models.local",
    "Model": "models.base",
    "ModelError": "errors",
    "ModelUnavailable": "errors",
    "OpenAIModel": "models.openai.model",
    "POLICIES": "bandit.policies",
    "Panel": "notebook.widgets.panel",
    "Parquet": "storage.parquet",
    "Plan": "chains.plan",
    "Policy": "bandit.policies",
    "Query": "records",
    "RecordedQuery": "evaluation.pools",
    "ReplayModel": "models.replay",
    "Request": "records",
    "Response": "records",
    "Result": "engine.result",
    "RunHandle": "api",
    "STOP_RULES": "bandit.stopping",
    "Sampler": "models.base",
    "ScriptedModel": "models.scripted",
    "StopRule": "bandit.stopping",
    "Store": "storage.sqlite",
    "StoreError": "errors",
    "Strategy": "evaluation.strategies",
    "Template": "chains.prompt",
    "UnknownName": "errors",
    "Usage": "records",
    "Votes": "answers.votes",
    "acompare": "evaluation.compare",
    "arun": "api",
    "charts": "notebook",
    "compare": "evaluation.compare",
    "datasets": "evaluation",
    "explore": "notebook.widgets.explorer",
    "flip_probability": "answers.posterior",
    "held_out": "models.abacus",
    "load": "engine.history",
    "policy": "bandit.policies",
    "read_pool": "evaluation.pools",
    "reallocate": "evaluation.reallocation",
    "replay": "evaluation.replay",
    "replays": "evaluation.replay",
    "run": "api",
    "runs": "engine.history",
    "start": "api",
    "stop_rule": "bandit.stopping",
    "stream": "streaming",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the package loads at once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = f"dynscaling_nb.{_HOMES[name]}"
    if _HOMES[name] in ("notebook", "evaluation"):
        return import_module(f"{home}.{name}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """`%load_ext dynscaling_nb`: register the cell magic."""
    from dynscaling_nb.notebook.magic import load

    load(shell)


def unload_ipython_extension(shell: "InteractiveShell") -> None:
    """`%unload_ext dynscaling_nb`: undo the effects of loading."""
    from dynscaling_nb.notebook.magic import unload

    unload(shell)
