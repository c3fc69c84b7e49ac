"""When not to ask an account: after a row of failures, and while the provider asked to be left alone."""

from __future__ import annotations

from typing import Final

from carriers.live.protocol import Cause

FAILURES_TO_OPEN: Final = 5
OPEN_SECONDS: Final = 30.0
LONGEST_REST_SECONDS: Final = 120.0


class Breaker:
    """The state of one account in this process; instants are seconds of the caller's monotonic clock.

    When the pause is over, one further failure opens it again.
    """

    __slots__ = ("_failures", "_open_until", "_rest_until")

    def __init__(self) -> None:
        self._failures = 0
        self._open_until = 0.0
        self._rest_until = 0.0

    def why_not(self, *, at: float) -> Cause | None:
        """Return why the account is not to be asked now, None if it may be."""
        if at < self._open_until:
            return Cause.BREAKER_OPEN
        return Cause.RATE_LIMITED if at < self._rest_until else None

    def seconds_alone(self, *, at: float) -> float:
        """Return for how long the account is not to be asked, 0 if it may be."""
        return max(0.0, self._open_until - at, self._rest_until - at)

    def fail(self, *, at: float) -> None:
        """Note that the provider was at fault."""
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            self._open_until = at + OPEN_SECONDS

    def succeed(self) -> None:
        """Note that the provider answered as it should."""
        self._failures = 0

    def rest(self, *, at: float, seconds: float) -> None:
        """Leave the account alone for as long as the provider asked."""
        self._rest_until = at + min(seconds, LONGEST_REST_SECONDS)
