"""What carriers answered about an order over the network: kept on the queue until the decision, then in its record.

One answer is a row of QUOTE. An order about which nobody had to be asked has one row without a warehouse, which says just that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

type Quotes = npt.NDArray[Any]
"""Rows of QUOTE."""

QUOTE = np.dtype(
    [
        ("order_id", "<i8"),
        ("warehouse_id", "<i8"),
        ("channel_id", "<i8"),
        ("asked_at", "<i8"),
        ("amount_minor", "<i8"),
        ("age_seconds", "<i4"),
        ("days", "<i2"),
        ("cause", "u1"),
        ("currency", "S3"),
    ]
)
"""`asked_at` in seconds since 1970; `age_seconds` is NOT_CACHED for a fresh price, `days` -1 where unknown, `cause` 0 for a price."""

NO_QUOTES: Quotes = np.zeros(0, dtype=QUOTE)
NOT_CACHED = -1
NO_DAYS = -1
MOST_DAYS = 365
FETCHED_FOR_SECONDS = 60
"""A price that was asked for no longer ago was asked for the decision."""


class LiveCause(IntEnum):
    """Why there is no live price, as records store it."""

    TIMEOUT = 1
    REFUSED = 2
    RATE_LIMITED = 3
    AUTH = 4
    HTTP_ERROR = 5
    MALFORMED = 6
    BREAKER_OPEN = 7
    UNSUPPORTED = 8
    TLS = 9
    NOT_ASKED = 10

    @property
    def slug(self) -> str:
        """Return the stable code that people and other systems see ("rate_limited")."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswer:
    """What a carrier said about an order from one warehouse by one channel: a price in its own currency, or the cause of none.

    `age_seconds` is how old the price was when it was asked for, None for one that was fetched then.
    """

    warehouse_id: int
    channel_id: int
    asked_at: int
    amount_minor: int | None = None
    currency: str = ""
    days: int | None = None
    age_seconds: int | None = None
    cause: LiveCause | None = None

    def age_at(self, at: int) -> int | None:
        """Return how old the price was at an instant (seconds since 1970), None where it was fetched for what was done then."""
        passed = max(0, at - self.asked_at)
        if self.age_seconds is None:
            return None if passed < FETCHED_FOR_SECONDS else passed
        return self.age_seconds + passed


type Answers = Mapping[tuple[int, int], LiveAnswer]
"""An order's answers by (warehouse id, channel id)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What carriers answered about a batch: the i-th quote is about the order in row `order[i]`."""

    order: npt.NDArray[np.int64]
    quotes: Quotes


SILENCE = Heard(order=np.zeros(0, dtype=np.int64), quotes=NO_QUOTES)


def pack_answers(*, order_id: int, asked_at: int, answers: Iterable[LiveAnswer]) -> bytes:
    """Return an order's answers as rows of QUOTE; one row without a warehouse where there are none."""
    rows = [_row(order_id, answer) for answer in answers]
    return np.array(rows or [(order_id, 0, 0, asked_at, 0, NOT_CACHED, NO_DAYS, 0, b"")], dtype=QUOTE).tobytes()


def _row(order_id: int, answer: LiveAnswer) -> tuple[object, ...]:
    return (
        order_id,
        answer.warehouse_id,
        answer.channel_id,
        answer.asked_at,
        answer.amount_minor or 0,
        NOT_CACHED if answer.age_seconds is None else answer.age_seconds,
        NO_DAYS if answer.days is None else min(answer.days, MOST_DAYS),
        answer.cause or 0,
        answer.currency.encode("ascii"),
    )


def unpack_quotes(packed: bytes | None) -> Quotes:
    """Return the rows of answers that were packed end to end."""
    return NO_QUOTES if not packed else np.frombuffer(packed, dtype=QUOTE)


def answers_of(quotes: Quotes) -> Answers:
    """Return the answers in an order's rows."""
    found = (_answer(row) for row in quotes.tolist())
    return {(answer.warehouse_id, answer.channel_id): answer for answer in found if answer.warehouse_id}


def _answer(row: tuple[Any, ...]) -> LiveAnswer:
    _order_id, warehouse_id, channel_id, asked_at, amount_minor, age_seconds, days, cause, currency = row
    return LiveAnswer(
        warehouse_id=warehouse_id,
        channel_id=channel_id,
        asked_at=asked_at,
        amount_minor=None if cause else amount_minor,
        currency=currency.decode("ascii"),
        days=None if days == NO_DAYS else days,
        age_seconds=None if age_seconds == NOT_CACHED else age_seconds,
        cause=LiveCause(cause) if cause else None,
    )
