"""The rooms of the console; importing them registers their pages with the console's site."""

from wms.console.pages import allocation, carriers, inventory, orders, quoting

__all__ = ["allocation", "carriers", "inventory", "orders", "quoting"]
