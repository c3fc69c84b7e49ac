"""Read and write the surcharges and restrictions of a rate card's document."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from carriers.core.amounts import NO_AMOUNT, ByWeight, Percent, WeightRow
from carriers.core.discount_reading import share_document, share_off
from carriers.core.discounts import discount_code
from carriers.core.documents import Reader
from carriers.core.rate_card import PieceRating
from carriers.core.surcharges import (
    Condition,
    InArea,
    Over,
    Per,
    Restriction,
    Surcharge,
    Trigger,
    order_surcharges,
)
from carriers.core.terms import StatedRow, Terms, weight_table
from carriers.core.types import RejectionCode
from carriers.core.weights import Measure
from wms.values.decimals import plain
from wms.values.length import UNIT_UM, Length
from wms.values.mass import Mass
from wms.values.money import MOST_MINOR

# Names of cost lines that are not surcharges.
RESERVED_CODES: Final = frozenset({"base", "discount", "fuel", "fuel_discount", "handling", "seller_tier", "total"})

LENGTH_KEYS: Final = {
    "longest_over": Measure.LONGEST,
    "second_over": Measure.SECOND,
    "girth_over": Measure.GIRTH,
    "length_and_girth_over": Measure.LENGTH_AND_GIRTH,
}
MASS_KEYS: Final = {"actual_over": Measure.ACTUAL, "billable_over": Measure.BILLABLE}
VOLUME_KEY: Final = "volume_over"

RESTRICTION_CODES: Final = {
    code.slug: code
    for code in (
        RejectionCode.RESTRICTED,
        RejectionCode.NOT_SERVED,
        RejectionCode.TOO_LARGE,
        RejectionCode.TOO_HEAVY,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SurchargeReader:
    """What reading a trigger needs to know of the card."""

    terms: Terms
    side_step_um: int

    def surcharges(self, reader: Reader, rating: PieceRating) -> tuple[Surcharge, ...]:
        """Return all surcharges of a card."""
        readers = list(reader.children("surcharges"))
        found = tuple(self._surcharge(row) for row in readers)
        codes = [surcharge.code for surcharge in found]
        for i, (surcharge, row) in enumerate(zip(found, readers, strict=True)):
            if surcharge.code in codes[:i]:
                row.fault("code", "repeated_code", surcharge.code)
            if surcharge.discount_millis and discount_code(surcharge.code) in codes:
                row.fault("discount", "reserved_code", discount_code(surcharge.code))
            _check_against_others(surcharge, found, row)
            is_percent_of_piece = surcharge.per is Per.PIECE and isinstance(surcharge.amount, Percent)
            if is_percent_of_piece and rating is not PieceRating.EACH:
                row.fault("per", "piece_has_no_base")
        return found if _can_be_ordered(reader, found) else ()

    def restriction(self, reader: Reader) -> Restriction:
        """Return one restriction."""
        code = reader.text("code", RejectionCode.RESTRICTED.slug)
        if code not in RESTRICTION_CODES:
            reader.fault("code", "unknown_word", code)
        name = reader.text("name")
        trigger = self._trigger(reader)
        reader.close()
        return Restriction(
            name=name,
            trigger=trigger,
            code=RESTRICTION_CODES.get(code, RejectionCode.RESTRICTED),
        )

    def _surcharge(self, reader: Reader) -> Surcharge:
        code = reader.text("code")
        if code in RESERVED_CODES:
            reader.fault("code", "reserved_code", code)
        surcharge = Surcharge(
            code=code,
            trigger=self._trigger(reader),
            amount=self._amount(reader),
            per=reader.choice("per", Per, Per.PIECE),
            group=reader.text("group", ""),
            priority=reader.whole("priority", default=0, least=0, most=1_000),
            minimum=self.terms.mass(reader, "minimum_billable"),
            fuelable=reader.flag("fuelable", default=False),
            depends_on=reader.text("depends_on", ""),
            discount_millis=share_off(reader, "discount", self.terms),
        )
        reader.close()
        return surcharge

    def _amount(self, reader: Reader) -> ByWeight | Percent:
        terms = self.terms
        kinds = [k for k in ("amounts", "bands", "percent", "per_unit", "per_step") if reader.has(k)]
        if len(kinds) != 1:
            reader.fault("amounts", "two_amounts" if kinds else "missing", " ".join(kinds))
        minimum = terms.amount(reader, "minimum", required=False)
        maximum = terms.amount(reader, "maximum") if reader.has("maximum") else MOST_MINOR
        if minimum > maximum:
            reader.fault("minimum", "above_maximum")
        if kinds[:1] == ["percent"]:
            millis = terms.percent(reader, "percent")
            return Percent(millis=millis, minimum_minor=minimum, maximum_minor=maximum)
        faults = len(reader.faults)
        is_banded = kinds[:1] == ["bands"]
        table = terms.weight_table(reader, "bands") if is_banded else weight_table([self._only_row(reader)])
        for row, fixed in zip(table.rows, table.fixed_minor, strict=True) if len(reader.faults) == faults else ():
            if (fixed == NO_AMOUNT).any() or (row.steps and None in row.steps.prices_micros):
                reader.fault("amounts", "missing_zone")
        return ByWeight(table=table, minimum_minor=minimum, maximum_minor=maximum)

    def _only_row(self, reader: Reader) -> StatedRow:
        """Return the amount of a surcharge that has no weight bands, as one open row."""
        steps = self.terms.step_price(reader)
        if steps is not None:
            return WeightRow(not_over=None, steps=steps), (0,) * len(self.terms.zones)
        return WeightRow(not_over=None), self.terms.amounts(reader, "amounts")

    def _trigger(self, reader: Reader) -> Trigger:
        from_date, to_date = reader.day("from"), reader.day("to")
        if from_date and to_date and from_date >= to_date:
            reader.fault("to", "ends_before_it_starts")
        return Trigger(
            conditions=tuple(self._condition(row) for row in reader.children("when")),
            active=reader.flag("active", default=True),
            from_date=from_date,
            to_date=to_date,
        )

    def _condition(self, reader: Reader) -> Condition:
        residential = reader.flag("residential", default=True) if reader.has("residential") else None
        faults = len(reader.faults)
        condition = Condition(
            residential=residential,
            area=_area(reader.child("area")),
            countries=frozenset(reader.countries("countries")),
            zones=frozenset(self._zones(reader)),
            tags=frozenset(reader.texts("tags")),
            over=tuple(self._overs(reader)),
        )
        reader.close()
        if condition == Condition() and len(reader.faults) == faults:
            reader.fault("", "empty")
        return condition

    def _zones(self, reader: Reader) -> list[int]:
        found = []
        for label in reader.texts("zones"):
            if label in self.terms.zones:
                found.append(self.terms.zones.index(label))
            else:
                reader.fault("zones", "unknown_zone", label)
        return found

    def _overs(self, reader: Reader) -> list[Over]:
        found = []
        for key, measure in LENGTH_KEYS.items():
            length = self.terms.length(reader, key)
            if length is not None:
                found.append(Over(measure, length.um, length))
        for key, measure in MASS_KEYS.items():
            mass = self.terms.mass(reader, key)
            if mass is not None:
                found.append(Over(measure, mass.mg, mass))
        if reader.has(VOLUME_KEY):
            value = reader.decimal(VOLUME_KEY)
            limit = volume_steps(value, self.terms, self.side_step_um)
            found.append(Over(Measure.VOLUME, limit, value))
        return found


def volume_steps(value: Decimal, terms: Terms, side_step_um: int) -> int:
    """Return a volume in the card's cubed length unit as whole cubic steps of a side."""
    exact = Fraction(value) * Fraction(UNIT_UM[terms.length_unit], side_step_um) ** 3
    return exact.numerator // exact.denominator


