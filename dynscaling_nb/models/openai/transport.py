"""The HTTP library below the openai client.

aiohttp takes half of httpx's processor time for a request. It is used where it is installed, by the
extra `aiohttp`.
"""

from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from dynscaling_nb.models.openai.network import Proxy

if TYPE_CHECKING:
    from openai import DefaultAsyncHttpxClient

REQUESTS_PER_CLIENT = 32  # in flight, of httpx


class Transport(NamedTuple):
    """The class of an HTTP library's client, and the requests that one client takes at once.

    None is any number.
    """

    client: "type[DefaultAsyncHttpxClient]"
    requests_per_client: int | None


def transport(proxy: Proxy | None) -> Transport:
    """aiohttp where it is installed, else httpx; httpx too for a SOCKS proxy."""
    from openai import DefaultAioHttpClient, DefaultAsyncHttpxClient

    is_socks = proxy is not None and proxy.is_socks
    if not is_socks and all(find_spec(name) for name in _needed()):
        return Transport(DefaultAioHttpClient, None)
    return Transport(DefaultAsyncHttpxClient, REQUESTS_PER_CLIENT)


def _needed() -> tuple[str, ...]:
    """The packages that openai needs to send over aiohttp."""
    major = int(version("openai").partition(".")[0])
    return ("aiohttp",) if major >= 3 else ("aiohttp", "httpx_aiohttp")
