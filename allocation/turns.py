"""Turns to draw on a tenant's stock, and what each turn drew: the next worker need not read again what it can count.

See Turn and TurnDraws in allocation.models. Every function takes an `array_cursor` inside the tenant's scope.
"""

from __future__ import annotations

import numpy as np

from allocation.store import Cursor, Draws

KEPT_TURNS = 16
"""As many turns may pass between two of one worker before it has to read the stock again."""

TAKE_TURN = "UPDATE allocation_turn SET number = number + 1 WHERE tenant_id = %(tenant)s RETURNING number"
FIRST_TURN = "INSERT INTO allocation_turn (tenant_id, number) VALUES (%(tenant)s, 0) ON CONFLICT (tenant_id) DO NOTHING"

NOTE_DRAWS = """
WITH old AS (DELETE FROM allocation_turndraws WHERE tenant_id = %(tenant)s AND number <= %(number)s - %(kept)s)
INSERT INTO allocation_turndraws (tenant_id, number, sku_ids, warehouse_ids, units)
VALUES (%(tenant)s, %(number)s, %(skus)s, %(warehouses)s, %(units)s)
"""
DRAWS_BETWEEN = """
SELECT sku_ids, warehouse_ids, units FROM allocation_turndraws
WHERE tenant_id = %(tenant)s AND number > %(after)s AND number < %(before)s
"""


def take_turn(cursor: Cursor, *, tenant_id: int) -> int:
    """Wait until no other batch of the tenant is between its look at the stock and its commit; return the turn's number.

    Turns are numbered without gaps: the one after this worker's last is its own if nobody decided in between.
    """
    parameters = {"tenant": tenant_id}
    row = cursor.execute(TAKE_TURN, parameters).fetchone()
    if row is None:
        cursor.execute(FIRST_TURN, parameters)
        row = cursor.execute(TAKE_TURN, parameters).fetchone()
    assert row is not None
    return int(row[0])


def note_draws(cursor: Cursor, *, tenant_id: int, number: int, draws: Draws) -> None:
    """Leave what a turn draws for the workers that come next, and forget what no one will ask for."""
    parameters = {"skus": draws.sku_ids, "warehouses": draws.warehouse_ids, "units": draws.units}
    cursor.execute(NOTE_DRAWS, {"tenant": tenant_id, "number": number, "kept": KEPT_TURNS, **parameters})


def draws_between(cursor: Cursor, *, tenant_id: int, after: int, before: int) -> Draws | None:
    """Return what all the turns between two drew, or None where one of them did not say."""
    parameters = {"tenant": tenant_id, "after": after, "before": before}
    rows = cursor.execute(DRAWS_BETWEEN, parameters).fetchall()
    if not rows or len(rows) != before - after - 1:
        return None
    sku_ids, warehouse_ids, units = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Draws(sku_ids=sku_ids, warehouse_ids=warehouse_ids, units=units)
