"""The panel in a real JupyterLab in a real browser, as a user sees and steers it.

The page fetches nothing from outside.
"""

import json
import time

from lab import drawn, figure, ink, press, pulled, rows, set_slider, status, until
from nbconvert import HTMLExporter


def test_run_answers_the_questions_and_the_bars_grow(notebook):
    panel = notebook.panel(
        "model = dn.ScriptedModel(answer, delay=1.0); "
        "panel = dn.Panel(questions, budget=240, model=model, concurrency=4, seed=1); panel"
    )
    press(panel, "Run")
    early = until(lambda: pulled(panel))
    later = until(lambda: (n := pulled(panel)) > early and n)
    assert early < later < 240
    notebook.python("model.delay = 0\nprint('at once from here on')")
    until(lambda: "budget is spent" in status(panel).inner_text())
    until(lambda: pulled(panel) == 240)
    assert notebook.python("print(sum(panel.result.pulls), panel.result.answers[0])") == "240 0"
    bars = panel.locator("figure[data-chart=pulls] path[aria-roledescription=bar]")
    assert bars.count() >= 8
    assert (
        panel.locator("figure[data-chart=pulls] > div")
        .get_attribute("aria-label")
        .startswith("240 of 240 responses")
    )


def test_the_finished_result_stands_below_the_panel_without_repeating_its_charts(notebook):
    table = notebook.page.locator(".dynscale-result table").first
    table.wait_for(timeout=60_000)
    assert "Question number 3?" in table.inner_text()
    pictures = notebook.page.locator(
        ".jp-OutputArea:has(.dynscale-live) .jp-RenderedVegaCommon5, "
        ".jp-OutputArea:has(.dynscale-live) .jp-RenderedImage"
    )
    until(lambda: pictures.count() == 2)
    assert not any(picture.is_visible() for picture in pictures.all())


def test_a_budget_moved_during_a_run_is_spent_and_no_more(notebook):
    panel = notebook.panel(
        "panel = dn.Panel(questions, budget=200, model=slow, concurrency=4); panel"
    )
    press(panel, "Run")
    until(lambda: drawn(panel) > 10)
    set_slider(panel, "Budget", 230)
    until(lambda: "of 230" in figure(panel, "responses"))
    until(lambda: drawn(panel) == 230)
    assert (
        notebook.python("print(sum(panel.result.pulls), panel.result.budget, panel.result.stopped)")
        == "230 230 budget"
    )


def test_less_budget_ends_a_run_but_never_below_what_is_spent(notebook):
    panel = notebook.panel(
        "panel = dn.Panel(questions, budget=1000, model=slow, concurrency=4); panel"
    )
    press(panel, "Run")
    until(lambda: drawn(panel) > 20)
    set_slider(panel, "Budget", 9)
    until(lambda: "budget is spent" in status(panel).inner_text())
    spent, budget = map(
        int, notebook.python("print(sum(panel.result.pulls), panel.controls.budget.value)").split()
    )
    assert 20 < spent == budget < 900


def test_the_keyboard_moves_a_slider(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=60, model=slow); panel")
    handle = panel.get_by_role("slider", name="Budget", exact=True)
    handle.focus()
    handle.press("ArrowRight")
    until(lambda: handle.get_attribute("aria-valuenow") == "61.0")
    assert notebook.python("print(panel.controls.options.budget)") == "61"


def test_every_control_has_a_name(notebook):
    panel = notebook.panel(
        "panel = dn.Panel(questions, budget=60, model=slow, policy='ucb'); panel"
    )
    for name in [
        "Budget",
        "Exploration c",
        "Parallel first",
        "Chain depth",
        "Chained share",
        "In flight",
    ]:
        assert panel.get_by_role("slider", name=name, exact=True).count() == 1
    for name in ["Policy", "Model"]:
        assert panel.get_by_role("combobox", name=name, exact=True).count() == 1
    for name in ["Questions", "or variable"]:
        assert panel.get_by_role("textbox", name=name, exact=True).count() == 1
    for name in ["Run", "Pause", "Stop", "Add budget"]:
        assert panel.get_by_role("button", name=name).count() == 1


def test_stop_ends_at_once_with_a_partial_result(notebook):
    panel = notebook.panel(
        "model = dn.ScriptedModel(answer, delay=0.1); "
        "panel = dn.Panel(questions, budget=4000, model=model, concurrency=8); panel"
    )
    press(panel, "Run")
    until(lambda: drawn(panel) >= 8)
    notebook.python(
        "import asyncio\nmodel.delay = 600\nawait asyncio.sleep(0.5)\nprint('slow now')"
    )
    began = time.monotonic()
    press(panel, "Stop")
    until(lambda: "stopped by the user" in status(panel).inner_text())
    assert time.monotonic() - began < 10  # no call that was in flight has had the time to end
    stopped, pulls = notebook.python("print(panel.result.stopped, sum(panel.result.pulls))").split()
    assert stopped == "user"
    assert 8 <= int(pulls) < 4000


