"""The workbench (手动分仓): find an order, see what may be chosen for it, choose, take it back."""
