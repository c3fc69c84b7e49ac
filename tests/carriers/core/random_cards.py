"""Random rate cards, charts, lists and parcels for the property tests."""

from datetime import date

from hypothesis import strategies as st

from carriers.core.areas import AreaList, area_list_from_document
from carriers.core.types import Destination, Origin, Parcel
from carriers.core.zones import ZoneChart, chart_from_document

ZONES = ("1", "2", "3", "R")
SHIP_DATE = date(2026, 10, 5)
TAGS = ("battery", "liquid", "fragile")

CHART: ZoneChart = chart_from_document(
    {
        "code": "random",
        "origins": [
            {
                "from": {"country": "US", "postcodes": ["24"]},
                "to": [
                    {"country": "US", "zone": "1", "postcodes": ["24", "90210"]},
                    {"country": "US", "zone": "2", "postcodes": ["9", "10..19"]},
                    {"country": "US", "zone": "3", "postcodes": ["90000..90209"]},
                    {"country": "US", "zone": None, "postcodes": ["969"]},
                ],
            },
            {
                "from": {"country": "US"},
                "to": [
                    {"country": "GB", "zone": "2", "postcodes": ["SE1"]},
                    {"country": "GB", "zone": "3"},
                    {"country": "PR", "zone": "unknown to the card"},
                    {"countries": ["CA", "MX"], "zone": "R"},
                    {"country": "US", "zone": "3"},
                ],
            },
        ],
        "distance_bands": {
            "unit": "mi",
            "countries": ["US", "FR"],
            "bands": [
                {"zone": "1", "not_over": "150"},
                {"zone": "2", "not_over": "1000"},
                {"zone": "3", "not_over": "4000"},
            ],
        },
    }
)

AREAS: dict[str, AreaList] = {
    "das": area_list_from_document(
        {
            "code": "das",
            "entries": [
                {"country": "US", "tier": "das", "postcodes": ["902", "24011"]},
                {"country": "US", "tier": "extended", "postcodes": ["90200..90299, 969"]},
                {"country": "GB", "tier": "extended", "postcodes": ["SE10..SE12"]},
            ],
        }
    )
}

ORIGINS = (
    Origin(key=1, country="US", postcode="24011", lat=37.27, lon=-79.94),
    Origin(key=2, country="US", postcode="91708", lat=33.954, lon=-117.6404),
    Origin(key=3, country="US", postcode="08846"),
    Origin(key=4, country="DE", postcode="20095", lat=53.55, lon=10.0),
)

PLAIN_CARD: dict[str, object] = {
    "code": "plain",
    "currency": "USD",
    "effective_from": "2026-01-01",
    "units": {"weight": "lb", "length": "in"},
    "zones": list(ZONES),
    "rates": [{"not_over": "1", "amounts": "5.00"}, {"not_over": "70", "amounts": ["6", "7", "8", "9"]}],
}

UNKNOWN_LIST_SURCHARGE: dict[str, object] = {
    "code": "far",
    "amounts": "3",
    "when": [{"area": {"list": "nobody has it"}}],
    "from": "2026-10-05",
}

destinations = st.builds(
    Destination,
    country=st.sampled_from(["US"] * 8 + ["GB", "PR", "CA", "FR", "FR", "CU"]),
    postcode=st.sampled_from(
        ["24011", "24510", "90210", "90209", "90301", "96910", "10001", "60188", "SE1 2AB",
         "SE10 9AA", "00601", "K1A0B1", ""]
    ),
    lat=st.sampled_from([None, 37.0, 34.1, 41.9]),
    lon=st.sampled_from([None, -80.0, -118.4, -88.1]),
    residential=st.booleans(),
)  # fmt: skip

