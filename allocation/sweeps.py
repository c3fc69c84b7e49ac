"""Find the work that waits, whether or not a hint arrived: the broker may lose every message."""

from __future__ import annotations

from django.db import connection


def tenants_with_orders_ready() -> tuple[int, ...]:
    """Return the tenants that have orders ready to decide."""
    return _ids("SELECT * FROM tenants_with_orders_ready()")


def tenants_with_orders_to_quote() -> tuple[int, ...]:
    """Return the tenants that have orders which wait for live quotes."""
    return _ids("SELECT * FROM tenants_with_orders_to_quote()")


def tenants_with_exceptions() -> tuple[int, ...]:
    """Return the tenants that have exception orders."""
    return _ids("SELECT * FROM tenants_with_exceptions()")


def tenants_with_records_to_seal() -> tuple[int, ...]:
    """Return the tenants that have records which are not sealed."""
    return _ids("SELECT * FROM tenants_with_records_to_seal()")


def tenants_with_ledger_to_keep() -> tuple[int, ...]:
    """Return the tenants that have records which are not in the ledger, or whose ledger was last kept a while ago."""
    return _ids("SELECT * FROM tenants_with_ledger_to_keep()")


def tenants_with_simulations() -> tuple[int, ...]:
    """Return the tenants that have what-if runs which are not ended."""
    return _ids("SELECT * FROM tenants_with_simulations()")


def tenants_to_reoptimise() -> tuple[int, ...]:
    """Return the tenants whose planned orders are to be decided again now and then."""
    return _ids("SELECT * FROM tenants_to_reoptimise()")


def tenants_that_price_stock() -> tuple[int, ...]:
    """Return the tenants whose scarce stock is priced by recent orders."""
    return _ids("SELECT * FROM tenants_that_price_stock()")


def _ids(query: str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(row[0] for row in cursor.fetchall())
