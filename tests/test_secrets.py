"""A key goes to its server and appears nowhere else; the text of a model is only text.

The key is in no repr, log, traceback, store, notebook or widget state.
"""

import json
import logging
import os
import pickle
import traceback

import nbformat
import pytest
from aiohttp import web
from nbclient import NotebookClient

import dynscaling_nb as dn
from dynscaling_nb.notebook.widgets.panel import Panel
from dynscaling_nb.resolve import model_of

KEY = "sk-very-secret-0123456789"


@pytest.fixture
def guarded(endpoint, monkeypatch):
    """A server that wants the key, and gives it away in each of its errors."""
    monkeypatch.delenv("OPENAI_API_KEY")
    endpoint.key = KEY
    return endpoint


def echo(body, count):
    if count % 3 == 0:
        return web.json_response(
            {"error": {"message": f"broken for Bearer {KEY}"}},
            status=(500, 400, 429)[count % 9 // 3],
            headers={"retry-after-ms": "1"},
        )
    return None


def test_a_key_that_is_given_is_shown_nowhere(guarded, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpcore", "httpx", "httpx2", "aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(
            logging.WARNING
        )  # ours is what is looked at, and what they say at their own default
    logging.getLogger("dynscaling_nb").setLevel(logging.DEBUG)
    guarded.behave = echo
    model = dn.OpenAIModel("tiny", guarded.url, api_key=KEY, extra_body={"user": "me"})
    seen = []
    found = dn.run(
        [f"q{i}?" for i in range(4)],
        budget=24,
        model=model,
        store=tmp_path / "runs.sqlite",
        observers=[seen.append],
        concurrency=2,
    )
    said = [
        repr(model),
        str(model),
        repr(found),
        str(found),
        found.report(),
        found.to_html(),
        repr(found.to_frame()),
        repr(dn.runs(tmp_path / "runs.sqlite")),
        json.dumps([r.to_json() for r in found.responses]),
        repr(seen),
        caplog.text,
        repr(model.identity),
        str(vars(found)),
    ]
    assert any("***" in text for text in said)  # a server did give it away
    assert len(caplog.records) > 20
    for text in said:
        assert KEY not in text
    for file in tmp_path.iterdir():
        assert KEY.encode() not in file.read_bytes()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_no_traceback_holds_it(guarded, status):
    guarded.behave = lambda body, count: web.json_response(
        {"error": {"message": f"Incorrect API key provided: {KEY}, quota"}}, status=status
    )
    model = dn.OpenAIModel("tiny", guarded.url, api_key=KEY, max_retries=0)
    with pytest.raises(dn.DynscalingError) as caught:
        dn.run(["q?"], budget=1, model=model, store=False)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in repr(caught.value.value)


def test_a_password_in_a_base_url_is_refused():
    with pytest.raises(dn.InputError, match="must hold no name and password") as caught:
        dn.OpenAIModel("tiny", f"http://me:{KEY}@127.0.0.1/v1")
    assert KEY not in f"{caught.value} {caught.value.value}"


def test_a_notebook_and_its_widgets_do_not_hold_it(guarded, tmp_path):
    guarded.behave = echo
    cells = [
        "%load_ext dynscaling_nb",
        f"%%dynscale --budget 6 -m tiny --base-url {guarded.url} -o found\none?\ntwo?",
        "print(found.report()); found",
        f"%dynscale -m tiny --base-url {guarded.url}",
        f"%%dynscale --budget 2 -m tiny --base-url {guarded.url.replace('127', '128')} "
        "--timeout 1\none?",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook,
        timeout=60,
        allow_errors=True,
        store_widget_state=True,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute(env=os.environ | {"OPENAI_API_KEY": KEY})
    assert "widgets" in notebook.metadata
    assert KEY not in nbformat.writes(notebook)
    assert len(guarded.bodies) > 6


def test_headers_are_sent_and_shown_nowhere(guarded):
    guarded.behave = echo
    model = dn.OpenAIModel("tiny", guarded.url, api_key=KEY, headers={"X-Gateway": f"{KEY}-2"})
    result = dn.run(["q?"], budget=8, model=model, store=False, concurrency=1)
    assert {headers["X-Gateway"] for headers in guarded.headers} == {f"{KEY}-2"}
    assert KEY not in repr(model) + result.report() + repr(model.identity)


def test_a_key_typed_into_the_panel_is_no_part_of_its_state():
    panel = Panel(["q?"], budget=2, model="tiny", base_url="http://127.0.0.1:1/v1")
    panel.controls.key._receive(None, {"key": KEY}, None)
    assert panel.controls.key.secret == KEY
    assert KEY not in json.dumps(panel.controls.key.get_state(), default=str)
    assert KEY not in panel.text
    model = model_of(panel.controls.options, panel.controls.key.secret)
    assert model.api_key == KEY
    assert KEY not in repr(model)


def test_nothing_is_pickled_and_logging_is_silent_by_default(tmp_path, capsys, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a pickle")

    for name in ("load", "loads", "dump", "dumps"):
        monkeypatch.setattr(pickle, name, refuse)
    model = dn.ScriptedModel(lambda r: dn.ModelError("no") if r.index == 2 else "The answer is 1.")
    found = dn.run(["a", "b"], budget=6, model=model, store=tmp_path / "runs.sqlite")
    dn.load(found.run, tmp_path / "runs.sqlite")
    out = capsys.readouterr()
    assert (out.out, out.err) == ("", "")


def test_each_pull_is_one_event_in_order_and_one_line_of_the_log(caplog):
    caplog.set_level(logging.DEBUG, "dynscaling_nb")
    seen = []
    found = dn.run(
        ["a", "b"],
        budget=8,
        model=dn.ScriptedModel(lambda r: "The answer is 1."),
        observers=[seen.append],
        seed=1,
    )
    drawn = [event for event in seen if type(event).__name__ == "Drawn"]
    assert [event.response for event in drawn] == list(found.responses)
    assert len({event.pull.number for event in drawn}) == 8
    lines = [
        record.getMessage() for record in caplog.records if record.name.startswith("dynscaling_nb")
    ]
    assert [line.split()[0] for line in lines] == ["started", *["drawn"] * 8, "finished"]
    assert lines[1].startswith("drawn number=0 query='1' index=0 kind=parallel answer='1'")


def test_model_text_is_text_wherever_it_is_shown(tmp_path):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\u202e $\\evil$"
    found = dn.run(
        [evil],
        budget=3,
        model=dn.ScriptedModel(lambda r: f"{evil}\nThe answer is {evil}"),
        store=tmp_path / "r.sqlite",
    )
    html = found.to_html()
    assert "<script" not in html
    assert "<img" not in html
    for text in (str(found), found.report(), repr(dn.runs(tmp_path / "r.sqlite"))):
        assert "\x1b" not in text
        assert "\u202e" not in text
