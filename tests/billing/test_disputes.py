"""The dispute file."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from billing.models import BillState
from billing.services import judge_parcels
from tests.billing.desk import Desk, rows
from tests.world import NOON


def dispute(desk: Desk, note: str) -> None:
    judge_parcels(
        tenant_id=desk.tenant_id,
        parcel_ids=[parcel.pk for parcel in desk.parcels() if parcel.state == BillState.OPEN],
        state=BillState.DISPUTED,
        actor="Li",
        at=NOON,
        note=note,
    )


def export(path: Path, *options: str) -> None:
    call_command("export_disputes", str(path), "--tenant", "eastlake", "--carrier", "USPS", *options, stdout=StringIO())


def test_says_of_each_cost_line_what_was_billed_and_what_was_reckoned(desk: Desk, tmp_path: Path) -> None:
    desk.ship("1001", tracking="T1")
    desk.ship("1002", tracking="T2")
    desk.bill(
        rows(tracking="T2") + rows(("Freight", "7.00"), ("Residential", "2.00"), ("Fuel Surcharge", "0.70"), tracking="T1", weight="3")
    )
    dispute(desk, "=HYPERLINK(1)")
    export(tmp_path / "d.csv")
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["tracking number"], row["cost line"], row["billed"], row["estimated"], row["difference"]) for row in found] == [
        ("T1", "base freight", "7.00", "5.00", "2.00"),
        ("T1", "residential surcharge", "2.00", "2.00", "0.00"),
        ("T1", "fuel surcharge", "0.70", "0.50", "0.20"),
    ]
    assert (found[0]["reasons"], found[0]["billed weight (kg)"], found[0]["note"]) == ("billed weight differs", "3.000", "'=HYPERLINK(1)")


def test_a_workbook_in_chinese(desk: Desk, tmp_path: Path) -> None:
    desk.bill(rows(("Freight", "7.00"), tracking="T9"))
    dispute(desk, "")
    export(tmp_path / "d.xlsx", "--language", "zh-hans")
    header, row = load_workbook(tmp_path / "d.xlsx").worksheets[0].values
    found = dict(zip(header, row, strict=True))
    assert (found["运单号"], found["已计费"], found["原因"]) == ("T9", 7, "非本公司货件")


def test_says_so_where_nothing_is_disputed(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Nothing is disputed"):
        export(tmp_path / "d.csv")
    assert not (tmp_path / "d.csv").exists()
