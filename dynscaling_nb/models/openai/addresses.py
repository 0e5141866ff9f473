"""The address of a server as people write it, mended or refused with a reason. Pure.

https://host/v1/             a slash, blanks or quotes at the ends are no part of it
https://host/v1/chat/completions    nor is the path of a request
https://host/openai?api-version=1   a query becomes parameters of every request
host:8080/v1                 refused: a key might go out unencrypted by a guess
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from dynscaling_nb.models.openai.secrets import WRAPPING, Secret

OPENAI = "https://api.openai.com/v1"
# The path of a request, which is no part of a base URL. Some base URLs end with /models.
REQUEST_PATH = re.compile(
    r"(/chat/completions|(?<=/v\d)/(completions|responses|embeddings|models))?/*$"
)
VERSION = re.compile(r"/v\d+\w*(/|$)|/(openai|deployments|inference)(/|$)")
# Names of parameters that are a key by another name.
KEY_NAMES = re.compile(r"(^|[-_.])(key|apikey|token|secret|sig|signature|password|code)$", re.I)
NO_URL = re.compile(r"[\s\\<>\"{}|^`\x00-\x1f\x7f]")
HOST = re.compile(r"(?P<host>\w[\w.-]*|\[[0-9a-fA-F:.]+\])(:\d+)?(/.*)?")


@dataclass(frozen=True)
class Address:
    """A server's address without a slash at its end, and the query that stood behind it."""

    url: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class BadAddress:
    """Why a text is no address, and the text as far as it may be shown."""

    reason: str
    text: str


def read_address(secret: Secret) -> Address | BadAddress | None:
    """The address in a text, or why it is none; None for a blank text.

    A password or a key in it is never shown.
    """
    text = Secret(secret.reveal().strip(f"{WRAPPING}<>"))
    if not text.reveal():
        return None
    shown = re.sub(r"//[^/?#]*@", "//", re.split(r"[?#]", text.reveal())[0])
    try:
        fault = _fault(text, shown)
    except ValueError:  # of urllib, which may repeat the text
        fault = f"must hold a valid host and port, got {shown!r}"
    if fault:
        return BadAddress(f"base URL {fault}", shown)
    parts = urlsplit(text.reveal())
    path = REQUEST_PATH.sub("", re.sub(r"/{2,}", "/", parts.path)).rstrip("/")
    return Address(f"{parts.scheme}://{parts.netloc.lower()}{path}", _query(text))


def _fault(text: Secret, shown: str) -> str | None:
    """What is wrong with an address and what to do, None if nothing is."""
    parts = urlsplit(text.reveal())
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return f"must begin with http:// or https://, got {shown!r}{_did_you_mean(shown)}"
    if "@" in parts.netloc:
        return "must hold no name and password; give the key as OPENAI_API_KEY, or as api_key="
    if not is_place(parts.hostname, parts.port) or NO_URL.search(shown):
        return f"must hold a valid host and port and no blanks, got {shown!r}"
    if any(KEY_NAMES.search(name) for name in _query(text)):
        return "must hold no key in its query; give it as OPENAI_API_KEY, or as headers="
    return None


def _query(text: Secret) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(text.reveal()).query, keep_blank_values=True))


def path_hint(url: str) -> str:
    """What a base URL may lack, for a server that has nothing there; empty if nothing."""
    parts = urlsplit(url)
    if VERSION.search(parts.path):
        return ""
    return f"does the base URL end with /v1? Try {parts.scheme}://{parts.netloc}/v1"


def is_place(host: str | None, port: int | None) -> bool:
    """Whether a host and a port may exist. Raises `ValueError` for some that cannot."""
    if not host or port == 0 or not re.fullmatch(r"[\w.-]+|[0-9a-f:.%]+", host):
        return False
    if re.fullmatch(r"[\d.]+", host):
        ip_address(host)
    return bool(host.rstrip(".").encode("idna"))  # which refuses long and empty parts


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host.rstrip(".").lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        number = ip_address(host)
    except ValueError:
        return False
    return number.is_loopback or number.is_unspecified


def _did_you_mean(text: str) -> str:
    """The address that a text without `http://` may stand for, as a question."""
    named = re.match(r"(https?)[:/\\]+", text, re.IGNORECASE)
    rest = text[named.end() :] if named else text
    match = HOST.fullmatch(rest)
    if match is None:
        return ""
    is_near = is_loopback(match["host"].strip("[]")) or match[2]  # a port of its own
    scheme = named[1].lower() if named else "http" if is_near else "https"
    path = "" if match[3] and match[3].strip("/") else "/v1"
    address = f"{scheme}://{rest.rstrip('/')}{path}"
    return f"; did you mean {address!r}?"
