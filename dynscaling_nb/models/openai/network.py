"""The way to a server by the environment: its proxy and the certificates that are trusted.

Both are read here and not left to the HTTP client, so that they are the same for every client and
a mistake in them is one line. A server on this machine is reached without a proxy.
"""

import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.openai.addresses import is_loopback, is_place
from dynscaling_nb.models.openai.secrets import Secret

# Where programs look for the certificates of authorities, the first one that is set.
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXIES = ("http", "https", "socks5", "socks5h")  # schemes that a client knows
UNKNOWN_AUTHORITY = ("self-signed", "self signed", "local issuer")  # in the reasons of OpenSSL


@dataclass(frozen=True)
class Proxy:
    """A proxy: its URL, which may hold a password, and the variable that names it."""

    url: Secret
    variable: str

    @property
    def place(self) -> str:
        """Its host and port."""
        return urlsplit(self.url.reveal()).netloc.rpartition("@")[2]

    @property
    def is_usable(self) -> bool:
        """Whether a client can take it."""
        parts = urlsplit(self.url.reveal())
        try:
            return parts.scheme in PROXIES and is_place(parts.hostname, parts.port)
        except ValueError:
            return False

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS, which not every client does."""
        return self.url.reveal().startswith("socks")


def proxy_of(url: str) -> Proxy | None:
    """The proxy for an address by the environment or the system; None for this machine itself.

    Raises `InputError` for a proxy that cannot be used.
    """
    parts, proxies = urlsplit(url), getproxies()
    host = parts.hostname or ""
    scheme = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
    if scheme is None or is_loopback(host) or _is_bypassed(host, parts.netloc, proxies):
        return None
    text = Secret(proxies[scheme] if "://" in proxies[scheme] else f"http://{proxies[scheme]}")
    if text.reveal().startswith("socks://"):  # as desktops write it
        text = Secret(text.reveal().replace("socks", "socks5", 1))
    variable = next(_variables(scheme), "the system's settings")
    proxy, way_out = Proxy(text, variable), f"set NO_PROXY={host} to go without it"
    if not proxy.is_usable:
        raise InputError(f"{variable} holds no proxy that can be used; correct it, or {way_out}")
    if proxy.is_socks and find_spec("socksio") is None:
        raise InputError(
            f"{variable} names the SOCKS proxy {proxy.place}, which needs one more package: "
            f"pip install socksio; or {way_out}"
        )
    return proxy


def _variables(scheme: str) -> Iterator[str]:
    """The variables that hold the proxy of a scheme, in the order in which they count."""
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return (name for name in names if os.environ.get(name))


def _is_bypassed(host: str, netloc: str, proxies: dict[str, str]) -> bool:
    """Whether `NO_PROXY` names the host, its domain or its network."""
    if proxy_bypass(netloc) or proxy_bypass(host):
        return True
    for entry in proxies.get("no", "").split(","):
        try:
            if ip_address(host) in ip_network(entry.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False


def trust_for(url: str) -> ssl.SSLContext | bool:
    """The certificates that an `https` address is checked against; True for the usual ones.

    Raises `InputError` if the environment names a file that holds none.
    """
    parts = urlsplit(url)
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        # None is checked, and reading the usual ones takes a tenth of a second.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    variable = next((name for name in CERTIFICATES if os.environ.get(name, "").strip()), None)
    if variable is None or urlsplit(url).scheme != "https":
        return True
    path = Path(os.environ[variable].strip())
    if not path.exists():
        raise InputError(
            f"{variable} names {path}, which does not exist; correct it or unset it", str(path)
        )
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"{variable} names {path}, from which no certificate can be read ({error}); "
            "correct it or unset it",
            str(path),
        ) from None


def unreachable(url: str, error: BaseException) -> str:
    """Why a server was not reached, and what to do, in one line."""
    reason = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        remedy = (
            "; set SSL_CERT_FILE to a file with its certificate, or its authority's"
            if any(sign in reason for sign in UNKNOWN_AUTHORITY)
            else ""
        )
        return f"cannot trust the certificate of {url}{remedy} ({reason})"
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER_FAILURE" in reason:
        return f"{url} does not speak https: does its address begin with http://? ({reason})"
    proxy = proxy_of(url)
    if proxy is not None:
        return (
            f"cannot reach {url} through the proxy {proxy.place} of {proxy.variable}: is the proxy "
            f"right? Set NO_PROXY={urlsplit(url).hostname} to go without it ({reason})"
        )
    return f"cannot reach {url}: is the server running, and is the base URL right? ({reason})"
