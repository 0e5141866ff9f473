"""A reply that comes in pieces, put together as if it had come at once; and what has been used where it is not waited for to its end."""

from collections.abc import AsyncIterable
from types import SimpleNamespace
from typing import Any

from dynscaling_nb.errors import ModelError
from dynscaling_nb.records import Usage

PARTS = ("content", "reasoning_content", "reasoning", "refusal")  # of a message, each a text


class StreamedReply:
    """The pieces so far. `usage` is what the server has last said, `pieces` how many of them held text: about as many tokens."""

    def __init__(self) -> None:
        self.usage: Any = None
        self.pieces = 0
        self._choices: dict[int, SimpleNamespace] = {}

    async def take(self, stream: AsyncIterable[Any]) -> "StreamedReply":
        """Take a stream to its end. Raises `ModelError` where it breaks off before every choice was finished."""
        async for chunk in stream:
            self.usage = getattr(chunk, "usage", None) or self.usage
            for choice in getattr(chunk, "choices", None) or ():
                self._add(choice)
        if any(choice.finish_reason is None for choice in self._choices.values()):
            raise ModelError("a stream that broke off")
        return self

    def _add(self, piece: Any) -> None:
        empty = SimpleNamespace(
            message=SimpleNamespace(), finish_reason=None, logprobs=SimpleNamespace(content=[])
        )
        choice = self._choices.setdefault(piece.index, empty)
        for name in PARTS:
            if text := getattr(piece.delta, name, None):
                self.pieces += 1
                setattr(choice.message, name, getattr(choice.message, name, "") + text)
        choice.finish_reason = piece.finish_reason or choice.finish_reason
        choice.logprobs.content += getattr(getattr(piece, "logprobs", None), "content", None) or []

    @property
    def reply(self) -> SimpleNamespace:
        """The whole, as a reply that came at once."""
        for choice in self._choices.values():
            for name in ("content", "refusal"):
                setattr(choice.message, name, getattr(choice.message, name, None))
        return SimpleNamespace(
            choices=[self._choices[index] for index in sorted(self._choices)], usage=self.usage
        )

    @property
    def used(self) -> tuple[Usage, bool]:
        """What it has used so far, and whether the server has said so; else a token is counted for each piece of text."""
        said = [getattr(self.usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
        if all(isinstance(count, int) and count >= 0 for count in said) and said[0]:
            return Usage(said[0], said[1] or 0, 1), True
        return Usage(0, self.pieces, 1), False
