"""The folder for Binder is recognised, pinned and small, and it opens on the quickstart."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from lab import serving, until_idle
from repo2docker.buildpacks import PythonBuildPack

ROOT = Path(__file__).parents[1]
BINDER = ROOT / "binder"


def test_repo2docker_recognises_it_and_renders_what_it_builds(monkeypatch):
    monkeypatch.chdir(ROOT)
    pack = PythonBuildPack("buildpack-deps:jammy")
    pack.platform = "linux/amd64"
    assert pack.detect()
    assert pack.python_version.startswith("3.11")
    dockerfile = pack.render({})
    assert 'install --no-cache-dir -r "binder/requirements.txt"' in dockerfile
    assert "binder/postBuild" in dockerfile
    assert os.access(BINDER / "postBuild", os.X_OK)


def test_everything_is_pinned_and_nothing_is_large():
    lines = [
        line
        for line in (BINDER / "requirements.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[\w.]+", line) for line in lines)
    names = {line.partition("==")[0].lower() for line in lines}
    assert {
        "numpy",
        "altair",
        "ipykernel",
        "jupyterlab",
        "openai",
        "ipywidgets",
        "nest-asyncio2",
    } <= names
    assert not names & {"torch", "jax", "tensorflow", "transformers", "scipy", "pyarrow"}


def test_the_readme_links_every_tutorial():
    readme = (ROOT / "README.md").read_text()
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        assert f"urlpath=lab/tree/notebooks/{path.name}" in readme, path.name


def test_the_first_cell_installs_the_package_where_it_is_missing():
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        first = next(
            cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"
        )
        source = "".join(first["source"])
        assert "find_spec" in source, path.name
        assert "%pip install --quiet dynscaling_nb" in source


def test_it_opens_on_the_quickstart_beside_its_table_of_contents(tmp_path, browser):
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    environment = {"JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces"), "HOME": str(tmp_path)}
    importing = [
        sys.executable,
        "-m",
        "jupyterlab.labapp",
        "workspaces",
        "import",
        BINDER / "workspace.json",
    ]
    subprocess.run(importing, check=True, env=os.environ | environment, capture_output=True)
    with serving(folder, environment) as url:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"{url}/lab/tree/notebooks/01_quickstart.ipynb")
        page.locator(".jp-TableOfContents").get_by_text("Watch and steer").wait_for(timeout=60_000)
        page.locator(".jp-Notebook h1").get_by_text("One budget, many questions").wait_for(
            timeout=60_000
        )
        until_idle(page)
        if shots := os.environ.get("SHOTS"):
            page.wait_for_timeout(3000)
            page.screenshot(path=f"{shots}/binder.png")
        page.close()
