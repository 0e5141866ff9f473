"""A streamed response, put together from its pieces; its usage if the call ends early."""

from collections.abc import AsyncIterable
from types import SimpleNamespace
from typing import Any

from dynscaling_nb.errors import ModelError
from dynscaling_nb.models.base import CallCancelled
from dynscaling_nb.records import Usage

TEXTS = ("content", "reasoning_content", "reasoning", "refusal")  # the texts of a message


class StreamedReply:
    """The pieces so far.

    `usage` is the server's latest count. `pieces` counts the pieces with text, about a token each.
    """

    def __init__(self) -> None:
        self.usage: Any = None
        self.pieces = 0
        self._choices: dict[int, SimpleNamespace] = {}

    async def read(self, stream: AsyncIterable[Any]) -> "StreamedReply":
        """Read a stream to its end. Raises `ModelError` if it ends in the middle of a choice."""
        async for chunk in stream:
            self.usage = getattr(chunk, "usage", None) or self.usage
            for choice in getattr(chunk, "choices", None) or ():
                self._add(choice)
        if any(choice.finish_reason is None for choice in self._choices.values()):
            raise ModelError("the stream ended early")
        return self

    def _add(self, piece: Any) -> None:
        empty = SimpleNamespace(
            message=SimpleNamespace(), finish_reason=None, logprobs=SimpleNamespace(content=[])
        )
        choice = self._choices.setdefault(piece.index, empty)
        for name in TEXTS:
            text = getattr(piece.delta, name, None)
            if text:
                self.pieces += 1
                setattr(choice.message, name, getattr(choice.message, name, "") + text)
        choice.finish_reason = piece.finish_reason or choice.finish_reason
        choice.logprobs.content += getattr(getattr(piece, "logprobs", None), "content", None) or []

    @property
    def reply(self) -> SimpleNamespace:
        """The whole response, in the form of one that was not streamed."""
        for choice in self._choices.values():
            for name in ("content", "refusal"):  # a whole message always has these two
                setattr(choice.message, name, getattr(choice.message, name, None))
        choices = [self._choices[index] for index in sorted(self._choices)]
        return SimpleNamespace(choices=choices, usage=self.usage)

    @property
    def cancelled(self) -> CallCancelled:
        """The usage of a call that ends here: the server's count, or else one token a piece."""
        prompt: Any = getattr(self.usage, "prompt_tokens", None)
        completion: Any = getattr(self.usage, "completion_tokens", None)
        are_counts = all(isinstance(n, int) and n >= 0 for n in (prompt, completion))
        if are_counts and prompt:  # some servers send a usage of zeros until the end
            return CallCancelled(Usage(prompt, completion, 1), counted=True)
        return CallCancelled(Usage(0, self.pieces, 1), counted=False)
