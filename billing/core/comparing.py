"""Estimate against bill, cost line by cost line: what differs, and for which reason.

All amounts are minor units of the invoice's currency. What is said of a parcel adds up to the cent: its estimate and all its
variances are what was billed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import IntEnum
from typing import Final

type Lines = Mapping[str, int]
"""Amounts by the code of their cost line."""

type Charge = tuple[str, str, int]
"""(the carrier's own word, code of the cost line, amount)"""


class Reason(IntEnum):
    """Why a bill differs from the estimate: stored as a number."""

    WEIGHT = 1
    ZONE = 2
    RATE = 3
    FUEL = 4
    SURCHARGE = 5
    NOT_OURS = 6
    DUPLICATE = 7
    CANCELLED = 8
    NO_ESTIMATE = 9

    @property
    def slug(self) -> str:
        """Return the stable code that people and other systems see ("not_ours")."""
        return self.name.lower()


OF_CODE: Final[dict[str, Reason]] = {"base": Reason.RATE, "discount": Reason.RATE, "fuel": Reason.FUEL, "fuel_discount": Reason.FUEL}
"""The reason of what no step explains; of all other cost lines it is the surcharge itself."""

DISCOUNT_ON: Final = {"discount": "base"}
DISCOUNT_SUFFIX: Final = "_discount"
"""The cost line that a discount is on: the base's is called just that, of others the name of the line comes first."""

NEVER_TOLERATED: Final = frozenset({Reason.NOT_OURS, Reason.DUPLICATE, Reason.CANCELLED, Reason.NO_ESTIMATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Variance:
    """By how much the bill is above (or below) the estimate in one cost line, for one reason."""

    code: str
    reason: Reason
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Differences of a parcel that nobody looks at: up to the greater of an amount and a share of the estimate."""

    amount_minor: int = 0
    percent: Decimal = Decimal(0)

    def covers(self, *, estimated_minor: int, billed_minor: int) -> bool:
        """Return whether the difference is small enough; the bound itself is."""
        share = int((abs(estimated_minor) * self.percent / 100).to_integral_value(ROUND_DOWN))
        return abs(billed_minor - estimated_minor) <= max(self.amount_minor, share)


def summed(charges: Iterable[Charge]) -> dict[str, int]:
    """Return the charges' amounts by cost line, in the order in which the lines first come."""
    lines: dict[str, int] = {}
    for _word, code, amount in charges:
        lines[code] = lines.get(code, 0) + amount
    return lines


def compare(*, estimated: Lines, steps: Sequence[tuple[Reason, Lines]], billed: Lines) -> tuple[Variance, ...]:
    """Return why a bill differs from its estimate.

    `steps` go from the estimate towards the bill: the estimate had its weight been the billed one, then its zone too. What each
    step adds is its reason's; what is left is told by the kind of the cost line.
    """
    # Where the carrier bills no line for a discount, it bills what is left after it.
    estimated, steps = _net(estimated, billed), [(reason, _net(lines, billed)) for reason, lines in steps]
    found: list[Variance] = []
    before = estimated
    for reason, after in steps:
        found += _differences(before, after, reason)
        before = after
    return (*found, *_differences(before, billed, None))


def all_for(reason: Reason, billed: Lines) -> tuple[Variance, ...]:
    """Return a bill without any estimate: all of it is there for one reason."""
    return tuple(Variance(code=code, reason=reason, amount_minor=amount) for code, amount in billed.items() if amount)


def without_repetitions(charges: Sequence[Charge], billed_before: Iterable[str] = ()) -> tuple[list[Charge], list[Charge]]:
    """Return (charges to be compared, charges that were billed already).

    A charge is billed twice where the parcel bears the same word with the same amount once more, or where an earlier bill of the
    shipment had the same word. What is credited never is.
    """
    earlier = frozenset(billed_before)
    seen: set[tuple[str, int]] = set()
    fresh: list[Charge] = []
    repeated: list[Charge] = []
    for charge in charges:
        word, _code, amount = charge
        twice = amount > 0 and (word in earlier or (word, amount) in seen)
        (repeated if twice else fresh).append(charge)
        seen.add((word, amount))
    return fresh, repeated


def _net(lines: Lines, billed: Lines) -> Lines:
    """Return the lines with each discount that is not billed as such taken off the line that it is on."""
    net: dict[str, int] = {}
    for code, amount in lines.items():
        on = code if code in billed else DISCOUNT_ON.get(code) or code.removesuffix(DISCOUNT_SUFFIX)
        net[on] = net.get(on, 0) + amount
    return net


def _differences(before: Lines, after: Lines, reason: Reason | None) -> list[Variance]:
    return [
        Variance(code=code, reason=reason or OF_CODE.get(code, Reason.SURCHARGE), amount_minor=difference)
        for code in dict.fromkeys((*before, *after))
        if (difference := after.get(code, 0) - before.get(code, 0))
    ]
