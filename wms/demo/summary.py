"""The demo's last words: how the orders were decided, and how to sign in. Both languages at once, for a terminal."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils import translation

from allocation.core.types import Reason, reason_of
from allocation.models import Shipment, ShipmentState
from allocation.reports import AllocationReport, report_allocation
from allocation.words import REASONS
from wms.demo.companies import Company
from wms.demo.people import PLATFORM_USER, people_of
from wms.demo.world import World
from wms.tenancy.scope import tenant_scope
from wms.values.money import from_minor

CHINESE, ENGLISH = "zh-hans", "en"
LABEL_CELLS = 60
FIGURE_CELLS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How many orders were decided in how many seconds, from the hint to the last commit."""

    orders: int
    seconds: float

    def text(self) -> str:
        """Return the orders per second, or why there is no such figure."""
        if not self.orders:
            return "没有待分仓的订单 nothing waited"
        return f"{self.orders / self.seconds:,.0f} orders/s ({self.orders:,} in {self.seconds:.2f} s)"


def summary_lines(*, world: World, speed: Speed, address: str) -> list[str]:
    """Return the summary, a line each."""
    reports = [_report(tenant_id) for _, tenant_id in world.tenants]
    companies = [company for company, _ in world.tenants]
    return [
        "",
        *_figures(companies, reports),
        _line("实时报价（沙盒） at live prices (sandbox)", [f"{_live_prices(tenant_id):,}" for _, tenant_id in world.tenants]),
        _line("速度 speed, from hint to last commit", [speed.text()]),
        "",
        *_console(companies, address, world.password),
        "",
    ]


def _report(tenant_id: int) -> AllocationReport:
    with tenant_scope(tenant_id=tenant_id):
        return report_allocation()


def _figures(companies: Sequence[Company], reports: Sequence[AllocationReport]) -> Iterable[str]:
    yield _line("分仓结果 allocation", [*(company.short_name for company in companies), "合计 total"])
    yield "─" * (LABEL_CELLS + FIGURE_CELLS * (len(companies) + 1))
    yield _counts("订单 orders", reports, lambda report: report.orders)
    yield _counts("已分仓 allocated", reports, lambda report: report.allocated)
    yield _counts("异常订单 exceptions", reports, lambda report: report.exceptions)
    for reasons in _all_reasons(reports):
        yield _counts(f"  {_reason_text(reasons)}", reports, partial(_of_reasons, reasons=reasons))
    yield _counts("待分仓 waiting", reports, lambda report: report.undecided)
    if any(report.cancelled for report in reports):
        yield _counts("已取消 cancelled", reports, lambda report: report.cancelled)
    yield _line("各仓订单 orders by warehouse", [])
    for position, report in enumerate(reports):
        for share in report.warehouses:
            figures = [""] * len(reports)
            figures[position] = f"{share.orders:,}"
            yield _line(f"  {share.code} {share.name}", figures)
    yield from _costs(reports)


def _live_prices(tenant_id: int) -> int:
    """Return how many shipments cost what a carrier said over the network."""
    with tenant_scope(tenant_id=tenant_id):
        return Shipment.objects.filter(rate_card=None).exclude(state=ShipmentState.CANCELLED).count()


def _costs(reports: Sequence[AllocationReport]) -> Iterable[str]:
    yield _line("总成本 total landed cost", [_money(report.cost_minor, report) for report in reports])
    yield _line("平均成本 average", [_money(report.average_cost_minor, report) for report in reports])
    yield _line("最近仓发货成本 from the nearest with stock", [_money(report.nearest_cost_minor, report) for report in reports])
    yield _line("节省 saved", [_saved(report) for report in reports])


def _counts(label: str, reports: Sequence[AllocationReport], count: Callable[[AllocationReport], int]) -> str:
    counts = [count(report) for report in reports]
    return _line(label, [f"{figure:,}" for figure in (*counts, sum(counts))])


def _all_reasons(reports: Sequence[AllocationReport]) -> list[tuple[str, ...]]:
    """Return the sets of reasons of all reports, the commonest first."""
    totals: Counter[tuple[str, ...]] = Counter()
    for report in reports:
        for group in report.reason_groups:
            totals[telling(group.reasons)] += group.orders
    return [reasons for reasons, _ in totals.most_common()]


def _of_reasons(report: AllocationReport, *, reasons: tuple[str, ...]) -> int:
    return sum(group.orders for group in report.reason_groups if telling(group.reasons) == reasons)


def telling(reasons: Sequence[int]) -> tuple[str, ...]:
    """Return the codes of the warehouses' reasons; that some were not asked says something only where none was."""
    asked = [number for number in reasons if number != Reason.NOT_COVERED]
    return tuple(reason_of(number).slug for number in asked or reasons)


def _reason_text(reasons: Sequence[str]) -> str:
    with translation.override(CHINESE):
        words = "、".join(str(REASONS.get(code, code)) for code in reasons)
    return f"{words} {' + '.join(reasons)}"


def _money(amount_minor: int | None, report: AllocationReport) -> str:
    return "–" if amount_minor is None else f"{from_minor(amount_minor, report.currency):,} {report.currency}"


def _saved(report: AllocationReport) -> str:
    if not report.nearest_cost_minor:
        return "–"
    saved = report.nearest_cost_minor - report.cost_minor
    return f"{_money(saved, report)} ({saved / report.nearest_cost_minor:.1%})"


def _console(companies: Sequence[Company], address: str, password: str) -> Iterable[str]:
    yield f"控制台 console   {address}/console/"
    yield f"卖家门户 portal  {address}/portal/"
    yield f"密码 password    {password}   (所有演示用户相同 the same for all demo users)"
    yield _user(PLATFORM_USER, "平台人员，可看全部公司 platform staff, sees every company")
    for company in companies:
        for person in people_of(company):
            with translation.override(CHINESE):
                chinese = str(person.role.label)
            with translation.override(ENGLISH):
                english = str(person.role.label)
            yield _user(person.username, f"{company.short_name}: {chinese} {english}")


def _user(username: str, role: str) -> str:
    return f"  {username:<28} {role}"


def _line(label: str, figures: Sequence[str]) -> str:
    return (_padded(label, LABEL_CELLS) + "".join(_padded(figure, -FIGURE_CELLS) for figure in figures)).rstrip()


def _padded(text: str, cells: int) -> str:
    """Return the text filled up to so many cells of a terminal, on the left where negative; a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    room = " " * max(1 if text else 0, abs(cells) - taken)
    return text + room if cells > 0 else room + text
