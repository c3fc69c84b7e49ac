"""A company with a row in every tenant table: for each of its two sellers where rows belong to sellers.

A new tenant table is added here; the isolation tests fail until it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User

from allocation.core.types import Mode
from allocation.models import (
    AddressCorrection,
    DayTotal,
    DefaultWarehouse,
    ExceptionPolicy,
    Hand,
    LedgerMark,
    OrderCount,
    OrderException,
    OrderInHand,
    OrderQuotes,
    OutboxBatch,
    OverdueOrder,
    Record,
    RecordSeal,
    Rule,
    RuleSetVersion,
    SettingsVersion,
    Shipment,
    SimulationDifference,
    SimulationRun,
    StockPriceVersion,
    Strategy,
    StrategyBan,
    StrategySeller,
    StrategyStore,
    StrategyVersion,
    Turn,
    TurnDraws,
    WarehouseLoad,
    WarehouseRejection,
)
from billing.models import BilledParcel, Invoice, InvoiceFormat
from carriers.models import AreaList, Carrier, FxRate, Holiday, LiveAccount, LiveService, RateCard, SellerInTier, SellerTier
from inventory.models import MovementKind, Reservation, StockMovement, Warehouse
from orders.models import QueuedOrder
from tests.world import (
    NOON,
    add_carrier,
    add_channel,
    add_fuel_rate,
    add_lane,
    add_member,
    add_order,
    add_rate_card,
    add_seller,
    add_sku,
    add_store,
    add_strategy,
    add_tenant,
    add_warehouse,
    add_zone_chart,
    set_stock,
)
from wms.console.models import SavedFilter, Upload
from wms.exports.models import ExportJob, ExportPart
from wms.tenancy.models import ApiKey, AuditEntry, AuditVerb, Role, Seller, Tenant
from wms.tenancy.scope import tenant_scope


@dataclass(frozen=True, slots=True)
class Company:
    """A company with two sellers; the spare things have no rows that belong to them."""

    tenant: Tenant
    sellers: tuple[Seller, Seller]
    spare_user: User
    spare_warehouse: Warehouse
    spare_seller: Seller


def add_company_with_everything(*, code: str) -> Company:
    tenant = add_tenant(code=code)
    sellers = (add_seller(tenant=tenant, code="one"), add_seller(tenant=tenant, code="two"))
    add_member(tenant=tenant, role=Role.OPERATOR)
    warehouse, card, strategy, version = _settings(tenant)
    for seller in sellers:
        _goods_and_orders(seller, warehouse, card, strategy, version)
        _keys_and_exports(tenant, seller)
    _bills(tenant)
    with tenant_scope(tenant_id=tenant.pk):
        rules = RuleSetVersion.objects.create(tenant=tenant, number=1, author="Li", created_at=NOON)
        Rule.objects.create(
            tenant=tenant,
            version=rules,
            key=1,
            position=1,
            name="R",
            condition={},
            action={},
            unserved="smart",
            author="Li",
            changed_at=NOON,
        )
        Upload.objects.create(tenant=tenant, user_id=1, kind="skus", file_name="x.csv", content=b"x", created_at=NOON)
        OutboxBatch.objects.create(tenant=tenant, record_ids=[1], created_at=NOON)
        Turn.objects.create(tenant=tenant, number=1)
        TurnDraws.objects.create(tenant=tenant, number=1, sku_ids=[1], warehouse_ids=[1], units=[1])
        LedgerMark.objects.create(tenant=tenant, last_record_id=1, kept_at=NOON)
        OrderCount.objects.create(tenant=tenant, state=1, orders=1)
        SavedFilter.objects.create(tenant=tenant, owner="li", name="mine", document={})
        ExceptionPolicy.objects.create(tenant=tenant)
        RecordSeal.objects.create(tenant=tenant, last_record_id=1, record_count=1, sha256="0", sealed_at=NOON)
    return Company(
        tenant=tenant,
        sellers=sellers,
        spare_user=User.objects.create(username=f"spare@{code}"),
        spare_warehouse=add_warehouse(tenant=tenant, code="SPARE"),
        spare_seller=add_seller(tenant=tenant, code="spare"),
    )


def _settings(tenant: Tenant) -> tuple[Warehouse, RateCard, Strategy, SettingsVersion]:
    warehouse, carrier = add_warehouse(tenant=tenant), add_carrier(tenant=tenant)
    channel = add_channel(carrier=carrier)
    add_channel(carrier=carrier, code="SPARE")
    card = add_rate_card(channel=channel, zone_chart=add_zone_chart(carrier=carrier), effective_to=date(2027, 1, 1))
    add_fuel_rate(channel=channel, percent="10")
    add_lane(warehouse=warehouse, channel=channel)
    strategy = add_strategy(tenant=tenant, warehouses=[warehouse], channels=[channel])
    with tenant_scope(tenant_id=tenant.pk):
        StrategyBan.objects.create(tenant=tenant, strategy=strategy, tag="battery", channel=channel)
        StrategyVersion.objects.create(tenant=tenant, strategy=strategy, number=1, document={}, author="Li", saved_at=NOON)
        WarehouseLoad.objects.create(tenant=tenant, warehouse=warehouse, ship_date=NOON.date(), orders=1, lines=1)
        FxRate.objects.create(tenant=tenant, source="CNY", target="USD", effective_from=date(2026, 1, 1), rate="0.14")
        Holiday.objects.create(tenant=tenant, country="US", date=date(2026, 7, 4))
        SellerTier.objects.create(tenant=tenant, code="A", name="Large sellers", percent="-5")
        account = LiveAccount.objects.create(tenant=tenant, provider="karrio", name="Karrio", base_url="https://karrio.example", sealed="x")
        LiveService.objects.create(tenant=tenant, channel=channel, account=account, carrier="ups", service="ups_ground")
        AreaList.objects.create(
            tenant=tenant,
            carrier=carrier,
            code="remote",
            effective_from=date(2026, 1, 1),
            document={},
            entries=0,
            sha256="0",
            created_at=NOON,
        )
        version = SettingsVersion.objects.create(tenant=tenant, ship_date=date(2026, 3, 2), sha256="0", document={}, created_at=NOON)
    return warehouse, card, strategy, version


def _goods_and_orders(seller: Seller, warehouse: Warehouse, card: RateCard, strategy: Strategy, version: SettingsVersion) -> None:
    sku = add_sku(seller=seller)
    set_stock(sku=sku, warehouse=warehouse, on_hand=5)
    store = add_store(seller=seller)
    order = add_order(store=store, lines=[(sku, 1)])
    own = {"tenant_id": seller.tenant_id, "seller": seller}
    with tenant_scope(tenant_id=seller.tenant_id):
        DefaultWarehouse.objects.create(**own, warehouse=warehouse)
        StrategySeller.objects.create(**own, strategy=strategy)
        SellerInTier.objects.create(**own, tier=SellerTier.objects.get())
        StrategyStore.objects.create(tenant_id=seller.tenant_id, strategy=strategy, store=store)
        Reservation.objects.create(**own, order_id=order.pk, warehouse=warehouse, sku_ids=[sku.pk], units=[1], created_at=NOON)
        StockMovement.objects.create(
            **own, warehouse=warehouse, sku=sku, kind=MovementKind.RECEIPT, delta_units=5, on_hand_after=5, created_at=NOON
        )
        QueuedOrder.objects.create(**own, order_id=order.pk, head=b"", lines=b"", queued_at=NOON)
        OrderException.objects.create(
            **own, order=order, reasons=[1], sku_ids=[sku.pk], settings_revision=0, ship_date=NOON.date(), seen_snapshot="1:1:", since=NOON
        )
        totals = {"orders": 1, "split_orders": 0, "cost_minor": 1, "nearest_cost_minor": 1, "cheapest_cost_minor": 1}
        DayTotal.objects.create(**own, warehouse=warehouse, date=NOON.date(), mode=Mode.SMART, **totals)
        StockPriceVersion.objects.create(
            tenant_id=seller.tenant_id, solved_at=NOON, orders=1, sku_ids=[sku.pk], warehouse_ids=[warehouse.pk], prices_minor=[1]
        )
        run = SimulationRun.objects.create(
            tenant_id=seller.tenant_id, name="what if", author="li", stock_basis="now", scenario={}, requested_at=NOON, touched_at=NOON
        )
        SimulationDifference.objects.create(tenant_id=seller.tenant_id, run=run, order=order)
        OrderInHand.objects.create(**own, order=order, kind=Hand.HELD, since=NOON)
        OrderQuotes.objects.create(**own, order=order, quotes=b"")
        OverdueOrder.objects.create(**own, order=order, promised_date=NOON.date(), noted_at=NOON)
        AddressCorrection.objects.create(**own, order=order, record_id=1, country="US", residential=True, actor="Li", corrected_at=NOON)
        WarehouseRejection.objects.create(
            **own, order=order, warehouse=warehouse, cause="damaged", record_id=1, actor="Li", rejected_at=NOON
        )
        Record.objects.create(**own, order=order, settings_version=version, mode=Mode.EXCEPTION, candidates=b"", decided_at=NOON)
        Shipment.objects.create(
            **own, order=order, warehouse=warehouse, channel=card.channel, rate_card=card, cost_minor=1, cost_lines=[1], created_at=NOON
        )


def _bills(tenant: Tenant) -> None:
    with tenant_scope(tenant_id=tenant.pk):
        carrier = Carrier.objects.get()
        read = InvoiceFormat.objects.create(tenant=tenant, carrier=carrier, name="Weekly", document={}, changed_at=NOON)
        invoice = Invoice.objects.create(
            tenant=tenant, carrier=carrier, invoice_format=read, number="1", issued_date=NOON.date(), currency="USD", imported_at=NOON
        )
        for shipment in Shipment.objects.all():
            BilledParcel.objects.create(
                tenant=tenant,
                invoice=invoice,
                shipment=shipment,
                warehouse_id=shipment.warehouse_id,
                seller_id=shipment.seller_id,
                tracking_number=str(shipment.pk),
                first_line=2,
                charge_words=["Freight"],
                charge_codes=["base"],
                charges_minor=[1],
                billed_minor=1,
            )


def _keys_and_exports(tenant: Tenant, seller: Seller) -> None:
    own = {"tenant": tenant, "seller": seller}
    person = add_member(tenant=tenant, role=Role.SELLER, seller=seller, username=f"{seller.code}@{tenant.code}")
    with tenant_scope(tenant_id=tenant.pk):
        AuditEntry.objects.create(**own, actor=person.username, use_case="use_portal", verb=AuditVerb.SIGNED_IN, subject="session")
        ApiKey.objects.create(**own, role="seller", name="ERP", prefix="fc_", sha256=f"{seller.pk}", created_by="ann", created_at=NOON)
        job = ExportJob.objects.create(
            **own, user=person, selection="orders", format="csv", language="en", requested_at=NOON, touched_at=NOON, expires_at=NOON
        )
        ExportPart.objects.create(**own, job=job, number=0, content=b"x")
