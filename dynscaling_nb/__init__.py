"""A batch of questions, one shared budget of model responses, and a bandit that spends it: DynScaling for Jupyter.

`await arun(queries, budget=64)` or `run(...)`; in a notebook `%load_ext dynscaling_nb` and then `%%dynscale --budget 64`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from dynscaling_nb import datasets
    from dynscaling_nb.api import Handle, arun, run, start
    from dynscaling_nb.archive import load, runs
    from dynscaling_nb.arrivals import stream
    from dynscaling_nb.chains import Plan, Template
    from dynscaling_nb.comparison import Comparison, acompare, compare
    from dynscaling_nb.errors import DynscalingError, InputError, ModelError, ModelUnavailable, StoreError
    from dynscaling_nb.models.abacus import AbacusModel
    from dynscaling_nb.models.judge import Judge
    from dynscaling_nb.models.openai import OpenAIModel
    from dynscaling_nb.models.replay import ReplayModel
    from dynscaling_nb.models.scripted import ScriptedModel
    from dynscaling_nb.notebook import charts
    from dynscaling_nb.notebook.explore import explore
    from dynscaling_nb.notebook.panel import Panel
    from dynscaling_nb.parquet import Parquet
    from dynscaling_nb.records import Query, Request, Response, Usage
    from dynscaling_nb.results import Result
    from dynscaling_nb.store import Store
    from dynscaling_nb.strategies import Strategy

__version__ = "0.1.0"

_HOMES = {
    "AbacusModel": "models.abacus",
    "Comparison": "comparison",
    "DynscalingError": "errors",
    "Handle": "api",
    "InputError": "errors",
    "Judge": "models.judge",
    "ModelError": "errors",
    "ModelUnavailable": "errors",
    "OpenAIModel": "models.openai",
    "Panel": "notebook.panel",
    "Parquet": "parquet",
    "Plan": "chains",
    "Query": "records",
    "ReplayModel": "models.replay",
    "Request": "records",
    "Response": "records",
    "Result": "results",
    "ScriptedModel": "models.scripted",
    "Store": "store",
    "StoreError": "errors",
    "Strategy": "strategies",
    "Template": "chains",
    "Usage": "records",
    "acompare": "comparison",
    "arun": "api",
    "compare": "comparison",
    "explore": "notebook.explore",
    "load": "archive",
    "run": "api",
    "runs": "archive",
    "start": "api",
    "stream": "arrivals",
}

_MODULES = {"charts": "notebook.charts", "datasets": "datasets"}

__all__ = [
    "AbacusModel",
    "Comparison",
    "DynscalingError",
    "Handle",
    "InputError",
    "Judge",
    "ModelError",
    "ModelUnavailable",
    "OpenAIModel",
    "Panel",
    "Parquet",
    "Plan",
    "Query",
    "ReplayModel",
    "Request",
    "Response",
    "Result",
    "ScriptedModel",
    "Store",
    "StoreError",
    "Strategy",
    "Template",
    "Usage",
    "acompare",
    "arun",
    "charts",
    "compare",
    "datasets",
    "explore",
    "load",
    "run",
    "runs",
    "start",
    "stream",
]


def __getattr__(name: str) -> Any:
    """Imported when first used, so that the package itself is there at once."""
    if name in _MODULES:
        return import_module(f"dynscaling_nb.{_MODULES[name]}")
    if name in _HOMES:
        return getattr(import_module(f"dynscaling_nb.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """`%load_ext dynscaling_nb`: registers the cell magic."""
    from dynscaling_nb.notebook.magic import load  # noqa: PLC0415

    load(shell)


def unload_ipython_extension(shell: "InteractiveShell") -> None:
    """`%unload_ext dynscaling_nb`: takes back what loading did."""
    from dynscaling_nb.notebook.magic import unload  # noqa: PLC0415

    unload(shell)
