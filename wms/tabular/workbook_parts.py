"""The parts of an XLSX file, read as a stream that can neither swell nor hide anything.

An XLSX file is a zip of XML. Before a part is parsed, its size as stated by the zip's directory is held against limits
(a lying entry ends where it said it would, and zipfile then finds its checksum wrong); while it is parsed, what no
spreadsheet program writes is refused: entities, comments, deep nesting, endless tokens. Nothing is kept but what the
handlers keep.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from typing import Final, Protocol
from xml.parsers import expat

from wms.tabular.errors import WorkbookDamaged, WorkbookUnpacksTooLarge, WorkbookUnsafe

MOST_PART_BYTES: Final = 2 << 30
MOST_RATIO: Final = 200
# Small parts are often nothing but repetition.
RATIO_COUNTS_FROM_BYTES: Final = 10 << 20
MOST_PARTS: Final = 10_000
MOST_DEPTH: Final = 32
# The parser remembers each name it meets; spreadsheets use some dozens.
MOST_NAMES: Final = 2_000
# A cell holds at most 32,767 characters; with its markup a token stays far below this.
MOST_TOKEN_BYTES: Final = 1 << 20
CHUNK_BYTES: Final = 1 << 16
MEGABYTE: Final = 1 << 20


class Handler(Protocol):
    """What is told of the elements of a part, by their local names."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, data: str) -> None: ...


def check_sizes(archive: zipfile.ZipFile) -> None:
    """Raise WorkbookUnpacksTooLarge if what the directory announces is out of all proportion."""
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_PARTS or total > 2 * MOST_PART_BYTES:
        raise WorkbookUnpacksTooLarge(part=entries[0].filename, megabytes=total // MEGABYTE)
    for entry in entries:
        swollen = entry.file_size > RATIO_COUNTS_FROM_BYTES and entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
        if entry.file_size > MOST_PART_BYTES or swollen:
            raise WorkbookUnpacksTooLarge(part=entry.filename, megabytes=entry.file_size // MEGABYTE)


def parse_part(archive: zipfile.ZipFile, part: str, handler: Handler) -> Iterator[int]:
    """Feed a part to the handler, and yield the number of bytes read after each chunk."""
    parser = _guarded_parser(part, handler)
    read = 0
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                read += len(chunk)
                parser.Parse(chunk, False)
                if read - parser.CurrentByteIndex > MOST_TOKEN_BYTES:
                    raise WorkbookUnsafe(part=part)
                yield read
        parser.Parse(b"", True)
        yield read
    except (
        KeyError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        expat.ExpatError,
        ValueError,
    ) as fault:
        raise WorkbookDamaged(part=part) from fault


def _guarded_parser(part: str, handler: Handler) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0
    local_names: dict[str, str] = {}
    attribute_names: set[str] = set()

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if name not in local_names:
            local_names[name] = name.rpartition(" ")[2]
        if not attributes.keys() <= attribute_names:
            attribute_names.update(attributes)
        if depth > MOST_DEPTH or len(local_names) + len(attribute_names) > MOST_NAMES:
            raise WorkbookUnsafe(part=part)
        handler.start(local_names[name], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(local_names[name])

    def refuse(*_ignored: object) -> None:
        raise WorkbookUnsafe(part=part)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = refuse
    parser.CommentHandler = refuse
    return parser