def test_pause_draws_nothing_and_resume_goes_on(notebook):
    panel = notebook.panel(
        "panel = dn.Panel(questions, budget=20_000, model=slow, concurrency=4); panel"
    )
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
    panel = notebook.panel(
        "panel = dn.Panel(questions, budget=20_000, model=slow, concurrency=4); panel"
    )
    press(panel, "Run")
    until(lambda: {row["part"] for row in rows(panel, "scores")} == {"score"})
    panel.get_by_label("Policy", exact=True).select_option("ucb")
    until(lambda: {row["part"] for row in rows(panel, "scores")} == {"exploitation", "exploration"})
    before = notebook.python(
        "print(panel._handle.run.ledger.policy.name, panel._handle.run.ledger.policy.c)"
    )
    panel.get_by_role("textbox", name="Exploration c, typed").fill("1.5")
    panel.get_by_role("textbox", name="Exploration c, typed").press("Enter")
    until(lambda: "c=1.5" in notebook.python("print(panel.text)"))
    after = notebook.python(
        "print(panel._handle.run.ledger.policy.name, panel._handle.run.ledger.policy.c)"
    )
    assert (before, after) == ("ucb 0.3", "ucb 1.5")
    press(panel, "Stop")
    until(lambda: "stopped" in status(panel).inner_text())


def test_a_click_on_a_bar_shows_the_responses_to_that_question(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=64, model=quick, seed=2); panel")
    press(panel, "Run")
    until(lambda: pulled(panel) == 64)
    bar = panel.locator(
        "figure[data-chart=pulls] "
        "path[aria-roledescription=bar][aria-label*='3. Question number 2']"
    ).first
    bar.click()
    until(
        lambda: panel.get_by_label("Question", exact=True).input_value() == "3. Question number 2?"
    )
    responses = panel.get_by_label("Responses", exact=True)
    listed = responses.locator("option").all_inner_texts()
    chained = next(text for text in listed if "chained" in text)
    responses.select_option(label=chained)
    until(lambda: "built from" in panel.inner_text())
    earlier = panel.locator("details summary")
    assert earlier.count() == 4
    earlier.first.click()
    assert "I think about it" in panel.locator("details pre").first.inner_text()
    assert {row["answer"] for row in rows(panel, "votes")} <= {"0", "1", "2"}


def test_the_code_that_does_the_same_follows_the_controls_and_can_be_copied(notebook):
    panel = notebook.panel("panel = dn.Panel(['What is 2 + 3?'], budget=16); panel")
    panel.get_by_text("The same as code").click()
    set_slider(panel, "Budget", 24)
    panel.get_by_label("Policy", exact=True).select_option("thompson")
    code = panel.locator(".dynscale-code pre").first
    until(lambda: code.inner_text() == "%%dynscale --budget 24 --policy thompson\nWhat is 2 + 3?")
    panel.locator(".dynscale-code button").first.click()
    until(lambda: notebook.page.evaluate("navigator.clipboard.readText()") == code.inner_text())
    output = notebook.run(code.inner_text())
    output.locator(".dynscale-result table").wait_for(timeout=60_000)
    call = notebook.python("print(panel.text.partition('\\n\\n')[2])")
    assert notebook.python(f"{call}\nprint(result.pulls, result.policy)") == "[24] thompson"


def test_a_mistake_is_one_line(notebook):
    panel = notebook.panel("dn.Panel(budget=16)")
    assert "What is" in panel.get_by_label("Questions", exact=True).input_value()
    panel.get_by_label("Questions", exact=True).fill("")
    press(panel, "Run")
    until(lambda: "there are no questions" in status(panel).inner_text())
    assert status(panel).get_attribute("role") == "alert"
    panel.get_by_label("or variable").fill("questoins")
    panel.get_by_label("or variable").press("Enter")
    press(panel, "Run")
    until(lambda: "did you mean 'questions'?" in status(panel).inner_text())


def test_a_typed_key_reaches_the_server_and_nothing_else(notebook, endpoint):
    panel = notebook.panel(
        f"panel = dn.Panel(['Seven?'], budget=4, model='tiny', base_url='{endpoint.url}'); panel"
    )
    field = panel.get_by_label("API key")
    assert field.get_attribute("type") == "password"
    field.fill(endpoint.key)
    field.press("Tab")
    until(lambda: "a key was given" in field.get_attribute("placeholder"))
    assert field.input_value() == ""
    press(panel, "Run")
    until(lambda: "budget is spent" in status(panel).inner_text())
    assert endpoint.bodies
    state = notebook.python(
        "import ipywidgets, json; state = ipywidgets.Widget.get_manager_state(); "
        "print(json.dumps(state, default=str))"
    )
    assert endpoint.key not in state + notebook.page.content() + json.dumps(notebook.save())
    assert endpoint.key not in notebook.python("print(repr(panel), panel.text, panel.result)")


