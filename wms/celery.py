"""The Celery application: `celery -A wms worker`, `celery -A wms beat`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wms.settings")
# Django's checks load every page of the console, which a worker never shows; `manage.py prepare` runs them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("wms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Keep Celery from replacing the logging that Django has set up, and with it the redaction of secrets."""
