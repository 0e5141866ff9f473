"""The architecture: imports go one way, a heavy library lives in one room, public names exist."""

import ast
import subprocess
import sys
from pathlib import Path

import mutants
import pytest

import dynscaling_nb

ROOT = Path(dynscaling_nb.__file__).parent
ROOMS = {  # from the ground up, with the files of each, also from the ground up
    "errors": [],
    "records": [],
    "encoding": [],
    "formatting": [],
    "questions": [],
    "boxes": [],
    "inputs": [
        "cells",
        "json_lines",
        "texts",
        "columns",
        "conversations",
        "options",
        "golds",
        "questions",
        "tables",
        "separated",
        "files",
        "typed",
    ],
    "events": [],
    "models": ["thoughts", "base", "scripted", "replay", "cached", "openai", "local", "abacus"],
    "models.openai": [
        "secrets",
        "headers",
        "addresses",
        "network",
        "throttle",
        "crowding",
        "responses",
        "client_pool",
        "load_balancer",
        "server_events",
        "streaming",
        "roles",
        "settings",
        "transport",
        "connection",
        "request_body",
        "pauses",
        "error_detail",
        "decisions",
        "error_signs",
        "refused_fields",
        "failures",
        "repeats",
        "exchange",
        "session",
        "model",
    ],
    "models.abacus": ["language", "questions", "network", "model"],
    "storage": ["parquet", "listing", "rows", "schema", "sqlite", "recorder"],
    "answers": [
        "normal",
        "silence",
        "wordings",
        "sentences",
        "nouns",
        "statements",
        "marked",
        "conclusions",
        "claim",
        "units",
        "cardinals",
        "numerals",
        "formulas",
        "terms",
        "quantities",
        "items",
        "clauses",
        "numbers",
        "words",
        "choices",
        "prose",
        "mathematics",
        "reading",
        "extract",
        "unread",
        "votes",
        "posterior",
        "weights",
        "arithmetic",
        "shapes",
        "agreement",
        "algebra",
        "comparer",
        "equivalence",
        "judge",
        "reader",
    ],
    "chains": ["plan", "prompt"],
    "bandit": ["arms", "stopping", "policies", "priority", "books", "schedule", "ledger"],
    "bandit.policies": [
        "base",
        "uniform",
        "ucb",
        "thompson",
        "voi",
        "knowledge_gradient",
        "flip",
        "blend_asc",
        "lookahead",
    ],
    "engine": [
        "limits",
        "estimate",
        "books",
        "driver",
        "calls",
        "local",
        "run",
        "progress",
        "values",
        "report",
        "result",
        "history",
    ],
    "cluster": ["messages", "shards", "worker", "dask", "coordinator"],
    "declaration": [],
    "options": [],
    "resolve": [],
    "build": [],
    "synchronous": [],
    "api": [],
    "streaming": [],
    "evaluation": [
        "strategies",
        "datasets",
        "pools",
        "replay",
        "reallocation",
        "comparison",
        "compare",
    ],
    "front_ends": [],
    "notebook": ["charts", "codegen", "ipython", "cell_view", "variables", "widgets", "magic"],
    "notebook.charts": [
        "history",
        "_render",
        "_style",
        "live",
        "_pulls",
        "_flip_probability",
        "_scores",
        "_votes",
        "_timeline",
        "_comparison",
        "_what_if",
        "_displays",
        "registry",
    ],
    "notebook.widgets": [
        "live_charts",
        "fields",
        "form",
        "counters",
        "response_browser",
        "live_view",
        "controls",
        "panel",
        "explorer",
    ],
    "cli": [],
    "__main__": [],
}
HOMES = {  # where each library is used, and nowhere else
    "openai": {"models.openai"},
    "altair": {"notebook.charts"},
    "vl_convert": {"notebook.charts._render"},
    "ipywidgets": {"notebook.widgets"},
    "anywidget": {"notebook.widgets"},
    "IPython": {"notebook.magic", "notebook.ipython", ""},
    "datasets": {"evaluation.datasets"},
    "math_verify": {"answers.algebra"},
    "sympy": {"answers.algebra"},
    "threadpoolctl": {"models.abacus.model"},
    "tqdm": {"engine.progress"},
    "nest_asyncio2": {"synchronous"},
    "narwhals": {"inputs.tables"},
    "pandas": {"engine.result", "evaluation.comparison"},
    "pyarrow": {"storage.parquet"},
    "distributed": {"cluster.worker", "cluster.dask"},
    "sqlite3": {"storage.schema", "storage.sqlite", "storage.recorder"},
    "xllamacpp": {"models.local"},
    "httpx": set(),  # openai 2 uses the one, openai 3 the other
    "httpx2": set(),
    "pickle": set(),
}


