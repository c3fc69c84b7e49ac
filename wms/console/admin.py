"""The rooms of the console; importing them registers their pages with the console's site."""

from wms.console.pages import allocation, carriers, inventory, live_accounts, orders, quoting

__all__ = ["allocation", "carriers", "inventory", "live_accounts", "orders", "quoting"]
