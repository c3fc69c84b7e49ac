"""How the carriers' prices of the newest decisions came about: said for the order, kept from before, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from allocation.core.live import LiveAnswer
from allocation.core.packing import unpack_record
from allocation.models import Record
from carriers.models import LiveService

RECORDS_LOOKED_AT: Final = 200


class Came(StrEnum):
    LIVE = "live"
    CACHED = "cached"
    FALLBACK = "fallback"


def live_shares() -> dict[int, Counter[Came]]:
    """Return how the answers in the newest records came about, by account. Call it inside the tenant's scope.

    A price that was not given counts as a fallback: where the setting allows it, the rate card stood in.
    """
    account_of = dict(LiveService.objects.values_list("channel_id", "account_id"))
    shares: dict[int, Counter[Came]] = {account_id: Counter() for account_id in account_of.values()}
    if not account_of:
        return shares
    newest = Record.objects.exclude(candidates=b"").order_by("-pk").values_list("candidates", flat=True)[:RECORDS_LOOKED_AT]
    for packed in newest:
        for (_warehouse_id, channel_id), answer in unpack_record(bytes(packed)).answers.items():
            if channel_id in account_of:
                shares[account_of[channel_id]][_came(answer)] += 1
    return shares


def percentages(counts: Counter[Came]) -> Iterable[tuple[Came, int]]:
    """Yield each way with its share in per cent, to the nearest."""
    total = counts.total()
    return ((came, (200 * counts[came] + total) // (2 * total)) for came in Came) if total else ()


def _came(answer: LiveAnswer) -> Came:
    if answer.cause is not None:
        return Came.FALLBACK
    return Came.LIVE if answer.age_seconds is None else Came.CACHED
