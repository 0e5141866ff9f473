"""The text of a file, gzipped or not, whatever program wrote it."""

import codecs
import gzip
import zlib
from pathlib import Path

from dynscaling_nb.errors import InputError

MOST_BYTES = 500_000_000  # of an unpacked file: a small one can unpack to more than any memory


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte-order mark.

    Raises `InputError` that names the file.
    """
    try:
        raw = _unpacked(path) if path.suffix.casefold() == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise InputError(f"cannot read {path}: {reason}", str(path)) from error
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            f"cannot read {path}, line {line}: it is not UTF-8; save the file as UTF-8", str(path)
        ) from error


def _unpacked(path: Path) -> bytes:
    with gzip.open(path) as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) <= MOST_BYTES:
        return raw
    raise InputError(f"{path} holds more than {MOST_BYTES // 10**6} MB; split it", str(path))
