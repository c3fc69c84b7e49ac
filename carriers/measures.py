"""Read weights, lengths and sizes as people write them: "3 lb", "1.36kg", "10 x 8 x 4 in", "25×20×10厘米"."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext_lazy as _

from carriers.core.types import SYSTEM_MAX_MG, SYSTEM_MAX_UM
from wms.errors import DomainError
from wms.values.length import LengthUnit, length_um
from wms.values.mass import MassUnit, mass_mg

MASS_WORDS: Final[dict[str, MassUnit]] = {
    **dict.fromkeys(("mg", "毫克"), "mg"),
    **dict.fromkeys(("g", "gr", "gram", "grams", "克"), "g"),
    **dict.fromkeys(("kg", "kgs", "公斤", "千克"), "kg"),
    **dict.fromkeys(("oz", "ounce", "ounces", "盎司"), "oz"),
    **dict.fromkeys(("lb", "lbs", "#", "pound", "pounds", "磅"), "lb"),
}
LENGTH_WORDS: Final[dict[str, LengthUnit]] = {
    **dict.fromkeys(("um", "μm"), "um"),
    **dict.fromkeys(("mm", "毫米"), "mm"),
    **dict.fromkeys(("cm", "厘米"), "cm"),
    **dict.fromkeys(("m", "米"), "m"),
    **dict.fromkeys(("in", "inch", "inches", '"', "英寸"), "in"),
}
NUMBER: Final = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,18}(?:\.[0-9]{1,18})?|\.[0-9]{1,18}"
MEASURE: Final = re.compile(rf"({NUMBER})\s*([^0-9\s.,][^0-9]*)?")
TIMES: Final = re.compile(r"\s*[x×*]\s*")


class WeightUnreadable(DomainError):
    code = "weight_unreadable"
    sentence = _("“%(value)s” is not a weight such as 3lb or 1.36kg.")


class SizeUnreadable(DomainError):
    code = "size_unreadable"
    sentence = _("“%(value)s” is not a size such as 10x8x4in or 25x20x10cm.")


def split_measure(text: str) -> tuple[str, str] | None:
    """Return the number without thousands' commas and the word behind it ("" if none), or None for what is no measure."""
    match = MEASURE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return None if match is None else (match[1].replace(",", ""), (match[2] or "").strip().casefold())


def mass_mg_of(text: str) -> int:
    """Return the milligrams of a weight with its unit. Raises WeightUnreadable."""
    parts = split_measure(text)
    if parts is None or parts[1] not in MASS_WORDS:
        raise WeightUnreadable(value=text)
    found = mass_mg(parts[0], MASS_WORDS[parts[1]])
    if not 0 < found <= SYSTEM_MAX_MG:
        raise WeightUnreadable(value=text)
    return found


def sides_um_of(text: str) -> tuple[int, int, int]:
    """Return the micrometres of three sides; the last names the unit, and any other may. Raises SizeUnreadable."""
    parts = [split_measure(part) for part in TIMES.split(unicodedata.normalize("NFKC", text).strip())]
    sides = [part for part in parts if part is not None]
    if len(parts) != 3 or len(sides) != 3:
        raise SizeUnreadable(value=text)
    units = [LENGTH_WORDS.get(word or sides[2][1]) for _number, word in sides]
    lengths = [length_um(number, unit) for (number, _word), unit in zip(sides, units, strict=True) if unit]
    if len(lengths) != 3 or not all(0 < length <= SYSTEM_MAX_UM for length in lengths):
        raise SizeUnreadable(value=text)
    return lengths[0], lengths[1], lengths[2]
