"""Fencang 分仓: which overseas warehouse ships each order, at the lowest landed cost."""
