"""The columns of each sheet."""

from __future__ import annotations

from typing import Final

from carriers.measures import MASS_WORDS
from carriers.sheets.vocabulary import NOTE, Field, Kind, Word, fields
from wms.tabular.columns import plain_name

CODE: Final = Word("code", "代码", ("surcharge", "编码", "附加费代码"))
NOT_OVER: Final = Word(
    "not_over",
    "重量上限",
    ("weight", "max weight", "weight not over", "up to", "to weight", "weight to", "重量", "止重", "重量至", "截止重量"),
)
OVER: Final = Word("over", "起重", ("weight over", "from weight", "weight from", "min weight", "重量从", "起始重量"))
CHARGE: Final = Word("charge", "计价方式", ("kind", "计价"))
STEP: Final = Word("step", "续重单位", ("weight step", "续重步长", "步长"))
BEYOND: Final = Word("beyond", "首重", ("first weight", "free weight"))
ZONE: Final = Word("zone", "分区", ("zone code", "区"))
AMOUNT: Final = Word("amount", "金额", ("price", "rate", "价格", "单价"))
CURRENCY: Final = Word("currency", "币种", ("货币",))
COUNTRY: Final = Word("country", "国家", ("countries", "country code", "国家代码", "dest country", "to country", "目的国家"))
FROM: Final = Word("from", "生效日期", ("from date", "effective from", "起始日期"))
TO: Final = Word("to", "失效日期", ("until", "to date", "effective to", "截止日期"))
ACTIVE: Final = Word("active", "启用")

TERM_FIELDS: Final = fields(Word("term", "条款", ("field", "项目")), Word("value", "值", ("内容",)), required=("term", "value"))
RATE_FIELDS: Final = fields(OVER, NOT_OVER, CHARGE, STEP, BEYOND, required=("not_over",))
LONG_RATE_FIELDS: Final = fields(ZONE, OVER, NOT_OVER, CHARGE, STEP, BEYOND, AMOUNT, CURRENCY, required=("zone", "not_over", "amount"))
LISTED: Final = Word("postcodes", "邮编", ("postcode", "zip", "zip code", "postal code", "邮政编码"))
LISTED_TO: Final = Word("postcodes_to", "邮编止", ("postcode to", "zip to"))
TRANSIT_FIELDS: Final = fields(ZONE, COUNTRY, LISTED, LISTED_TO, Word("days", "天数", ("transit days", "时效")), required=("days",))
CONDITIONS: Final = (
    Word("residential", "住宅"),
    Word("area_list", "邮编表", ("area", "list", "偏远表")),
    Word("tiers", "级别", ("tier", "area tiers")),
    Word("countries", "国家", ("country",)),
    Word("zones", "限分区", ("only zones", "in zones")),
    Word("tags", "标签", ("tag", "属性")),
    Word("longest_over", "最长边超过"),
    Word("second_over", "次长边超过"),
    Word("girth_over", "围长超过"),
    Word("length_and_girth_over", "长加围超过"),
    Word("volume_over", "体积超过"),
    Word("actual_over", "实重超过"),
    Word("billable_over", "计费重超过"),
)
PERCENT: Final = Word("percent", "百分比", ("%",))
DISCOUNT_FIELDS: Final = fields(NOT_OVER, PERCENT, required=("not_over", "percent"))
SURCHARGE_FIELDS: Final = fields(
    CODE,
    AMOUNT,
    PERCENT,
    CHARGE,
    NOT_OVER,
    STEP,
    BEYOND,
    Word("minimum", "最低", ("minimum amount", "最低收费")),
    Word("maximum", "最高", ("maximum amount", "最高收费")),
    Word("per", "计费对象", ("each",)),
    FROM,
    TO,
    ACTIVE,
    Word("group", "互斥组"),
    Word("priority", "优先级"),
    Word("depends_on", "依赖"),
    Word("minimum_billable", "最低计费重"),
    Word("fuelable", "计燃油", ("fuel",)),
    Word("discount", "折扣", ("discount percent", "折扣百分比")),
    *CONDITIONS,
    required=("code",),
)
RESTRICTION_FIELDS: Final = fields(
    Word("name", "名称"), Word("code", "代码", ("reason", "原因")), FROM, TO, ACTIVE, *CONDITIONS, required=("name",)
)
CHART_FIELDS: Final = fields(
    Word("from_warehouses", "始发仓", ("from warehouse", "warehouse", "warehouses", "发货仓")),
    Word("from_keys", "始发仓编号"),
    Word("from_country", "始发国家", ("origin country",)),
    Word(
        "from_postcodes",
        "始发邮编",
        ("origin", "origin zip3", "origin zip5", "origin zip", "origin prefix", "from zip", "from postcode", "发货邮编"),
    ),
    COUNTRY,
    Word(
        "postcodes",
        "邮编",
        ("postcode", "zip", "destination", "dest", "dest zip3", "dest zip5", "dest zip", "dest from", "destination zip")
        + ("dest prefix", "to zip", "目的邮编", "收货邮编"),
    ),
    Word("postcodes_to", "邮编止", ("dest to", "dest last", "destination last", "postcode to", "目的邮编止")),
    ZONE,
    required=("zone",),
)
DISTANCE_FIELDS: Final = fields(
    Word("not_over", "不超过", ("distance", "max distance", "距离")),
    Word("max_miles", "最远英里", ("miles", "not over miles")),
    Word("max_km", "最远公里", ("km", "not over km")),
    Word("min_miles", "最近英里"),
    Word("min_km", "最近公里"),
    Word("unit", "单位"),
    Word("countries", "国家", ("country",)),
    ZONE,
    required=("zone",),
)
AREA_FIELDS: Final = fields(
    Word("list", "邮编表", ("area list", "code")),
    COUNTRY,
    Word("tier", "级别", ("tiers", "area", "类别")),
    LISTED,
    LISTED_TO,
    required=("postcodes",),
)
FUEL_FIELDS: Final = fields(FROM, Word("percent", "百分比", ("fuel", "fuel surcharge", "%", "燃油附加费")), required=("from", "percent"))

FIELDS: Final = {
    Kind.TERMS: TERM_FIELDS,
    Kind.RATES: RATE_FIELDS,
    Kind.DISCOUNTS: DISCOUNT_FIELDS,
    Kind.TRANSIT: TRANSIT_FIELDS,
    Kind.SURCHARGES: SURCHARGE_FIELDS,
    Kind.RESTRICTIONS: RESTRICTION_FIELDS,
    Kind.ZONES: CHART_FIELDS,
    Kind.DISTANCE: DISTANCE_FIELDS,
    Kind.AREAS: AREA_FIELDS,
    Kind.FUEL: FUEL_FIELDS,
}

# What a zone can't be called in the header of a sheet that has columns for zones.
BESIDE_ZONES: Final = frozenset(name for field in (*RATE_FIELDS, *SURCHARGE_FIELDS, Field(NOTE)) for name in field.word.names())


def unit_of_weight(header: str) -> str | None:
    """Return the unit that the header of a column of weights names: "max_weight_lb", "Weight (lb)", "重量（kg）"."""
    name = plain_name(header)
    for word in sorted(MASS_WORDS, key=len, reverse=True):
        if word != "#" and name.endswith(word) and name.removesuffix(word) in NOT_OVER.names():
            return MASS_WORDS[word]
    return None
