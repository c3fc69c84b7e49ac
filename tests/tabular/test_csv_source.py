from __future__ import annotations

import csv
import gzip
import io
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tabular.tables import read_all, write_text
from wms.tabular.encoding import detect_encoding
from wms.tabular.errors import (
    DelimiterUnclear,
    EncodingBroken,
    EncodingNameUnknown,
    EncodingUnclear,
    FileEmpty,
    FileMissing,
    FileNotTable,
    LineTooLong,
    OldWorkbook,
    QuoteNeverCloses,
    RowBroken,
)

CHINESE = "订单号,收件人\nA1,王小明\nA2,李雷\n"
WESTERN = "number,recipient\nA1,Jürgen Müller\nA2,José Peña\nA3,Zoë – “Café”\n"


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "utf-8-sig", "utf-8-sig"),
        (CHINESE, "gb18030", "gb18030"),
        (CHINESE, "gbk", "gb18030"),
        (CHINESE, "utf-16", "utf-16"),
        (WESTERN, "utf-8", "utf-8"),
        (WESTERN, "cp1252", "cp1252"),
        ("a,b\n1,2\n", "ascii", "utf-8"),
    ],
)
def test_finds_the_encoding(tmp_path: Path, text: str, written: str, found: str) -> None:
    description, header, rows = read_all(write_text(tmp_path / "file", text, encoding=written))
    assert description == f"CSV, {found}, ,"
    assert [",".join(header), *(",".join(cells) for _, cells in rows)] == text.splitlines()


def test_finds_an_encoding_that_only_shows_far_into_the_file(tmp_path: Path) -> None:
    text = "number,recipient\n" + "A,Smith\n" * 300_000 + "B,王小明\n"
    for encoding in ("utf-8", "gb18030"):
        path = write_text(tmp_path / encoding, text, encoding=encoding)
        assert detect_encoding(lambda path=path: path.open("rb")) == encoding  # type: ignore[misc]


def test_damaged_utf8_is_named_and_not_read_as_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(CHINESE.encode() * 3 + b"A9,\xe7\x8e\n")
    with pytest.raises(EncodingBroken) as caught:
        read_all(path)
    assert caught.value.fields == {"encoding": "UTF-8", "line": 10}


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a,b\n1,\xff\x81 \x8d\n")
    with pytest.raises(EncodingUnclear, match="line 2"):
        read_all(path)


def test_a_wrong_encoding_that_was_asked_for_is_refused(tmp_path: Path) -> None:
    path = write_text(tmp_path / "file", CHINESE, encoding="gb18030")
    with pytest.raises(EncodingBroken, match="UTF-8"):
        read_all(path, encoding="utf-8")
    with pytest.raises(EncodingNameUnknown):
        read_all(path, encoding="klingon")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(("number", "recipient", '"a, b; c"')) + "\n" + delimiter.join(("1", '"x;y,z"', "3")) + "\n"
    _, header, rows = read_all(write_text(tmp_path / "file", text))
    assert header == ["number", "recipient", "a, b; c"]
    assert rows == [(2, ["1", "x;y,z", "3"])]


def test_obeys_excels_own_line_about_the_delimiter(tmp_path: Path) -> None:
    _, header, rows = read_all(write_text(tmp_path / "file", "sep=;\r\na,x;b\r\n1;2\r\n"))
    assert (header, rows) == (["a,x", "b"], [(3, ["1", "2"])])


def test_a_delimiter_of_another_kind_is_named_as_the_fault(tmp_path: Path) -> None:
    with pytest.raises(DelimiterUnclear, match="number，recipient"):
        read_all(write_text(tmp_path / "file", "number，recipient\n1，2\n"))


def test_counts_lines_as_an_editor_does(tmp_path: Path) -> None:
    text = '\n\na,b\r\n1,"x\ny"\r\n\n,\n 2,z\r\n'
    _, _, rows = read_all(write_text(tmp_path / "file", text))
    assert rows == [(4, ["1", "x\ny"]), (8, [" 2", "z"])]


def test_a_header_may_break_a_line(tmp_path: Path) -> None:
    _, header, rows = read_all(write_text(tmp_path / "file", 'a,"weight\n(kg)"\n1,2\n'))
    assert (header, rows) == (["a", "weight\n(kg)"], [(3, ["1", "2"])])


def test_a_row_that_cannot_be_split_is_a_fault_of_that_row_alone(tmp_path: Path) -> None:
    _, _, rows = read_all(write_text(tmp_path / "file", 'a,b\n"5" disk,2\n3,4\n'))
    assert isinstance(rows[0][1], RowBroken)
    assert rows[1] == (3, ["3", "4"])


@pytest.mark.parametrize("rest", ["", "5,6\n" * 100_000])
def test_a_quote_that_never_closes_stops_the_reading_where_it_opens(tmp_path: Path, rest: str) -> None:
    with pytest.raises(QuoteNeverCloses, match="line 3"):
        read_all(write_text(tmp_path / "file", 'a,b\n1,2\n"3,4\n' + rest))


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LineTooLong, match="Line 2"):
        read_all(write_text(tmp_path / "file", "a,b\n" + "x" * 1_100_000))


def test_reads_gzip(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(CHINESE.encode()))
    assert read_all(path)[1] == ["订单号", "收件人"]


@pytest.mark.parametrize("damage", [slice(0, 40), slice(0, 20)])
def test_a_gzip_that_was_cut_is_refused(tmp_path: Path, damage: slice) -> None:
    path = tmp_path / "file.csv.gz"
    random.seed(1)
    path.write_bytes(gzip.compress(("a,b\n" + "".join(f"{random.random()},1\n" for _ in range(99))).encode())[damage])
    with pytest.raises(FileNotTable):
        read_all(path)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        read_all(tmp_path / "missing.csv")
    with pytest.raises(FileMissing):
        read_all(tmp_path)
    with pytest.raises(FileEmpty):
        read_all(write_text(tmp_path / "empty", ""))
    with pytest.raises(FileEmpty):
        read_all(write_text(tmp_path / "blank", "\n , \n\n"))
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(OldWorkbook):
        read_all(tmp_path / "old.xls")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(90))
    with pytest.raises(FileNotTable):
        read_all(tmp_path / "picture.png")


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=20))
def test_reads_back_what_the_csv_module_writes(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("first", "second"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = write_text(Path(folder) / "file", out.getvalue())
        _, _, found = read_all(path, encoding="utf-8")
    kept = [list(row) for row in rows if any(cell.strip() for cell in row)]
    assert [cells for _, cells in found] == kept
