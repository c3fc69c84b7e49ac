"""Articles, warehouses and counts from files."""

from __future__ import annotations

from datetime import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from inventory.models import Sku, Stock, StockMovement, Warehouse
from tests.tabular.tables import write_text, write_xlsx
from tests.world import add_seller, add_sku, add_tenant, add_warehouse, set_stock
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope


class Desk:
    """A tenant with one seller, and what importing says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tenant = add_tenant(currency="USD", timezone="America/Chicago")
        self.seller = add_seller(tenant=self.tenant)

    def take(self, command: str, content: str | Path, *options: str) -> str:
        path = content if isinstance(content, Path) else write_text(self.folder / f"{command}.csv", content)
        seller = [] if command == "import_warehouses" else ["--seller", "lumen"]
        self.said = StringIO()
        with translation.override("en"):
            call_command(command, str(path), "--tenant", "eastlake", *seller, *options, stdout=self.said)
        return self.said.getvalue()

    def refuse(self, command: str, content: str | Path) -> str:
        with pytest.raises(CommandError) as caught:
            self.take(command, content)
        return f"{self.said.getvalue()}{caught.value}"

    def sku(self, code: str) -> Sku:
        with tenant_scope(tenant_id=self.tenant.pk):
            return Sku.objects.get(code=code)

    def warehouse(self, code: str) -> Warehouse:
        with tenant_scope(tenant_id=self.tenant.pk):
            return Warehouse.objects.get(code=code)

    def revision(self) -> int:
        with tenant_scope(tenant_id=self.tenant.pk):
            return Tenant.objects.get().settings_revision


@pytest.fixture
def desk(db: None, tmp_path: Path) -> Desk:
    return Desk(tmp_path)


METRIC = "sku,name,weight (kg),length (cm),width (cm),height (cm),tags,category\n"
LAMP = "LAMP,Lamp,0.9,30,20,10.5,Battery; fragile,home\n"


def test_articles_come_in_with_exact_weights_and_sizes(desk: Desk) -> None:
    said = desk.take("import_skus", METRIC + LAMP)
    assert "Saved: 1 SKUs" in said
    lamp = desk.sku("LAMP")
    assert (lamp.name, lamp.mass_mg, lamp.tags, lamp.category) == ("Lamp", 900_000, ["battery", "fragile"], "home")
    assert (lamp.length_um, lamp.width_um, lamp.height_um) == (300_000, 200_000, 105_000)


def test_pounds_and_inches_are_converted_exactly(desk: Desk) -> None:
    desk.take("import_skus", "sku,weight lb,length_in,width_in,height_in\nLAMP,3,10,1,0.5\n")
    lamp = desk.sku("LAMP")
    assert (lamp.mass_mg, lamp.length_um, lamp.width_um, lamp.height_um) == (1_360_777, 254_000, 25_400, 12_700)


def test_units_may_stand_in_columns_of_their_own(desk: Desk) -> None:
    header = "商品编码,重量,重量单位,长,宽,高,尺寸单位\n"
    desk.take("import_skus", header + "A,500,克,10,10,10,厘米\nB,2,LB,5,5,5,in\n")
    assert (desk.sku("A").mass_mg, desk.sku("A").length_um) == (500_000, 100_000)
    assert (desk.sku("B").mass_mg, desk.sku("B").length_um) == (907_184, 127_000)


def test_the_same_articles_again_change_nothing(desk: Desk) -> None:
    desk.take("import_skus", METRIC + LAMP)
    assert "accepted 0 + repeated 1" in desk.take("import_skus", METRIC + LAMP)


def test_a_changed_article_is_updated_and_columns_that_are_not_there_stay(desk: Desk) -> None:
    desk.take("import_skus", METRIC + LAMP)
    said = desk.take("import_skus", "sku,weight (g),length (mm),width (mm),height (mm)\nLAMP,950,300,200,105\n")
    assert "accepted 1 + repeated 0" in said
    lamp = desk.sku("LAMP")
    assert (lamp.mass_mg, lamp.name, lamp.tags) == (950_000, "Lamp", ["battery", "fragile"])


def test_an_article_ships_alone_where_the_file_says_so_and_stays_so_where_it_says_nothing(desk: Desk) -> None:
    header = "商品编码,重量 (kg),长 (cm),宽 (cm),高 (cm)"
    desk.take("import_skus", f"{header},单独包装\nKAYAK,24,300,80,40,是\nLAMP,1,30,20,10,否\nRUG,4,90,15,15,\n")
    assert [desk.sku(code).ships_alone for code in ("KAYAK", "LAMP", "RUG")] == [True, False, False]
    desk.take("import_skus", f"{header}\nKAYAK,25,300,80,40\n")
    assert (desk.sku("KAYAK").mass_mg, desk.sku("KAYAK").ships_alone) == (25_000_000, True)
    desk.take("import_skus", "sku,weight kg,length cm,width cm,height cm,ships alone\nKAYAK,25,300,80,40,no\n")
    assert not desk.sku("KAYAK").ships_alone
    assert "not_yes_no" in desk.refuse("import_skus", f"{header},单独包装\nKAYAK,24,300,80,40,也许\n")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("B,b,0,1,1,1,,", "measure_out_of_range"),
        ("B,b,10001,1,1,1,,", "measure_out_of_range"),
        ("B,b,1,0,1,1,,", "measure_out_of_range"),
        ("B,b,1,1001,1,1,,", "measure_out_of_range"),
        ("B,b,-1,1,1,1,,", "number_out_of_range"),
        ("B,b,1e3,1,1,1,,", "not_number"),
        ("B,b,1,5 cm,1,1,,", "not_number"),
        ("B,b,,1,1,1,,", "missing"),
        (",b,1,1,1,1,,", "missing"),
        ("B,b,1,1,1,1,averyveryverylongtagindeed,", "tag_too_long"),
        ("B,=A1,1,1,1,1,,", "formula"),
        ("LAMP,Lamp,1,1,1,1,,", "rows_disagree"),
        (LAMP.strip(), "duplicate_row"),
    ],
)
def test_a_bad_article_keeps_out_the_file(desk: Desk, row: str, code: str) -> None:
    said = desk.refuse("import_skus", METRIC + LAMP + row + "\n")
    assert f"  {code} (" in said
    assert "Rows in 2 = accepted" in said
    with tenant_scope(tenant_id=desk.tenant.pk):
        assert not Sku.objects.exists()


def test_an_unknown_or_missing_unit_is_named(desk: Desk) -> None:
    assert "“stone”" in desk.refuse("import_skus", "sku,weight,weight unit,length cm,width cm,height cm\nA,1,stone,1,1,1\n")
    assert "The unit is not said" in desk.refuse("import_skus", "sku,weight,length cm,width cm,height cm\nA,1,1,1,1\n")


def test_a_seller_cannot_change_another_sellers_article(desk: Desk) -> None:
    other = add_seller(tenant=desk.tenant, code="other")
    theirs = add_sku(seller=other, code="LAMP")
    desk.take("import_skus", METRIC + LAMP)
    with tenant_scope(tenant_id=desk.tenant.pk):
        assert Sku.objects.get(pk=theirs.pk).mass_mg == 1_000_000
        assert Sku.objects.count() == 2


PLACES = "code,name,country,postcode,priority,cut-off time,handling per order,handling per piece,handling currency\n"
DALLAS = "DAL,Dallas,US,75201,10,14:30,2.50,0.30,USD\n"


def test_warehouses_come_in_with_fees_and_coordinates(desk: Desk) -> None:
    assert "Saved: 1 warehouses" in desk.take("import_warehouses", PLACES + DALLAS)
    dallas = desk.warehouse("DAL")
    assert (dallas.name, dallas.priority, dallas.cutoff_time, dallas.timezone) == ("Dallas", 10, time(14, 30), "America/Chicago")
    assert (dallas.handling_per_order_minor, dallas.handling_per_piece_minor, dallas.handling_per_kg_minor) == (250, 30, 0)
    assert (round(dallas.lat or 0), round(dallas.lon or 0)) == (33, -97)


def test_the_same_warehouses_again_do_not_move_the_settings(desk: Desk) -> None:
    desk.take("import_warehouses", PLACES + DALLAS)
    before = desk.revision()
    assert "repeated 1" in desk.take("import_warehouses", PLACES + DALLAS)
    assert desk.revision() == before


def test_a_changed_fee_changes_that_alone(desk: Desk) -> None:
    desk.take("import_warehouses", PLACES + DALLAS)
    before = desk.revision()
    desk.take("import_warehouses", "code,country,postcode,handling per kg\nDAL,US,75201,0.10\n")
    dallas = desk.warehouse("DAL")
    assert (dallas.handling_per_order_minor, dallas.handling_per_kg_minor, dallas.name) == (250, 10, "Dallas")
    assert desk.revision() > before


def test_fees_by_tag_come_in_and_stay_where_a_file_has_none(desk: Desk) -> None:
    head = "code,country,postcode,handling currency,标签操作费\n"
    desk.take("import_warehouses", head + 'DAL,US,75201,USD,"Fragile: 1.50; liquid 0.9"\n')
    assert desk.warehouse("DAL").handling_per_tag_minor == {"fragile": 150, "liquid": 90}
    desk.take("import_warehouses", "code,country,postcode,name\nDAL,US,75201,Dallas\n")
    assert desk.warehouse("DAL").handling_per_tag_minor == {"fragile": 150, "liquid": 90}


def test_coordinates_that_are_given_win(desk: Desk) -> None:
    desk.take("import_warehouses", "code,country,postcode,lat,lon\nDAL,US,75201,32.5,-96.5\n")
    assert (desk.warehouse("DAL").lat, desk.warehouse("DAL").lon) == (32.5, -96.5)


@pytest.mark.parametrize(
    ("header", "row", "code"),
    [
        ("code,country,postcode", "W,US,99999", "postcode_unknown"),
        ("code,country,postcode", "W,Narnia,1", "country_unknown"),
        ("code,country,postcode,lat", "W,US,75201,32.5", "coordinates_half_given"),
        ("code,country,postcode,lat,lon", "W,US,75201,132.5,0", "number_out_of_range"),
        ("code,country,postcode,timezone", "W,US,75201,Texas", "time_zone_unknown"),
        ("code,country,postcode,cutoff", "W,US,75201,noon", "not_time_of_day"),
        ("code,country,postcode,handling per kg,currency", "W,US,75201,0.105,USD", "too_fine"),
        ("code,country,postcode,handling per order", "W,US,75201,-1", "number_out_of_range"),
        ("code,country,postcode,handling per tag", "W,US,75201,fragile", "tag_fee_unreadable"),
        ("code,country,postcode,handling per tag", "W,US,75201,fragile: 1; Fragile: 2", "tag_fee_repeated"),
        ("code,country,postcode,handling per tag", "W,US,75201,fragile: -1", "tag_fee_unreadable"),
        ("code,country,postcode,handling per tag,currency", "W,US,75201,fragile: 0.105,USD", "too_fine"),
    ],
)
def test_a_bad_warehouse_is_refused(desk: Desk, header: str, row: str, code: str) -> None:
    assert f"  {code} (" in desk.refuse("import_warehouses", f"{header}\n{row}\n")


@pytest.fixture
def shelf(desk: Desk) -> Desk:
    add_warehouse(tenant=desk.tenant, code="DAL")
    for code in ("LAMP", "CUP"):
        add_sku(seller=desk.seller, code=code)
    return desk


def on_hand(desk: Desk) -> dict[str, int]:
    with tenant_scope(tenant_id=desk.tenant.pk):
        return dict(Stock.objects.values_list("sku__code", "on_hand"))


COUNTS = "warehouse,sku,units\nDAL,LAMP,7\nDAL,CUP,0\n"


def test_counts_become_what_is_on_hand(shelf: Desk) -> None:
    assert "Saved: 2 stock counts" in shelf.take("import_stock", COUNTS)
    assert on_hand(shelf) == {"LAMP": 7, "CUP": 0}
    with tenant_scope(tenant_id=shelf.tenant.pk):
        movement = StockMovement.objects.get()
    assert (movement.delta_units, movement.reference, movement.actor) == (7, "import_stock.csv", "import_stock")


def test_the_same_counts_again_change_nothing(shelf: Desk) -> None:
    shelf.take("import_stock", COUNTS)
    assert "accepted 0 + repeated 2" in shelf.take("import_stock", COUNTS)


def test_counts_of_other_articles_stay(shelf: Desk) -> None:
    with tenant_scope(tenant_id=shelf.tenant.pk):
        warehouse = Warehouse.objects.get()
    set_stock(sku=shelf.sku("CUP"), warehouse=warehouse, on_hand=4)
    shelf.take("import_stock", "仓库编码,商品编码,库存数量\nDAL,LAMP,7\n")
    assert on_hand(shelf) == {"LAMP": 7, "CUP": 4}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("DAL,NOPE,1", "sku_unknown"),
        ("NOPE,CUP,1", "warehouse_unknown"),
        ("DAL,CUP,-1", "number_out_of_range"),
        ("DAL,CUP,1000000001", "number_out_of_range"),
        ("DAL,CUP,1e30", "not_whole_number"),
        ("DAL,CUP,1.5", "not_whole_number"),
        ("DAL,CUP,３", "not_whole_number"),
        ("DAL,CUP,", "missing"),
        ("DAL,LAMP,8", "rows_disagree"),
        ("DAL,LAMP,7", "duplicate_row"),
    ],
)
def test_a_bad_count_keeps_out_the_file(shelf: Desk, row: str, code: str) -> None:
    assert f"  {code} (" in shelf.refuse("import_stock", f"warehouse,sku,units\nDAL,LAMP,7\n{row}\n")
    assert on_hand(shelf) == {}


def test_counts_from_a_workbook(shelf: Desk) -> None:
    path = write_xlsx(shelf.folder / "counts.xlsx", [["Warehouse", "SKU", "Qty"], ["DAL", "LAMP", 7.0], ["DAL", "CUP", 2]])
    assert "accepted 2" in shelf.take("import_stock", path)
    assert on_hand(shelf) == {"LAMP": 7, "CUP": 2}
    formula = write_xlsx(shelf.folder / "formula.xlsx", [["Warehouse", "SKU", "Qty"], ["DAL", "LAMP", "=3+4"]])
    assert "holds a formula (=3+4)" in shelf.refuse("import_stock", formula)
