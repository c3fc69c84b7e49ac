"""The states of an order and the one table of moves between them."""

from __future__ import annotations

from enum import IntEnum


class OrderState(IntEnum):
    PENDING = 1
    REVIEW = 2
    ALLOCATED = 3
    EXCEPTION = 4
    RELEASED = 5
    SHIPPED = 6
    CANCELLED = 7


TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PENDING: frozenset({OrderState.ALLOCATED, OrderState.EXCEPTION, OrderState.REVIEW, OrderState.CANCELLED}),
    OrderState.REVIEW: frozenset({OrderState.REVIEW, OrderState.PENDING, OrderState.ALLOCATED, OrderState.CANCELLED}),
    OrderState.EXCEPTION: frozenset(
        {OrderState.PENDING, OrderState.ALLOCATED, OrderState.EXCEPTION, OrderState.REVIEW, OrderState.CANCELLED}
    ),
    OrderState.ALLOCATED: frozenset(
        {
            OrderState.ALLOCATED,
            OrderState.PENDING,
            OrderState.REVIEW,
            OrderState.EXCEPTION,
            OrderState.RELEASED,
            OrderState.CANCELLED,
        }
    ),
    OrderState.RELEASED: frozenset({OrderState.SHIPPED, OrderState.PENDING, OrderState.EXCEPTION}),
    OrderState.SHIPPED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}


def may_become(*, state: OrderState, target: OrderState) -> bool:
    """Return whether an order in `state` may move to `target`."""
    return target in TRANSITIONS[state]


def sources_of(target: OrderState) -> tuple[OrderState, ...]:
    """Return the states from which an order may move to `target`."""
    return tuple(state for state, targets in TRANSITIONS.items() if target in targets)
