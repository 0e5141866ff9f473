"""The connection to one server: its address, its proxy and its certificates, as a client."""

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dynscaling_nb.models.openai.addresses import Address
from dynscaling_nb.models.openai.network import Proxy, proxy_of, trust_for
from dynscaling_nb.models.openai.secrets import Secret
from dynscaling_nb.models.openai.settings import OpenAISettings
from dynscaling_nb.models.openai.transport import Transport, transport

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CONNECT = 30.0  # seconds at most for a connection
NO_KEY = Secret("none")  # for servers that want no key; the client raises on an empty one


@dataclass(frozen=True)
class Connection:
    """The way to one server.

    Args:
        settings: the model's, with the key and the headers.
        address: the server's.
        proxy: on the way, None without one.
        trust: the certificates that the server's is checked against, True for the usual ones.
    """

    settings: OpenAISettings
    address: Address
    proxy: Proxy | None
    trust: ssl.SSLContext | bool

    @classmethod
    def to(cls, settings: OpenAISettings, address: Address) -> "Connection":
        """The connection by the environment. Raises `InputError` if it cannot be used."""
        return cls(settings, address, proxy_of(address.url), trust_for(address.url))

    @property
    def _transport(self) -> Transport:
        return transport(self.proxy)

    @property
    def requests_per_client(self) -> int | None:
        """The requests in flight that one client takes, None for any number."""
        return self._transport.requests_per_client

    def client(self) -> "AsyncOpenAI":
        """A new client. Here alone the key and the headers are unwrapped."""
        from openai import AsyncOpenAI, Timeout

        return AsyncOpenAI(
            base_url=self.address.url,
            api_key=(self.settings.key or NO_KEY).reveal(),
            # All other time limits are those of the exchange.
            timeout=Timeout(None, connect=min(self.settings.timeout, CONNECT)),
            default_headers=dict(self.settings.headers),
            default_query={**self.address.query, **self.settings.default_query},
            http_client=self._transport.client(
                verify=self.trust,
                proxy=None if self.proxy is None else self.proxy.url.reveal(),
                trust_env=False,  # proxy and certificates are those above
            ),
            max_retries=0,  # the session repeats, by its own rules
        )
