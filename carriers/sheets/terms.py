"""The sheet of terms: what a card says besides its prices, one line each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from carriers.measures import LENGTH_WORDS, MASS_WORDS
from carriers.sheets.columns import TERM_FIELDS
from carriers.sheets.faults import CardFault, Faults, TermRepeated, TermUnknown
from carriers.sheets.grid import Grid, TableRow, read_table
from carriers.sheets.places import Places
from carriers.sheets.values import measure, measure_text, number_text, percent_text
from carriers.sheets.vocabulary import COUNT, PIECES, ROUNDING, Word, Words, yes_or_no
from wms.tabular.cells import shown
from wms.tabular.columns import plain_name

VALUE: Final = "value"
WEEKDAYS: Final = re.compile(r"([1-7])(?:\s*[-–]\s*([1-7]))?")

type Read = Callable[[TableRow], object]
type Write = Callable[[Any, str], str]


@dataclass(frozen=True, slots=True)
class Term:
    """One line: its name, the path of its value in a card's document (none: it is about the file), and its kind."""

    word: Word
    path: str
    read: Read
    write: Write


@dataclass(slots=True)
class Terms:
    """What a sheet of terms says: the document's fields, and what is about the file."""

    document: dict[str, Any] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)


def _text(row: TableRow) -> object:
    return row.text(VALUE) or None


def _day(row: TableRow) -> object:
    return row.day(VALUE) or None


def _number(row: TableRow) -> object:
    return number_text(row, VALUE) or None


def _percent(row: TableRow) -> object:
    return percent_text(row, VALUE) or None


def _measure(row: TableRow) -> object:
    return measure(row, VALUE)


def _flag(row: TableRow) -> object:
    return row.flag(VALUE)


def _unit(words: Mapping[str, str]) -> Read:
    def read(row: TableRow) -> object:
        text = row.text(VALUE)
        return words.get(text.casefold(), text) or None

    return read


def _word(words: Words) -> Read:
    return lambda row: row.choice(VALUE, words) or None


def _weekdays(row: TableRow) -> object:
    """Return the weekdays of "1-6" or "1, 2, 6"."""
    text = row.text(VALUE)
    found: set[int] = set()
    for part in re.split(r"[,，、\s]+", text) if text else []:
        match = WEEKDAYS.fullmatch(part)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            row.refuse(VALUE, CardFault("out_of_bounds", value=shown(text)))
            return None
        found |= set(range(int(match[1]), int(match[2] or match[1]) + 1))
    return sorted(found) or None


def _as_it_is(value: Any, _language: str) -> str:
    return str(value)


def _as_measure(value: Any, _language: str) -> str:
    return measure_text(value)


def _as_word(words: Words) -> Write:
    return words.text_of


def _as_weekdays(value: Any, _language: str) -> str:
    return ", ".join(map(str, value))


def _choice(words: Words) -> tuple[Read, Write]:
    return _word(words), _as_word(words)


TEXT, DAY, NUMBER, PERCENT = ((read, _as_it_is) for read in (_text, _day, _number, _percent))
MEASURE: Final = (_measure, _as_measure)
FLAG: Final = (_flag, yes_or_no)

