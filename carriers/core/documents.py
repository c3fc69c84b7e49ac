"""Read JSON documents strictly: every fault is collected with its path, nothing is guessed.

Numbers are decimal strings or integers; a JSON float is a fault, since it has already lost what
was written. A field that nobody asked for is a fault too: it is a slip of the pen.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeGuard, cast

from wms.values.decimals import exact_decimal

COUNTRY_CODE: Final = re.compile(r"[A-Z]{2}")
ANYWHERE: Final = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a document: where, what (a stable code), and the text that stood there."""

    path: str
    code: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.code}" + (f" ({self.value})" if self.value else "")


class DocumentError(ValueError):
    """A document cannot be used; carries all its faults."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


@dataclass(slots=True)
class Reader:
    """One JSON object and the place where it stands.

    The reading methods return a harmless value where they note a fault, so that the rest of the
    document is read too; `raise_faults` ends the reading.
    """

    node: Mapping[str, object]
    path: str = ""
    faults: list[Fault] = field(default_factory=list)
    _asked: set[str] = field(default_factory=set)

    def fault(self, key: str, code: str, value: object = "") -> None:
        """Note a fault at a key of this object ("" for the object itself)."""
        self.faults.append(Fault(self.at(key), code, str(value)[:80]))

    def at(self, key: str) -> str:
        """Return the path of a key."""
        return f"{self.path}.{key}".strip(".") if key else self.path

    def has(self, key: str) -> bool:
        """Return whether the key is there and not null."""
        self._asked.add(key)
        return self.node.get(key) is not None

    def value(self, key: str) -> object:
        """Return what stands at the key, None if nothing; notes no fault."""
        self._asked.add(key)
        return self.node.get(key)

    def read[T](self, key: str, parse: Callable[[object], T], default: T, *, required: bool) -> T:
        """Return the parsed value; `parse` raises a CodedError with the fault's code."""
        if not self.has(key):
            if required:
                self.fault(key, "missing")
            return default
        try:
            return parse(self.node[key])
        except CodedError as fault:
            self.fault(key, str(fault), self.node[key])
            return default

    def refuse(self, key: str, raw: object, parse: Callable[[object], object]) -> None:
        """Note the fault of a value, if it has one."""
        try:
            parse(raw)
        except CodedError as fault:
            self.fault(key, str(fault), raw)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string that is not empty; required unless there is a default."""
        return self.read(key, _text, default or "", required=default is None)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        return self.read(key, _flag, default, required=False)

    def choice[E: StrEnum](self, key: str, kind: type[E], default: E) -> E:
        """Return one of the words of the enumeration."""
        words = {member.value: member for member in kind}

        def parse(raw: object) -> E:
            if not isinstance(raw, str) or raw not in words:
                raise CodedError("unknown_word")
            return words[raw]

        return self.read(key, parse, default, required=False)

    def whole(self, key: str, *, default: int, least: int, most: int) -> int:
        """Return an integer within bounds."""

        def parse(raw: object) -> int:
            number = decimal_of(raw)
            if number != number.to_integral_value() or not least <= number <= most:
                raise CodedError("out_of_bounds")
            return int(number)

        return self.read(key, parse, default, required=False)

    def decimal(self, key: str, default: Decimal | None = None) -> Decimal:
        """Return a decimal number that is not negative; required unless there is a default."""
        return self.read(key, positive_decimal, default or Decimal(0), required=default is None)

    def day(self, key: str, *, required: bool = False) -> date | None:
        """Return a date (YYYY-MM-DD) or None."""
        return self.read(key, _day, None, required=required)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of strings."""
        if not self.has(key) and not required:
            return ()
        rows = self.rows(key) or []
        if are_texts(rows):
            return tuple(rows)
        for place, raw in enumerate(rows):
            self.refuse(f"{key}[{place}]", raw, _text)
        return tuple([raw for raw in rows if isinstance(raw, str) and raw.strip()])

    def country(self, key: str, default: str | None = None) -> str:
        """Return a country's two letters (ISO 3166-1); required unless there is a default."""
        code = self.text(key, default)
        self._check_country(key, code)
        return code

    def countries(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of countries' two letters."""
        codes = self.texts(key, required=required)
        for code in codes:
            self._check_country(key, code)
        return codes

    def _check_country(self, key: str, code: str) -> None:
        if code and code != ANYWHERE and not COUNTRY_CODE.fullmatch(code):
            self.fault(key, "not_a_country", code)

    def children(self, key: str, *, required: bool = False) -> Iterator["Reader"]:
        """Yield a reader for each object of a list."""
        for path, raw in self._items(key, required=required):
            if isinstance(raw, Mapping):
                yield Reader(raw, path, self.faults)
            else:
                self.faults.append(Fault(path, "not_an_object", str(raw)[:80]))

    def child(self, key: str, *, required: bool = False) -> "Reader | None":
        """Return a reader for the object at the key, None if there is none."""
        if not self.has(key):
            if required:
                self.fault(key, "missing")
            return None
        raw = self.node[key]
        if not isinstance(raw, Mapping):
            self.fault(key, "not_an_object", raw)
            return None
        return Reader(raw, self.at(key), self.faults)

    def rows(self, key: str) -> list[object] | None:
        """Return the list at the key, None (and a fault) if there is none."""
        raw = self.value(key)
        if isinstance(raw, list | tuple):
            return list(raw)
        self.fault(key, "missing" if raw is None else "not_a_list")
        return None

    def close(self) -> None:
        """Note every field that no reading method asked for."""
        for key in self.node:
            if key not in self._asked:
                self.fault(str(key), "unknown_field")

    def raise_faults(self, error: type[DocumentError]) -> None:
        """Raise the error if any fault was noted."""
        if self.faults:
            raise error(self.faults)

    def _items(self, key: str, *, required: bool) -> list[tuple[str, object]]:
        if not self.has(key) and not required:
            return []
        return [(f"{self.at(key)}[{i}]", raw) for i, raw in enumerate(self.rows(key) or [])]


class CodedError(ValueError):
    """A parse fault whose text is the fault's code."""


def are_texts(rows: list[object]) -> TypeGuard[list[str]]:
    """Return whether all are strings that are not empty; lists of postcodes are long."""
    try:
        return all(map(str.strip, cast("list[str]", rows)))
    except TypeError:
        return False


def open_document(document: object, error: type[DocumentError]) -> Reader:
    """Return a reader for the whole document."""
    if not isinstance(document, Mapping):
        raise error([Fault("", "not_an_object", str(document)[:80])])
    return Reader(document)


def decimal_of(raw: object) -> Decimal:
    """Return the decimal number of a JSON value."""
    if isinstance(raw, float):
        raise CodedError("float_not_exact")
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        raise CodedError("not_a_number")
    try:
        return exact_decimal(raw)
    except ValueError as fault:
        raise CodedError("not_a_number") from fault


def positive_decimal(raw: object) -> Decimal:
    """Return a decimal number that is not negative."""
    number = decimal_of(raw)
    if number < 0:
        raise CodedError("negative")
    return number


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise CodedError("not_a_text")
    return raw


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise CodedError("not_true_or_false")
    return raw


def _day(raw: object) -> date:
    if not isinstance(raw, str):
        raise CodedError("not_a_date")
    try:
        return date.fromisoformat(raw)
    except ValueError as fault:
        raise CodedError("not_a_date") from fault
