"""The rooms of the console; importing them registers their pages with the console's site."""

from wms.console.pages import (
    carriers,
    dashboard,
    exports,
    inventory,
    live_accounts,
    orders,
    quoting,
    records,
    rules,
    simulations,
    strategies,
)
from wms.console.workbench import views as workbench

__all__ = [
    "carriers",
    "dashboard",
    "exports",
    "inventory",
    "live_accounts",
    "orders",
    "quoting",
    "records",
    "rules",
    "simulations",
    "strategies",
    "workbench",
]
