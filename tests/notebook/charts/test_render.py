"""Charts as pictures, and the script that draws them in a page."""

import zlib

import vl_convert

from dynscaling_nb.notebook.charts import _render as render

SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.1.0.json",
    "data": {"values": [{"x": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "x", "type": "quantitative"}},
    "width": 100,
}


def test_the_version_is_that_of_the_specification():
    assert render.version(SPEC) == "6.1"


def test_a_picture_is_compressed_and_the_same():
    plain = vl_convert.vegalite_to_png(SPEC, vl_version="6.1", scale=2)
    small = render.png(SPEC)
    assert len(small) < len(plain)
    assert pixels(small) == pixels(plain)
    assert render.width_of(small) == int.from_bytes(plain[16:20], "big") // 2


def pixels(picture: bytes) -> bytes:
    """The pixels of a PNG, without its checksums."""
    data, at = b"", 8
    while at < len(picture):
        size = int.from_bytes(picture[at : at + 4], "big")
        if picture[at + 4 : at + 8] == b"IDAT":
            data += picture[at + 8 : at + 8 + size]
        at += 12 + size
    return zlib.decompress(data)


def test_the_script_brings_vega_along():
    script = render.script("vegaEmbed('#plot', {});")
    assert len(script) > 500_000
    assert "https://cdn" not in script
