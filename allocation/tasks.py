"""What the workers do: each task takes ids, makes one domain call, and may run twice without harm."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from allocation.alerts import note_overdue_orders
from allocation.ledger import keep_ledger
from allocation.quoting.stage import quote_waiting
from allocation.retries import queue_exceptions_worth_a_try
from allocation.runner import drain_tenant
from allocation.seals import seal_records
from allocation.services.pricing_stock import price_stock_anew
from allocation.services.reoptimising import reoptimise_as_wished
from allocation.simulation.running import run_simulation, run_waiting_simulations
from allocation.sweeps import (
    tenants_that_price_stock,
    tenants_to_reoptimise,
    tenants_with_exceptions,
    tenants_with_ledger_to_keep,
    tenants_with_orders_ready,
    tenants_with_orders_to_quote,
    tenants_with_records_to_seal,
    tenants_with_simulations,
)
from wms.tenancy.selectors import every_tenant

BATCHES_A_TURN = 20
"""A busy tenant gives way to others after so many batches."""

QUOTED_BATCHES_A_TURN = 3
"""Each may take as long as a deadline."""

REOPTIMISE_SECONDS = 300
"""How often planned orders are decided again, in wms.settings; a hint is not worth heeding for longer."""

PRICE_STOCK_SECONDS = 900
"""Likewise."""

HINT_SECONDS = 10
"""How long the hint of a sweep is worth heeding."""


@shared_task(name="allocation.drain")
def drain(tenant_id: int) -> None:
    """Decide a tenant's waiting orders, and come back for more if there are many."""
    drained = drain_tenant(tenant_id=tenant_id, at=timezone.now(), most_batches=BATCHES_A_TURN)
    if drained.batches == BATCHES_A_TURN:
        drain.delay(tenant_id)


@shared_task(name="allocation.quote")
def quote(tenant_id: int) -> None:
    """Ask carriers about a tenant's orders that wait for them, and come back for more if there are many."""
    quoted = quote_waiting(tenant_id=tenant_id, at=timezone.now(), most_batches=QUOTED_BATCHES_A_TURN)
    if quoted.batches == QUOTED_BATCHES_A_TURN:
        quote.delay(tenant_id)


@shared_task(name="allocation.retry_exceptions")
def retry_exceptions(tenant_id: int) -> None:
    """Queue the tenant's exceptions that a change may help, and decide them."""
    if queue_exceptions_worth_a_try(tenant_id=tenant_id, at=timezone.now()):
        drain.delay(tenant_id)


@shared_task(name="allocation.sweep")
def sweep() -> None:
    """Hint at all the work that waits. Such hints expire: the next sweep repeats them, and none pile up while no worker runs."""
    for tenant_id in tenants_with_orders_ready():
        drain.apply_async((tenant_id,), expires=HINT_SECONDS)
    for tenant_id in tenants_with_orders_to_quote():
        quote.apply_async((tenant_id,), expires=HINT_SECONDS)
    for tenant_id in tenants_with_exceptions():
        retry_exceptions.apply_async((tenant_id,), expires=HINT_SECONDS)


@shared_task(name="allocation.seal")
def seal() -> None:
    """Seal the records of each tenant that has some to seal."""
    for tenant_id in tenants_with_records_to_seal():
        seal_records(tenant_id=tenant_id, at=timezone.now())


@shared_task(name="allocation.keep_ledgers")
def keep_ledgers() -> None:
    """Bring the ledger of each tenant up to date that decided something since."""
    for tenant_id in tenants_with_ledger_to_keep():
        keep_ledger(tenant_id=tenant_id, at=timezone.now())


@shared_task(name="allocation.simulate")
def simulate(tenant_id: int, run_id: int) -> None:
    """Run a what-if run."""
    run_simulation(tenant_id=tenant_id, run_id=run_id, at=timezone.now())


@shared_task(name="allocation.simulate_waiting")
def simulate_waiting() -> None:
    """Run the what-if runs whose hint was lost, and those whose worker died."""
    for tenant_id in tenants_with_simulations():
        run_waiting_simulations(tenant_id=tenant_id, at=timezone.now())


@shared_task(name="allocation.reoptimise")
def reoptimise(tenant_id: int) -> None:
    """Decide a tenant's planned orders again, and move them where that saves enough."""
    reoptimise_as_wished(tenant_id=tenant_id, at=timezone.now())


@shared_task(name="allocation.reoptimise_all")
def reoptimise_all() -> None:
    """Hint at the tenants whose planned orders are to be decided again; such hints expire, the next round repeats them."""
    for tenant_id in tenants_to_reoptimise():
        reoptimise.apply_async((tenant_id,), expires=REOPTIMISE_SECONDS)


@shared_task(name="allocation.price_stock")
def price_stock(tenant_id: int) -> None:
    """Find the prices of a tenant's scarce stock anew."""
    price_stock_anew(tenant_id=tenant_id, at=timezone.now())


@shared_task(name="allocation.price_all_stock")
def price_all_stock() -> None:
    """Hint at the tenants whose scarce stock is to be priced anew; such hints expire, the next round repeats them."""
    for tenant_id in tenants_that_price_stock():
        price_stock.apply_async((tenant_id,), expires=PRICE_STOCK_SECONDS)


@shared_task(name="allocation.note_overdue")
def note_overdue() -> None:
    """Note the orders of each tenant whose promised date has passed."""
    for tenant_id in every_tenant():
        note_overdue_orders(tenant_id=tenant_id, at=timezone.now())
