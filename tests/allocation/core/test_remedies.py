"""What would help an order that nothing serves, in figures that a reader can add up in the head."""

from __future__ import annotations

from typing import Any

from allocation.core.remedies import Help, Remedy, Site, remedies_of


def site(
    code: str, km: int, *, units: dict[str, tuple[int, int]], cost: int | None = 500, blocked: str | None = "out_of_stock", **more: Any
):
    fields: dict[str, Any] = {"soft": False, "rejections": (), **more}
    return Site(code=code, distance_m=km * 1000, cost_minor=cost, blocked=blocked, units=units, **fields)


def helps(*sites: Site) -> list[Help]:
    return [remedy.help for remedy in remedies_of(sites=sites)]


def found(kind: Help, *sites: Site) -> Remedy:
    return next(remedy for remedy in remedies_of(sites=sites) if remedy.help is kind)


def test_what_can_be_assigned_as_it_is_comes_first_the_cheapest() -> None:
    near, far = (
        site("NJ1", 40, units={"LAMP": (2, 5)}, cost=700, blocked=None),
        site("DAL", 2000, units={"LAMP": (2, 5)}, blocked=None),
    )
    assert remedies_of(sites=[near, far]) == (Remedy(help=Help.ASSIGN, warehouses=("DAL",), cost_minor=500),)


def test_a_limit_that_is_only_wished_may_be_overridden() -> None:
    assert helps(site("NJ1", 40, units={"LAMP": (2, 5)}, blocked="late", soft=True)) == [Help.OVERRIDE]


def test_missing_units_are_moved_to_the_nearest_that_can_ship() -> None:
    sites = [site("CA1", 4000, units={"LAMP": (6, 5)}), site("NJ1", 40, units={"LAMP": (6, 2)}), site("DAL", 2000, units={"LAMP": (6, 3)})]
    assert found(Help.TRANSFER, *sites) == Remedy(
        help=Help.TRANSFER, warehouses=("NJ1",), cost_minor=500, moves=(("LAMP", 3, "DAL"), ("LAMP", 1, "CA1"))
    )


def test_a_warehouse_without_a_price_is_no_place_to_move_to() -> None:
    sites = [site("NJ1", 40, units={"LAMP": (4, 2)}, cost=None), site("DAL", 2000, units={"LAMP": (4, 3)})]
    assert found(Help.TRANSFER, *sites).warehouses == ("DAL",)


def test_what_several_hold_together_may_be_split() -> None:
    sites = [site("NJ1", 40, units={"LAMP": (2, 2), "CUP": (1, 0)}), site("DAL", 2000, units={"LAMP": (2, 0), "CUP": (1, 1)})]
    assert found(Help.SPLIT, *sites).warehouses == ("NJ1", "DAL")


def test_what_nobody_holds_is_restocked_and_nothing_else_helps() -> None:
    sites = [site("NJ1", 40, units={"LAMP": (9, 2)}), site("DAL", 2000, units={"LAMP": (9, 3)})]
    assert remedies_of(sites=sites) == (Remedy(help=Help.RESTOCK, moves=(("LAMP", 4, ""),)),)


def test_goods_that_no_channel_takes_need_another_channel() -> None:
    here = site("NJ1", 40, units={"KAYAK": (1, 1)}, cost=None, blocked="too_large", rejections=("too_large",))
    assert helps(here) == [Help.OTHER_CHANNEL]


def test_an_address_that_every_channel_stumbles_over_is_corrected() -> None:
    sites = [site(code, 40, units={"LAMP": (1, 1)}, cost=None, blocked="no_zone", rejections=("no_zone",)) for code in ("NJ1", "DAL")]
    assert helps(*sites) == [Help.FIX_ADDRESS]


def test_one_channel_that_knows_the_address_clears_it() -> None:
    knows = site("DAL", 2000, units={"LAMP": (1, 0)})
    stumbles = site("NJ1", 40, units={"LAMP": (1, 1)}, cost=None, blocked="no_zone", rejections=("no_zone",))
    assert Help.FIX_ADDRESS not in helps(knows, stumbles)


def test_without_warehouses_nothing_helps() -> None:
    assert remedies_of(sites=[]) == ()
