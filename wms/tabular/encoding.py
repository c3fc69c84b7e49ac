"""Find out which of the encodings in use a text file is written in, over the whole file, in bounded memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

from wms.tabular.errors import EncodingBroken, EncodingNameUnknown, EncodingUnclear, FileNotTable

CHUNK_BYTES: Final = 1 << 20
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
HIGH_BYTES: Final = re.compile(rb"[\x80-\xff]+")
# Chinese text in GB18030 comes in pairs of high bytes, accents of Western Europe come alone.
LEAST_SHARE_OF_PAIRS: Final = 0.6
# So many well-formed UTF-8 characters are no accident: what follows is damage, not another encoding.
CERTAINLY_UTF8: Final = 10

type OpenFile = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Trial:
    """How far a decoder came: the offset of the first bad byte (None: to the end), and the characters beyond ASCII."""

    failed_at: int | None
    beyond_ascii: int


def detect_encoding(open_file: OpenFile) -> str:
    """Return the codec of the file: UTF-8, UTF-16 with a mark, GB18030 or Windows-1252.

    Raises a FileFault for what is none of them, is damaged, or is no text.
    """
    with open_file() as file:
        start = file.read(4)
    for mark, encoding in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return checked_encoding(open_file, encoding)
    trial = _try(open_file, "utf-8")
    if trial.failed_at is None:
        return "utf-8"
    if trial.beyond_ascii >= CERTAINLY_UTF8:
        raise EncodingBroken(encoding="UTF-8", line=_line_of(open_file, trial.failed_at))
    order = ("gb18030", "cp1252") if _comes_in_pairs(open_file, trial.failed_at) else ("cp1252", "gb18030")
    for encoding in order:
        if _try(open_file, encoding).failed_at is None:
            return encoding
    raise EncodingUnclear(line=_line_of(open_file, trial.failed_at))


def checked_encoding(open_file: OpenFile, encoding: str) -> str:
    """Return the encoding if the whole file is written in it, else raise a FileFault."""
    try:
        codecs.lookup(encoding)
    except LookupError as fault:
        raise EncodingNameUnknown(encoding=encoding) from fault
    failed_at = _try(open_file, encoding).failed_at
    if failed_at is not None:
        raise EncodingBroken(encoding=encoding.upper(), line=_line_of(open_file, failed_at))
    return encoding


def _try(open_file: OpenFile, encoding: str) -> Trial:
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = beyond_ascii = 0
    with open_file() as file:
        while True:
            chunk = file.read(CHUNK_BYTES)
            if b"\0" in chunk and encoding != "utf-16":
                raise FileNotTable
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                good = fault.object[: fault.start].decode(encoding, errors="replace")
                return Trial(max(offset - (len(fault.object) - len(chunk)), 0) + fault.start, beyond_ascii + _beyond_ascii(good))
            if "\0" in text:
                raise FileNotTable
            if not chunk:
                return Trial(None, beyond_ascii)
            beyond_ascii += _beyond_ascii(text)
            offset += len(chunk)


def _beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", errors="ignore"))


def _comes_in_pairs(open_file: OpenFile, offset: int) -> bool:
    with open_file() as file:
        file.seek(offset)
        runs = [len(run) for run in HIGH_BYTES.findall(file.read(CHUNK_BYTES // 4))]
    return sum(run for run in runs if run > 1) >= LEAST_SHARE_OF_PAIRS * sum(runs)


def _line_of(open_file: OpenFile, offset: int) -> int:
    line = 1
    with open_file() as file:
        while offset > 0:
            chunk = file.read(min(CHUNK_BYTES, offset))
            if not chunk:
                break
            line += chunk.count(b"\n")
            offset -= len(chunk)
    return line
