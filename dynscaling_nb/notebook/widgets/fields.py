"""Small widgets of our own: a field for a key, code to copy, and names for sliders."""

import os
from pathlib import Path
from typing import Any

import anywidget
import traitlets

STATIC = Path(__file__).with_name("static")


class Key(anywidget.AnyWidget):
    """A field for an API key: it comes as a message, stays in the kernel's memory and is no part of the widget's state."""

    _esm = STATIC / "key.js"
    holds = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        self._secret: str | None = None
        super().__init__(holds=self._says())
        self.on_msg(self._receive)

    @property
    def secret(self) -> str | None:
        """The key that was typed, None where the environment's is meant."""
        return self._secret

    def _receive(self, _: Any, content: Any, __: Any) -> None:
        self._secret = str(content.get("key", "")).strip() or None
        self.holds = self._says()

    def _says(self) -> str:
        if self._secret:
            return "a key was given; it is not saved"
        return (
            "the environment's is used"
            if os.environ.get("OPENAI_API_KEY")
            else "none; OPENAI_API_KEY is not set"
        )


class Code(anywidget.AnyWidget):
    """Code to read and to copy."""

    _esm = STATIC / "code.js"
    _css = STATIC / "code.css"
    code = traitlets.Unicode().tag(sync=True)


class Names(anywidget.AnyWidget):
    """Nothing to see: names the sliders of the panel that it is in, for screen readers."""

    _esm = STATIC / "names.js"
