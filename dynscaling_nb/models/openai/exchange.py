"""The exchange of one request body for one reply, over the openai client.

An error reply is a value, `ErrorReply`. Whatever a repeat may mend is a `TransientError`.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from dynscaling_nb.errors import ModelError
from dynscaling_nb.models.openai.client_pool import ClientPool
from dynscaling_nb.models.openai.error_detail import ErrorReply
from dynscaling_nb.models.openai.network import unreachable
from dynscaling_nb.models.openai.settings import OpenAISettings
from dynscaling_nb.models.openai.streaming import StreamedReply
from dynscaling_nb.models.openai.throttle import TransientError

MESSAGE_LENGTH = 300  # characters of a server's error message that are shown


class Exchange:
    """Sends request bodies to one server."""

    def __init__(self, settings: OpenAISettings, clients: ClientPool) -> None:
        self._settings = settings
        self._clients = clients
        self._client = clients.first
        self._mask = settings.mask
        self.where = str(self._client.base_url)

    async def send(self, body: Mapping[str, Any]) -> Any:
        """The server's response, or its error reply as an `ErrorReply`.

        Raises `TransientError` if no response came, or one that cannot be read.
        """
        from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

        timeout, stream = self._settings.timeout, StreamedReply()
        try:
            async with asyncio.timeout(timeout):
                return await self._reply(body, stream)
        except APIStatusError as error:
            text = self._mask(error.response.text)
            return ErrorReply(self.where, error.status_code, text, error.response.headers)
        except asyncio.CancelledError:
            raise asyncio.CancelledError(stream.cancelled) from None
        except (APITimeoutError, TimeoutError):
            message = (
                f"no answer from {self.where} within {timeout:g} s; "
                "raise the timeout, or try a smaller batch"
            )
            raise TransientError(message, "timeout") from None
        except APIConnectionError as error:
            message = unreachable(self.where, error.__cause__ or error)
            raise TransientError(self._clean(message), "connection") from None
        except (APIError, ModelError, AttributeError, TypeError, ValueError) as error:
            raise self.malformed(error) from None

    async def _reply(self, body: Mapping[str, Any], stream: StreamedReply) -> Any:
        async with self._clients.borrow() as client:
            response = await client.chat.completions.create(**body)
            if not body.get("stream"):
                return response
            async with response:
                return (await stream.read(response)).reply

    async def model_names(self) -> list[str]:
        """The server's own list of models."""
        return [model.id async for model in self._client.models.list()]

    def malformed(self, error: Exception) -> TransientError:
        """The failure of a reply that cannot be read."""
        kind = type(error).__name__
        message = f"{self.where} sent a reply that is not a completion: {kind}: {error}"
        return TransientError(self._clean(message), "malformed reply")

    def _clean(self, text: str) -> str:
        """The beginning of a text in one line, without secrets."""
        return " ".join(self._mask(text).split())[:MESSAGE_LENGTH]
