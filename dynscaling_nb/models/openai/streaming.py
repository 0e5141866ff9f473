"""A streamed reply, put together from its pieces; its usage if the call ends early. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from dynscaling_nb.errors import ModelError
from dynscaling_nb.models.base import CallCancelled
from dynscaling_nb.models.openai.responses import count, entries
from dynscaling_nb.models.openai.server_events import ServerEvents
from dynscaling_nb.records import Usage

TEXTS = ("content", "reasoning_content", "reasoning", "thinking", "refusal")  # of a message


class _Choice:
    """One choice so far: the pieces of each of its texts, and its end."""

    def __init__(self) -> None:
        self.texts: dict[str, list[Any]] = {}
        self.ending: dict[str, Any] = {}  # finish_reason and error
        self.logprobs: list[Any] = []

    def add(self, piece: Mapping[str, Any]) -> int:
        """Add a piece; the number of its texts."""
        delta = piece.get("delta")
        if not delta and not self.texts:  # some servers send one whole message
            delta = piece.get("message")
        texts = dict(delta) if isinstance(delta, dict) else {}
        if piece.get("text"):  # a server of the older completions
            texts.setdefault("content", piece["text"])
        added = 0
        for name in TEXTS:
            if text := texts.get(name):
                self.texts.setdefault(name, []).extend(text if isinstance(text, list) else [text])
                added += 1
        self.ending |= {name: piece[name] for name in ("finish_reason", "error") if piece.get(name)}
        logprobs = piece.get("logprobs")
        self.logprobs += entries(logprobs, "content") if isinstance(logprobs, dict) else []
        return added

    @property
    def whole(self) -> dict[str, Any]:
        """The choice in the form of one that was not streamed."""
        return {
            "message": {"content": None, **self.texts},
            "logprobs": {"content": self.logprobs},
            **self.ending,
        }


class WebPage(ModelError):
    """The reply is a web page; `text` is its source."""

    def __init__(self, text: str) -> None:
        super().__init__("a web page and no completion")
        self.text = text


class StreamedReply:
    """The reply so far.

    `usage` is the server's latest count. `pieces` counts the texts, about a token each.
    """

    def __init__(self) -> None:
        self.usage: Mapping[str, Any] = {}
        self.pieces = 0
        self._events = ServerEvents()
        self._choices: dict[int, _Choice] = {}
        self._others: dict[str, Any] = {}
        self._has_total = False

    @property
    def is_done(self) -> bool:
        """Whether the server has marked the end of the stream."""
        return self._events.is_done

    def feed(self, chunk: bytes) -> None:
        """Add bytes of the stream. Raises `ValueError` for an event without JSON."""
        for piece in self._events.feed(chunk):
            self._add(piece)

    def close(self) -> Any:
        """The whole reply, in the form of one that was not streamed.

        A server that streams nothing may have sent it in one piece. Raises `ModelError` if the
        stream ended in the middle of a choice, and `WebPage`.
        """
        for piece in self._events.end():
            self._add(piece)
        other = "\n".join(self._events.other).strip()
        if other and not self._choices and not self._others:
            if other.startswith("<"):
                raise WebPage(other)
            return json.loads(other)
        if not (self.is_done or self._is_whole):
            raise ModelError("the stream ended early")
        choices = [self._choices[index].whole for index in sorted(self._choices)]
        for choice in choices:
            if "error" in self._others and "finish_reason" not in choice:
                choice["error"] = self._others["error"]
        return {"choices": choices, "usage": self.usage, **self._others}

    def _add(self, piece: Any) -> None:
        """Add a piece of the stream; one that is no piece of a completion is passed over."""
        if not isinstance(piece, dict):
            return
        choices = [choice for choice in entries(piece, "choices") if isinstance(choice, dict)]
        usage = piece.get("usage")
        if usage and isinstance(usage, dict):
            self.usage = usage
            self._has_total = not choices
        self._others |= {name: piece[name] for name in ("error", "timings") if piece.get(name)}
        for place, choice in enumerate(choices):
            index = choice.get("index")
            index = index if isinstance(index, int) else place
            self.pieces += self._choices.setdefault(index, _Choice()).add(choice)

    @property
    def _is_whole(self) -> bool:
        """Whether the server has said the end: of each choice, by a total, or by an error."""
        if self._has_total or "error" in self._others:
            return True
        ends = ["finish_reason" in choice.ending for choice in self._choices.values()]
        return bool(ends) and all(ends)

    @property
    def cancelled(self) -> CallCancelled:
        """The usage of a call that ends here: the server's count, or else one token a piece."""
        prompt, completion = (
            count(self.usage, name) for name in ("prompt_tokens", "completion_tokens")
        )
        if prompt:  # some servers send a usage of zeros until the end
            return CallCancelled(Usage(prompt, completion, 1), counted=True)
        return CallCancelled(Usage(0, self.pieces, 1), counted=False)
