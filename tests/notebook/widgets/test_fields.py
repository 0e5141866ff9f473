"""Small widgets: a field for a key, and a box that cleans up."""

import ipywidgets as widgets
import pytest

from dynscaling_nb.notebook.widgets.fields import ClosingBox, Key


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return monkeypatch


def typed(field, text):
    """What the browser sends when somebody types a key."""
    data = {"method": "custom", "content": {"key": text}}
    field.comm.handle_msg({"content": {"data": data}, "buffers": []})


def test_a_key_says_whose_key_is_used(environment):
    assert Key().holds == "no key: OPENAI_API_KEY is not set"
    environment.setenv("OPENAI_API_KEY", "secret")
    assert Key().holds == "the environment's key is used"


def test_a_typed_key_is_kept_but_is_not_part_of_the_state(environment):
    field = Key()
    typed(field, "  sk-typed ")
    assert field.secret == "sk-typed"
    assert field.holds == "a key was given; it is not saved"
    assert "sk-typed" not in str(field.get_state())
    typed(field, "")
    assert field.secret is None


def test_a_box_that_is_closed_leaves_no_widget_behind():
    before = set(widgets.Widget.get_manager_state()["state"])
    inner = widgets.HBox([widgets.IntSlider(), widgets.Text()])
    box = ClosingBox([inner, widgets.Dropdown(options=["a"])])
    assert len(set(widgets.Widget.get_manager_state()["state"]) - before) > 4
    box.close()
    assert set(widgets.Widget.get_manager_state()["state"]) == before