# Weights and sides that stand exactly on limits and steps, or a hair beside them.
usual_masses_mg = st.one_of(
    st.integers(0, 60_000_000),
    st.builds(lambda n, d: max(0, n * 45_359_237 // 100 + d), st.integers(0, 80), st.integers(-1, 1)),
    st.builds(lambda n, d: max(0, n * 500_000 + d), st.integers(0, 80), st.integers(-1, 1)),
)
masses_mg = st.one_of(
    *[usual_masses_mg] * 11,
    st.sampled_from([10_000_000_000, 10_000_000_001, 12_000_000_000]),
)
usual_sides_um = st.one_of(
    st.integers(0, 1_000_000),
    st.builds(lambda n, d: max(0, n * 25_400 + d), st.integers(0, 60), st.integers(-1, 1)),
    st.builds(lambda n, d: max(0, n * 12_700 + d), st.integers(0, 60), st.integers(-1, 1)),
)
sides_um = st.one_of(*[usual_sides_um] * 19, st.sampled_from([10_000_000, 10_000_001]))
parcels = st.builds(
    Parcel,
    actual_mg=masses_mg,
    length_um=sides_um,
    width_um=sides_um,
    height_um=sides_um,
    tags=st.frozensets(st.sampled_from(TAGS), max_size=2),
)


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[str]:
    """Return decimal strings of low to high with at most so many places."""
    return st.integers(low * 10**places, high * 10**places).map(
        lambda n: f"{n // 10**places}.{n % 10**places:0{places}d}" if places else str(n)
    )


amount = decimals(0, 60, 2)


@st.composite
def by_zone(draw: st.DrawFn, cell: st.SearchStrategy[str], *, gaps: bool = False) -> object:
    """Return one value for all zones, a list, or an object."""
    if draw(st.booleans()):
        return draw(cell)
    filled = st.one_of(st.none(), cell) if gaps else cell
    return [draw(filled) if zone else draw(cell) for zone in range(len(ZONES))]


@st.composite
def weight_rows(draw: st.DrawFn, *, gaps: bool) -> list[dict[str, object]]:
    """Return ascending rows, flat or by step, the last perhaps open."""
    bounds = sorted(draw(st.sets(st.integers(1, 200), min_size=1, max_size=6)))
    rows: list[dict[str, object]] = []
    for bound in bounds:
        row: dict[str, object] = {"not_over": str(bound)}
        kind = draw(st.sampled_from(["flat", "flat", "step", "unit", "both"]))
        if kind in ("flat", "both"):
            row["amounts"] = draw(by_zone(amount, gaps=gaps))
        if kind != "flat":
            row["per_unit" if kind == "unit" else "per_step"] = draw(by_zone(decimals(0, 9, 4), gaps=gaps))
            row["step"] = draw(st.sampled_from(["1", "0.5", {"value": "100", "unit": "g"}, {"value": "1", "unit": "oz"}]))
            row["beyond"] = draw(st.sampled_from(["0", "0", "1", "0.5"]))
        rows.append(row)
    if draw(st.booleans()):
        rows[-1].pop("not_over")
    return rows


# Conditions of one or two questions hold often enough to be worth something.
QUESTIONS: list[dict[str, object]] = [
    {"residential": True},
    {"residential": False},
    {"area": {"list": "das"}},
    {"area": {"list": "das", "tiers": ["extended"]}},
    {"countries": ["US"]},
    {"countries": ["GB", "CA"]},
    {"zones": ["1"]},
    {"zones": ["2", "3"]},
    {"zones": ["3", "R"]},
    {"tags": ["battery"]},
    {"tags": ["liquid", "fragile"]},
    {"longest_over": "48"},
    {"longest_over": "20"},
    {"second_over": "30"},
    {"second_over": "10"},
    {"girth_over": "60"},
    {"length_and_girth_over": "105"},
    {"length_and_girth_over": "60"},
    {"volume_over": "1728"},
    {"actual_over": "50"},
    {"actual_over": "5"},
    {"billable_over": "30"},
    {"billable_over": "5"},
]
conditions = st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=2).map(lambda pair: {**pair[0], **pair[-1]})

triggers = st.fixed_dictionaries(
    {"when": st.lists(conditions, max_size=3)},
    optional={
        "active": st.sampled_from([True, True, True, False]),
        "from": st.sampled_from(["2026-10-05", "2026-10-05", "2026-01-01", "2026-10-06"]),
        "to": st.sampled_from(["2026-10-07", "2027-01-01"]),
    },
)


@st.composite
def surcharges(draw: st.DrawFn) -> list[dict[str, object]]:
    """Return up to six surcharges with groups and dependencies that make sense."""
    found: list[dict[str, object]] = []
    for i in range(draw(st.sampled_from([0, 1, 2, 3, 4, 5, 6]))):
        one: dict[str, object] = {"code": f"s{i}", **draw(triggers)}
        kind = draw(st.sampled_from(["flat", "bands", "percent", "unit"]))
        if kind == "flat":
            one["amounts"] = draw(by_zone(amount))
        elif kind == "bands":
            one["bands"] = draw(weight_rows(gaps=False))
        elif kind == "percent":
            one["percent"] = draw(decimals(0, 40, 3))
        else:
            one |= {"per_unit": draw(decimals(0, 3, 3)), "step": draw(st.sampled_from(["1", "0.5"]))}
        bounds = {"minimum": decimals(0, 5, 2), "maximum": decimals(6, 30, 2), "discount": decimals(0, 100, 3)}
        one |= draw(st.fixed_dictionaries({}, optional=bounds))
        one["fuelable"] = draw(st.booleans())
        one["per"] = draw(st.sampled_from(["piece", "shipment"]))
        if draw(st.integers(0, 2)) == 0:
            one["minimum_billable"] = draw(st.sampled_from(["5", "40", "0.3"]))
        if draw(st.booleans()):
            one |= {"group": f"group {one['per']}", "priority": i if draw(st.booleans()) else 100 - i}
        elif i and draw(st.booleans()):
            one["depends_on"] = f"s{draw(st.integers(0, i - 1))}"
        found.append(one)
    return found


@st.composite
def discounts(draw: st.DrawFn) -> dict[str, object]:
    """Return a discount of one per cent, or of one by weight that may rise and fall, the last band perhaps open."""
    least: dict[str, object] = {"minimum_net": draw(decimals(0, 12, 2))} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        return {"percent": draw(decimals(0, 90, 3)), **least}
    bands: list[dict[str, object]] = [
        {"not_over": str(bound), "percent": draw(decimals(0, 100, 3))} for bound in sorted(draw(st.sets(st.integers(1, 60), min_size=1)))
    ]
    if draw(st.booleans()):
        bands[-1].pop("not_over")
    return {"bands": bands, **least}


@st.composite
def card_documents(draw: st.DrawFn) -> dict[str, object]:
    """Return a card's document with any mix of features."""
    weight_unit = draw(st.sampled_from(["lb", "kg"]))
    length_unit = draw(st.sampled_from(["in", "cm"]))
    document: dict[str, object] = {
        "code": "random",
        "currency": draw(st.sampled_from(["USD", "USD", "KWD"])),
        "effective_from": "2026-01-01",
        "units": {"weight": weight_unit, "length": length_unit},
        "zones": list(ZONES),
        "rates": draw(weight_rows(gaps=True)),
        "allow_estimated_zone": draw(st.booleans()),
        "fuel": draw(st.booleans()),
        "surcharges": draw(surcharges()),
        "restrictions": [
            {"name": f"r{i}", "code": draw(st.sampled_from(["restricted", "not_served"])), **trigger}
            for i, trigger in enumerate(draw(st.lists(triggers.filter(lambda t: t["when"]), max_size=1)))
        ],
        "transit_days": {"1": 2, "R": 9},
    }
    modes = st.sampled_from(["up", "nearest", "none"])
    steps = st.sampled_from(["1", "0.5", "0.3", {"value": "1", "unit": "oz"}])
    optional: dict[str, st.SearchStrategy[object]] = {
        "rounding": st.fixed_dictionaries(
            {"step": steps, "mode": modes},
            optional={"below": st.fixed_dictionaries({"limit": st.just("1"), "step": steps, "mode": modes})},
        ),
        "dimensions": st.fixed_dictionaries({"step": st.sampled_from(["1", "0.5"]), "mode": modes}),
        "volumetric": st.fixed_dictionaries(
            {"divisor": st.sampled_from(["139", "166", "5000", "27.7"])},
            optional={
                "above_volume": st.sampled_from(["1728", "100"]),
                "counted_percent": st.sampled_from(["50", "33.333", "100"]),
            },
        ),
        "minimum_billable": st.sampled_from(["0.5", "2"]),
        "transit_calendar": st.sampled_from([{"count": "calendar"}, {"count": "working", "weekdays": [1, 2, 3, 4, 5, 6]}]),
        "limits": st.fixed_dictionaries(
            {},
            optional={
                "weight": st.sampled_from(["70", "30"]),
                "longest": st.just("48"),
                "second": st.just("30"),
                "length_and_girth": st.just("130"),
            },
        ),
        "discount": discounts(),
        "fuel_discount": decimals(0, 100, 3),
        "transit_postcodes": st.sampled_from(
            [
                [{"country": "US", "days": 7, "postcodes": ["90, 24011"]}, {"country": "US", "days": 4, "postcodes": ["90200..90299"]}],
                [{"country": "GB", "days": 0}, {"country": "GB", "days": 365, "postcodes": ["SE1"]}],
                [],
            ]
        ),
    }  # fmt: skip
    return document | draw(st.fixed_dictionaries({}, optional=optional))
