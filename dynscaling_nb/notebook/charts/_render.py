"""Charts as pictures, and the script that draws them in a page.

Both are made here, without a browser or a network.
"""

import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import vl_convert as vlc

# The version that JupyterLab 4 and VS Code understand; nothing in these charts is newer.
UNDERSTOOD = "https://vega.github.io/schema/vega-lite/v5.json"


class Display(NamedTuple):
    """What IPython displays: a bundle by MIME type, and its metadata."""

    data: dict[str, Any]
    metadata: dict[str, Any]


def png(spec: Mapping[str, Any]) -> bytes:
    """A Vega-Lite specification as a PNG, two pixels a unit."""
    return _smaller(vlc.vegalite_to_png(dict(spec), vl_version=version(spec), scale=2))


def width_of(picture: bytes) -> int:
    """The width of such a PNG in units."""
    return int.from_bytes(picture[16:20], "big") // 2  # the header's first field


def display(spec: Mapping[str, Any]) -> Display:
    """A chart as Vega-Lite, as a PNG for programs without Vega, and in words."""
    picture = png(spec)
    words = spec.get("description", "a chart")
    data = {
        "application/vnd.vegalite.v5+json": {**spec, "$schema": UNDERSTOOD},
        "image/png": b64encode(picture).decode("ascii"),
        "text/plain": words,
    }
    return Display(data, {"image/png": {"width": width_of(picture), "alt": words}})


def script(snippet: str) -> str:
    """JavaScript that uses `vegaEmbed`, bundled with it."""
    return vlc.javascript_bundle(snippet, vl_version=vlc.get_vegalite_versions()[-1])


def version(spec: Mapping[str, Any]) -> str:
    """The version of Vega-Lite that a specification is written in, such as `6.1`."""
    return ".".join(str(spec["$schema"]).rsplit("/v", 1)[1].split(".")[:2])


def _smaller(picture: bytes) -> bytes:
    """The same PNG at a third of its size.

    The renderer hardly compresses it, and a notebook keeps it.
    """
    chunks = list(_chunks(picture))
    header = next(data for kind, data in chunks if kind == b"IHDR")
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    signature = picture[:8]
    return (
        signature
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(pixels, 7))
        + _chunk(b"IEND", b"")
    )


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kind and the data of each chunk."""
    at = 8  # after the signature
    while at < len(picture):
        size, kind = struct.unpack(">I4s", picture[at : at + 8])
        yield kind, picture[at + 8 : at + 8 + size]
        at += 12 + size


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
