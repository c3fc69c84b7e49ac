"""Try an account: one sample shipment, and a sentence about how it went."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from carriers.core.types import Parcel
from carriers.live.accounts import LiveAccountUnknown, load_accounts
from carriers.live.gateway import Answer, Gateway, gateway
from carriers.live.protocol import Address, Cause, LiveRate, QuoteRequest
from wms.values.money import format_minor

PATIENCE_SECONDS: Final = 10.0
NEW_JERSEY: Final = Address(
    country="US", postcode="08817", state="NJ", city="Edison", street="100 Raritan Center Pkwy", name="Warehouse", phone="7325550100"
)
CALIFORNIA: Final = Address(
    country="US",
    postcode="90210",
    state="CA",
    city="Beverly Hills",
    street="455 N Rexford Dr",
    name="Sample",
    phone="3105550100",
    residential=True,
)
BERLIN: Final = Address(country="DE", postcode="10115", city="Berlin", street="Invalidenstr. 43", name="Sample", phone="03055550100")
KILOGRAM: Final = Parcel(actual_mg=1_000_000, length_um=300_000, width_um=200_000, height_um=100_000)
SHENZHEN: Final = Address(
    country="CN", postcode="518000", state="GD", city="Shenzhen", street="1 Bao'an Ave", name="Warehouse", phone="075555550100"
)
ABROAD: Final = frozenset({"dhl"})
FROM_CHINA: Final = frozenset({"fourpx"})

REASONS: Final[dict[Cause, str | Promise]] = {
    Cause.TIMEOUT: _("it did not answer in time"),
    Cause.REFUSED: _("it cannot be reached"),
    Cause.RATE_LIMITED: _("it asks for fewer requests"),
    Cause.AUTH: _("it did not accept the credentials"),
    Cause.HTTP_ERROR: _("it answered with an error"),
    Cause.MALFORMED: _("its answer cannot be read"),
    Cause.BREAKER_OPEN: _("it failed too often and is left alone for a while"),
    Cause.UNSUPPORTED: _("it has no price for the sample"),
    Cause.TLS: _("its certificate was not accepted"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOutcome:
    """Whether an account can be quoted with, and the sentence that says so."""

    works: bool
    sentence: str


def try_connection(
    *, tenant_id: int, account_id: int, ship_date: date, through: Gateway | None = None, patience_seconds: float = PATIENCE_SECONDS
) -> ConnectionOutcome:
    """Ask the account for the price of a sample, past the cache. Raises LiveAccountUnknown."""
    accounts = load_accounts(tenant_id=tenant_id, account_ids=[account_id])
    if not accounts:
        raise LiveAccountUnknown
    request = sample(provider=accounts[0].provider, ship_date=ship_date)
    begun = time.monotonic()
    [[answer]] = (through or gateway()).quote_batch(
        requests=[request], accounts=accounts, deadline_seconds=patience_seconds, use_cache=False
    )
    return _outcome(answer, milliseconds=int((time.monotonic() - begun) * 1000))


def sample(*, provider: str, ship_date: date) -> QuoteRequest:
    """Return one kilogram from New Jersey to California, to Berlin for who ships only abroad, from Shenzhen for who starts there."""
    start, end = SHENZHEN if provider in FROM_CHINA else NEW_JERSEY, BERLIN if provider in ABROAD else CALIFORNIA
    return QuoteRequest(origin=start, destination=end, parcels=(KILOGRAM,), ship_date=ship_date, value_minor=2_000)


def _outcome(answer: Answer, *, milliseconds: int) -> ConnectionOutcome:
    if answer.rates:
        values = {"services": len(answer.rates), "price": _cheapest(answer.rates), "milliseconds": milliseconds}
        told = _("Connected: %(services)s prices for the sample, such as %(price)s, in %(milliseconds)s ms.") % values
        return ConnectionOutcome(works=True, sentence=told)
    first = answer.rejections[0]
    told = _("Not connected: %(reason)s.") % {"reason": REASONS[first.cause]}
    return ConnectionOutcome(works=False, sentence=f"{told} ({first.detail})" if first.detail else told)


def _cheapest(rates: tuple[LiveRate, ...]) -> str:
    least = min(rates, key=lambda rate: (rate.currency, rate.amount_minor))
    label = " ".join(word for word in (least.carrier, least.name or least.service) if word)
    return f"{label} {format_minor(least.amount_minor, least.currency)} {least.currency}"
