"""Accounts and shipments for the tests of live quotes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from carriers.core.types import Parcel
from carriers.live.gateway import Gateway
from carriers.live.protocol import Account, Address, Credentials, QuoteRequest
from carriers.live.stores import LocalStore, Store
from tests.carriers.live.stub_apis import OPTIONS, SECRETS
from tests.carriers.live.stub_server import StubServer
from wms.sealing import Sealer

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
PROVIDER_CODES = ("easypost", "shipstation", "shippo", "karrio", "ups", "fedex", "usps", "dhl")

EDISON = Address(country="US", postcode="08817", state="NJ", city="Edison", street="1 Dock Rd", name="Warehouse", phone="7325550100")
NEW_YORK = Address(
    country="US", postcode="10001", state="NY", city="New York", street="2 Main St", name="Ada Ng", phone="2125550100", residential=True
)
BERLIN = Address(country="DE", postcode="10115", city="Berlin", street="Invalidenstr. 43", name="Ada Ng")
# 1 kg is 35.273962 oz and 2.204623 lb; 30 × 20 × 10 cm are 11.811 × 7.874 × 3.937 in.
KILOGRAM = Parcel(actual_mg=1_000_000, length_um=200_000, width_um=300_000, height_um=100_000)
SHIP_DATE = date(2026, 3, 2)


def shipment(**changes: Any) -> QuoteRequest:
    """Return one kilogram from New Jersey to a home in New York, unless changed."""
    return QuoteRequest(**{"origin": EDISON, "destination": NEW_YORK, "parcels": (KILOGRAM,), "ship_date": SHIP_DATE, **changes})


def account(provider: str, base_url: str, *, account_id: int = 1, **changes: Any) -> Account:
    """Return an account with the credentials that the stub server accepts, that caches nothing unless changed."""
    known = {"credentials": Credentials(SECRETS.get(provider, {})), "options": OPTIONS.get(provider, {})}
    limits = {"cache_seconds": 0, "rate_per_second": 1000}
    return Account(id=account_id, tenant_id=1, provider=provider, base_url=base_url, **{**known, **limits, **changes})


def accounts_of_all(stub: StubServer, fault: str) -> list[Account]:
    """Return an account with each provider, all with one fault."""
    return [account(code, stub.base_url(code, fault), account_id=number) for number, code in enumerate(PROVIDER_CODES, start=1)]


def new_gateway(*servers: StubServer, make_store: Callable[[], Store] = LocalStore, **changes: Any) -> Gateway:
    """Return a gateway that may ask the stub servers."""
    return Gateway(make_store=make_store, sealer=Sealer([KEY]), hosts=[server.host for server in servers], **changes)
