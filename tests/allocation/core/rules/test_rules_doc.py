"""The conditions on the page about decisions match as it says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from allocation.core.rules.documents import condition_from_document
from allocation.core.rules.marks import marks_read_by
from allocation.core.rules.matching import marks_of_goods, matches
from tests.allocation.core.rules.test_matching import ORDER
from tests.allocation.core.test_decisions_doc import table

NOON = int(datetime(2026, 3, 2, 12, 0, tzinfo=UTC).timestamp())
ORDER_OF_THE_PAGE = replace(ORDER, units=2, placed_at=NOON)


@pytest.mark.parametrize("row", table("conditions"), ids=lambda row: row["condition"])
def test_a_condition_matches_as_the_page_says(row):
    condition = condition_from_document(json.loads(row["condition"]))
    marks = marks_of_goods(marks_read_by(condition), [(("battery",), "Lamps"), (("battery",), "Cups")])
    assert matches(condition, replace(ORDER_OF_THE_PAGE, marks=marks)) == (row["matches"] == "yes")