def _area(reader: Reader | None) -> InArea | None:
    if reader is None:
        return None
    area = InArea(list_code=reader.text("list"), tiers=frozenset(reader.texts("tiers")))
    reader.close()
    return area


def _check_against_others(surcharge: Surcharge, surcharges: tuple[Surcharge, ...], row: Reader) -> None:
    """Note what makes a surcharge contradict the others of its card."""
    needed = {other.code: other for other in surcharges}.get(surcharge.depends_on)
    if surcharge.depends_on and needed is None:
        row.fault("depends_on", "unknown_surcharge", surcharge.depends_on)
    rivals = [other for other in surcharges if other is not surcharge and surcharge.group and other.group == surcharge.group]
    if needed is not None and needed in rivals:
        row.fault("depends_on", "excluded_by_group", surcharge.depends_on)
    if any(other.priority == surcharge.priority for other in rivals):
        row.fault("priority", "repeated_priority", surcharge.priority)
    if any(other.per is not surcharge.per for other in rivals):
        row.fault("per", "differs_within_group", surcharge.group)


def _can_be_ordered(reader: Reader, surcharges: tuple[Surcharge, ...]) -> bool:
    codes = {surcharge.code for surcharge in surcharges}
    if any(surcharge.depends_on and surcharge.depends_on not in codes for surcharge in surcharges):
        return False
    try:
        order_surcharges(surcharges)
    except ValueError:
        reader.fault("surcharges", "circular_dependency")
        return False
    return True


