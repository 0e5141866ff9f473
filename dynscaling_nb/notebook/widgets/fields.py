"""Small widgets: a field for a key, code to copy, names for sliders, and a box that cleans up."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from dynscaling_nb.models.openai.secrets import Secret, key_in

STATIC = Path(__file__).with_name("static")


class Key(anywidget.AnyWidget):
    """A field for an API key.

    The key comes as a message and stays in the kernel's memory. It is not part of the widget's
    state, which a notebook saves. The trait `holds` says in words whose key is used.
    """

    _esm = STATIC / "key.js"
    holds = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        self._secret: Secret | None = None
        super().__init__(holds=self._in_words())
        self.on_msg(self._receive)

    @property
    def secret(self) -> Secret | None:
        """The key that was typed; None if the environment's key is to be used."""
        return self._secret

    def _receive(self, _: Any, content: Any, __: Any) -> None:
        self._secret = key_in(content.get("key", ""))
        self.holds = self._in_words()

    def _in_words(self) -> str:
        if self._secret:
            return "a key was given; it is not saved"
        if os.environ.get("OPENAI_API_KEY"):
            return "the environment's key is used"
        return "no key: OPENAI_API_KEY is not set"


class Code(anywidget.AnyWidget):
    """Code to read and to copy."""

    _esm = STATIC / "code.js"
    _css = STATIC / "code.css"
    code = traitlets.Unicode().tag(sync=True)


class Names(anywidget.AnyWidget):
    """An invisible widget that gives the sliders of its panel names for a screen reader."""

    _esm = STATIC / "names.js"


class ClosingBox(widgets.VBox):  # type: ignore[misc]
    """A column that closes everything in it when it is closed.

    A plain VBox leaves its children, their layouts and their styles open in the kernel.
    """

    def bundle(self, text: str) -> dict[str, Any]:
        """What a notebook is shown: the column, and `text` where there are no widgets."""
        view = self._repr_mimebundle_()
        data = view[0] if isinstance(view, tuple) else view
        return {**data, "text/plain": text}

    def close(self) -> None:
        """Close this column and everything in it."""
        for part in list(_parts(self)):
            part.close()
        super().close()


def close_tree(widget: widgets.Widget) -> None:
    """Close a widget and everything in it: its children, layouts and styles."""
    for part in [*_parts(widget), widget]:
        part.close()


def _parts(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    """The widgets inside this one, the innermost first."""
    for value in widget.trait_values().values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, widgets.Widget):
                yield from _parts(part)
                yield part
