"""Texts of files from any program."""

import gzip

import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.inputs import texts
from dynscaling_nb.inputs.texts import read_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path, encoding):
    path = tmp_path / "a.jsonl"
    path.write_bytes("é\u2028?\r\n".encode(encoding))
    assert read_text(path) == "é\u2028?\r\n"


def test_a_gzipped_file_is_unpacked_and_must_not_unpack_to_too_much(tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl.GZ"
    path.write_bytes(gzip.compress("\ufefftext".encode()))
    assert read_text(path) == "text"
    monkeypatch.setattr(texts, "MOST_BYTES", 6)
    with pytest.raises(InputError, match=r"a.jsonl.GZ holds more than .* MB; split it"):
        read_text(path)


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("a.txt", b"one\ntw\xff", "a.txt, line 2: it is not UTF-8; save the file as UTF-8"),
        ("a.gz", b"\x1f\x8b\x08 no more", "cannot read .*a.gz: "),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path, name, raw, says):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(InputError, match=says):
        read_text(tmp_path / name)
    with pytest.raises(InputError, match=r"cannot read .*nowhere: No such file"):
        read_text(tmp_path / "nowhere")