def test_hostile_text_is_shown_and_does_nothing(notebook):
    panel = notebook.panel(
        "panel = dn.Panel([HOSTILE[:300], 'two'], budget=8, model=hostile); panel"
    )
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
    notebook.run("panel.result").locator(".dynscale-result table").wait_for(timeout=60_000)
    page = notebook.page
    assert (
        page.locator(
            ".dynscale-result mjx-container, .dynscale-panel mjx-container, .dynscale-result strong"
        ).count()
        == 0
    )
    assert (
        page.locator(
            ".dynscale-result img[src=x], .dynscale-panel img[src=x], .dynscale-panel script"
        ).count()
        == 0
    )
    assert page.evaluate("window.pwned") is None


def test_a_cell_run_again_stops_the_run_it_started_before(notebook):
    output = notebook.run("%%dynscale --budget 4000 --background -o handle\nWhat is 2 + 3?")
    output.get_by_text("<RunHandle: running").wait_for(timeout=60_000)
    notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell')")
    output.get_by_text("The run that this cell started before was stopped.").wait_for(
        timeout=60_000
    )
    assert notebook.python("handle.stop()\nprint((await handle).stopped)") == "user"


def test_sliders_of_the_explorer_replay_the_allocation(notebook):
    notebook.python(
        "found = await dn.arun(questions, budget=96, model=quick, policy='uniform', seed=1); "
        "print('drawn')"
    )
    panel = notebook.panel("dn.explore(found)")
    until(
        lambda: {row.get("curve") for row in rows(panel, "curve")} == {"chosen policy", "uniform"},
        20,
    )
    asked = len(notebook.python("print('.' * len(quick.requests))"))
    assert sum(row["pulls"] for row in rows(panel, "pulls")) == 96
    set_slider(panel, "Budget", 40)
    until(lambda: sum(row["pulls"] for row in rows(panel, "pulls")) == 40)
    assert "flip policy, 40 of 96 recorded responses" in status(panel).inner_text()
    assert (
        max(
            row["spent"]
            for row in rows(panel, "curve")
            if row.get("curve") == "chosen policy" and "spent" in row
        )
        == 40
    )
    panel.get_by_label("Policy", exact=True).select_option("ucb")
    until(lambda: "ucb policy, 40 of 96" in status(panel).inner_text())
    assert len(notebook.python("print('.' * len(quick.requests))")) == asked


def test_three_hundred_questions_are_thin_columns_to_click_on(notebook):
    notebook.python(
        "many = [{'id': str(i), 'text': f'Question number {i}?'} for i in range(300)]; "
        "print('made')"
    )
    panel = notebook.panel("panel = dn.Panel(many, budget=1500, model=quick); panel")
    press(panel, "Run")
    until(lambda: pulled(panel) == 1500)
    plot = panel.locator("figure[data-chart=pulls] canvas")
    size = plot.bounding_box()
    plot.click(
        position={"x": size["width"] / 2, "y": 270}
    )  # low in the plot, where every query has a column
    until(
        lambda: panel.get_by_label("Question", exact=True).input_value() != "1. Question number 0?"
    )
    panel.get_by_label("Sort questions").select_option("responses")
    until(
        lambda: (
            (shown := sorted(rows(panel, "pulls"), key=lambda row: row["rank"]))
            and shown[0]["pulls"] == max(r["pulls"] for r in shown)
        )
    )


def test_charts_take_on_the_theme(notebook):
    panel = notebook.panel("panel = dn.Panel(questions, budget=40, model=quick); panel")
    press(panel, "Run")
    until(lambda: pulled(panel) == 40)
    for theme, light in (("JupyterLab Dark", True), ("JupyterLab Light", False)):
        notebook.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        until(lambda light=light: (ink(panel) > 384) == light)


def test_a_saved_notebook_shows_table_and_charts_without_a_kernel(notebook, browser, tmp_path):
    notebook.save()
    page_file = tmp_path / "saved.html"
    page_file.write_text(HTMLExporter().from_filename(str(notebook.path))[0], encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(page_file.as_uri(), wait_until="domcontentloaded")
    assert "Question number 3?" in page.locator(".dynscale-result table").first.inner_text()
    pictures = page.locator(".jp-OutputArea:has(.dynscale-result) .jp-RenderedImage img")
    assert pictures.count() >= 2
    assert pictures.first.is_visible()
    assert pictures.first.bounding_box()["height"] > 200
    assert page.evaluate("window.pwned") is None
    assert page.locator("img[src=x]").count() == 0
    context.close()
