"""The bounds of conditions as people write them, "2 kg", 49.99, 08:00, and back; instants in the company's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from allocation.core.rules.documents import RuleFault
from allocation.core.rules.terms import Field
from carriers.measures import mass_mg_of
from wms.values.mass import mass_text
from wms.values.money import from_minor, to_minor

LOCAL_INSTANT: Final = "%Y-%m-%dT%H:%M"


def read_bound(field: Field, text: str, *, within: str, timezone: str) -> int:
    """Return a written bound as rules store it. Raises RuleFault, or WeightUnreadable."""
    try:
        if field == Field.WEIGHT:
            return mass_mg_of(text)
        if field == Field.VALUE:
            return to_minor(text, within.upper())
        if field == Field.WEEK_TIME:
            clock = time.fromisoformat(text)
            return clock.hour * 60 + clock.minute
        if field == Field.PLACED:
            return int(datetime.strptime(text, LOCAL_INSTANT).replace(tzinfo=ZoneInfo(timezone)).timestamp())
        return int(text)
    except (ValueError, ArithmeticError):
        raise RuleFault("not_a_number", field, text) from None


def bound_text(field: Field, bound: int, *, within: str, timezone: str) -> str:
    """Return a stored bound as people write it."""
    if field == Field.WEIGHT:
        return mass_text(bound, "g" if bound % 1000 == 0 else "mg")
    if field == Field.VALUE:
        return str(from_minor(bound, within))
    if field == Field.WEEK_TIME:
        return f"{bound // 60:02}:{bound % 60:02}"
    if field == Field.PLACED:
        return datetime.fromtimestamp(bound, UTC).astimezone(ZoneInfo(timezone)).strftime(LOCAL_INSTANT)
    return str(bound)
