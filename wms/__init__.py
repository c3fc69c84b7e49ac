"""Fencang 分仓: which overseas warehouse ships each order, at the lowest landed cost."""

from wms.celery import app as celery_app

# Whatever publishes a hint finds our broker through Celery's current application: it must exist in every process.
__all__ = ["celery_app"]
