"""A scene with a channel whose carrier says its prices over the network, and a carrier on loopback that does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allocation.core.live import LiveAnswer
from allocation.models import Shipment, StrategyChannel
from allocation.quoting.asking import ask_about_order
from allocation.quoting.stage import Quoted, quote_waiting
from carriers.live.accounts import add_account
from carriers.live.gateway import Gateway
from carriers.models import Channel, LiveAccount, LiveService
from tests.allocation.scene import Scene
from tests.carriers.live.accounts import new_gateway
from tests.carriers.live.stub_apis import SECRETS
from tests.carriers.live.stub_server import StubServer
from tests.world import NOON, add_channel, add_lane
from wms.tenancy.scope import tenant_scope

DEADLINE_SECONDS = 0.6
UPS_GROUND, USPS_PRIORITY = ("UPSDAP", "Ground"), ("USPS", "Priority")
"""What the stub's EasyPost offers: 9.25 USD without days, 10.07 USD in 2 days."""


class LiveScene:
    """A scene whose strategy also names LIVE, which EasyPost prices: 9.25 USD from every warehouse.

    LIVE has a rate card with `card` prices by warehouse, or none.
    """

    def __init__(
        self, scene: Scene, stub: StubServer, *, card: dict[str, str] | None = None, service: tuple[str, str] = UPS_GROUND
    ) -> None:
        self.scene, self.stub = scene, stub
        self.channel = scene.add_channel("LIVE", days=None, card=None, **card) if card else self._without_card()
        self.account = add_account(
            tenant_id=scene.tenant_id,
            provider="easypost",
            name="Main",
            fields=SECRETS["easypost"],
            base_url=stub.base_url("easypost"),
            cache_seconds=0,
            rate_per_second=1000,
        )
        carrier, name = service
        with tenant_scope(tenant_id=scene.tenant_id):
            StrategyChannel.objects.create(tenant=scene.tenant, strategy=scene.strategy, channel=self.channel)
            LiveService.objects.create(tenant=scene.tenant, channel=self.channel, account=self.account, carrier=carrier, service=name)

    def _without_card(self) -> Channel:
        channel = add_channel(carrier=self.scene.carrier, code="LIVE")
        for warehouse in self.scene.warehouses.values():
            add_lane(warehouse=warehouse, channel=channel)
        return channel

    def answer_with(self, fault: str) -> None:
        """Let the carrier have a fault from now on ("ok": none)."""
        self.change_account(base_url=self.stub.base_url("easypost", fault))

    def change_account(self, **fields: Any) -> None:
        with tenant_scope(tenant_id=self.scene.tenant_id):
            LiveAccount.objects.filter(pk=self.account.pk).update(**fields)

    def quote(self, *, through: Gateway | None = None, at: datetime = NOON, **options: Any) -> Quoted:
        """Ask about all that waits, by a gateway of its own unless one is given."""
        gateway = through or new_gateway(self.stub)
        try:
            return quote_waiting(
                tenant_id=self.scene.tenant_id, at=at, through=gateway, **{"deadline_seconds": DEADLINE_SECONDS, **options}
            )
        finally:
            if through is None:
                gateway.close()

    def ask(self, order_id: int, *, at: datetime = NOON) -> tuple[LiveAnswer, ...]:
        """Ask about one order, as a person does who has it before them."""
        gateway = new_gateway(self.stub)
        try:
            return ask_about_order(tenant_id=self.scene.tenant_id, order_id=order_id, at=at, through=gateway)
        finally:
            gateway.close()

    def decide(self, **options: Any) -> None:
        """Drain, ask, and drain again, as the workers do."""
        self.scene.drain()
        self.quote(**options)
        self.scene.drain()

    def asked(self, fault: str = "ok") -> int:
        """Return how often the carrier was asked."""
        return self.stub.stub.rates_asked("easypost", fault)

    def cost_lines(self, order_id: int) -> tuple[bool, list[int]]:
        """Return whether the order's shipment goes by a rate card, and its cost lines."""
        with tenant_scope(tenant_id=self.scene.tenant_id):
            shipment = Shipment.objects.get(order_id=order_id)
            return shipment.rate_card_id is not None, shipment.cost_lines
