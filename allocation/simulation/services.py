"""Ask for a what-if run, end it, and put in force what it tried. One function, one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import structlog
from celery import current_app
from django.db import transaction

from allocation.models import SimulationRun, SimulationState, StockBasis
from allocation.rules.publishing import publish_rules
from allocation.services.pricing_stock import set_stock_price_days
from allocation.simulation.errors import SimulationDays, SimulationEmpty, SimulationNotDone, SimulationNotFound
from allocation.simulation.scenarios import Scenario, scenario_from_document
from allocation.stock_pricing import check_days
from allocation.strategies.checking import check_draft
from allocation.strategies.reading import read_drafts
from allocation.strategies.saving import save_strategy
from wms.tenancy.scope import tenant_scope

RUN = "allocation.simulate"
UNFINISHED = (SimulationState.WAITING, SimulationState.RUNNING)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The orders of a run: those received on the days from `since` to `until`, or, without days, those that wait."""

    since: date | None = None
    until: date | None = None
    stock_basis: StockBasis = StockBasis.NOW


def request_simulation(*, tenant_id: int, name: str, author: str, scenario: Scenario, asked: Asked, at: datetime) -> int:
    """Note that a what-if run is wanted, and tell the workers once that is committed; return its id.

    Raises SimulationEmpty, SimulationDays, StockPriceDaysOdd, and what is wrong with a draft.
    """
    if not scenario.strategies and not scenario.rules_draft and scenario.stock_price_days is None:
        raise SimulationEmpty
    if scenario.stock_price_days:
        check_days(scenario.stock_price_days)
    if asked.since and asked.until and asked.until < asked.since:
        raise SimulationDays(since=asked.since, until=asked.until)
    with tenant_scope(tenant_id=tenant_id):
        _check(scenario)
        run = SimulationRun.objects.create(
            tenant_id=tenant_id,
            name=name,
            author=author,
            since=asked.since,
            until=asked.until,
            stock_basis=asked.stock_basis,
            scenario=scenario.to_document(),
            requested_at=at,
            touched_at=at,
        )
        transaction.on_commit(partial(_hint, tenant_id, run.pk))
        return int(run.pk)


def cancel_simulation(*, tenant_id: int, run_id: int, at: datetime) -> None:
    """End a run; a worker that is at it stops at its next batch. Raises SimulationNotFound where it is not under way."""
    with tenant_scope(tenant_id=tenant_id):
        under_way = SimulationRun.objects.filter(pk=run_id, state__in=UNFINISHED)
        if not under_way.update(state=SimulationState.CANCELLED, finished_at=at, touched_at=at):
            raise SimulationNotFound


def publish_simulation(*, tenant_id: int, run_id: int, author: str, at: datetime) -> None:
    """Put in force what a run tried, all of it or nothing. Raises SimulationNotFound, SimulationNotDone, and what is wrong by now."""
    with tenant_scope(tenant_id=tenant_id):
        run = SimulationRun.objects.filter(pk=run_id).first()
        if run is None:
            raise SimulationNotFound
        if run.state != SimulationState.DONE:
            raise SimulationNotDone
        scenario = scenario_from_document(run.scenario)
        for key, draft in scenario.strategies.items():
            saved_as = key if key > 0 else None
            save_strategy(tenant_id=tenant_id, draft=draft, author=author, comment=run.name, at=at, strategy_id=saved_as)
        if scenario.rules_draft:
            publish_rules(tenant_id=tenant_id, comment=run.name, actor=author, at=at)
        if scenario.stock_price_days is not None:
            set_stock_price_days(tenant_id=tenant_id, days=scenario.stock_price_days or None)


def _check(scenario: Scenario) -> None:
    drafts = read_drafts()
    for key, draft in scenario.strategies.items():
        others = {other: held for other, held in drafts.items() if other != key}
        check_draft(draft=draft, strategy_id=key if key > 0 else None, others=others)


def _hint(tenant_id: int, run_id: int) -> None:
    try:
        current_app.send_task(RUN, kwargs={"tenant_id": tenant_id, "run_id": run_id}, retry=False, ignore_result=True)
    except Exception as fault:  # whatever a broker's client raises: the run is stored, the sweep finds it
        log.warning("hint_not_published", tenant_id=tenant_id, cause=str(fault))