TERMS: Final = (
    Term(Word("carrier", "物流商"), "", *TEXT),
    Term(Word("channel", "渠道", ("物流渠道", "channel code", "渠道代码")), "", *TEXT),
    Term(Word("code", "版本", ("card", "card code", "version", "价卡编号", "价卡版本")), "code", *TEXT),
    Term(Word("source", "来源", ("prices from",)), "source", *TEXT),
    Term(Word("currency", "币种", ("货币",)), "currency", *TEXT),
    Term(Word("effective_from", "生效日期", ("from", "in force from", "valid from")), "effective_from", *DAY),
    Term(Word("effective_to", "失效日期", ("to", "until", "valid to")), "effective_to", *DAY),
    Term(Word("zone_chart", "分区表", ("chart", "zone chart code")), "", *TEXT),
    Term(Word("weight_unit", "重量单位", ("unit of weight",)), "units.weight", _unit(MASS_WORDS), _as_it_is),
    Term(Word("length_unit", "长度单位", ("unit of length",)), "units.length", _unit(LENGTH_WORDS), _as_it_is),
    Term(Word("weight_step", "重量进位单位", ("rounding step", "计重进位")), "rounding.step", *MEASURE),
    Term(Word("weight_rounding", "重量进位方式", ("rounding", "rounding mode")), "rounding.mode", *_choice(ROUNDING)),
    Term(Word("light_limit", "轻件上限"), "rounding.below.limit", *MEASURE),
    Term(Word("light_step", "轻件进位单位"), "rounding.below.step", *MEASURE),
    Term(Word("light_rounding", "轻件进位方式"), "rounding.below.mode", *_choice(ROUNDING)),
    Term(Word("side_step", "边长进位单位"), "dimensions.step", *MEASURE),
    Term(Word("side_rounding", "边长进位方式"), "dimensions.mode", *_choice(ROUNDING)),
    Term(Word("volumetric_divisor", "体积重除数", ("divisor", "dim divisor", "材积除数", "泡重比")), "volumetric.divisor", *NUMBER),
    Term(Word("volumetric_above", "计泡体积下限", ("volume above",)), "volumetric.above_volume", *NUMBER),
    Term(Word("volumetric_counted", "计泡比例", ("分泡比例", "分泡")), "volumetric.counted_percent", *PERCENT),
    Term(Word("minimum_billable", "最低计费重", ("minimum weight", "起重")), "minimum_billable", *MEASURE),
    Term(Word("most_weight", "最大重量", ("max weight", "weight limit", "限重")), "limits.weight", *MEASURE),
    Term(Word("most_longest", "最大边长", ("max length", "longest side")), "limits.longest", *MEASURE),
    Term(Word("most_second", "最大次边长", ("second side",)), "limits.second", *MEASURE),
    Term(Word("most_length_and_girth", "最大长加围", ("length and girth", "最大围长")), "limits.length_and_girth", *MEASURE),
    Term(Word("most_pieces", "最多件数", ("max pieces",)), "pieces.most", *NUMBER),
    Term(Word("pieces_rated", "多件计重"), "pieces.rated", *_choice(PIECES)),
    Term(Word("estimated_zones", "接受估算分区", ("allow estimated zone",)), "allow_estimated_zone", *FLAG),
    Term(Word("fuel", "计燃油", ("fuel surcharge", "燃油附加费")), "fuel", *FLAG),
    Term(Word("discount_percent", "折扣百分比", ("discount",)), "discount.percent", *PERCENT),
    Term(Word("discount_minimum_net", "折后最低", ("minimum net",)), "discount.minimum_net", *NUMBER),
    Term(Word("fuel_discount", "燃油折扣百分比", ("discount on fuel", "燃油折扣")), "fuel_discount", *PERCENT),
    Term(Word("days_counted", "时效计日", ("transit count",)), "transit_calendar.count", *_choice(COUNT)),
    Term(Word("delivery_weekdays", "派送日", ("weekdays",)), "transit_calendar.weekdays", _weekdays, _as_weekdays),
)
BY_NAME: Final = {name: term for term in TERMS for name in term.word.names()}


def read_terms(grid: Grid, faults: Faults, places: Places) -> Terms:
    """Return the terms; blank ones are not stated."""
    terms = Terms()
    table = read_table(grid, TERM_FIELDS, faults)
    seen: dict[str, int] = {}
    for row in table.rows() if table else ():
        term = _term_of(row, seen)
        if term is None:
            continue
        places.put(term.path or f"({term.word.code})", row.spot(VALUE))
        value = term.read(row)
        if value is not None and term.path:
            put_at(terms.document, term.path, value)
        elif value is not None:
            terms.about[term.word.code] = str(value)
    _place_parents(places, table.header_spot() if table else None)
    return terms


def _term_of(row: TableRow, seen: dict[str, int]) -> Term | None:
    name = row.needed("term")
    term = BY_NAME.get(plain_name(name)) if name else None
    if name and term is None:
        row.refuse("term", TermUnknown(term=shown(name)))
    if term is None:
        return None
    if term.word.code in seen:
        row.refuse("term", TermRepeated(line=seen[term.word.code]))
        return None
    seen[term.word.code] = row.line
    return term


def _place_parents(places: Places, header: Any) -> None:
    """Let what is missing be shown at the term itself, or else at the sheet."""
    if header is not None and places.find("") is None:
        places.put("", header)


def put_at(document: dict[str, Any], path: str, value: object) -> None:
    """Set a value in nested objects."""
    *parents, last = path.split(".")
    for parent in parents:
        document = document.setdefault(parent, {})
    document[last] = value


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """Return a value of nested objects, None if it is not there."""
    found: Any = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def write_terms(document: Mapping[str, Any], about: Mapping[str, str], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first."""
    rows = [[column.word.text(language) for column in TERM_FIELDS]]
    for term in TERMS:
        value = value_at(document, term.path) if term.path else about.get(term.word.code)
        rows.append([term.word.text(language), "" if value is None else term.write(value, language)])
    return rows


def stated(document: Mapping[str, Any]) -> Sequence[tuple[Word, str]]:
    """Return the terms of a document with their values in words, for comparing."""
    return [(term.word, "" if (value := value_at(document, term.path)) is None else term.write(value, "en")) for term in TERMS if term.path]
