"""The connection to one server: its address, its proxy and its certificates, as a client."""

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dynscaling_nb.models.openai.addresses import Address
from dynscaling_nb.models.openai.network import Proxy, proxy_of, trust_for
from dynscaling_nb.models.openai.secrets import Secret
from dynscaling_nb.models.openai.settings import OpenAISettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

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

    def client(self) -> "AsyncOpenAI":
        """A new client. Here alone the key and the headers are unwrapped."""
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        return AsyncOpenAI(
            base_url=self.address.url,
            api_key=(self.settings.key or NO_KEY).reveal(),
            timeout=self.settings.timeout,
            default_headers=dict(self.settings.headers),
            default_query={**self.address.query, **self.settings.default_query},
            http_client=DefaultAsyncHttpxClient(
                verify=self.trust,
                proxy=None if self.proxy is None else self.proxy.url.reveal(),
                trust_env=False,  # proxy and certificates are those above
            ),
            max_retries=0,  # the session repeats, by its own rules
        )
