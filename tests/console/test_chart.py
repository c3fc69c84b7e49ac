"""Bars under a round scale."""

from __future__ import annotations

import pytest

from wms.console.chart import Measured, bar_chart


def measured(*values: int) -> list[Measured]:
    return [Measured(label=f"day {place}", value=value, title=f"{value}", link=f"?day={place}") for place, value in enumerate(values)]


def test_each_bar_is_as_high_as_its_share_of_the_scale() -> None:
    chart = bar_chart(measured(400, 1_000, -5), tell=str)
    assert [(bar.height, bar.y) for bar in chart.bars] == [("64.0", "96.0"), ("160.0", "0.0"), ("0.0", "160.0")]
    assert [bar.link for bar in chart.bars] == ["?day=0", "?day=1", "?day=2"]
    assert chart.scale == ("1000", "500", "0")


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (2, 2), (3, 10), (9, 10), (11, 20), (21, 50), (51, 100), (20_000, 20_000), (20_001, 50_000)]
)
def test_the_scale_ends_at_a_round_number_with_a_whole_half(most: int, top: int) -> None:
    assert bar_chart(measured(most), tell=str).scale == (str(top), str(top // 2), "0")


def test_the_first_the_middle_and_the_last_day_are_named_once_each() -> None:
    assert bar_chart(measured(*range(30)), tell=str).labels == ("day 0", "day 15", "day 29")
    assert bar_chart(measured(1), tell=str).labels == ("day 0",)
    assert bar_chart([], tell=str).labels == ()