def surcharge_document(surcharge: Surcharge, terms: Terms) -> dict[str, object]:
    """Return the document of a surcharge."""
    document: dict[str, object] = {
        "code": surcharge.code,
        **_trigger_document(surcharge.trigger, terms),
    }
    document |= _amount_document(surcharge.amount, terms)
    document["per"] = surcharge.per.value
    document["fuelable"] = surcharge.fuelable
    if surcharge.group:
        document |= {"group": surcharge.group, "priority": surcharge.priority}
    if surcharge.minimum is not None:
        document["minimum_billable"] = terms.mass_document(surcharge.minimum)
    if surcharge.depends_on:
        document["depends_on"] = surcharge.depends_on
    return document | share_document("discount", surcharge.discount_millis)


def restriction_document(restriction: Restriction, terms: Terms) -> dict[str, object]:
    """Return the document of a restriction."""
    return {
        "name": restriction.name,
        "code": restriction.code.slug,
        **_trigger_document(restriction.trigger, terms),
    }


def _amount_document(amount: ByWeight | Percent, terms: Terms) -> dict[str, object]:
    document: dict[str, object] = {}
    if isinstance(amount, Percent):
        document["percent"] = plain(Decimal(amount.millis).scaleb(-3))
    else:
        document["bands"] = terms.table_document(amount.table)
    if amount.minimum_minor:
        document["minimum"] = terms.amount_document(amount.minimum_minor)
    if amount.maximum_minor != MOST_MINOR:
        document["maximum"] = terms.amount_document(amount.maximum_minor)
    return document


def _trigger_document(trigger: Trigger, terms: Terms) -> dict[str, object]:
    document: dict[str, object] = {"active": trigger.active}
    if trigger.from_date:
        document["from"] = trigger.from_date.isoformat()
    if trigger.to_date:
        document["to"] = trigger.to_date.isoformat()
    document["when"] = [_condition_document(condition, terms) for condition in trigger.conditions]
    return document


def _condition_document(condition: Condition, terms: Terms) -> dict[str, object]:
    document: dict[str, object] = {}
    if condition.residential is not None:
        document["residential"] = condition.residential
    if condition.area is not None:
        document["area"] = {"list": condition.area.list_code, "tiers": sorted(condition.area.tiers)}
    if condition.countries:
        document["countries"] = sorted(condition.countries)
    if condition.zones:
        document["zones"] = [terms.zones[zone] for zone in sorted(condition.zones)]
    if condition.tags:
        document["tags"] = sorted(condition.tags)
    return document | {OVER_KEYS[over.measure]: _limit(over, terms) for over in condition.over}


OVER_KEYS: Final = {
    **{measure: key for key, measure in (LENGTH_KEYS | MASS_KEYS).items()},
    Measure.VOLUME: VOLUME_KEY,
}


def _limit(over: Over, terms: Terms) -> object:
    if isinstance(over.stated, Length):
        return terms.length_document(over.stated)
    if isinstance(over.stated, Mass):
        return terms.mass_document(over.stated)
    return plain(over.stated)
