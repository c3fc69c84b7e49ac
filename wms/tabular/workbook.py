"""What an XLSX file says besides its rows: its sheets, shared texts and which styles are dates."""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
import zipfile
from array import array
from dataclasses import dataclass, field
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from wms.tabular.errors import SheetMissing, WorkbookDamaged, WorkbookUnpacksTooLarge, WorkbookUnsafe
from wms.tabular.workbook_parts import Handler, parse_part

MOST_TEXT_CHARACTERS: Final = 32_767
MOST_SHARED_TEXTS: Final = 8_000_000
QUOTED: Final = re.compile(r'"[^"]*"|\\.')
PERCENT: Final = re.compile(r"%")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, whether it is shown, and the part that holds its rows."""

    name: str
    visible: bool
    part: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a workbook, its date system, and the parts that its sheets refer to."""

    sheets: tuple[Sheet, ...]
    from_1904: bool
    styles_part: str
    texts_part: str

    def sheet(self, name: str | None) -> Sheet:
        """Return the sheet of that name, or the first that is shown."""
        for sheet in self.sheets:
            if sheet.name == name or (name is None and sheet.visible):
                return sheet
        raise SheetMissing(sheet=name or "", sheets=", ".join(sheet.name for sheet in self.sheets))


class SharedTexts:
    """The workbook's list of texts, kept in a file: a list of a million strings would take 100 MB."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the source
        self._ends = array("Q", [0])

    def append(self, text: str) -> None:
        """Add the next text."""
        if len(self._ends) > MOST_SHARED_TEXTS:
            raise WorkbookUnpacksTooLarge(part="sharedStrings.xml", megabytes=self._ends[-1] >> 20)
        self._ends.append(self._ends[-1] + self._file.write(text.encode()))

    def finish(self) -> None:
        """Make the texts readable."""
        self._file.flush()

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            raise WorkbookDamaged(part="sharedStrings.xml")
        begin, end = self._ends[number], self._ends[number + 1]
        return os.pread(self._file.fileno(), end - begin, begin).decode()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def read_workbook(archive: zipfile.ZipFile) -> Workbook:
    """Return what the workbook's own parts say. Raises WorkbookDamaged."""
    main = _targets(archive, "_rels/.rels", "").of_type("officeDocument")
    if main is None:
        raise WorkbookDamaged(part="_rels/.rels")
    folder, name = posixpath.split(main)
    targets = _targets(archive, f"{folder}/_rels/{name}.rels", folder)
    handler = _WorkbookHandler()
    _parse(archive, main, handler)
    sheets = tuple(
        Sheet(title, visible, targets.by_id[key][1])
        for title, visible, key in handler.sheets
        if key in targets.by_id and targets.by_id[key][0] == "worksheet"
    )
    if not sheets:
        raise WorkbookDamaged(part=main)
    return Workbook(sheets, handler.from_1904, targets.of_type("styles") or "", targets.of_type("sharedStrings") or "")


@dataclass(frozen=True, slots=True)
class NumberStyles:
    """The numbers of the cell styles that show a number as a date or a time, and as a per cent."""

    dates: frozenset[int] = frozenset()
    percents: frozenset[int] = frozenset()


def read_number_styles(archive: zipfile.ZipFile, workbook: Workbook) -> NumberStyles:
    """Return the styles in which a cell shows something else than its number."""
    if not workbook.styles_part:
        return NumberStyles()
    handler = _StylesHandler()
    _parse(archive, workbook.styles_part, handler)
    formats = {**BUILTIN_FORMATS, **handler.formats}
    shown = {number: formats.get(key, "") for number, key in enumerate(handler.styles)}
    return NumberStyles(
        dates=frozenset(number for number, style in shown.items() if is_date_format(style)),
        percents=frozenset(number for number, style in shown.items() if PERCENT.search(QUOTED.sub("", style))),
    )


def read_shared_texts(archive: zipfile.ZipFile, workbook: Workbook) -> SharedTexts:
    """Return the texts that cells name by number."""
    texts = SharedTexts()
    if workbook.texts_part:
        _parse(archive, workbook.texts_part, _TextsHandler(texts, workbook.texts_part))
    texts.finish()
    return texts


def _parse(archive: zipfile.ZipFile, part: str, handler: Handler) -> None:
    for _read in parse_part(archive, part, handler):
        pass


@dataclass(frozen=True, slots=True)
class _Targets:
    by_id: dict[str, tuple[str, str]]

    def of_type(self, kind: str) -> str | None:
        return next((target for found, target in self.by_id.values() if found == kind), None)


def _targets(archive: zipfile.ZipFile, part: str, folder: str) -> _Targets:
    handler = _RelationsHandler(folder)
    _parse(archive, part, handler)
    return _Targets(handler.by_id)


class _Quiet:
    """A handler that hears nothing; the ones below listen to what they need."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass


class _RelationsHandler(_Quiet):
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.by_id: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(self._folder, target))
            self.by_id[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], path)


class _WorkbookHandler(_Quiet):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in ("1", "true")
        if name == "sheet":
            key = next((value for name, value in attributes.items() if name.endswith(" id")), "")
            self.sheets.append((attributes.get("name", ""), attributes.get("state", "visible") == "visible", key))


@dataclass(eq=False)
class _StylesHandler(_Quiet):
    formats: dict[int, str] = field(default_factory=dict)
    styles: list[int] = field(default_factory=list)
    _in_cell_styles: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "cellXfs":
            self._in_cell_styles = True
        elif name == "numFmt":
            self.formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "xf" and self._in_cell_styles:
            self.styles.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_styles = False


class _TextsHandler(_Quiet):
    """Collect <si> items; phonetic readings (<rPh>) are not part of the text."""

    def __init__(self, texts: SharedTexts, part: str) -> None:
        self._texts = texts
        self._part = part
        self._pieces: list[str] = []
        self._length = 0
        self._in_text = self._in_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._in_text = not self._in_phonetic
        elif name == "rPh":
            self._in_phonetic = True

    def text(self, data: str) -> None:
        if self._in_text:
            self._length += len(data)
            if self._length > MOST_TEXT_CHARACTERS:
                raise WorkbookUnsafe(part=self._part)
            self._pieces.append(data)

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._in_phonetic = False
        elif name == "si":
            self._texts.append("".join(self._pieces))
            self._pieces.clear()
            self._length = 0
