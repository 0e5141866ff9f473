"""The architecture: imports go one way, heavy libraries live in one room, the public surface is what it says."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dynscaling_nb

ROOT = Path(dynscaling_nb.__file__).parent
ORDER = [
    "errors", "records", "texts", "inputs", "answers", "votes", "weights", "equivalence", "chains", "stops", "arms", "policies", "ranking", "strategies", "ledger",
    "models.base", "models.judge", "models.scripted", "models.replay", "models.shared", "models.manners", "models.replies", "models.clients", "models.fleet", "models.streams", "models.openai",
    "models.abacus.language", "models.abacus.questions", "models.abacus.network", "models.abacus.model", "models.abacus", "models", "datasets",
    "purse", "events", "parquet", "store", "journal", "reading", "estimates", "engine", "shard", "cluster", "progress", "results", "archive", "evaluate", "assembly", "api", "arrivals", "comparison", "notebook.course", "notebook.tables",
    "notebook.pictures", "notebook.drawing", "notebook.charts", "notebook.live", "notebook.fields", "notebook.settings", "notebook.shell", "notebook.meter",
    "notebook.loading", "notebook.reader", "notebook.views", "notebook.controls", "notebook.panel", "notebook.explore", "notebook.magic", "notebook", "cli", "__main__",
]  # fmt: skip
ROOMS = {
    "openai": {"models.openai", "models.clients"},
    "altair": {"notebook.drawing"},
    "vl_convert": {"notebook.pictures"},
    "ipywidgets": {"notebook.reader", "notebook.views", "notebook.controls", "notebook.panel", "notebook.explore"},
    "anywidget": {"notebook.live", "notebook.fields"},
    "IPython": {"notebook.magic", "notebook.shell", ""},
    "datasets": {"datasets"},
    "math_verify": {"equivalence"},
    "threadpoolctl": {"models.abacus.model"},
    "tqdm": {"progress"},
    "nest_asyncio2": {"api"},
    "pandas": {"inputs", "results", "comparison"},
    "pyarrow": {"parquet"},
    "distributed": {"shard", "cluster"},
    "sqlite3": {"store", "journal"},
    "tenacity": {"models.openai"},
    "httpx": set(),  # openai 2 uses the one, openai 3 the other
    "httpx2": set(),
    "pickle": set(),
}


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


@pytest.mark.parametrize(("name", "tree"), [(n, t) for n, t in modules() if n], ids=lambda x: x if isinstance(x, str) else "")
def test_a_file_knows_only_files_on_earlier_lines(name, tree):
    known = {m.removeprefix("dynscaling_nb.") for m in imported(tree) if m.startswith("dynscaling_nb.")} & set(ORDER)
    packages = {m for m in known if name.startswith(f"{m}.")}  # `from package import module` names both
    assert [m for m in known - packages if ORDER.index(m) >= ORDER.index(name)] == []


@pytest.mark.parametrize("library", ROOMS)
def test_a_library_lives_in_one_room(library):
    users = {name for name, tree in modules() if any(m.split(".")[0] == library for m in imported(tree))}
    assert users <= ROOMS[library]


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys, dynscaling_nb; print([m for m in ('openai', 'altair', 'IPython', 'pandas', 'ipywidgets', 'numpy') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_public_surface_is_sorted_and_there():
    assert dynscaling_nb.__all__ == sorted(dynscaling_nb.__all__)
    for name in dynscaling_nb.__all__:
        assert getattr(dynscaling_nb, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        dynscaling_nb.nothing
