"""One shipment from one warehouse by one live channel: who is asked, and what of the answer is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from allocation.core.live import LiveAnswer, LiveCause
from carriers.live.gateway import DEADLINE_SECONDS, Answer, Gateway, gateway
from carriers.live.protocol import Account, Address, LiveRejection, QuoteRequest
from inventory.models import Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneQuestion:
    """What the account of a channel is asked about a shipment, and which of the answered services the channel is."""

    warehouse_id: int
    channel_id: int
    request: QuoteRequest
    account: Account
    carrier: str
    service: str

    def answer(self, answered: Answer, *, asked_at: int) -> LiveAnswer:
        """Return what the account's answer says of this channel: the cheapest price of its service, or why there is none."""
        rates = [rate for rate in answered.rates if self._is_meant(rate.carrier) and rate.service == self.service]
        none = LiveAnswer(warehouse_id=self.warehouse_id, channel_id=self.channel_id, asked_at=asked_at)
        if not rates:
            return replace(none, cause=self._cause(answered.rejections))
        best = min(rates, key=lambda rate: (rate.currency, rate.amount_minor))
        age_seconds = int(answered.age_seconds) if answered.is_cached else None
        return replace(none, amount_minor=best.amount_minor, currency=best.currency, days=best.transit_days, age_seconds=age_seconds)

    def _is_meant(self, carrier: str) -> bool:
        return not self.carrier or carrier.casefold() == self.carrier.casefold()

    def _cause(self, rejections: Iterable[LiveRejection]) -> LiveCause:
        """Return why there is no price: what was said of the carrier, else of all; a service that is not offered is unsupported."""
        said = [rejection for rejection in rejections if not rejection.carrier or self._is_meant(rejection.carrier)]
        return LiveCause[said[0].cause.name] if said else LiveCause.UNSUPPORTED


def ask_carriers(
    questions: Sequence[LaneQuestion], *, at: datetime, through: Gateway | None = None, deadline_seconds: float = DEADLINE_SECONDS
) -> list[LiveAnswer]:
    """Return the answer to each question, in order, all by one deadline. Never call it inside a transaction."""
    if not questions:
        return []
    pairs = [(question.request, question.account) for question in questions]
    answered = (through or gateway()).quote_pairs(pairs, deadline_seconds=deadline_seconds)
    asked_at = int(at.timestamp())
    return [question.answer(answer, asked_at=asked_at) for question, answer in zip(questions, answered, strict=True)]


def origin_of(warehouse: Warehouse) -> Address:
    """Return where a shipment of the warehouse starts, as carriers are told."""
    return Address(
        country=warehouse.country,
        postcode=warehouse.postcode,
        state=warehouse.state,
        city=warehouse.city,
        street=warehouse.address,
        name=warehouse.name,
    )
