from __future__ import annotations

import gzip
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from wms.places.models import Postcode

pytestmark = pytest.mark.django_db

HEADER = "country,postcode,place,state,state_code,lat,lon,n_places\n"
MUNICH = "DE,80331,München,Bayern,BY,48.1345,11.571,1\n"
LONDON = "GB,SE1,Southwark,England,ENG,51.4987,-0.0904,1\n"


def load(path: Path, text: str, *options: str) -> str:
    (path / "file.csv.gz").write_bytes(gzip.compress(text.encode()))
    said = StringIO()
    with translation.override("en"):
        call_command("load_postcodes", str(path / "file.csv.gz"), *options, stdout=said)
    return said.getvalue()


def stored() -> list[tuple[str, str, str, float]]:
    return list(Postcode.objects.order_by("country", "postcode").values_list("country", "postcode", "state", "lat"))


def test_loads_codes_and_areas(tmp_path: Path) -> None:
    said = load(tmp_path, HEADER + MUNICH + LONDON)
    assert "Saved: 2 postcodes" in said
    assert "Columns not used: place, state, n_places" in said
    assert stored() == [("DE", "80331", "BY", 48.1345), ("GB", "SE1", "ENG", 51.4987)]


def test_a_second_load_changes_only_what_moved(tmp_path: Path) -> None:
    load(tmp_path, HEADER + MUNICH + LONDON)
    said = load(tmp_path, HEADER + MUNICH.replace("48.1345", "48.2") + LONDON)
    assert "accepted 1 + repeated 1 + refused 0" in said
    assert stored()[0] == ("DE", "80331", "BY", 48.2)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("XX,1,,,,1,1,1", "country_unknown"),
        ("DE,ABC,,,,1,1,1", "postcode_malformed"),
        ("DE,80333,,,,91,1,1", "number_out_of_range"),
        ("DE,80333,,,,,1,1", "missing"),
        (MUNICH.strip(), "duplicate_row"),
        ("DE,80331,,,,1,1,1", "rows_disagree"),
        ("DE,D-80331,,,,1,1,1", "duplicate_row"),
    ],
)
def test_refused_rows_are_reported(tmp_path: Path, row: str, code: str) -> None:
    with pytest.raises(CommandError):
        load(tmp_path, HEADER + MUNICH + LONDON + row + "\n")
    assert stored() == []
    said = load(tmp_path, HEADER + MUNICH + LONDON + row + "\n", "--take-good-rows")
    assert code in said
    assert "Rows in 3 = accepted" in said
    assert ("GB", "SE1", "ENG", 51.4987) in stored()
