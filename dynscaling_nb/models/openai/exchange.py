"""The exchange of one request body for one reply, over the openai client.

A reply is plain JSON. An error reply is a value, `ErrorReply`. Whatever a repeat may mend is a
`TransientError`.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dynscaling_nb.encoding import encodable
from dynscaling_nb.errors import InputError, ModelError
from dynscaling_nb.models.openai.client_pool import ClientPool
from dynscaling_nb.models.openai.error_detail import ErrorReply
from dynscaling_nb.models.openai.network import unreachable
from dynscaling_nb.models.openai.responses import embedded_error
from dynscaling_nb.models.openai.settings import OpenAISettings
from dynscaling_nb.models.openai.streaming import StreamedReply, WebPage
from dynscaling_nb.models.openai.throttle import TransientError

PATH = "/chat/completions"
MESSAGE_LENGTH = 300  # characters of a server's error message that are shown
LAST_WORD = 0.1  # seconds for the end of a connection's stream after its last event
UNREADABLE = (ModelError, AttributeError, RecursionError, TypeError, ValueError)


class Exchange:
    """Sends request bodies to one server."""

    def __init__(self, settings: OpenAISettings, clients: ClientPool) -> None:
        self._settings = settings
        self._clients = clients
        self._client = clients.first
        self._mask = settings.mask
        self.where = str(self._client.base_url)
        self._url = f"{self.where.rstrip('/')}{PATH}"  # whole, so that it is parsed but once

    async def send(self, body: Mapping[str, Any]) -> "Mapping[str, Any] | ErrorReply":
        """The server's reply, or its error reply as an `ErrorReply`.

        Raises `TransientError` if no reply came, or one that cannot be read, and `InputError` for
        a body that cannot be encoded.
        """
        from openai import APIConnectionError, APIError, APIStatusError

        stream = StreamedReply()
        try:
            return self._checked(await self._reply(body, stream))
        except WebPage as page:
            return self._error(page.text)
        except APIStatusError as error:
            text = self._masked(error.response.text)
            return ErrorReply(self.where, error.status_code, text, error.response.headers)
        except asyncio.CancelledError:
            raise asyncio.CancelledError(stream.cancelled) from None
        except TimeoutError:
            message = (
                f"no answer from {self.where} within {self._settings.timeout:g} s; "
                "raise the timeout, or try a smaller batch"
            )
            raise TransientError(message, "timeout") from None
        except (APIConnectionError, ConnectionError) as error:
            message = unreachable(self.where, _first_cause(error))
            raise TransientError(self._clean(message), "connection") from None
        except UnicodeEncodeError as error:
            raise InputError(f"a message holds text that cannot be sent: {error}") from None
        except (APIError, *UNREADABLE) as error:
            raise self.malformed(error) from None

    async def _reply(self, body: Mapping[str, Any], stream: StreamedReply) -> Any:
        """The body of the reply, parsed. `timeout` is for the whole of it, or for a silence."""
        payload = {**body, **(body.get("extra_body") or {})}
        payload.pop("extra_body", None)
        timeout = self._settings.timeout
        async with self._clients.borrow() as client:
            if body.get("stream"):
                return await _streamed(client, self._url, payload, stream, timeout)
            async with asyncio.timeout(timeout):
                with _connection_errors():
                    reply = await client.post(self._url, cast_to=object, body=payload)
        if isinstance(reply, str):  # its server does not call it JSON
            stream.feed(reply.encode("utf-8", "replace"))
            return stream.close()
        return reply

    def _checked(self, reply: Any) -> "Mapping[str, Any] | ErrorReply":
        """The reply, or the error in it. Raises `ModelError` if it is neither."""
        if isinstance(reply, list) and len(reply) == 1:  # as Gemini's errors are
            reply = reply[0]
        if not isinstance(reply, dict):
            raise ModelError(f"a reply that is no object: {reply!r:.80}", reply)
        error = embedded_error(reply)
        if error is None:
            return reply
        return self._error(json.dumps({"error": error}))

    def _error(self, text: str) -> ErrorReply:
        """The error reply in the body of a reply whose status is that of a success."""
        return ErrorReply(self.where, 200, self._masked(text), {})

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
        return " ".join(self._masked(text).split())[:MESSAGE_LENGTH]

    def _masked(self, text: str) -> str:
        """The text without secrets, in a form that can be stored."""
        return encodable(self._mask(text))


async def _streamed(
    client: Any, url: str, payload: Mapping[str, Any], stream: StreamedReply, timeout: float
) -> Any:
    """The whole reply in a stream, in which no silence is longer than `timeout`."""
    from openai import AsyncStream

    now = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(timeout) as silence:
            with _connection_errors():
                response = await client.post(
                    url,
                    cast_to=object,
                    body=payload,
                    stream=True,
                    stream_cls=AsyncStream[object],
                )
                async with response:
                    async for chunk in response.response.aiter_bytes():
                        stream.feed(chunk)
                        # The rest is read, so that the connection can be used again.
                        silence.reschedule(now() + (LAST_WORD if stream.is_done else timeout))
    except TimeoutError:
        if not stream.is_done:
            raise
    return stream.close()


@contextmanager
def _connection_errors() -> Iterator[None]:
    """Errors of the HTTP library that the openai client lets through, as `ConnectionError`."""
    from openai import OpenAIError

    try:
        yield
    except (OpenAIError, *UNREADABLE, TimeoutError):
        raise
    except Exception as error:
        raise ConnectionError(str(error) or type(error).__name__) from error


def _first_cause(error: BaseException) -> BaseException:
    """The error that caused the others."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
