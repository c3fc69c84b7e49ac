"""What holds for every card: lines add up, several pieces included, and weight never makes a parcel cheaper."""

from decimal import Decimal
from itertools import accumulate, pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.core.card import card_from_document
from carriers.core.fuel import FuelTable
from carriers.core.rating import quote, quotes
from carriers.core.types import Destination, Origin, Parcel, Quote, Rejection
from tests.carriers.core import random_cards as world

FUEL = FuelTable.of({world.SHIP_DATE: "17.875"})


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    world.card_documents(),
    st.lists(world.parcels, min_size=1, max_size=4),
    world.destinations,
    st.sampled_from(["each", "sum_of_greater", "greater_of_sums"]),
)
def test_lines_add_up_to_the_total(document: dict[str, object], parcels: list[Parcel], destination: Destination, rated: str) -> None:
    if rated != "each":
        # A per cent of a piece needs a base of that piece.
        extras = document["surcharges"]
        assert isinstance(extras, list)
        document["surcharges"] = [one | {"per": "shipment"} for one in extras]
    answer = quote(
        card=card_from_document(document | {"pieces": {"rated": rated}}),
        chart=world.CHART,
        origin=world.ORIGINS[0],
        destination=destination,
        parcels=parcels,
        ship_date=world.SHIP_DATE,
        fuel=FUEL,
        areas=world.AREAS,
    )
    if isinstance(answer, Quote):
        assert answer.total_minor == sum(line.amount_minor for line in answer.lines) >= 0
        codes = [line.code for line in answer.lines]
        assert codes[0] == "base"
        assert len(set(codes)) == len(codes)
        assert len(answer.pieces) == len(parcels)
        assert all(line.amount_minor > 0 for line in answer.lines if line.code not in ("base", "fuel") and "discount" not in line.code)
        assert all(line.amount_minor < 0 for line in answer.lines if "discount" in line.code)


def falling(terms: dict[str, object]) -> dict[str, object]:
    """Return the discount as one that takes off no greater share of heavier parcels: a contract may say otherwise."""
    discount = terms.get("discount")
    if not isinstance(discount, dict) or "bands" not in discount:
        return {}
    shares = sorted((band["percent"] for band in discount["bands"]), key=Decimal, reverse=True)
    bands = [band | {"percent": share} for band, share in zip(discount["bands"], shares, strict=True)]
    return {"discount": discount | {"bands": bands}}


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(world.card_documents(), st.lists(world.parcels, min_size=1, max_size=3), world.destinations)
def test_from_several_origins_each_price_is_that_of_the_origin_alone(
    document: dict[str, object], parcels: list[Parcel], destination: Destination
) -> None:
    card = card_from_document(document)

    def alone(origin: Origin) -> Quote | Rejection:
        return quote(
            card=card,
            chart=world.CHART,
            origin=origin,
            destination=destination,
            parcels=parcels,
            ship_date=world.SHIP_DATE,
            fuel=FUEL,
            areas=world.AREAS,
        )

    together = quotes(
        card=card,
        chart=world.CHART,
        origins=world.ORIGINS,
        destination=destination,
        parcels=parcels,
        ship_date=world.SHIP_DATE,
        fuel=FUEL,
        areas=world.AREAS,
    )
    assert together == [alone(origin) for origin in world.ORIGINS]


steps_up = st.lists(st.integers(0, 500), min_size=2, max_size=8)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rises=steps_up,
    peaks=steps_up,
    terms=world.card_documents(),
    masses_mg=st.lists(st.integers(0, 40_000_000), min_size=2, max_size=12),
    sides=st.tuples(world.sides_um, world.sides_um, world.sides_um),
)
def test_a_heavier_parcel_is_never_cheaper_by_a_card_that_rises(
    rises: list[int], peaks: list[int], terms: dict[str, object], masses_mg: list[int], sides: tuple[int, int, int]
) -> None:
    def rows(amounts: list[int]) -> list[dict[str, object]]:
        rising = [f"{amount // 100}.{amount % 100:02d}" for amount in accumulate(amounts)]
        found: list[dict[str, object]] = [{"not_over": str(2 * i + 1), "amounts": amount} for i, amount in enumerate(rising[:-1])]
        top: dict[str, object] = {"amounts": rising[-1], "beyond": str(2 * len(found) - 1), "step": "0.5", "per_step": "0.37"}
        return [*found, top]

    kept = ("rounding", "dimensions", "volumetric", "minimum_billable", "discount", "fuel_discount", "units")
    document = {
        **world.PLAIN_CARD,
        **{key: terms[key] for key in kept if key in terms},
        **falling(terms),
        "fuel": True,
        "rates": rows(rises),
        "surcharges": [
            {"code": "peak", "bands": rows(peaks), "fuelable": True, "discount": "12.5"},
            {"code": "share", "percent": "7.25", "minimum": "1"},
            {"code": "heavy", "amounts": "9", "when": [{"actual_over": "20"}], "minimum_billable": "30"},
        ],
    }
    card = card_from_document(document)
    length, width, height = sides
    answers = [
        quote(
            card=card,
            chart=world.CHART,
            origin=world.ORIGINS[0],
            destination=Destination(country="US", postcode="24011"),
            parcels=[Parcel(actual_mg=mass, length_um=length, width_um=width, height_um=height)],
            ship_date=world.SHIP_DATE,
            fuel=FUEL,
        )
        for mass in sorted(masses_mg)
    ]
    totals = [answer.total_minor for answer in answers if isinstance(answer, Quote)]
    assert all(lighter <= heavier for lighter, heavier in pairwise(totals))
