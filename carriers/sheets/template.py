"""A workbook to start from: every sheet, filled with an example that prices, and the terms with their meaning."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from carriers.core.areas import area_list_from_document, area_list_to_document
from carriers.core.card import card_from_document, card_to_document
from carriers.core.zones import chart_from_document, chart_to_document
from carriers.sheets.book import Sheet, write_book
from carriers.sheets.terms import TERMS
from carriers.sheets.vocabulary import CHINESE, NOTE, Kind

CARD: Final[dict[str, Any]] = {
    "code": "GROUND 2027",
    "source": "example",
    "currency": "USD",
    "effective_from": "2027-01-01",
    "units": {"weight": "lb", "length": "in"},
    "zones": ["1", "2", "3"],
    "rates": [
        {"not_over": {"value": "15.999", "unit": "oz"}, "amounts": ["6.10", "6.60", "7.20"]},
        {"not_over": "1", "amounts": ["6.90", "7.40", "8.10"]},
        {"not_over": "2", "amounts": ["7.50", "8.30", "9.40"]},
        {"not_over": "5", "amounts": ["9.20", "10.60", "12.50"]},
        {"not_over": "20", "amounts": ["9.20", "10.60", "12.50"], "beyond": "5", "step": "1", "per_step": ["0.55", "0.70", "0.95"]},
        {"not_over": "70", "amounts": ["18.00", "22.00", None]},
    ],
    "rounding": {"step": "1", "mode": "up", "below": {"limit": "1", "step": "1", "mode": "none"}},
    "dimensions": {"step": "1", "mode": "nearest"},
    "volumetric": {"divisor": "166", "above_volume": "1728"},
    "limits": {"weight": "70", "length_and_girth": "130"},
    "pieces": {"most": 1},
    "fuel": True,
    "discount": {"bands": [{"not_over": "5", "percent": "20"}, {"not_over": "70", "percent": "15"}], "minimum_net": "5.80"},
    "fuel_discount": "10",
    "transit_days": {"1": 2, "2": 3, "3": 5},
    "transit_postcodes": [{"country": "US", "days": 9, "postcodes": ["995..999"]}, {"country": "US", "days": 8, "postcodes": ["967, 968"]}],
    "transit_calendar": {"count": "working", "weekdays": [1, 2, 3, 4, 5, 6]},
    "surcharges": [
        {"code": "residential", "amounts": "4.20", "fuelable": True, "when": [{"residential": True}], "discount": "25"},
        {
            "code": "remote_area",
            "amounts": "3.50",
            "when": [{"area": {"list": "delivery", "tiers": ["remote"]}}, {"countries": ["PR"]}],
        },
        {
            "code": "oversize",
            "amounts": ["90.00", "95.00", "105.00"],
            "group": "handling",
            "priority": 1,
            "minimum_billable": "40",
            "when": [{"longest_over": "60"}],
        },
        {
            "code": "additional_handling",
            "amounts": "24.00",
            "group": "handling",
            "priority": 2,
            "when": [{"longest_over": "48"}, {"actual_over": "50"}],
        },
        {
            "code": "peak",
            "from": "2027-10-03",
            "to": "2028-01-16",
            "bands": [{"not_over": "10", "amounts": "0.40"}, {"amounts": "1.10"}],
        },
    ],
    "restrictions": [{"name": "batteries", "code": "restricted", "when": [{"tags": ["battery"], "zones": ["3"]}]}],
}
CHART: Final[dict[str, Any]] = {
    "code": "ground zones 2027",
    "origins": [
        {
            "from": {"country": "US", "postcodes": ["088, 089"]},
            "to": [
                {"country": "US", "zone": "1", "postcodes": ["070..089, 100..119"]},
                {"country": "US", "zone": "2", "postcodes": ["010..069, 120..299"]},
                {"country": "US", "zone": None, "postcodes": ["969"]},
            ],
        },
        {"from": {}, "to": [{"country": "US", "zone": "3"}]},
    ],
    "distance_bands": {
        "unit": "mi",
        "countries": ["CA"],
        "bands": [{"zone": "1", "not_over": "150"}, {"zone": "2", "not_over": "600"}, {"zone": "3"}],
    },
}
AREAS: Final[dict[str, Any]] = {
    "code": "delivery",
    "entries": [
        {"country": "US", "tier": "remote", "postcodes": ["99501, 99950..99999"]},
        {"country": "US", "tier": "extended", "postcodes": ["04003, 59001"]},
    ],
}
FUEL: Final = {date(2027, 1, 4): Decimal("17.75"), date(2027, 1, 11): Decimal(18)}

MEANINGS: Final[dict[str, tuple[str, str]]] = {
    "carrier": ("only to be read", "仅供阅读"),
    "channel": ("code of the channel that the prices are for", "本价卡所属的物流渠道代码"),
    "code": ("name of this version", "本版本的名称"),
    "currency": ("all amounts of the workbook are in it", "整个工作簿的金额币种"),
    "effective_from": ("first day in force; the version before ends there", "首个生效日，前一版本到此为止"),
    "effective_to": ("first day no longer in force; blank: until the next version", "首个失效日；留空表示直到下一版本"),
    "zone_chart": ("name of the chart in the sheet of zones, or of one that is there already", "“分区”表的名称，或已有分区表的名称"),
    "weight_unit": ("mg, g, kg, oz or lb", "mg、g、kg、oz 或 lb"),
    "length_unit": ("um, mm, cm, m or in", "um、mm、cm、m 或 in"),
    "weight_step": (
        "the billable weight is rounded to multiples of it; with a unit where it is another: 100 g",
        "计费重按其倍数进位；单位不同须写明，如 100 g",
    ),
    "weight_rounding": ("up, nearest or none", "进位、四舍五入或不进位"),
    "light_limit": ("parcels up to this weight are rounded in another way", "不超过此重量的包裹用另一种进位"),
    "side_step": ("each side is rounded to multiples of it before anything else", "各边先按其倍数取整"),
    "volumetric_divisor": (
        "volume / divisor = weight, in the units above; blank: size is free",
        "体积 ÷ 除数 = 重量，单位如上；留空不计泡",
    ),
    "volumetric_above": ("size counts only above this volume", "体积超过此值才计泡"),
    "volumetric_counted": ("per cent of the excess over the actual weight that is billed", "体积重超出实重部分的计费比例（分泡）"),
    "minimum_billable": ("least billable weight of a piece", "每件最低计费重"),
    "pieces_rated": ("each, sum of greater, or greater of sums", "逐件、取大后合计或合计后取大"),
    "estimated_zones": ("yes: a zone by distance is good enough where the chart has none", "是：分区表没有时可用按距离估算的分区"),
    "fuel": ("yes: the fuel sheet's per cent applies", "是：按“燃油”表的百分比收取"),
    "discount_percent": (
        "off the base freight; blank where the sheet of discounts has it by weight",
        "基础运费的折扣；按重量打折时留空，填“折扣”表",
    ),
    "discount_minimum_net": ("what the discount leaves at least", "折后最低运费"),
    "fuel_discount": ("off the fuel surcharge", "燃油附加费的折扣"),
    "days_counted": ("working or calendar days", "工作日或自然日"),
    "delivery_weekdays": ("1 is Monday, 7 Sunday; 1-6: also on Saturdays", "1 为周一，7 为周日；1-6 表示周六也派送"),
}


def template_sheets(language: str) -> list[Sheet]:
    """Return the sheets of the template in a language."""
    sheets = write_book(
        document=card_to_document(card_from_document(CARD)),
        about={"carrier": "USPS", "channel": "GROUND", "zone_chart": CHART["code"]},
        chart_document=chart_to_document(chart_from_document(CHART)),
        areas={AREAS["code"]: area_list_to_document(area_list_from_document(AREAS))},
        fuel=FUEL,
        language=language,
    )
    return [_explained(sheet, language) if sheet.kind is Kind.TERMS else sheet for sheet in sheets]


def _explained(sheet: Sheet, language: str) -> Sheet:
    """Return the sheet of terms with the meaning of each."""
    which = 1 if language.startswith(CHINESE) else 0
    notes = [NOTE.text(language), *(MEANINGS.get(term.word.code, ("", ""))[which] for term in TERMS)]
    return Sheet(kind=sheet.kind, name=sheet.name, rows=[[*row, note] for row, note in zip(sheet.rows, notes, strict=True)])
