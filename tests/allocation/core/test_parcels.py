"""Which parcels an order makes; weights in kilograms and sides in centimetres that a reader can add up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from allocation.core.parcels import SkuFacts, pieces_of
from allocation.core.splits.plan import plan_splits
from allocation.core.splits.types import ParcelPrices, Parcels, SplitLimits, SplitOrder
from carriers.core.card import MOST_PIECES
from carriers.core.types import Parcel


def article(kilograms: int, *sides_cm: int, tags: tuple[str, ...] = (), ships_alone: bool = False) -> SkuFacts:
    longest, second, shortest = (side * 10_000 for side in sides_cm)
    return SkuFacts(mass_mg=kilograms * 1_000_000, sides_um=(longest, second, shortest), tags=frozenset(tags), ships_alone=ships_alone)


LAMP = article(1, 30, 20, 10)
RUG = article(4, 90, 15, 15, tags=("fluffy",))
KAYAK = article(24, 300, 80, 40, tags=("bulky",), ships_alone=True)
DESK = article(18, 140, 70, 12, ships_alone=True)


def told(parcel: Parcel) -> tuple[int, tuple[int, int, int], set[str]]:
    sides = parcel.length_um // 10_000, parcel.width_um // 10_000, parcel.height_um // 10_000
    return parcel.actual_mg // 1_000_000, sides, set(parcel.tags)


def test_what_does_not_ship_alone_makes_one_parcel() -> None:
    assert [told(each) for each in pieces_of([(LAMP, 2), (RUG, 1)])] == [(6, (90, 20, 35), {"fluffy"})]


def test_each_unit_that_ships_alone_is_a_parcel_and_the_others_are_one() -> None:
    parcels = [told(each) for each in pieces_of([(KAYAK, 2), (LAMP, 3), (DESK, 1), (RUG, 1)])]
    assert parcels == [
        (24, (300, 80, 40), {"bulky"}),
        (24, (300, 80, 40), {"bulky"}),
        (18, (140, 70, 12), set()),
        (7, (90, 20, 45), {"fluffy"}),
    ]


def test_the_order_of_the_lines_changes_no_parcel() -> None:
    contents = [(KAYAK, 2), (LAMP, 3), (DESK, 1)]
    assert sorted(map(repr, pieces_of(contents))) == sorted(map(repr, pieces_of(contents[::-1])))


def test_more_parcels_than_any_card_takes_are_not_told_apart() -> None:
    assert len(pieces_of([(KAYAK, MOST_PIECES)])) == MOST_PIECES
    assert len(pieces_of([(KAYAK, 1_000_000), (LAMP, 1)])) == MOST_PIECES + 1


# Splits of what ships in several parcels: dear to price, so that few divisions are looked at


def split_order(*units: int, in_pieces: bool) -> SplitOrder:
    """Return an order of which each of two warehouses holds everything."""
    return SplitOrder(
        units=units,
        unit_values=(1,) * len(units),
        stock=np.array([[count, count] for count in units]),
        metres=np.array([1, 2]),
        limits=SplitLimits(most_shipments=2),
        in_pieces=in_pieces,
    )


def counted(seen: list[int]) -> Callable[[Parcels], ParcelPrices]:
    """Return prices of 1 a unit in both warehouses, which note how many parcels they were asked for."""

    def price(parcels: Parcels) -> ParcelPrices:
        seen.append(len(parcels.order))
        cost = np.repeat(parcels.units.sum(axis=1)[:, None], 2, axis=1)
        return ParcelPrices(cost=cost, days=np.zeros_like(cost))

    return price


@pytest.mark.parametrize(
    ("units", "in_pieces", "most_priced"),
    [((1, 1, 1, 1, 1, 1), True, 63), ((2, 2, 2, 2), True, 63 + 26), ((2, 2, 2, 2), False, 80), ((200,), True, 4), ((70_000,), False, 4)],
)
def test_few_divisions_of_what_ships_in_pieces_are_priced(units: tuple[int, ...], in_pieces: bool, most_priced: int) -> None:
    """63 are all divisions of six units, of which none is the empty one; lines are bundled beyond that, the bound is of fewer lines."""
    seen: list[int] = []
    (plan,) = plan_splits(orders=[split_order(*units, in_pieces=in_pieces)], price=counted(seen))
    assert plan is not None
    assert plan.bound <= plan.cost == sum(units)
    assert sum(seen) <= most_priced
