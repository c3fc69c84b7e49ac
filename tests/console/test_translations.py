"""Everything that a person reads is there in Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext

from wms.console.translations import CATALOGUE, Asked, asked_in, compile_catalogue, is_translated, read_catalogue, wanted_texts


def test_no_text_lacks_its_chinese_translation() -> None:
    catalogue = read_catalogue()

    assert [text for text in sorted(wanted_texts()) if not is_translated(catalogue, text)] == []


def test_the_catalogue_keeps_no_text_that_nobody_asks_for() -> None:
    wanted = {(asked.text, asked.context) for asked in wanted_texts()}
    messages = [message for message in read_catalogue() if message.id]
    kept = {(message.id[0] if message.pluralizable else message.id, message.context or "") for message in messages}

    assert kept - wanted == set()


def test_the_terms_are_those_of_the_trade() -> None:
    terms = {
        "allocation record": "分仓记录",
        "smart allocation": "智能分仓",
        "default warehouse": "默认仓库",
        "carrier": "物流商",
        "channel": "物流渠道",
        "rate card": "价卡",
        "Billable weight": "计费重",
        "fuel surcharge": "燃油附加费",
        "exception order": "异常订单",
        "safety stock": "安全库存",
        "cut-off time": "截单时间",
    }
    with translation.override("zh-hans"):
        assert {english: gettext(english) for english in terms} == terms


def test_reads_what_code_and_templates_ask_for(tmp_path: Path) -> None:
    code = ["_('one'", "  ' line')", "ngettext('%(n)d day', '%(n)d days', 2)", "pgettext('verb', 'Ship')"]
    page = ["{% load i18n %}", "  <p>{% translate 'two' %}</p>", "{% blocktranslate with x=y %}three {{ x }}{% endblocktranslate %}"]
    (tmp_path / "a.py").write_text("\n".join(code))
    (tmp_path / "b.html").write_text("\n".join(page))

    assert asked_in([tmp_path]) == {
        Asked(text="one line"),
        Asked(text="%(n)d day", plural="%(n)d days"),
        Asked(text="Ship", context="verb"),
        Asked(text="two"),
        Asked(text="three %(x)s"),
    }


@pytest.mark.parametrize(
    ("translation_of_it", "whole"),
    [("%(n)s 行，共 %(m)s", True), ("%(n)s 行", False), ("", False), ("%(n)s %(m)s %(k)s", False)],
)
def test_a_translation_fills_in_exactly_the_same_values(translation_of_it: str, whole: bool) -> None:
    catalogue = read_catalogue()
    catalogue.add("line %(n)s of %(m)s", translation_of_it)

    assert is_translated(catalogue, Asked(text="line %(n)s of %(m)s")) is whole


def test_compiles_only_when_the_source_is_newer(tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    source.write_bytes(CATALOGUE.read_bytes())
    binary = compile_catalogue(source)
    first = binary.stat().st_mtime_ns

    assert binary.read_bytes()[:4] == b"\xde\x12\x04\x95"
    assert compile_catalogue(source).stat().st_mtime_ns == first
