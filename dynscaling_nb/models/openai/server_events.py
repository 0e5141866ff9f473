"""The events of a stream, from its bytes as they come. Pure.

Servers send comments, end lines in three ways, leave out the empty line after an event, or answer
in plain JSON although a stream was asked for. All of these are read.
"""

import json
from typing import Any

END = "[DONE]"


class ServerEvents:
    """The JSON values of a stream's events.

    `is_done`: the server has marked the end. `other` are the lines that belong to no event.
    """

    def __init__(self) -> None:
        self.is_done = False
        self.other: list[str] = []
        self._line: list[bytes] = []  # the pieces of a line whose end has not come yet
        self._name = ""
        self._data: list[str] = []  # the lines of an event whose end has not come yet

    def feed(self, chunk: bytes) -> list[Any]:
        """The values that these bytes complete. Raises `ValueError` for an event without JSON."""
        values: list[Any] = []
        for piece in chunk.splitlines(keepends=True):
            self._line.append(piece)
            if piece.endswith((b"\n", b"\r")):
                values += self._end_line()
        return values

    def end(self) -> list[Any]:
        """The values that the end of the stream completes."""
        return [*self._end_line(), *self._end_event()]

    def _end_line(self) -> list[Any]:
        line = b"".join(self._line).decode("utf-8", "replace").strip("\r\n\ufeff")
        self._line.clear()
        name, colon, value = line.partition(":")
        value = value.strip()
        if not line.strip():
            return self._end_event()
        if name == "data" and colon:
            return self._take(value)
        if name == "event" and colon:
            self._name = value
        elif not (line.startswith(":") or (name in ("id", "retry") and colon)):
            self.other.append(line)
        return []

    def _take(self, value: str) -> list[Any]:
        """Another line of data; a whole JSON object is an event, with or without an empty line."""
        if value.startswith(END):
            self.is_done = True
            return self._end_event()
        if self._data or not value.endswith("}"):
            self._data.append(value)
            return []
        try:
            return [self._named(json.loads(value))]
        except json.JSONDecodeError:
            self._data.append(value)
            return []

    def _end_event(self) -> list[Any]:
        data, self._data = "\n".join(self._data), []
        values = [self._named(json.loads(data))] if data.strip() else []
        self._name = ""
        return values

    def _named(self, value: Any) -> Any:
        """The value; that of an event with the name `error` is an error, whatever its form."""
        is_error = self._name == "error" and not (isinstance(value, dict) and value.get("error"))
        return {"error": value} if is_error else value
