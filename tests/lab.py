"""A real JupyterLab on loopback, a notebook in it, and the actions of a user.

Plain functions and fixtures for `test_lab`.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

SETUP = """
%load_ext dynscaling_nb
import os, dynscaling_nb as dn
from dynscaling_nb.notebook.widgets.live_charts import ready
os.environ.pop("OPENAI_API_KEY", None)
questions = [{"id": str(i), "text": f"Question number {i}?", "gold": "0"} for i in range(8)]

def answer(request):
    number = request.seeds[0] % (1 + int(request.query.id) % 3)
    return f"I think about it, for the {request.index}th time.\\nThe answer is {number}."

slow = dn.ScriptedModel(answer, delay=0.1)
quick = dn.ScriptedModel(answer)
HOSTILE = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script> "
HOSTILE += "$x^2$ \\\\(y\\\\) **bold** \\x1b[31mred \\u202egnorw " + "w" * 100_000
hostile = dn.ScriptedModel(lambda request: f"{HOSTILE}\\nThe answer is {HOSTILE[:200]}.")
"""
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false"},
}


class Notebook:
    """An open notebook; `run` executes code in a new last cell and gives its output area."""

    def __init__(self, page, path: Path) -> None:
        self.page = page
        self.path = path

    def run(self, code: str):
        place = self.page.evaluate(
            """async code => {
                const app = window.jupyterapp, book = app.shell.currentWidget.content;
                book.activeCellIndex = book.widgets.length - 1;
                await app.commands.execute("notebook:insert-cell-below");
                book.activeCell.model.sharedModel.setSource(code);
                app.commands.execute("notebook:run-cell");
                return book.activeCellIndex;
            }""",
            code,
        )
        return (
            self.page.locator(".jp-Notebook .jp-CodeCell").nth(place).locator(".jp-Cell-outputArea")
        )

    def panel(self, code: str):
        panel = self.run(code).locator(".dynscale-panel")
        panel.wait_for(timeout=60_000)
        panel.evaluate("element => element.scrollIntoView()")
        return panel

    def python(self, code: str) -> str:
        """What code prints."""
        out = self.run(code).locator(".jp-RenderedText pre")
        out.wait_for(timeout=60_000)
        return out.inner_text().strip()

    def save(self) -> dict:
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        self.page.wait_for_timeout(1000)
        return json.loads(self.path.read_text())


@contextmanager
def serving(folder: Path, environment: dict):
    """A JupyterLab server on loopback in this folder; the value is its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--expose-app-in-browser",
        f"--notebook-dir={folder}",
    ]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | environment)
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(1200):  # two minutes for a busy machine
                try:
                    urllib.request.urlopen(f"{url}/api", timeout=2)
                    break
                except OSError:
                    time.sleep(0.1)
            yield url
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab server on loopback: its address and its folder."""
    folder = tmp_path_factory.mktemp("lab")
    for name, values in SETTINGS.items():
        extension, plugin = name.split("/")
        file = folder / "settings" / "@jupyterlab" / extension / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with serving(
        folder, {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "HOME": str(folder)}
    ) as url:
        yield url, folder


@pytest.fixture(scope="module")
def notebook(server, browser):
    """A notebook with its kernel, one for all tests here.

    At its end the page has fetched nothing from outside and logged no error.
    """
    import nbformat  # takes seconds; every test run imports this module, few open a notebook

    url, folder = server
    path = folder / "book.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell("")], metadata={"kernelspec": kernel}
        ),
        path,
    )
    context = browser.new_context(
        viewport={"width": 1400, "height": 1300}, permissions=["clipboard-read", "clipboard-write"]
    )
    page = context.new_page()
    page.set_default_timeout(120_000)  # the first page takes long on a busy machine
    errors, outside = [], []
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "dialog", lambda dialog: errors.append(f"a dialog: {dialog.message}") or dialog.dismiss()
    )
    local = (url, url.replace("http", "ws"), "data:", "blob:")
    page.on(
        "request",
        lambda request: None if request.url.startswith(local) else outside.append(request.url),
    )
    page.goto(f"{url}/lab/tree/book.ipynb")
    page.locator(".jp-CodeCell .cm-content").first.wait_for(timeout=60_000)
    until_idle(page)
    book = Notebook(page, path)
    assert book.python(SETUP + "_ = await ready()\nprint('ready')") == "ready"
    yield book
    assert outside == []
    assert errors == []
    context.close()


def until_idle(page) -> None:
    """Wait for the open notebook's kernel; a server does not end while one starts."""
    page.wait_for_function(
        "window.jupyterapp?.shell.currentWidget?.sessionContext"
        "?.session?.kernel?.status === 'idle'",
        timeout=60_000,
    )


def press(panel, name: str) -> None:
    panel.get_by_role("button", name=name).click()


def status(panel):
    return panel.locator("[role=status], [role=alert]").first


def figure(panel, name: str) -> str:
    return panel.locator(f"[data-figure='{name}']").inner_text()


def drawn(panel) -> int:
    return int(figure(panel, "responses").split()[0])


def rows(panel, chart: str) -> list[dict]:
    """What a live chart shows, from its Vega view."""
    plot = panel.locator(f"figure[data-chart={chart}] > div")
    return plot.evaluate("plot => plot.view ? plot.view.data('rows').map(row => ({...row})) : []")


def until(check, seconds: float = 60.0):
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def set_slider(panel, name: str, value: int) -> None:
    readout = panel.get_by_role("textbox", name=f"{name}, typed")
    readout.fill(str(value))
    readout.press("Enter")


def pulled(panel) -> int:
    return sum(row["pulls"] for row in rows(panel, "pulls"))


def ink(panel) -> int:
    """Red, green and blue of a chart's labels, added up."""
    label = panel.locator("figure[data-chart=pulls] .role-axis-label text").first
    colour = label.evaluate("text => getComputedStyle(text).fill")
    return sum(map(int, re.findall(r"\d+", colour)))
