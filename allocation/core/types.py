"""The words of a decision: who decided, why a warehouse or a channel was not taken, and the values that go in and out."""

from __future__ import annotations

from enum import IntEnum


class Mode(IntEnum):
    """Who or what decided (order of authority, ARCHITECTURE §4)."""

    SMART = 1
    DEFAULT = 2
    EXCEPTION = 3
    MANUAL = 4
    UNDO = 5
    CANCEL = 6
