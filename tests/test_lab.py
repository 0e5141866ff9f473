"""The panel in a real JupyterLab in a real browser: what a user sees and does, with nothing fetched from outside."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

SETUP = '''
%load_ext dynscaling_nb
import os, dynscaling_nb as dn
from dynscaling_nb.notebook.loading import ready
os.environ.pop("OPENAI_API_KEY", None)
questions = [{"id": str(i), "text": f"Question number {i}?", "gold": "0"} for i in range(8)]

def answer(request):
    return f"I think about it, for the {request.index}th time.\\nThe answer is {request.seeds[0] % (1 + int(request.query.id) % 3)}."

slow = dn.ScriptedModel(answer, delay=0.1)
quick = dn.ScriptedModel(answer)
HOSTILE = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script> $x^2$ \\\\(y\\\\) **bold** \\x1b[31mred \\u202egnorw " + "w" * 100_000
hostile = dn.ScriptedModel(lambda request: f"{HOSTILE}\\nThe answer is {HOSTILE[:200]}.")
'''
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false"},
}


class Notebook:
    """An open notebook; `run` executes code in a new cell at its end and gives the cell's output area."""

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
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(place).locator(".jp-Cell-outputArea")

    def panel(self, code: str):
        panel = self.run(code).locator(".dynscale-panel")
        panel.wait_for(timeout=30_000)
        panel.evaluate("element => element.scrollIntoView()")
        return panel

    def python(self, code: str) -> str:
        """What code prints."""
        out = self.run(code).locator(".jp-RenderedText pre")
        out.wait_for(timeout=30_000)
        return out.inner_text().strip()

    def save(self) -> dict:
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        self.page.wait_for_timeout(1000)
        return json.loads(self.path.read_text())


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab server on loopback: its address and its folder."""
    folder = tmp_path_factory.mktemp("lab")
    for name, values in SETTINGS.items():
        extension, plugin = name.split("/")
        file = folder / "settings" / "@jupyterlab" / extension / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
               "--IdentityProvider.token=", "--ServerApp.password=", "--expose-app-in-browser", f"--notebook-dir={folder}"]  # fmt: skip
    environment = {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "HOME": str(folder)}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{url}/api", timeout=2)
                    break
                except OSError:
                    time.sleep(0.1)
            yield url, folder
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module")
def notebook(lab, browser):
    """A notebook with its kernel, one for all tests here; at its end nothing was fetched from outside and no error logged."""
    url, folder = lab
    path = folder / "book.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")], metadata={"kernelspec": kernel}), path)
    context = browser.new_context(viewport={"width": 1400, "height": 1300}, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    errors, outside = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: errors.append(f"a dialog: {dialog.message}") or dialog.dismiss())
    local = (url, url.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(local) else outside.append(request.url))
    page.goto(f"{url}/lab/tree/book.ipynb")
    page.locator(".jp-CodeCell .cm-content").first.wait_for(timeout=60_000)
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'", timeout=60_000)
    book = Notebook(page, path)
    assert book.python(SETUP + "_ = await ready({})\nprint('ready')") == "ready"
    yield book
    assert outside == []
    assert errors == []
    context.close()


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


def until(check, seconds: float = 15.0):
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


def test_run_answers_the_questions_and_the_bars_grow(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=80, model=slow, concurrency=4, seed=1); panel")
    press(panel, "Run")
    early = until(lambda: pulled(panel))
    later = until(lambda: (n := pulled(panel)) > early and n)
    assert early < later < 80
    until(lambda: "budget is spent" in status(panel).inner_text())
    until(lambda: pulled(panel) == 80)
    assert notebook.python("print(sum(panel.result.pulls), panel.result.answers[0])") == "80 0"
    bars = panel.locator("figure[data-chart=pulls] path[aria-roledescription=bar]")
    assert bars.count() >= 8
    assert panel.locator("figure[data-chart=pulls] > div").get_attribute("aria-label").startswith("80 of 80 responses drawn")


def test_the_finished_result_stands_below_the_panel_without_repeating_its_charts(notebook):
    table = notebook.page.locator(".dynscale-result table").first
    table.wait_for(timeout=20_000)
    assert "Question number 3?" in table.inner_text()
    assert not notebook.page.locator(".dynscale-result .dynscale-pictures").first.is_visible()


def test_a_budget_moved_during_a_run_is_spent_and_no_more(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=60, model=slow, concurrency=4); panel")
    press(panel, "Run")
    until(lambda: drawn(panel) > 10)
    set_slider(panel, "Budget", 90)
    until(lambda: "of 90" in figure(panel, "responses"))
    until(lambda: drawn(panel) == 90)
    assert notebook.python("print(sum(panel.result.pulls), panel.result.budget, panel.result.stopped)") == "90 90 budget"


def test_less_budget_ends_a_run_but_never_below_what_is_spent(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=200, model=slow, concurrency=4); panel")
    press(panel, "Run")
    until(lambda: drawn(panel) > 20)
    set_slider(panel, "Budget", 9)
    until(lambda: "budget is spent" in status(panel).inner_text())
    spent, budget = map(int, notebook.python("print(sum(panel.result.pulls), panel.controls.budget.value)").split())
    assert 20 < spent == budget < 100


def test_the_keyboard_moves_a_slider(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=60, model=slow); panel")
    handle = panel.get_by_role("slider", name="Budget", exact=True)
    handle.focus()
    handle.press("ArrowRight")
    until(lambda: handle.get_attribute("aria-valuenow") == "61.0")
    assert notebook.python("print(panel.controls.settings.budget)") == "61"


def test_every_control_has_a_name(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=60, model=slow, policy='ucb'); panel")
    for name in ["Budget", "Exploration c", "Parallel first", "Chain depth", "Chained share", "In flight"]:
        assert panel.get_by_role("slider", name=name, exact=True).count() == 1
    for name in ["Policy", "Model"]:
        assert panel.get_by_role("combobox", name=name, exact=True).count() == 1
    for name in ["Questions", "or variable"]:
        assert panel.get_by_role("textbox", name=name, exact=True).count() == 1
    for name in ["Run", "Pause", "Stop", "Add budget"]:
        assert panel.get_by_role("button", name=name).count() == 1


def test_stop_ends_at_once_with_a_partial_result(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=4000, model=dn.ScriptedModel(answer, delay=1.0), concurrency=8); panel")
    press(panel, "Run")
    until(lambda: drawn(panel) >= 8)
    began = time.monotonic()
    press(panel, "Stop")
    until(lambda: "stopped by the user" in status(panel).inner_text())
    assert time.monotonic() - began < 0.5
    stopped, pulls = notebook.python("print(panel.result.stopped, sum(panel.result.pulls))").split()
    assert stopped == "user"
    assert 8 <= int(pulls) < 4000


def test_pause_draws_nothing_and_resume_goes_on(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=400, model=slow, concurrency=4); panel")
    press(panel, "Run")
    until(lambda: drawn(panel) > 8)
    press(panel, "Pause")
    until(lambda: figure(panel, "requests in flight") == "0")
    paused = drawn(panel)
    notebook.page.wait_for_timeout(600)
    assert drawn(panel) == paused
    press(panel, "Resume")
    until(lambda: drawn(panel) > paused)
    press(panel, "Stop")
    until(lambda: "stopped" in status(panel).inner_text())


def test_added_budget_goes_on_where_a_run_ended(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=40, model=quick); panel")
    press(panel, "Run")
    until(lambda: "budget is spent" in status(panel).inner_text())
    press(panel, "Add budget")
    until(lambda: figure(panel, "responses") == "50 of 50")
    assert notebook.python("print(len(panel.result.responses))") == "50"


def test_another_policy_and_its_exploration_hold_during_a_run(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=400, model=slow, concurrency=4); panel")
    press(panel, "Run")
    until(lambda: {row["part"] for row in rows(panel, "scores")} == {"score"})
    panel.get_by_label("Policy", exact=True).select_option("ucb")
    until(lambda: {row["part"] for row in rows(panel, "scores")} == {"exploitation", "exploration"})
    before = notebook.python("print(panel._handle.run.ledger.policy.name, panel._handle.run.ledger.policy.c)")
    panel.get_by_role("textbox", name="Exploration c, typed").fill("1.5")
    panel.get_by_role("textbox", name="Exploration c, typed").press("Enter")
    until(lambda: "-c 1.5" in notebook.python("print(panel._cell_code.code)"))
    after = notebook.python("print(panel._handle.run.ledger.policy.name, panel._handle.run.ledger.policy.c)")
    assert (before, after) == ("ucb 0.3", "ucb 1.5")
    press(panel, "Stop")


def test_a_click_on_a_bar_shows_that_querys_responses(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=64, model=quick, seed=2); panel")
    press(panel, "Run")
    until(lambda: pulled(panel) == 64)
    bar = panel.locator("figure[data-chart=pulls] path[aria-roledescription=bar][aria-label*='3. Question number 2']").first
    bar.click()
    until(lambda: panel.get_by_label("Query", exact=True).input_value() and "3. Question number 2?" in chosen(panel))
    responses = panel.get_by_label("Responses")
    listed = responses.locator("option").all_inner_texts()
    chained = next(text for text in listed if "chained" in text)
    responses.select_option(label=chained)
    until(lambda: "built from" in panel.inner_text())
    earlier = panel.locator("details summary")
    assert earlier.count() == 4
    earlier.first.click()
    assert "I think about it" in panel.locator("details pre").first.inner_text()
    assert {row["answer"] for row in rows(panel, "votes")} <= {"0", "1", "2"}


def chosen(panel) -> str:
    return panel.get_by_label("Query", exact=True).locator("option:checked").inner_text()


def test_the_code_that_does_the_same_follows_the_controls_and_can_be_copied(notebook):
    panel = notebook.panel("panel = dn.Panel(['What is 2 + 3?'], budget=16); panel")
    panel.get_by_text("The same as code").click()
    set_slider(panel, "Budget", 24)
    panel.get_by_label("Policy", exact=True).select_option("thompson")
    code = panel.locator(".dynscale-code pre").first
    until(lambda: code.inner_text() == "%%dynscale --budget 24 -p thompson\nWhat is 2 + 3?")
    panel.locator(".dynscale-code button").first.click()
    until(lambda: notebook.page.evaluate("navigator.clipboard.readText()") == code.inner_text())
    output = notebook.run(code.inner_text())
    output.locator(".dynscale-result table").wait_for(timeout=20_000)
    call = notebook.python("print(panel._call_code.code)")
    assert notebook.python(f"{call}\nprint(result.pulls, result.policy)") == "[24] thompson"


def test_a_mistake_is_one_line(notebook):
    panel = notebook.panel("dn.Panel(budget=16)")
    press(panel, "Run")
    until(lambda: "there are no queries" in status(panel).inner_text())
    assert status(panel).get_attribute("role") == "alert"
    panel.get_by_label("or variable").fill("questoins")
    panel.get_by_label("or variable").press("Enter")
    press(panel, "Run")
    until(lambda: "did you mean 'questions'?" in status(panel).inner_text())


def test_a_typed_key_reaches_the_server_and_nothing_else(notebook, endpoint):
    panel = notebook.panel(f"panel = dn.Panel(['Seven?'], budget=4, model='tiny', base_url='{endpoint.url}'); panel")
    field = panel.get_by_label("API key")
    assert field.get_attribute("type") == "password"
    field.fill(endpoint.key)
    field.press("Tab")
    until(lambda: "a key was given" in field.get_attribute("placeholder"))
    assert field.input_value() == ""
    press(panel, "Run")
    until(lambda: "budget is spent" in status(panel).inner_text())
    assert endpoint.bodies
    state = notebook.python("import ipywidgets, json; print(json.dumps(ipywidgets.Widget.get_manager_state(), default=str))")
    assert endpoint.key not in state + notebook.page.content() + json.dumps(notebook.save())
    assert endpoint.key not in notebook.python("print(repr(panel), panel._call_code.code, panel._cell_code.code, panel.result)")


def test_hostile_text_is_shown_and_does_nothing(notebook):
    panel = notebook.panel("panel = dn.Panel([HOSTILE[:300], 'two'], budget=8, model=hostile); panel")
    press(panel, "Run")
    until(lambda: "budget is spent" in status(panel).inner_text())
    until(lambda: pulled(panel) == 8)
    text = panel.locator("pre").first
    until(lambda: "<script>window.pwned=1</script>" in text.inner_text())
    shown = text.inner_text()
    assert len(shown) > 100_000
    assert "$x^2$" in shown
    assert "**bold**" in shown
    assert r"\x1b[31mred" in shown
    assert r"\u202egnorw" in shown
    panel.locator("figure[data-chart=pulls] path[aria-roledescription=bar]").first.hover()
    tooltip = notebook.page.locator("#vg-tooltip-element")
    until(lambda: tooltip.is_visible() and "<img src=x" in tooltip.inner_text())
    notebook.run("panel.result").locator(".dynscale-result table").wait_for(timeout=20_000)
    page = notebook.page
    assert page.locator(".dynscale-result mjx-container, .dynscale-panel mjx-container, .dynscale-result strong").count() == 0
    assert page.locator(".dynscale-result img[src=x], .dynscale-panel img[src=x], .dynscale-panel script").count() == 0
    assert page.evaluate("window.pwned") is None


def test_a_cell_run_again_stops_the_run_it_started_before(notebook):
    output = notebook.run("%%dynscale --budget 4000 --background -o handle\nWhat is 2 + 3?")
    output.get_by_text("<Handle: running").wait_for(timeout=20_000)
    notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell')")
    output.get_by_text("The run that this cell started before was stopped.").wait_for(timeout=20_000)
    assert notebook.python("handle.stop()\nprint((await handle).stopped)") == "user"


def test_sliders_of_the_explorer_replay_the_allocation(notebook):
    notebook.python("found = await dn.arun(questions, budget=96, model=quick, policy='uniform', seed=1); print('drawn')")
    panel = notebook.panel("dn.explore(found)")
    until(lambda: {row.get("curve") for row in rows(panel, "curve")} == {"chosen policy", "uniform"}, 20)
    asked = len(notebook.python("print('.' * len(quick.requests))"))
    assert sum(row["pulls"] for row in rows(panel, "pulls")) == 96
    set_slider(panel, "Budget", 40)
    until(lambda: sum(row["pulls"] for row in rows(panel, "pulls")) == 40)
    assert "flip policy, 40 of 96 recorded responses" in status(panel).inner_text()
    assert max(row["spent"] for row in rows(panel, "curve") if row.get("curve") == "chosen policy" and "spent" in row) == 40
    panel.get_by_label("Policy", exact=True).select_option("ucb")
    until(lambda: "ucb policy, 40 of 96" in status(panel).inner_text())
    assert len(notebook.python("print('.' * len(quick.requests))")) == asked


def test_charts_take_on_the_theme(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=40, model=quick); panel")
    press(panel, "Run")
    until(lambda: pulled(panel) == 40)
    for theme, light in (("JupyterLab Dark", True), ("JupyterLab Light", False)):
        notebook.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        until(lambda light=light: (ink(panel) > 384) == light)


def ink(panel) -> int:
    """Red, green and blue of a chart's labels, added up."""
    label = panel.locator("figure[data-chart=pulls] .role-axis-label text").first
    colour = label.evaluate("text => getComputedStyle(text).fill")
    return sum(map(int, re.findall(r"\d+", colour)))


def test_a_saved_notebook_shows_table_and_charts_without_a_kernel(notebook, browser, tmp_path):
    notebook.save()
    page_file = tmp_path / "saved.html"
    page_file.write_text(HTMLExporter().from_filename(str(notebook.path))[0], encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(page_file.as_uri(), wait_until="domcontentloaded")
    assert "Question number 3?" in page.locator(".dynscale-result table").first.inner_text()
    pictures = page.locator(".dynscale-result .dynscale-pictures img")
    assert pictures.first.is_visible()
    assert pictures.first.bounding_box()["height"] > 200
    assert page.evaluate("window.pwned") is None
    assert page.locator("img[src=x]").count() == 0
    context.close()
