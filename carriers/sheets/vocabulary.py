"""The words of the sheets: their names, their columns and what may stand in a cell, each in both languages.

They are part of a file's format: both languages are read whatever language is active.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wms.tabular.cells import NO, YES
from wms.tabular.columns import plain_name

CHINESE: Final = "zh"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the format: its code, which with blanks is its English, its Chinese, and other ways to write it."""

    code: str
    chinese: str
    others: tuple[str, ...] = ()

    def text(self, language: str) -> str:
        """Return the word in a language."""
        return self.chinese if language.startswith(CHINESE) else self.code.replace("_", " ")

    def names(self) -> set[str]:
        """Return all ways to write it, plain."""
        return {plain_name(name) for name in (self.code, self.chinese, *self.others)} - {""}


class Words:
    """A closed list of words."""

    def __init__(self, *words: Word) -> None:
        self._words = {word.code: word for word in words}
        self._codes = {name: word.code for word in words for name in word.names()}

    def code_of(self, text: str) -> str | None:
        """Return the code of a word as somebody wrote it."""
        return self._codes.get(plain_name(text))

    def text_of(self, code: str, language: str) -> str:
        """Return a word by its code."""
        return self._words[code].text(language)

    def all_in(self, language: str) -> str:
        """Return all the words, for a sentence."""
        return ", ".join(word.text(language) for word in self._words.values())


class Kind(StrEnum):
    """The sheets of a rate card's workbook, in their order."""

    TERMS = "terms"
    RATES = "rates"
    DISCOUNTS = "discounts"
    TRANSIT = "transit"
    SURCHARGES = "surcharges"
    RESTRICTIONS = "restrictions"
    ZONES = "zones"
    DISTANCE = "distance"
    AREAS = "areas"
    FUEL = "fuel"


SHEETS: Final = Words(
    Word(Kind.TERMS, "条款", ("contract", "card", "合同条款", "价卡")),
    Word(Kind.RATES, "运价", ("prices", "rate table", "价格", "价格表", "报价")),
    Word(Kind.DISCOUNTS, "折扣", ("discount", "折扣表")),
    Word(Kind.TRANSIT, "时效", ("transit days", "days")),
    Word(Kind.SURCHARGES, "附加费", ("surcharge",)),
    Word(Kind.RESTRICTIONS, "限制", ("restriction", "限制条件")),
    Word(Kind.ZONES, "分区", ("chart", "zone chart", "zone", "分区表")),
    Word(Kind.DISTANCE, "距离分区", ("distance bands", "bands")),
    Word(Kind.AREAS, "偏远地区", ("area list", "area lists", "remote areas", "偏远", "偏远邮编", "邮编表")),
    Word(Kind.FUEL, "燃油", ("fuel surcharge", "燃油附加费")),
)

ROUNDING: Final = Words(
    Word("up", "进位", ("向上", "向上取整", "ceiling")),
    Word("nearest", "四舍五入", ("half up",)),
    Word("none", "不进位", ("实际", "not rounded")),
)
PIECES: Final = Words(
    Word("each", "逐件", ("每件",)),
    Word("sum_of_greater", "取大后合计"),
    Word("greater_of_sums", "合计后取大"),
)
PER: Final = Words(Word("piece", "每件", ("件", "parcel")), Word("shipment", "每票", ("票", "order")))
CHARGE: Final = Words(
    Word("amount", "固定价", ("fixed", "flat", "价格")),
    Word("per_step", "每续重段", ("续重", "每续重", "每段")),
    Word("per_unit", "每单位重", ("单价", "每单位", "per weight")),
)
REFUSAL: Final = Words(
    Word("restricted", "禁运", ("禁限", "prohibited")),
    Word("not_served", "不派送", ("不服务",)),
    Word("too_large", "超尺寸"),
    Word("too_heavy", "超重"),
)
COUNT: Final = Words(Word("working", "工作日", ("working days", "business days")), Word("calendar", "自然日", ("calendar days",)))
DISTANCE_UNIT: Final = Words(
    Word("mi", "英里", ("mile", "miles")), Word("km", "公里", ("kilometre", "kilometer", "千米")), Word("m", "米", ("metre", "meter"))
)

# What says that there is no price, or no service, where an empty cell could be a slip.
NOTHING: Final = frozenset({"-", "–", "—", "--", "/", "n/a", "na", "none", "无", "不派送", "not served"})
NOTHING_SIGN: Final = "–"


def says_nothing(cell: str) -> bool:
    """Return whether a cell says in so many words that there is nothing."""
    return cell.strip().casefold() in NOTHING


def yes_or_no(value: object, language: str) -> str:
    """Return a truth value as a cell."""
    if language.startswith(CHINESE):
        return "是" if value else "否"
    return "yes" if value else "no"


def truth_of(cell: str) -> bool | None:
    """Return what a cell of yes or no says, None if neither."""
    word = cell.strip().casefold()
    return True if word in YES else False if word in NO else None


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a sheet. Only a required one must be there; what a note says is not read."""

    word: Word
    required: bool = False

    @property
    def name(self) -> str:
        """Return the column's name in code."""
        return self.word.code


def fields(*words: Word, required: Iterable[str] = ()) -> tuple[Field, ...]:
    """Return columns, of which the named ones must be there."""
    return tuple(Field(word, word.code in required) for word in words)


NOTE: Final = Word("note", "备注", ("notes", "remark", "remarks", "说明", "meaning"))
