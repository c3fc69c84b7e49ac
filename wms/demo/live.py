"""The sample world's live channel: a sandbox carrier on loopback, and the account that asks it. Its prices are made up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings

from allocation.models import Lane, Strategy, StrategyChannel
from carriers.live.accounts import add_account, change_account
from carriers.live.sandbox.carrier import API_KEY, CARRIER, GROUND, SandboxCarrier
from carriers.live.sandbox.server import CarrierServer
from carriers.models import Carrier, Channel, LiveAccount, LiveService
from wms.demo.companies import Company, OpenedCompany
from wms.tenancy.scope import tenant_scope

CHANNEL = "SANDBOX-GROUND"
CHANNEL_NAME = "沙盒物流（虚构的实时报价） Sandbox Ground (made-up live prices)"
ACCOUNT_NAME = "沙盒账号 Sandbox (made-up prices)"
PROVIDER = "easypost"
CACHE_SECONDS, RATE_PER_SECOND = 600, 1_000


@contextmanager
def running_sandbox() -> Iterator[str]:
    """Run the sandbox carrier, let this process and its children ask it, and yield its address."""
    with CarrierServer(SandboxCarrier()) as server:
        hosts = [*settings.LIVE_QUOTE_HOSTS, server.host]
        settings.LIVE_QUOTE_HOSTS = hosts
        os.environ["LIVE_QUOTE_HOSTS"] = ",".join(hosts)
        yield f"http://{server.host}"


def open_live_channel(*, company: Company, opened: OpenedCompany, sandbox_url: str) -> None:
    """Add the channel to the company's warehouses and to the strategies that want it. Call it inside the tenant's scope."""
    own = {"tenant_id": opened.tenant_id}
    account = add_account(
        tenant_id=opened.tenant_id,
        provider=PROVIDER,
        name=ACCOUNT_NAME,
        fields={"api_key": API_KEY},
        base_url=sandbox_url,
        cache_seconds=CACHE_SECONDS,
        rate_per_second=RATE_PER_SECOND,
    )
    carrier = Carrier.objects.create(**own, code=CARRIER.upper(), name="沙盒物流商 Sandbox carrier")
    channel = Channel.objects.create(**own, carrier=carrier, code=CHANNEL, name=CHANNEL_NAME)
    LiveService.objects.create(**own, channel=channel, account=account, carrier=CARRIER, service=GROUND)
    Lane.objects.bulk_create(Lane(**own, warehouse_id=warehouse_id, channel=channel) for warehouse_id in opened.warehouse_ids.values())
    names = [strategy.name for strategy in company.strategies if strategy.live]
    for strategy in Strategy.objects.filter(name__in=names):
        StrategyChannel.objects.create(**own, strategy=strategy, channel=channel)


def ask_sandbox_at(*, tenant_ids: Sequence[int], sandbox_url: str) -> None:
    """Let the sandbox accounts of an earlier run ask this address: each run has a port of its own."""
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id=tenant_id):
            for account in LiveAccount.objects.filter(name=ACCOUNT_NAME).exclude(base_url=sandbox_url):
                change_account(
                    tenant_id=tenant_id,
                    account_id=account.pk,
                    name=account.name,
                    base_url=sandbox_url,
                    cache_seconds=account.cache_seconds,
                    rate_per_second=account.rate_per_second,
                    active=account.active,
                )
