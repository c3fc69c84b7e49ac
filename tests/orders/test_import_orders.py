"""Files of orders, good and bad: whatever comes, the counts add up and nothing is half-saved."""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from orders.models import Order, OrderLine, QueuedOrder
from tests.tabular.tables import write_text, write_xlsx
from tests.world import add_seller, add_sku, add_store, add_tenant
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

HEADER = "store,order number,sku,units,recipient,country,postcode,value,currency,placed at\n"
ONE = "main,A1,LAMP,2,Ada Ng,US,10001,12.50,USD,2026-03-01 09:30\n"
TWO = "main,A2,CUP,1,Bo Li,US,90210,3,USD,2026-03-01 10:00\n"


class Desk:
    """A tenant whose seller has one store and two articles, and what importing says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tenant: Tenant = add_tenant(timezone="America/New_York")
        self.seller = add_seller(tenant=self.tenant)
        add_store(seller=self.seller, code="main")
        for code in ("LAMP", "CUP"):
            add_sku(seller=self.seller, code=code)

    def take(self, content: str | Path, *options: str, encoding: str = "utf-8") -> str:
        """Import a file and return what was said; raises CommandError as the command does."""
        path = content if isinstance(content, Path) else write_text(self.folder / "orders.csv", content, encoding=encoding)
        self.said = StringIO()
        with translation.override("en"):
            call_command("import_orders", str(path), "--tenant", "eastlake", "--seller", "lumen", *options, stdout=self.said)
        return self.said.getvalue()

    def refuse(self, content: str | Path, *options: str, encoding: str = "utf-8") -> str:
        """Import a file that is refused as a whole, check that nothing was saved, and return what was said."""
        before = self.stored()
        with pytest.raises(CommandError) as caught:
            self.take(content, *options, encoding=encoding)
        assert self.stored() == before
        return f"{self.said.getvalue()}{caught.value}"

    def stored(self) -> tuple[int, int, int]:
        """Return how many orders, lines and queued orders there are."""
        with tenant_scope(tenant_id=self.tenant.pk):
            return Order.objects.count(), OrderLine.objects.count(), QueuedOrder.objects.count()

    def order(self, number: str) -> Order:
        with tenant_scope(tenant_id=self.tenant.pk):
            return Order.objects.get(external_number=number)


@pytest.fixture
def desk(db: None, tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_orders_come_in_and_wait(desk: Desk) -> None:
    said = desk.take(HEADER + ONE + TWO)
    assert "Rows in 2 = accepted 2 + repeated 0 + refused 0" in said
    assert "Saved: 2 orders" in said
    assert desk.stored() == (2, 2, 2)
    order = desk.order("A1")
    assert (order.recipient, order.value_minor, order.currency) == ("Ada Ng", 1250, "USD")
    assert order.placed_at.isoformat() == "2026-03-01T14:30:00+00:00"  # written in the company's time zone


def test_the_same_file_again_adds_nothing_and_says_so(desk: Desk) -> None:
    desk.take(HEADER + ONE + TWO)
    said = desk.take(HEADER + ONE + TWO)
    assert "Rows in 2 = accepted 0 + repeated 2 + refused 0" in said
    assert "every row was there already" in said
    assert desk.stored() == (2, 2, 2)


def test_a_longer_file_adds_only_what_is_new(desk: Desk) -> None:
    desk.take(HEADER + ONE)
    assert "accepted 1 + repeated 1" in desk.take(HEADER + ONE + TWO)
    assert desk.stored() == (2, 2, 2)


def test_rows_of_one_order_may_stand_apart_and_leave_out_what_the_first_said(desk: Desk) -> None:
    said = desk.take(HEADER + ONE + TWO + "main,A1,CUP,1,,US,,,,\n")
    assert "accepted 3" in said
    assert "Saved: 2 orders" in said
    assert desk.stored() == (2, 3, 2)
    assert desk.order("A1").recipient == "Ada Ng"


def test_orders_keep_the_order_of_the_file(desk: Desk) -> None:
    desk.take(HEADER + "".join(ONE.replace("A1", f"Z{number}") for number in (5, 3, 9)) + TWO)
    with tenant_scope(tenant_id=desk.tenant.pk):
        assert list(Order.objects.order_by("pk").values_list("external_number", flat=True)) == ["Z5", "Z3", "Z9", "A2"]


def test_chinese_headers_in_gb18030_from_excel_are_at_home(desk: Desk) -> None:
    content = "店铺;订单号;商品编码;数量;收件人;国家;邮编\nmain;甲1;LAMP;2;王小明;美国;10001\n"
    assert "gb18030" in desk.take(content, encoding="gb18030")
    assert desk.order("甲1").recipient == "王小明"


def test_xlsx_is_read_like_csv(desk: Desk) -> None:
    rows: list[list[Any]] = [HEADER.strip().split(","), ["main", 1001, "LAMP", 2, "Ada", "US", 2116, 12.5, "USD", "2026-03-01"]]
    assert "XLSX" in desk.take(write_xlsx(desk.folder / "orders.xlsx", rows))
    assert desk.order("1001").postcode == "02116"


def test_a_mapping_names_foreign_columns(desk: Desk) -> None:
    mapping = desk.folder / "map.toml"
    mapping.write_text(
        '[columns]\norder_number = "InvoiceNo"\nsku = "StockCode"\nplaced_at = "InvoiceDate"\n'
        '[defaults]\nstore = "main"\ncountry = "US"\npostcode = "10001"\n[options]\nmoment_pattern = "%m/%d/%Y %H:%M"\n'
    )
    content = "InvoiceNo,StockCode,Quantity,InvoiceDate,Description\n536365,LAMP,6,12/1/2010 8:26,WHITE LAMP\n"
    said = desk.take(content, "--map", str(mapping))
    assert "Columns not used: Description" in said
    assert desk.order("536365").placed_at.isoformat() == "2010-12-01T13:26:00+00:00"


def test_a_file_without_a_store_column_is_for_the_store_that_is_named(desk: Desk) -> None:
    content = "order number,sku,units,country,postcode\nA1,LAMP,1,US,10001\n"
    assert "store" in desk.refuse(content)
    assert "accepted 1" in desk.take(content, "--store", "main")


@pytest.mark.parametrize(
    ("row", "line", "code"),
    [
        ("main,B1,LAMP,-1,x,US,10001,,,", "units", "number_out_of_range"),
        ("main,B1,LAMP,0,x,US,10001,,,", "units", "number_out_of_range"),
        ("main,B1,LAMP,1000001,x,US,10001,,,", "units", "number_out_of_range"),
        ("main,B1,LAMP,1e30,x,US,10001,,,", "units", "not_whole_number"),
        ("main,B1,LAMP,1.5,x,US,10001,,,", "units", "not_whole_number"),
        ("main,B1,LAMP,３,x,US,10001,,,", "units", "not_whole_number"),
        ("main,B1,LAMP,,x,US,10001,,,", "units", "missing"),
        ("main,B1,NOPE,1,x,US,10001,,,", "sku", "sku_unknown"),
        ("nope,B1,LAMP,1,x,US,10001,,,", "store", "store_unknown"),
        ("main,B1,LAMP,1,x,Narnia,10001,,,", "country", "country_unknown"),
        ("main,B1,LAMP,1,x,US,1000X,,,", "postcode", "postcode_malformed"),
        ("main,B1,LAMP,1,x,US,99999,,,", "postcode", "postcode_unknown"),
        ("main,B1,LAMP,1,x,US,,,,", "postcode", "postcode_missing"),
        ("main,,LAMP,1,x,US,10001,,,", "order number", "missing"),
        ("main,4.02E+17,LAMP,1,x,US,10001,,,", "order number", "number_lost_digits"),
        ("main,=1+1,LAMP,1,x,US,10001,,,", "order number", "formula"),
        ("main,B1,LAMP,=2*3,x,US,10001,,,", "units", "formula"),
        ("main,B1,#N/A,1,x,US,10001,,,", "sku", "spreadsheet_error"),
        ("main,B1,LAMP,1,x,US,10001,-1,,", "value", "number_out_of_range"),
        ("main,B1,LAMP,1,x,US,10001,1.234,USD,", "value", "too_fine"),
        ("main,B1,LAMP,1,x,US,10001,1,DOLLAR,", "currency", "not_currency"),
        ("main,B1,LAMP,1,x,US,10001,,,soon", "placed at", "not_moment"),
        ("main,B1,LAMP,1,x,US,10001,,,,more", "–", "row_too_wide"),
        ('main,"B"1,LAMP,1,x,US,10001,,,', "–", "row_broken"),
    ],
)
def test_one_bad_row_is_named_and_nothing_is_saved(desk: Desk, row: str, line: str, code: str) -> None:
    said = desk.refuse(HEADER + ONE + row + "\n" + TWO)
    assert f"Line 3, {line}: " in said
    assert f"{code} ({line}): 1" in said
    assert "Rows in 3 = accepted 2 + repeated 0 + refused 1" in said
    assert "Nothing was saved" in said


def test_the_good_rows_are_taken_when_asked_for(desk: Desk) -> None:
    said = desk.take(HEADER + ONE + TWO.replace(",1,", ",1.5,") + TWO.replace("A2", "A3"), "--take-good-rows")
    assert "Rows in 3 = accepted 2 + repeated 0 + refused 1" in said
    assert "Saved: 2 orders" in said
    assert desk.stored() == (2, 2, 2)


def test_an_order_with_one_bad_row_is_refused_whole(desk: Desk) -> None:
    said = desk.take(HEADER + ONE + "main,A1,NOPE,1,,US,,,,\n" + "main,A1,CUP,1,,US,,,,\n" + TWO, "--take-good-rows")
    assert "Line 3, sku: The seller has no SKU “NOPE”." in said
    assert "Line 2, –: Line 3, which belongs to the same order, was refused." in said
    assert "Rows in 4 = accepted 1 + repeated 0 + refused 3" in said
    assert desk.stored() == (1, 1, 1)


def test_rows_of_one_order_that_disagree_are_refused(desk: Desk) -> None:
    said = desk.refuse(HEADER + ONE + "main,A1,CUP,1,Eve,US,10001,,,\n")
    assert "Line 3, recipient: The order's rows disagree: “Ada Ng” in line 2, “Eve” here." in said


def test_a_duplicate_row_is_refused_with_its_order(desk: Desk) -> None:
    said = desk.refuse(HEADER + ONE + TWO + ONE)
    assert "Line 4, –: The row repeats line 2." in said
    assert "accepted 1 + repeated 0 + refused 2" in said


def test_the_same_article_on_two_numbered_lines_is_no_duplicate(desk: Desk) -> None:
    header, row = f"line,{HEADER}", ONE
    assert "accepted 2" in desk.take(f"{header}1,{row}2,{row}")
    assert desk.stored() == (1, 2, 1)
    again = row.replace("A1", "A9")
    assert "Line 3, line: The row repeats line 2." in desk.refuse(f"{header}1,{again}1,{again.replace('LAMP', 'CUP')}")


def test_an_order_of_too_many_rows_is_refused(desk: Desk) -> None:
    rows = "".join(f"{number},{ONE}" for number in range(1, 1_002))
    said = desk.refuse(f"line,{HEADER}{rows}")
    assert "1001 rows are about the same thing; at most 1000 may be." in said
    assert "Rows in 1,001 = accepted 0 + repeated 0 + refused 1,001" in said


def test_a_dry_run_saves_nothing_and_says_what_would_be(desk: Desk) -> None:
    said = desk.take(HEADER + ONE + TWO, "--dry-run")
    assert "accepted 2" in said
    assert "Dry run: nothing was saved." in said
    assert desk.stored() == (0, 0, 0)


def test_refused_rows_can_be_put_right_and_imported_again(desk: Desk) -> None:
    refused = desk.folder / "refused.csv"
    desk.take(HEADER + ONE + TWO.replace(",1,", ",1.5,"), "--take-good-rows", "--refused", str(refused))
    rows = list(csv.DictReader(refused.open(encoding="utf-8-sig")))
    assert [(row["refused_line"], row["refused_column"], row["refused_code"]) for row in rows] == [("3", "units", "not_whole_number")]
    refused.write_text(refused.read_text(encoding="utf-8-sig").replace(",1.5,", ",1,"))
    said = desk.take(refused)
    assert "accepted 1" in said
    assert desk.order("A2").recipient == "Bo Li"


def test_no_file_of_refused_rows_is_made_where_none_is(desk: Desk) -> None:
    desk.take(HEADER + ONE, "--refused", str(desk.folder / "refused.csv"))
    assert not (desk.folder / "refused.csv").exists()


@pytest.mark.parametrize(
    ("content", "encoding", "sentence"),
    [
        ("a，b\n1，2\n", "utf-8", "must be separated by comma, semicolon, tab or |"),
        (HEADER.replace("sku,", ""), "utf-8", "The file has no column for: SKU."),
        (HEADER.replace("recipient", "sku code") + ONE, "utf-8", "Two columns of the file, “sku” and “sku code”, are both SKU"),
        ("", "utf-8", "no header row"),
        (HEADER + ONE + '"main,A2\n' * 3, "utf-8", "opens a cell that never ends"),
        (HEADER + ONE, "utf-16-le", "neither CSV nor XLSX"),
        (HEADER + ONE, "utf-32", "neither CSV nor XLSX"),
    ],
)
def test_a_file_that_cannot_be_read_with_certainty_is_refused_whole(desk: Desk, content: str, encoding: str, sentence: str) -> None:
    assert sentence in desk.refuse(content, encoding=encoding)


def test_a_header_alone_brings_nothing(desk: Desk) -> None:
    assert "Rows in 0 = accepted 0 + repeated 0 + refused 0" in desk.take(HEADER)


def test_a_zip_bomb_is_refused(desk: Desk) -> None:
    path = desk.folder / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    assert "unpacks to 57 MB" in desk.refuse(path)


def test_an_unknown_company_or_seller_is_named(desk: Desk) -> None:
    path = write_text(desk.folder / "orders.csv", HEADER)
    with translation.override("en"):
        with pytest.raises(CommandError, match="“nobody”"):
            call_command("import_orders", str(path), "--tenant", "nobody", "--seller", "lumen")
        with pytest.raises(CommandError, match="“nobody”"):
            call_command("import_orders", str(path), "--tenant", "eastlake", "--seller", "nobody")


def test_a_sku_of_another_seller_is_unknown(desk: Desk) -> None:
    add_sku(seller=add_seller(tenant=desk.tenant, code="other"), code="THEIRS")
    assert "The seller has no SKU “THEIRS”." in desk.refuse(HEADER + ONE.replace("LAMP", "THEIRS"))


MEASURED = """
import os, re, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "wms.settings"
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import_orders", *sys.argv[1:]])
print("peak_kb", re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own count of the peak")
def test_memory_does_not_grow_with_the_file(committed_db: None, tmp_path: Path) -> None:
    """20 MB of rows that would take ten times as much as Python lists.

    Not by getrusage: its peak counts what the process was before it became this program.
    """
    Desk(tmp_path)
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write(HEADER)
        file.writelines(
            f"main,N{number},NOPE,2,Ada Ng of Long Street {number:0200d},US,10001,1,USD,2026-03-01\n" for number in range(75_000)
        )
    assert path.stat().st_size > 20_000_000
    command = [sys.executable, "-c", MEASURED, str(path), "--tenant", "eastlake", "--seller", "lumen", "--take-good-rows"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "75,000" in done.stdout
    assert int(done.stdout.split("peak_kb")[1]) < 150_000