def order(room=""):
    """Every module of a room, or of the house, from the ground up.

    A folder's own `__init__` comes after its files.
    """
    if not room:
        return [name for top in ROOMS if "." not in top for name in order(top)]
    inside = [name for file in ROOMS.get(room, []) for name in order(f"{room}.{file}")]
    return [*inside, room]


ORDER = order()


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), ast.parse(path.read_text())


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_file_has_its_place():
    assert {name for name, _ in modules()} - {""} == set(ORDER)


@pytest.mark.parametrize(
    ("name", "tree"),
    [(n, t) for n, t in modules() if n],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_a_file_knows_only_what_lies_below_it(name, tree):
    known = {
        m.removeprefix("dynscaling_nb.") for m in imported(tree) if m.startswith("dynscaling_nb.")
    } & set(ORDER)
    packages = {
        m for m in known if name.startswith(f"{m}.")
    }  # `from package import module` names both
    assert [m for m in known - packages if ORDER.index(m) >= ORDER.index(name)] == []


@pytest.mark.parametrize("library", HOMES)
def test_a_library_lives_in_one_room(library):
    users = {
        name for name, tree in modules() if any(m.split(".")[0] == library for m in imported(tree))
    }
    assert {
        user
        for user in users
        if user not in HOMES[library] and user.rpartition(".")[0] not in HOMES[library]
    } == set()


def test_importing_the_package_imports_nothing_heavy():
    heavy = ("openai", "altair", "IPython", "pandas", "ipywidgets", "numpy")
    code = f"import sys, dynscaling_nb; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_the_public_surface_is_sorted_and_there():
    assert dynscaling_nb.__all__ == sorted(dynscaling_nb._HOMES)
    for name in dynscaling_nb.__all__:
        assert getattr(dynscaling_nb, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        dynscaling_nb.nothing


def test_type_checkers_see_the_same_public_names_from_the_same_places():
    tree = ast.parse((ROOT / "__init__.py").read_text())
    typed = next(n for n in tree.body if isinstance(n, ast.If)).body
    places = {
        alias.name: node.module.removeprefix("dynscaling_nb.")
        for node in typed
        if isinstance(node, ast.ImportFrom) and node.module.startswith("dynscaling_nb")
        for alias in node.names
    }
    assert places == dynscaling_nb._HOMES


def functions(tree):
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_file_is_long_and_no_function_either():
    files = {path.name: len(path.read_text().splitlines()) for path in ROOT.rglob("*.py")}
    assert {name: lines for name, lines in files.items() if lines > 300} == {}
    lengths = {
        f"{name}:{f.name}": f.end_lineno - f.lineno + 1
        for name, tree in modules()
        for f in functions(tree)
    }
    assert {name: lines for name, lines in lengths.items() if lines > 50} == {}


def test_what_a_linter_overlooks_is_rare():
    folders = [ROOT, *(ROOT.parent / name for name in ("tests", "benchmarks", "training", "docs"))]
    texts = [path.read_text() for folder in folders for path in folder.rglob("*.py")]
    mark = "no" + "qa"
    assert sum(text.count(f"# {mark}") for text in texts) <= 15
    assert sum(text.count("fmt: " + "skip") for text in texts) == 0


def test_every_planted_fault_still_has_its_place():
    """`make mutants` plants them; see `mutants.py`."""
    assert mutants.stale(mutants.read_table(mutants.TABLE.read_text())) == []
