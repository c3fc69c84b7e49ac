"""What became of asking the carrier of a live channel, for records and for choices by hand alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from allocation.core.live import LiveAnswer, LiveCause
from allocation.words import live_standing


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStanding:
    """The carrier's price, `age_seconds` old where it was not fetched for this, or the cause of none.

    Without a price the rate card's stands in where `cause` comes with a cost.
    """

    asked_at: datetime | None
    age_seconds: int | None
    cause: str

    def told(self, *, has_price: bool) -> str:
        """Return it in words; `has_price` says whether the channel has any price, the rate card's included."""
        return live_standing(cause=self.cause, age_seconds=self.age_seconds, has_price=has_price)


def standing_of(answer: LiveAnswer | None, *, at: datetime) -> LiveStanding:
    """Return how a channel stood at an instant, by what its carrier had answered (None: it was not asked)."""
    if answer is None:
        return LiveStanding(asked_at=None, age_seconds=None, cause=LiveCause.NOT_ASKED.slug)
    asked_at = datetime.fromtimestamp(answer.asked_at, tz=UTC)
    if answer.cause is not None:
        return LiveStanding(asked_at=asked_at, age_seconds=None, cause=answer.cause.slug)
    return LiveStanding(asked_at=asked_at, age_seconds=answer.age_at(int(at.timestamp())), cause="")
